"""Drafting and submitting: what is kept, what is refused, and what the gate says."""

from __future__ import annotations

import pytest

from casebook.actions.answering import record_state
from casebook.actions.claiming import claim, release
from casebook.actions.drafting import check_draft, open_draft, save_draft
from casebook.actions.submitting import submit
from casebook.book import Casebook
from casebook.errors import (
    GateBlocked,
    Held,
    HiddenCharacters,
    NotAllowed,
    NotHeld,
    NotYetSafe,
    ReaderUnavailable,
    Refusal,
    Stale,
    WrongState,
)
from casebook.model import CaseStatus, Draft, DraftState
from policies.facts import Verdict
from tests.support.books import actor, clock_of, hear, scripted
from tests.support.replies import REPLY, approved, submitted, written

CONFIRMS = "Your mother was our patient and we are sorry that she was treated badly."


def drafts(book: Casebook) -> list[Draft]:
    with book.store.read() as work:
        return work.drafts.where()


def test_a_draft_needs_the_case_to_be_held(book: Casebook) -> None:
    case_id = hear(book, "a post").case_id
    responder = actor(book, "responder")
    with pytest.raises(NotHeld):
        save_draft(book, responder, case_id, REPLY)
    claim(book, actor(book, "responder2"), case_id)
    with pytest.raises(Held):
        save_draft(book, responder, case_id, REPLY)
    assert drafts(book) == []


def test_saving_again_overwrites_ones_own_unsubmitted_draft(book: Casebook) -> None:
    first = written(book, "a first try")
    second = save_draft(book, actor(book, "responder"), first.case_id, "a second try")
    assert (second.id, second.revision) == (first.draft.id, 1)
    assert open_draft(book, actor(book, "approver"), second.id) == "a second try"


def test_another_persons_draft_is_left_alone(book: Casebook) -> None:
    first = written(book, "the first person's")
    responder2 = actor(book, "responder2")
    release(book, actor(book, "responder"), first.case_id)
    claim(book, responder2, first.case_id)
    second = save_draft(book, responder2, first.case_id, "the second person's")
    assert (second.revision, second.author_id) == (2, responder2.staff_id)
    assert open_draft(book, responder2, first.draft.id) == "the first person's"


def test_saving_renews_the_claim(book: Casebook) -> None:
    kept = written(book)
    clock_of(book).advance(minutes=10)
    save_draft(book, actor(book, "responder"), kept.case_id, "more words")
    clock_of(book).advance(minutes=10)
    with pytest.raises(Held):
        claim(book, actor(book, "responder2"), kept.case_id)


def test_names_in_a_draft_are_hidden_in_lists_and_exact_for_those_who_need_them(book: Casebook) -> None:
    kept = written(book, "Thank you, Mrs Larkham.")
    assert kept.draft.text == "Thank you, Mrs ⟦name 1⟧."
    assert open_draft(book, actor(book, "approver"), kept.draft.id) == "Thank you, Mrs Larkham."
    with pytest.raises(NotAllowed):
        open_draft(book, actor(book, "administrator"), kept.draft.id)


HIDDEN = (
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\ufeffb",
    "a\x00b",
    "a\x1b[2Jb",
    "a\U000e0041b",
    "a\x85b",
    "a\ud800b",
    "a\u2028b",
)


@pytest.mark.parametrize("text", HIDDEN, ids=ascii)
def test_hidden_characters_never_leave_in_a_reply(book: Casebook, text: str) -> None:
    mention = hear(book, "a post")
    responder = actor(book, "responder")
    claim(book, responder, mention.case_id)
    for act in (save_draft, check_draft):
        with pytest.raises(HiddenCharacters):
            act(book, responder, mention.case_id, text)
    assert drafts(book) == []


def test_a_reply_leaves_in_one_normal_form(book: Casebook) -> None:
    kept = written(book, "  Cafe\u0301\r\nopens 👩\u200d⚕\ufe0f  ")
    assert open_draft(book, actor(book, "responder"), kept.draft.id) == "Café\nopens 👩\u200d⚕\ufe0f"


def test_an_empty_reply_is_refused(book: Casebook) -> None:
    kept = written(book)
    with pytest.raises(Refusal):
        save_draft(book, actor(book, "responder"), kept.case_id, " \n ")


def test_a_draft_that_cannot_be_read_is_not_kept(book: Casebook) -> None:
    kept = written(book, "before")
    scripted(book).unreadable = True
    with pytest.raises(NotYetSafe):
        save_draft(book, actor(book, "responder"), kept.case_id, "after")
    scripted(book).unreadable, scripted(book).gone = False, True
    with pytest.raises(ReaderUnavailable):
        save_draft(book, actor(book, "responder"), kept.case_id, "after")
    assert open_draft(book, actor(book, "responder"), kept.draft.id) == "before"


def test_checking_keeps_nothing_and_says_what_submitting_will(book: Casebook) -> None:
    kept = written(book)
    before = book.store.changed()
    responder = actor(book, "responder")
    changed = book.store.changed()
    assert check_draft(book, responder, kept.case_id, REPLY).verdict is Verdict.ALLOW
    assert check_draft(book, responder, kept.case_id, CONFIRMS).verdict is Verdict.BLOCK
    assert (book.store.changed(), changed > before) == (changed, True)


