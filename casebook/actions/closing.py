"""Closing a case without (further) answer, and opening it again."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import authorise, holder_of, move, refuse_held
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import Case, CaseStatus, DraftState
from policies.facts import Act

REASONS = {
    "answered": "answered",
    "no_reply_needed": "needs no reply",
    "not_about_us": "not about us",
    "spam": "spam",
    "passed_on": "passed to another team",
    "never_answer": "a public answer could do harm",
}
"""Why a case may be closed, by its short name."""


def close(book: Casebook, actor: Actor, case_id: str, why: str) -> Case:
    """Close a case.

    Raises:
        Refusal: `why` is not one of `REASONS`, or a reply is on its way.
        Held: somebody else holds it.
    """
    if why not in REASONS:
        raise Refusal(f"Close it for one of these reasons: {', '.join(REASONS)}. Nothing was changed.")
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLOSE)
        case = work.cases.get(case_id)
        if holder_of(case, by.now) not in {"", actor.staff_id}:
            refuse_held(by, case)
        case = move(case, CaseStatus.CLOSED)
        for draft in work.drafts.where(case_id=case_id):
            if draft.state in {DraftState.WRITING, DraftState.SUBMITTED}:
                work.drafts.save(replace(draft, state=DraftState.VOID))
                by.audit(audit.VOIDED, case_id, draft=draft.id, why="case_closed")
        case = work.cases.save(replace(case, holder_id="", held_until=None, closed_why=why))
        by.event(case_id, "closed", why=why)
        by.audit(audit.CLOSED, case_id, why=why)
        work.commit()
    return case


def reopen(book: Casebook, actor: Actor, case_id: str) -> Case:
    """Open a closed or answered case again (undoes `close`)."""
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLOSE)
        case = work.cases.save(replace(move(work.cases.get(case_id), CaseStatus.OPEN), closed_why=""))
        by.event(case_id, "reopened")
        by.audit(audit.REOPENED, case_id, why="staff")
        work.commit()
    return case
