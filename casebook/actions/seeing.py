"""Our own replies, seen on the network: what a listener hears of ours proves that they are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from casebook import audit
from casebook.book import SYSTEM
from casebook.heard import OwnPost
from casebook.model import CaseEvent, OutboxState, Outgoing, new_id
from casebook.unit_of_work import UnitOfWork

LOOKS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""How long after a reply was posted by hand (or approved to be) it is looked for; after the last one never again."""
FIRST_LOOK = LOOKS[0]


def note_seen(work: UnitOfWork, channel: str, own: Iterable[OwnPost], now: datetime) -> int:
    """Mark replies as seen that are among `own`; within the caller's transaction. Returns how many were marked.

    A reply whose id is known is recognised by it. One that a person posted is recognised by what it answers. Where
    nobody has recorded yet that it was posted, its words must be compared first: it is looked for at once.
    """
    return sum(_note(work, channel, post, now) for post in own)


def _note(work: UnitOfWork, channel: str, post: OwnPost, now: datetime) -> bool:
    known = work.outbox.find(channel=channel, reply_key=post.external_key) if post.external_key else None
    if known is not None:
        if known.seen_at is None:
            mark_seen(work, known, "heard", now)
        return known.seen_at is None
    parent = work.mentions.find(channel=channel, external_key=post.parent_key) if post.parent_key else None
    rows = work.outbox.where(mention_id=parent.id, reply_key="") if parent is not None else []
    claimed = [row for row in rows if row.state is OutboxState.SENT and row.seen_at is None]
    if len(claimed) == 1:
        mark_seen(work, replace(claimed[0], reply_key=post.external_key), "heard", now)
        return True
    for row in rows:
        if row.state is OutboxState.BY_HAND:
            work.outbox.save(replace(row, look_at=now))
    return False


def mark_seen(work: UnitOfWork, row: Outgoing, how: str, now: datetime) -> None:
    """Keep, within the caller's transaction, that a reply was seen; `how` is "heard" or "looked_for"."""
    work.outbox.save(replace(row, seen_at=now, look_at=None))
    tell(work, row, "seen", {"how": how}, now)
    work.audit(
        now, audit.SEEN, actor=SYSTEM, case_id=row.case_id, outbox=row.id, reply_key=row.reply_key, how=how
    )


def tell(work: UnitOfWork, row: Outgoing, kind: str, facts: dict[str, str | int], now: datetime) -> None:
    """Add a line of the monitor's to a case's history."""
    work.events.add(
        CaseEvent(id=new_id(), case_id=row.case_id, at=now, staff_id=SYSTEM, kind=kind, facts=facts)
    )
