"""Escalating a case to a role or a contact that policy knows, with a reason."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import authorise, move
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import Case, CaseStatus
from casebook.stafftext import add_worded_event, read_staff_text
from policies.facts import Act, Role
from policies.policy import Policy


def escalate(book: Casebook, actor: Actor, case_id: str, to: str, reason: str) -> Case:
    """Hand a case upwards. It stays with whoever holds it until they let go.

    Raises:
        Refusal: policy knows nobody of that name, or the reason is missing.
    """
    if not reason.strip():
        raise Refusal("Say in a few words why you escalate. Nothing was changed.")
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.ESCALATE)
        known = may_be_told(by.policy)
        if to not in known:
            raise Refusal(f"Policy knows nobody called {to}. It knows: {', '.join(sorted(known))}.")
        case = work.cases.get(case_id)
        event, case = add_worded_event(by, case, "escalated", reason, reading, to=to)
        if case.status is CaseStatus.NEW:
            case = move(case, CaseStatus.OPEN)
        case = work.cases.save(replace(case, escalated_to=to))
        by.audit(audit.ESCALATED, case_id, to=audit.word(to), event=event.id)
        work.commit()
    return case


def may_be_told(policy: Policy) -> frozenset[str]:
    """Whom a case can be escalated to: every contact that a rule of the policy tells, and every role."""
    contacts = {who for rule in policy.rules.escalation for who in rule.tell}
    return frozenset(contacts | set(Role))
