"""What a casebook put back from a backup must know of itself: it is behind, and what left since is not in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from casebook import audit
from casebook.actions.pacing import RESTORED
from casebook.book import SYSTEM
from casebook.model import CaseEvent, OutboxState, Outgoing, new_id
from casebook.unit_of_work import Store, UnitOfWork


def note_restored(store: Store, now: datetime) -> int:
    """Trust nothing that was on its way when this copy was made; returns how many replies that concerns.

    They may have been posted since, and only the casebook that was replaced knows. Each becomes uncertain, so that
    a person looks at the network and decides, and all sending is stopped until somebody allows it again.
    """
    with store.write() as work:
        rows = [
            *work.outbox.where(state=OutboxState.QUEUED),
            *work.outbox.where(state=OutboxState.SENDING),
        ]
        for row in rows:
            _doubt(work, row, now)
        for organisation in work.organisations.where():
            work.organisations.save(replace(organisation, sending_stopped=True))
        work.audit(now, audit.CASEBOOK_RESTORED, actor=SYSTEM, unsure=len(rows))
        work.commit()
    return len(rows)


def _doubt(work: UnitOfWork, row: Outgoing, now: datetime) -> None:
    attempt = ""
    for begun in work.attempts.where(outbox_id=row.id, outcome=""):
        attempt = begun.id
        work.attempts.save(replace(begun, outcome="unknown", ended_at=now, reason=RESTORED))
    work.outbox.save(
        replace(row, state=OutboxState.UNCERTAIN, why=RESTORED, lease_owner="", lease_until=None)
    )
    work.events.add(
        CaseEvent(
            id=new_id(),
            case_id=row.case_id,
            at=now,
            staff_id=SYSTEM,
            kind=OutboxState.UNCERTAIN,
            facts={"why": RESTORED},
        )
    )
    work.audit(
        now,
        audit.UNCERTAIN,
        actor=SYSTEM,
        case_id=row.case_id,
        outbox=row.id,
        attempt=attempt,
        why=RESTORED,
    )
