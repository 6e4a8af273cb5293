"""Triage: a person confirms or changes what the assessment suggested, never below policy's floor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from casebook import audit
from casebook.authority import URGENT, authorise, demand_held, move
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import Case, CaseStatus
from policies.escalation import floor as severity_floor
from policies.escalation import looked_at_minutes
from policies.facts import Act


def triage(
    book: Casebook, actor: Actor, case_id: str, *, severity: int | None = None, queue: str | None = None
) -> Case:
    """Set severity and queue (what is left out stays) and mark the case as looked at.

    Raises:
        Refusal: the severity lies below policy's floor for the risks found, or the queue is not one of policy's.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.TRIAGE)
        case = work.cases.get(case_id)
        wanted = case.severity if severity is None else severity
        target = case.queue if queue is None else queue
        floor = severity_floor(by.policy, case.risks)
        if not 0 <= wanted <= 5:
            raise Refusal("Severity runs from 0 to 5. Nothing was changed.")
        if wanted < floor:
            raise Refusal(f"Policy keeps this case at severity {floor} or more. Nothing was changed.")
        if target not in {q.name for q in by.policy.rules.queues}:
            raise Refusal(f"Policy has no queue called {target}. Nothing was changed.")
        was = case.severity
        if wanted < was and was >= URGENT:
            demand_held(by, case)
        if case.status is CaseStatus.NEW:
            case = move(case, CaseStatus.OPEN)
        due = (
            case.opened_at + timedelta(minutes=looked_at_minutes(by.policy, wanted))
            if wanted != was
            else case.due_at
        )
        case = work.cases.save(replace(case, severity=wanted, queue=target, due_at=due, triaged=True))
        by.event(case_id, "triaged", was=was, severity=wanted, queue=target)
        by.audit(audit.TRIAGED, case_id, was=was, severity=wanted, queue=audit.word(target), floor=floor)
        work.commit()
    return case
