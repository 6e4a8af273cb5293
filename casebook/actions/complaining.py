"""A formal complaint about what a case is about: while it is open, nothing about it is answered in public.

The complaint itself is handled elsewhere; the desk knows only that there is one. Whoever triages may say so, and must
say why: a reply that waits is stopped by it at once, and every ending is in the record.
"""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import Authority, authorise, move
from casebook.book import Actor, Casebook
from casebook.errors import Refusal, WrongState
from casebook.model import Case, CaseStatus, DraftState, OutboxState
from casebook.stafftext import add_worded_event, read_staff_text
from policies.facts import Act

COMPLAINT = "complaint"
"""Why a draft or a reply was stopped."""


def start_complaint(book: Casebook, actor: Actor, case_id: str, reason: str) -> int:
    """Say that a formal complaint about this case is open; returns how many drafts and replies that stopped.

    A draft that waits for approval is void; a reply that waits to leave is taken back. One that is being sent, or of
    which nobody knows whether it was posted, is left as it is: what is on the network is there.

    Raises:
        Refusal: the reason is missing.
        WrongState: a complaint is recorded as open already.
        NotAllowed, NotSignedIn: the person may not triage.
    """
    _demand_reason(reason)
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.TRIAGE)
        if work.cases.get(case_id).complaint_live:
            raise WrongState("A formal complaint is recorded as open already. Nothing was changed.")
        event, case = add_worded_event(by, work.cases.get(case_id), "complaint_opened", reason, reading)
        work.cases.save(replace(case, complaint_live=True))
        stopped = _void_drafts(by, case_id) + _take_back(by, case_id)
        by.audit(audit.COMPLAINT_OPENED, case_id, event=event.id, taken_back=stopped)
        work.commit()
    return stopped


def end_complaint(book: Casebook, actor: Actor, case_id: str, reason: str) -> Case:
    """Say that the formal complaint has ended: the case may be answered in public again.

    Raises:
        Refusal: the reason is missing.
        WrongState: none is recorded as open.
        NotAllowed, NotSignedIn: the person may not triage.
    """
    _demand_reason(reason)
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.TRIAGE)
        if not work.cases.get(case_id).complaint_live:
            raise WrongState("No formal complaint is recorded as open. Nothing was changed.")
        event, case = add_worded_event(by, work.cases.get(case_id), "complaint_ended", reason, reading)
        case = work.cases.save(replace(case, complaint_live=False))
        by.audit(audit.COMPLAINT_ENDED, case_id, event=event.id)
        work.commit()
    return case


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("Say in a few words why, for example where the complaint is. Nothing was changed.")


def _void_drafts(by: Authority, case_id: str) -> int:
    waiting = by.work.drafts.where(case_id=case_id, state=DraftState.SUBMITTED)
    for draft in waiting:
        by.work.drafts.save(replace(draft, state=DraftState.VOID))
        by.event(case_id, "voided", why=COMPLAINT)
        by.audit(audit.VOIDED, case_id, draft=draft.id, why=COMPLAINT)
    if waiting:
        by.work.cases.save(move(by.work.cases.get(case_id), CaseStatus.OPEN))
    return len(waiting)


def _take_back(by: Authority, case_id: str) -> int:
    waiting = [
        row
        for state in (OutboxState.QUEUED, OutboxState.BY_HAND)
        for row in by.work.outbox.where(case_id=case_id, state=state)
    ]
    for row in waiting:
        by.work.outbox.save(replace(row, state=OutboxState.CANCELLED, why=COMPLAINT, look_at=None))
        by.event(case_id, "withdrawn", why=COMPLAINT)
        by.audit(audit.WITHDRAWN, case_id, outbox=row.id)
    if waiting:
        by.work.cases.save(move(by.work.cases.get(case_id), CaseStatus.OPEN))
    return len(waiting)
