"""Claiming a case: an exclusive lease. Two people cannot hold one case."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import authorise, holder_of, lease_of, move, refuse_held
from casebook.book import Actor, Casebook
from casebook.errors import NotAllowed, NotHeld
from casebook.model import Case, CaseStatus
from policies.facts import Act


def claim(book: Casebook, actor: Actor, case_id: str) -> Case:
    """Hold a case for as long as policy says; claiming again renews it.

    Raises:
        Held: somebody else's claim is alive (it names them and says until when).
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLAIM)
        case = work.cases.get(case_id)
        if holder_of(case, by.now) not in {"", actor.staff_id}:
            refuse_held(by, case)
        renewed = holder_of(case, by.now) == actor.staff_id
        until = by.now + lease_of(by.policy, case.channel)
        if case.status in {CaseStatus.CLOSED, CaseStatus.ANSWERED}:
            by.audit(audit.REOPENED, case_id, why="claimed")
        if case.status in {CaseStatus.NEW, CaseStatus.CLOSED, CaseStatus.ANSWERED}:
            case = replace(move(case, CaseStatus.OPEN), closed_why="")
        case = work.cases.save(replace(case, holder_id=actor.staff_id, held_until=until))
        if not renewed:
            by.event(case_id, "claimed")
            by.audit(audit.CLAIMED, case_id, until=until.isoformat(timespec="seconds"))
        work.commit()
    return case


def release(book: Casebook, actor: Actor, case_id: str) -> Case:
    """Give a case back to the queue. Another person's claim needs the permission to do that.

    Raises:
        NotHeld: nobody holds it.
        NotAllowed: somebody else holds it and the role does not allow taking it from them.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.CLAIM)
        case = work.cases.get(case_id)
        holder = holder_of(case, by.now)
        if not holder:
            raise NotHeld("Nobody holds this case.")
        if holder != actor.staff_id and not by.may(Act.RELEASE_OTHERS):
            raise NotAllowed
        case = work.cases.save(replace(case, holder_id="", held_until=None))
        by.event(case_id, "released")
        by.audit(audit.RELEASED, case_id, holder=holder)
        work.commit()
    return case
