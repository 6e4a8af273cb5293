"""The whole way at the terminal: signed in, claimed, stopped by the gate, rewritten, approved by another."""

from __future__ import annotations

from casebook.audit import verify
from casebook.book import Casebook
from casebook.model import CaseStatus, OutboxState
from tests.desk.terminal.driving import NARROW, at_the_desk
from tests.support.books import hear
from tests.support.replies import REPLY


async def test_from_sign_in_to_a_reply_approved_by_another_person(book: Casebook) -> None:
    case_id = hear(book, "We waited five hours at Northvale General with Mrs Tavistock.").case_id
    async with at_the_desk(book, size=NARROW) as hand:
        await hand.press("enter", "enter", "r")
        await hand.type_into("#editor", "Your appointment was on Tuesday, we are sorry.")
        await hand.press("ctrl+t")
        assert "The reply gate stopped this draft" in hand.words
        reply = REPLY + " Please reach PALS at pals@northvale.example if you would like to talk."
        await hand.type_into("#editor", reply)
        await hand.press("ctrl+t")
        assert "0 of 1 approvals" in hand.words or hand.case(case_id).row.status is CaseStatus.WAITING
        await hand.press("q", "S", "j", "j", "enter")
        assert "Avery Coldwell (approver)" in hand.words
        await hand.press("4", "enter", "a", "a", "tab", "enter")
        draft = hand.case(case_id).drafts[0]
        assert draft.outbox_state is OutboxState.QUEUED
        assert draft.approved_by == ("Avery Coldwell",)
        assert hand.case(case_id).row.status is CaseStatus.APPROVED
        assert "Tavistock" not in hand.words
    kinds = [row.kind for row in book.queries.audit(case_id=case_id)]
    assert [kind for kind in kinds if kind.startswith("draft.")] == [
        "draft.saved", "draft.blocked", "draft.saved", "draft.submitted", "draft.approved",
    ]  # fmt: skip
    assert verify(book.store.audit_entries()).entries > 0