def test_a_submitted_draft_waits_with_its_bundle(book: Casebook) -> None:
    waiting = submitted(book)
    case = book.queries.case(waiting.case_id, book.clock())
    assert case.row.status is CaseStatus.WAITING
    assert (waiting.draft.state, waiting.draft.approvals_needed) == (DraftState.SUBMITTED, 1)
    assert len(waiting.draft.bundle_hash) == 64
    assert case.drafts[0].bundle_hash == waiting.draft.bundle_hash


def test_the_gate_stops_a_reply_that_confirms_a_patient_and_the_words_are_kept(book: Casebook) -> None:
    kept = written(book, CONFIRMS)
    responder = actor(book, "responder")
    with pytest.raises(GateBlocked) as blocked:
        submit(book, responder, kept.draft.id)
    assert "confirms_patient_relationship" in {finding.reason for finding in blocked.value.findings}
    assert "mother" not in str(blocked.value)
    assert open_draft(book, responder, kept.draft.id) == CONFIRMS
    view = book.queries.case(kept.case_id, book.clock()).drafts[0]
    assert (view.state, view.verdict) == (DraftState.WRITING, "block")
    assert book.queries.audit(case_id=kept.case_id)[-1].kind == "draft.blocked"
    rewritten = save_draft(book, responder, kept.case_id, REPLY)
    assert submit(book, responder, rewritten.id).state is DraftState.SUBMITTED


def test_only_its_author_submits_a_draft(book: Casebook) -> None:
    kept = written(book)
    for username in ("responder2", "manager", "approver"):
        with pytest.raises(NotAllowed):
            submit(book, actor(book, username), kept.draft.id)


def test_a_draft_is_submitted_once(book: Casebook) -> None:
    waiting = submitted(book)
    with pytest.raises(WrongState):
        submit(book, actor(book, "responder"), waiting.draft.id)


def test_submitting_needs_the_claim_to_be_alive(book: Casebook) -> None:
    kept = written(book)
    clock_of(book).advance(minutes=20)
    with pytest.raises(NotHeld):
        submit(book, actor(book, "responder"), kept.draft.id)
    claim(book, actor(book, "responder2"), kept.case_id)
    with pytest.raises(Held):
        submit(book, actor(book, "responder"), kept.draft.id)
    assert drafts(book)[0].state is DraftState.WRITING


def test_a_case_has_one_reply_waiting_at_a_time(book: Casebook) -> None:
    waiting = submitted(book)
    responder2 = actor(book, "responder2")
    release(book, actor(book, "responder"), waiting.case_id)
    claim(book, responder2, waiting.case_id)
    second = save_draft(book, responder2, waiting.case_id, "another answer")
    with pytest.raises(WrongState, match="waits for approval already"):
        submit(book, responder2, second.id)


def test_no_second_reply_is_asked_for_while_one_is_on_its_way(book: Casebook) -> None:
    row = approved(book)
    responder = actor(book, "responder")
    second = save_draft(book, responder, row.case_id, "and one thing more")
    with pytest.raises(WrongState):
        submit(book, responder, second.id)


def test_a_post_that_is_gone_or_closed_to_answers_gets_none(book: Casebook) -> None:
    kept = written(book)
    responder = actor(book, "responder")
    record_state(book, kept.mention.id, gone="deleted")
    with pytest.raises(WrongState, match="deleted"):
        submit(book, responder, kept.draft.id)
    record_state(book, kept.mention.id, way="forbidden", way_reason="its author allows no replies")
    with pytest.raises(WrongState, match="allows no replies"):
        submit(book, responder, kept.draft.id)
    assert drafts(book)[0].state is DraftState.WRITING


def test_a_draft_that_cannot_be_read_at_submitting_is_not_submitted(book: Casebook) -> None:
    kept = written(book)
    scripted(book).unreadable = True
    with pytest.raises(NotYetSafe):
        submit(book, actor(book, "responder"), kept.draft.id)
    assert drafts(book)[0].state is DraftState.WRITING


def test_a_draft_changed_while_it_was_read_is_not_submitted(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written(book)
    responder = actor(book, "responder")
    reader = scripted(book)
    read = reader.read

    def change_meanwhile(text: str, **named: object) -> object:
        monkeypatch.setattr(reader, "read", read)
        save_draft(book, responder, kept.case_id, "other words")
        return read(text)

    monkeypatch.setattr(reader, "read", change_meanwhile)
    with pytest.raises(Stale):
        submit(book, responder, kept.draft.id)
    assert drafts(book)[0].state is DraftState.WRITING


def test_a_serious_post_needs_two_people(book: Casebook) -> None:
    waiting = submitted(
        book,
        "We are very sorry to read this. Please contact PALS on pals@northvale.example so that we can look into it.",
        post="I was given the wrong tablets",
    )
    assert waiting.draft.approvals_needed == 2
