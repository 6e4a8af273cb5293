"""Every act of the desk, done by keys over a real casebook, and looked up in the record afterwards."""

from __future__ import annotations

import webbrowser
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from casebook.actions import claiming, resolving, sending
from casebook.book import Casebook
from casebook.model import CaseStatus, DraftState, OutboxState
from desk.terminal.dialogs import reveal
from desk.terminal.dialogs.dialog import Dialog
from desk.terminal.screens.approval import ApprovalScreen
from desk.terminal.screens.case import CaseScreen
from desk.terminal.screens.compose import ComposeScreen
from desk.terminal.screens.queue import QueueScreen
from desk.terminal.screens.sign_in import SignInScreen
from desk.terminal.widgets.case_list import CaseList
from tests.desk.terminal.driving import NARROW, at_the_desk
from tests.support.books import PASSWORD, actor, clock_of, hear, real_book, scripted
from tests.support.replies import POST, REPLY, approved, begun, submitted, written

WAIT = "We waited five hours at Northvale General with Mrs Tavistock."


async def test_in_a_rehearsal_a_role_is_chosen_and_the_queue_opens(book: Casebook) -> None:
    async with at_the_desk(book) as hand:
        assert "REHEARSAL — nothing leaves this computer" in hand.words
        assert "Avery Coldwell" in hand.words
        await hand.press("j", "j", "enter")
        assert isinstance(hand.app.screen, QueueScreen)
        assert "Avery Coldwell (approver)" in hand.words


async def test_a_real_casebook_asks_for_a_password_even_when_a_rehearsal_is_asked_for(tmp_path: Path) -> None:
    book = real_book(tmp_path)
    hear(book, WAIT, channel="x")
    async with at_the_desk(book) as hand:
        assert "Robin Ashdown" not in hand.words
        await hand.type_into("#username", "responder")
        await hand.type_into("#password", "not the password at all")
        await hand.press("tab", "enter")
        assert "The name or the password is not right" in hand.words
        assert hand.app.screen.query_one("#password", Input).value == ""
        await hand.type_into("#password", PASSWORD)
        hand.app.screen.query_one("#go", Button).press()
        await hand.settle()
        hand.app.look_for_news()
        await hand.settle()
        assert "LIVE as @NorthvaleNHS on X" in hand.words
    book.store.close()


