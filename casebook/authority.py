"""Whether a person may act: session, staff row and roles are read again in the act's own transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casebook.book import Actor, Casebook, policy_in_force
from casebook.errors import Held, NotAllowed, NotFound, NotHeld, NotSignedIn, WrongState
from casebook.model import CASE_MOVES, Case, CaseEvent, CaseStatus, Staff, new_id
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act, Role
from policies.permissions import allows, matrix
from policies.policy import Policy

URGENT = 4
"""From this severity on a case is closed, or its severity lowered, only by whoever holds it."""


@dataclass(frozen=True, slots=True)
class Authority:
    """An act that may go on: who acts, when, and under which policy; it writes audit entries in their name."""

    book: Casebook
    work: UnitOfWork
    actor: Actor
    policy: Policy
    now: datetime
    roles: frozenset[Role]
    """The person's roles as the record has them now; `actor.roles` may be older."""

    def may(self, act: Act) -> bool:
        """Whether the person may do a further act."""
        return allows(self.policy, self.roles, act)

    def audit(self, kind: str, case_id: str = "", **payload: str | int) -> None:
        """Append an entry in this person's name, in the act's transaction."""
        self.work.audit(
            self.now,
            kind,
            actor=self.actor.staff_id,
            session=self.actor.session_id,
            case_id=case_id,
            **payload,
        )

    def event(self, case_id: str, kind: str, **facts: str | int) -> CaseEvent:
        """Add a line without words to a case's history."""
        return self.work.events.add(
            CaseEvent(
                id=new_id(),
                case_id=case_id,
                at=self.now,
                staff_id=self.actor.staff_id,
                kind=kind,
                facts=facts,
            )
        )


def authorise(book: Casebook, work: UnitOfWork, actor: Actor, act: Act) -> Authority:
    """Let `actor` do `act`, or refuse.

    Raises:
        NotSignedIn: the session has ended, or the person was disabled.
        NotAllowed: no role of theirs permits it.
    """
    now = book.clock()
    person = signed_in(work, actor, now)
    policy = policy_in_force(work)
    by = Authority(book, work, actor, policy, now, roles_of(person))
    if not by.may(act):
        raise NotAllowed(_who_may(policy, act))
    return by


def _who_may(policy: Policy, act: Act) -> str:
    allowed = [role.replace("_", " ") for role, acts in matrix(policy).items() if act in acts]
    who = f"It needs the role {' or '.join(allowed)}." if allowed else "Policy gives it to nobody."
    return f"Your role does not allow this. {who} Nothing was changed."


def signed_in(work: UnitOfWork, actor: Actor, now: datetime) -> Staff:
    """The staff row behind a live session; raises `NotSignedIn`."""
    try:
        session, person = work.sessions.get(actor.session_id), work.staff.get(actor.staff_id)
    except NotFound:
        raise NotSignedIn from None
    if session.staff_id != person.id or session.ended_at or session.ends_at <= now or not person.active:
        raise NotSignedIn
    return person


def roles_of(person: Staff) -> frozenset[Role]:
    """A person's roles; a word that is no role any more grants nothing."""
    return frozenset(role for role in Role if role.value in person.roles)


def holder_of(case: Case, now: datetime) -> str:
    """Whose claim on the case is alive now: a staff id, or ""."""
    return case.holder_id if case.held_until is not None and case.held_until > now else ""


def demand_held(by: Authority, case: Case) -> Case:
    """The case with the actor's claim renewed; raises `NotHeld`, or `Held` by somebody else."""
    holder = holder_of(case, by.now)
    if not holder:
        raise NotHeld
    if holder != by.actor.staff_id:
        refuse_held(by, case)
    return replace(case, held_until=by.now + lease_of(by.policy, case.channel))


def refuse_held(by: Authority, case: Case) -> None:
    """Raise `Held`, naming who holds it."""
    assert case.held_until is not None
    raise Held(by.work.staff.get(case.holder_id).display_name, case.held_until)


def lease_of(policy: Policy, channel: str) -> timedelta:
    """How long a claim lasts on this channel, by policy."""
    rules = policy.rules.channels.get(channel, policy.rules.other_channels)
    return timedelta(minutes=rules.claim_lease_minutes)


def move(case: Case, status: CaseStatus) -> Case:
    """The case in another status; raises `WrongState` where that may not follow."""
    if status is case.status:
        return case
    if status not in CASE_MOVES[case.status]:
        raise WrongState(f"A case that is {case.status} cannot become {status}. Nothing was changed.")
    return replace(case, status=status)
