"""While a formal complaint is open nothing about it is answered in public, whatever was on its way."""

from __future__ import annotations

import pytest

from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.complaining import end_complaint, start_complaint
from casebook.actions.drafting import save_draft
from casebook.actions.resolving import handoff_text, resolve_uncertain
from casebook.actions.sending import begin, ready, record_sent, record_uncertain
from casebook.actions.submitting import submit
from casebook.book import Casebook
from casebook.errors import NotAllowed, Refusal, Stale, WrongState
from casebook.model import CaseStatus, DraftState, OutboxState
from tests.support.books import actor, clock_of, hear
from tests.support.replies import LEASE, REPLY, SENDER, approved, begun, outbox_row, submitted, written

WHY = "It was handed to the complaints team this morning."


def kinds(book: Casebook, case_id: str) -> list[str]:
    return [event.kind for event in book.queries.case(case_id, book.clock()).history]


def test_a_draft_that_waits_is_void_and_the_case_says_why(book: Casebook) -> None:
    waiting = submitted(book)
    assert start_complaint(book, actor(book, "responder2"), waiting.case_id, WHY) == 1
    case = book.queries.case(waiting.case_id, book.clock())
    assert (case.complaint_live, case.row.status) == (True, CaseStatus.OPEN)
    assert case.drafts[0].state is DraftState.VOID
    assert (case.thread[0].way, "complaint" in case.thread[0].way_reason) == ("forbidden", True)
    assert kinds(book, waiting.case_id)[-2:] == ["complaint_opened", "voided"]
    assert case.history[-2].text == WHY
    with pytest.raises(WrongState):
        approve(book, actor(book, "approver"), waiting.draft.id, waiting.draft.bundle_hash)


@pytest.mark.parametrize("way", ["api", "handoff"])
def test_a_reply_that_waits_to_leave_is_taken_back(book: Casebook, way: str) -> None:
    row = approved(book, way=way)
    assert start_complaint(book, actor(book, "responder"), row.case_id, WHY) == 1
    after = outbox_row(book, row.id)
    assert (after.state, after.why, after.look_at) == (OutboxState.CANCELLED, "complaint", None)
    assert book.queries.case(row.case_id, book.clock()).row.status is CaseStatus.OPEN
    with pytest.raises(WrongState):
        handoff_text(book, actor(book, "responder"), row.id)


def test_what_is_being_sent_is_left_to_its_end(book: Casebook) -> None:
    reply = begun(book)
    assert start_complaint(book, actor(book, "responder"), reply.case_id, WHY) == 0
    record_sent(book, reply.outbox_id, "r1", "https://northvale.example/1", "api")
    assert outbox_row(book, reply.outbox_id).state is OutboxState.SENT


def test_a_person_cannot_send_again_what_a_complaint_forbids(book: Casebook) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    start_complaint(book, actor(book, "responder"), reply.case_id, WHY)
    clock_of(book).advance(minutes=1)
    resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, "not_posted")
    [again] = ready(book, "practice")
    with pytest.raises(Stale, match="formal complaint"):
        begin(book, again, SENDER, LEASE)
    row = outbox_row(book, reply.outbox_id)
    assert (row.state, row.why) == (OutboxState.REFUSED, "complaint")


def test_nothing_is_written_or_submitted_until_it_has_ended(book: Casebook) -> None:
    kept = written(book)
    responder = actor(book, "responder")
    start_complaint(book, responder, kept.case_id, WHY)
    with pytest.raises(WrongState, match="formal complaint about this is open: it is answered there"):
        save_draft(book, responder, kept.case_id, REPLY)
    with pytest.raises(WrongState, match="The draft was kept"):
        submit(book, responder, kept.draft.id)
    assert not end_complaint(book, responder, kept.case_id, "It was closed.").complaint_live
    claim(book, responder, kept.case_id)
    assert submit(book, responder, kept.draft.id).state is DraftState.SUBMITTED


def test_it_is_said_once_and_ended_once_and_never_without_a_reason(book: Casebook) -> None:
    case_id = hear(book, "We waited.").case_id
    responder = actor(book, "responder")
    with pytest.raises(Refusal):
        start_complaint(book, responder, case_id, "  ")
    with pytest.raises(WrongState, match="No formal complaint"):
        end_complaint(book, responder, case_id, WHY)
    start_complaint(book, responder, case_id, WHY)
    with pytest.raises(WrongState, match="open already"):
        start_complaint(book, responder, case_id, WHY)
    with pytest.raises(NotAllowed):
        end_complaint(book, actor(book, "administrator"), case_id, WHY)
    end_complaint(book, responder, case_id, WHY)
    audited = [row.kind for row in book.queries.audit(case_id=case_id) if row.kind.startswith("complaint")]
    assert audited == ["complaint.opened", "complaint.ended"]


def test_the_reason_is_read_for_personal_data_like_any_other_words_of_staff(book: Casebook) -> None:
    case_id = hear(book, "We waited.").case_id
    start_complaint(book, actor(book, "responder"), case_id, "Mrs Lindqvist wrote to the complaints team.")
    [event] = [e for e in book.queries.case(case_id, book.clock()).history if e.kind == "complaint_opened"]
    assert "Lindqvist" not in event.text
