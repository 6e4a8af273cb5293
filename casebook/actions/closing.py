"""Closing a case without (further) answer, and opening it again."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import URGENT, authorise, demand_held, holder_of, move, refuse_held
from casebook.book import Actor, Casebook
from casebook.errors import Refusal, WrongState
from casebook.model import ALIVE, Case, CaseStatus, DraftState
from casebook.unit_of_work import UnitOfWork
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
        NotHeld: it is urgent (severity `URGENT` or more), and nobody may close such a case in passing.
    """
    if why not in REASONS:
        raise Refusal(f"Close it for one of these reasons: {', '.join(REASONS)}. Nothing was changed.")
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLOSE)
        case = work.cases.get(case_id)
        if holder_of(case, by.now) not in {"", actor.staff_id}:
            refuse_held(by, case)
        if case.severity >= URGENT:
            demand_held(by, case)
        _refuse_reply_under_way(work, case_id)
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


def _refuse_reply_under_way(work: UnitOfWork, case_id: str) -> None:
    if any(row.state in ALIVE for row in work.outbox.where(case_id=case_id)):
        raise WrongState(
            "An approved reply of this case is on its way. Take it back first, or wait until it is posted."
        )


def reopen(book: Casebook, actor: Actor, case_id: str) -> Case:
    """Open a closed or answered case again (undoes `close`).

    Raises:
        WrongState: it is neither closed nor answered, or a reply is on its way.
        Held: somebody else holds it.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLOSE)
        case = work.cases.get(case_id)
        if case.status not in {CaseStatus.CLOSED, CaseStatus.ANSWERED}:
            raise WrongState(
                f"This case is {case.status}; only a closed or answered one can be opened again."
            )
        if holder_of(case, by.now) not in {"", actor.staff_id}:
            refuse_held(by, case)
        _refuse_reply_under_way(work, case_id)
        case = work.cases.save(replace(move(case, CaseStatus.OPEN), closed_why=""))
        by.event(case_id, "reopened")
        by.audit(audit.REOPENED, case_id, why="staff")
        work.commit()
    return case