async def test_claiming_and_giving_back(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.press("c")
        assert hand.case(case_id).row.holder == "Robin Ashdown"
        assert "You hold case 1" in hand.words
        await hand.press("enter")
        assert "● you, until" in hand.words
        await hand.press("R")
        assert hand.case(case_id).row.holder == ""
        assert "nobody has it" in hand.words


async def test_a_case_that_somebody_else_holds_is_refused_by_name(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    claiming.claim(book, actor(book, "responder2"), case_id)
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("c")
        assert "Rae Winslade holds this case until" in hand.words


async def test_triage_sets_severity_and_queue(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("t", "k", "tab", "G", "ctrl+s")
        other = hand.app.gateway.rules().queues[-1][0]
        row = hand.case(case_id).row
        assert (row.severity, row.queue, row.triaged) == (3, other, True)
        assert "Triaged." in hand.words


async def test_triage_below_the_floor_is_refused_and_the_box_stays(book: Casebook) -> None:
    case_id = hear(book, "He is not breathing, help").case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("t", "G", "ctrl+s")
        assert "Policy keeps this case at severity 5 or more" in hand.words
        assert isinstance(hand.app.screen, Dialog)
        assert hand.case(case_id).row.severity == 5


async def test_escalating_needs_a_reason_and_names_whom_policy_wants_told(book: Casebook) -> None:
    case_id = hear(book, "He is not breathing, help").case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("e", "ctrl+s")
        assert "Say in a few words why you escalate" in hand.words
        await hand.type_into("#reason", "Mr Penrose needs help now")
        await hand.press("ctrl+s")
        assert hand.case(case_id).row.escalated_to == "on_call_lead"
        assert "escalated to on call lead" in hand.words
        assert "Penrose" not in hand.words
        assert "⟦name 1⟧ needs help now" in hand.words


async def test_a_note_is_kept_with_its_names_sealed(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("n")
        await hand.type_into("#text", "Rang Mrs Tavistock")
        await hand.press("ctrl+s")
        assert "Noted." in hand.words
        assert "⟦name 1⟧" in hand.case(case_id).history[-1].text
        assert "Tavistock" not in hand.words


async def test_a_reply_is_checked_while_it_is_written_and_kept_on_leaving(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        assert isinstance(hand.app.screen, ComposeScreen)
        await hand.type_into("#editor", "Your appointment on Tuesday was moved. " + REPLY)
        await hand.pilot.pause(0.1)
        await hand.settle()
        assert "✗ may not be sent as it is" in hand.words
        assert "confirms patient relationship" in hand.words
        assert f"{39 + len(REPLY)} of 500 characters" in hand.words
        await hand.press("escape")
        assert isinstance(hand.app.screen, CaseScreen)
        drafts = hand.case(case_id).drafts
        assert [draft.state for draft in drafts] == [DraftState.WRITING]
        await hand.press("r")
        assert "Your appointment on Tuesday" in hand.words


async def test_while_the_reading_engine_starts_one_can_write_and_the_check_follows(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        scripted(book).gone = True
        await hand.type_into("#editor", REPLY)
        await hand.pilot.pause(0.03)
        await hand.settle()
        assert "The reading engine is starting…" in hand.words
        scripted(book).gone = False
        await hand.pilot.pause(0.2)
        await hand.settle()
        assert "✓ nothing found against it" in hand.words


async def test_a_reply_that_cannot_be_kept_is_not_dropped_without_a_question(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        scripted(book).unreadable = True
        await hand.type_into("#editor", REPLY)
        await hand.press("escape")
        assert "The reply could not be kept." in hand.words
        await hand.press("escape")
        assert isinstance(hand.app.screen, ComposeScreen)
        assert hand.app.screen.text == REPLY


async def test_submitting_a_blocked_reply_says_why_and_keeps_it(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        await hand.type_into("#editor", "Your appointment on Tuesday was moved. " + REPLY)
        await hand.press("ctrl+t")
        assert "The reply gate stopped this draft" in hand.words
        assert hand.case(case_id).drafts[0].state is DraftState.WRITING
        await hand.type_into("#editor", REPLY)
        await hand.press("f5")
        assert hand.case(case_id).drafts[0].state is DraftState.SUBMITTED
        assert hand.case(case_id).row.status is CaseStatus.WAITING
        assert isinstance(hand.app.screen, CaseScreen)


async def test_approving_is_asked_once_more_and_no_is_under_the_cursor(book: Casebook) -> None:
    waiting = submitted(book)
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(waiting.case_id)
        await hand.press("a")
        assert isinstance(hand.app.screen, ApprovalScreen)
        assert REPLY in hand.words
        assert waiting.draft.bundle_hash in hand.words
        assert "written by Robin Ashdown" in hand.words
        await hand.press("a", "enter")
        assert hand.case(waiting.case_id).drafts[0].state is DraftState.SUBMITTED
        await hand.press("a", "tab", "enter")
        draft = hand.case(waiting.case_id).drafts[0]
        assert (draft.state, draft.outbox_state) == (DraftState.APPROVED, OutboxState.QUEUED)
        assert "approved, waiting to be sent" in hand.words


async def test_who_wrote_a_reply_is_told_why_they_cannot_approve_it(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "approver", NARROW) as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        await hand.type_into("#editor", REPLY)
        await hand.press("ctrl+t", "a")
        assert "You wrote this reply, so somebody else must approve it" in hand.words
        await hand.press("a")
        assert isinstance(hand.app.screen, ApprovalScreen)
        assert hand.case(case_id).drafts[0].state is DraftState.SUBMITTED


async def test_sending_back_needs_a_reason_and_the_writer_goes_on_from_there(book: Casebook) -> None:
    waiting = submitted(book)
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(waiting.case_id)
        await hand.press("a", "x", "enter")
        assert "Say in a few words what should change" in hand.words
        await hand.type_into("#reason", "Add where they can reach us")
        await hand.press("enter")
        assert hand.case(waiting.case_id).drafts[0].state is DraftState.REJECTED
        await hand.sign_in_as("responder")
        await hand.open_case(waiting.case_id)
        assert "sent back: Add where they can reach us" in hand.words
        await hand.press("r")
        assert REPLY in hand.words
        assert "sent back" in hand.words


async def test_a_reply_to_be_posted_by_hand_is_shown_copied_and_recorded(book: Casebook) -> None:
    case_id = approved(book, way="handoff").case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        assert "to be posted by hand: press h" in hand.words
        await hand.press("h")
        assert "Thank you for taking the time to tell us" in hand.words
        assert "northvale – /post-" in hand.words
        await hand.press("f2")
        assert hand.app.clipboard == REPLY
        await hand.press("enter")
        assert "Give the address of the posted reply" in hand.words
        await hand.type_into("#url", "https://social.example/northvale/77")
        await hand.press("enter")
        assert hand.case(case_id).drafts[0].outbox_state is OutboxState.SENT


async def test_a_person_decides_about_an_uncertain_reply(book: Casebook) -> None:
    reply = begun(book)
    sending.record_uncertain(book, reply.outbox_id, "no_answer")
    async with at_the_desk(book, "manager") as hand:
        await hand.press("7", "enter")
        assert "nobody knows whether it was posted" in hand.words
        await hand.press("u", "j", "ctrl+s")
        assert hand.case(reply.case_id).drafts[0].outbox_state is OutboxState.QUEUED


async def test_closing_with_a_reason_and_opening_again(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("x", "j", "enter")
        view = hand.case(case_id)
        assert (view.row.status, view.closed_why) == (CaseStatus.CLOSED, "not_about_us")
        await hand.press("x")
        assert hand.case(case_id).row.status is CaseStatus.OPEN


async def test_an_original_is_opened_with_a_reason_and_hidden_again(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reveal, "SHOWN_FOR", 2)
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(case_id)
        assert "Tavistock" not in hand.words
        await hand.press("o", "enter")
        assert "Say why you need to see the original" in hand.words
        await hand.type_into("#reason", "safeguarding asked who is meant")
        await hand.press("enter")
        assert isinstance(hand.app.screen, reveal.Revealed)
        assert "Mrs Tavistock" in hand.words
        assert not hand.app.screen.ALLOW_SELECT
        await hand.pilot.pause(2.3)
        assert isinstance(hand.app.screen, CaseScreen)
        assert "Tavistock" not in hand.words
        assert [row.kind for row in book.queries.audit(case_id=case_id)][-1] == "case.revealed"


async def test_the_network_is_asked_by_leaving_a_request(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("g")
        with book.store.read() as work:
            assert [row.kind for row in work.requests.where(case_id=case_id)] == ["look_up"]


async def test_all_sending_is_stopped_and_the_bar_says_so(book: Casebook) -> None:
    async with at_the_desk(book, "manager") as hand:
        await hand.press("ctrl+x", "tab", "enter")
        assert book.queries.organisation().sending_stopped
        assert "SENDING STOPPED" in hand.words


async def test_what_a_role_does_not_allow_is_said_in_a_sentence(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("o")
        assert "Your role does not allow this" in hand.words
        assert isinstance(hand.app.screen, CaseScreen)


async def test_a_session_that_has_ended_leads_back_to_the_sign_in(book: Casebook) -> None:
    case_id = hear(book, WAIT).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        clock_of(book).advance(hours=11)
        await hand.press("c")
        assert isinstance(hand.app.screen, SignInScreen)
        assert "You are not signed in, or your session has ended" in hand.words
        assert "waited" not in hand.words


async def test_new_posts_arrive_and_the_selected_case_stays_selected(book: Casebook) -> None:
    for number in range(30):
        hear(book, f"We waited {number} hours.")
    async with at_the_desk(book, "responder", NARROW) as hand:
        await hand.press(*["down"] * 14)
        listed = hand.app.screen.query_one(CaseList)
        before, line = listed.selected, (listed.highlighted or 0) * 2 - listed.scroll_offset.y
        hear(book, "He is not breathing")
        hear(book, "They gave me the wrong tablets")
        hand.app.look_for_news()
        await hand.settle()
        after = listed.selected
        assert before is not None
        assert after is not None
        assert after.case_id == before.case_id
        assert (listed.highlighted or 0) * 2 - listed.scroll_offset.y == line
        assert "▲ 2 new above, worst: 5 emergency" in hand.words
        await hand.press("j")
        assert "2 new" not in hand.words


async def test_the_most_urgent_case_stays_in_view_until_somebody_moves(book: Casebook) -> None:
    for number in range(20):
        hear(book, f"We waited {number} hours.")
    async with at_the_desk(book, "responder", NARROW) as hand:
        hear(book, "He is not breathing")
        hand.app.look_for_news()
        await hand.settle()
        listed = hand.app.screen.query_one(CaseList)
        assert listed.selected is not None
        assert listed.selected.severity == 5
        assert listed.scroll_offset.y == 0


async def test_views_are_chosen_by_number_and_an_empty_one_says_what_to_do(book: Casebook) -> None:
    hear(book, WAIT)
    async with at_the_desk(book, "responder", NARROW) as hand:
        await hand.press("3")
        assert "You hold no case. Press 2" in hand.words
        await hand.press("2")
        assert "#1" in hand.words
        await hand.press("h", "j", "j", "j", "enter")
        assert "No reply waits for approval" in hand.words


async def test_a_post_that_could_not_be_read_is_shown_as_not_yet_safe(book: Casebook) -> None:
    case_id = hear(book, WAIT, safe=False).case_id
    async with at_the_desk(book, "responder") as hand:
        assert "NOT YET SAFE" in hand.words
        await hand.open_case(case_id)
        assert "NOT YET SAFE (engine)" in hand.words
        assert "waited" not in hand.words


async def test_leaving_asks_first_and_ends_the_session(book: Casebook) -> None:
    async with at_the_desk(book, "responder") as hand:
        await hand.press("q", "enter")
        assert isinstance(hand.app.screen, QueueScreen)
        await hand.press("q", "tab", "enter")
        with book.store.read() as work:
            assert [session.ended_at is not None for session in work.sessions.where()] == [True]


async def test_ctrl_q_keeps_what_is_being_written(book: Casebook) -> None:
    before = written(book)
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(before.case_id)
        await hand.press("r")
        await hand.type_into("#editor", REPLY + " More soon.")
        await hand.press("ctrl+q")
    assert book.queries.case(before.case_id, book.clock()).drafts[0].text.endswith("More soon.")


async def test_an_approved_reply_can_be_taken_back_before_it_is_posted(book: Casebook) -> None:
    case_id = approved(book, way="handoff").case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("w", "tab", "enter")
        assert hand.case(case_id).drafts[0].outbox_state is OutboxState.CANCELLED
        assert "Taken back" in hand.words
        await hand.press("w")
        assert "No approved reply of this case waits" in hand.words


async def test_a_role_that_looks_at_no_cases_is_told_where_its_work_is(book: Casebook) -> None:
    hear(book, "I waited long")
    async with at_the_desk(book, "administrator") as hand:
        assert "I waited long" not in hand.words
        assert "voicedesk staff" in hand.words


async def test_our_own_reply_stands_in_the_thread(book: Casebook) -> None:
    draft = approved(book)
    [row] = book.queries.replies()
    sending.begin(book, sending.ready(book, "practice")[0], "monitor-1", timedelta(minutes=2))
    sending.record_sent(book, row.outbox_id, "their-id", "practice://post/their-id", "api")
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(draft.case_id)
        assert "our reply" in hand.words


async def test_the_post_is_opened_in_the_browser_only_after_a_question_that_names_its_host(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Browser:
        def open(self, url: str) -> bool:
            opened.append(url)
            return len(opened) > 1

    monkeypatch.setattr(webbrowser, "get", Browser)
    address = "https://posts.example/northvale/1"
    monkeypatch.setattr(resolving, "handoff_text", lambda *_: (REPLY, address))
    case_id = approved(book, way="handoff").case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("h", "f3")
        assert "Open the post at posts.example in your browser?" in hand.words
        await hand.press("enter")
        assert opened == []
        await hand.press("f3", "tab", "enter")
        assert opened == [address]
        assert "Open the address yourself" in hand.words
        await hand.press("escape", "f3", "tab", "enter")
        assert opened == [address, address]
        assert "It is posted" in hand.words


async def test_an_address_that_is_no_web_address_is_not_opened(book: Casebook) -> None:
    case_id = approved(book, way="handoff").case_id
    async with at_the_desk(book, "responder", NARROW) as hand:
        await hand.open_case(case_id)
        await hand.press("h", "f3")
        assert "This address is none that a browser may be sent to" in hand.words
        assert "Open the post (F3)" in hand.words
