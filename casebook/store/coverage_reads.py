"""What the ledger of polls says, as SQL that stays quick over millions of polls.

Everything of one listener goes through the index on listener and start. No statement looks at more polls than those
after a given time, or than `LOOKED_AT` of the newest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
    type_coerce,
)

from casebook import queries as q
from casebook.coverage import BIN
from casebook.model import from_micros
from casebook.store import tables as t

LOOKED_AT = 20_000
"""So many of a listener's newest polls are counted and looked at, at most: two weeks, at one a minute."""
_BIN_MICROS = int(BIN.total_seconds()) * 1_000_000


class SqlLedger:
    """The ledger within one transaction; implements `casebook.unit_of_work.Ledger`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_well(
        self, listener_id: str, *, source: str = "", but_walk: str = "", since: datetime | None = None
    ) -> datetime | None:
        """When the newest good page was asked for."""
        wanted = _polls(listener_id, source, since) & (t.poll.c.outcome == "ok")
        if but_walk:
            wanted &= t.poll.c.walk != but_walk
        return self._one(wanted, t.poll.c.started_at.desc())

    def first_asked(
        self, listener_id: str, *, source: str = "", since: datetime | None = None
    ) -> datetime | None:
        """When the oldest page was asked for, good or not."""
        return self._one(_polls(listener_id, source, since), t.poll.c.started_at)

    def last_new(self, listener_id: str) -> datetime | None:
        """When the newest page that brought something was asked for, among the newest polls."""
        return last_new(self._connection, listener_id)

    def busy(self, listener_id: str, since: datetime) -> list[datetime]:
        """The quarters of an hour that brought something new, by their beginning, in order."""
        quarter = type_coerce(t.poll.c.started_at, BigInteger) // _BIN_MICROS
        statement = (
            select(quarter.label("quarter"))
            .where(_polls(listener_id, "", since), t.poll.c.new > 0)
            .group_by("quarter")
            .order_by("quarter")
        )
        return [
            from_micros(int(found) * _BIN_MICROS) for found in self._connection.execute(statement).scalars()
        ]

    def _one(self, wanted: ColumnElement[bool], order: Any) -> datetime | None:
        statement = select(t.poll.c.started_at).where(wanted).order_by(order).limit(1)
        found: datetime | None = self._connection.execute(statement).scalar()
        return found


def _polls(listener_id: str, source: str, since: datetime | None) -> ColumnElement[bool]:
    wanted = t.poll.c.listener_id == listener_id
    if since is not None:
        wanted = and_(wanted, t.poll.c.started_at >= since)
    return and_(wanted, t.poll.c.source == source) if source else wanted


def last_new(connection: Connection, listener_id: str) -> datetime | None:
    """When the newest page that brought something was asked for, among the newest `LOOKED_AT` polls."""
    newest = _newest(listener_id)
    statement = (
        select(newest.c.started_at).where(newest.c.new > 0).order_by(newest.c.started_at.desc()).limit(1)
    )
    found: datetime | None = connection.execute(statement).scalar()
    return found


def coverage(connection: Connection, since: datetime) -> list[q.CoverageRow]:
    """Every listener with what it heard after `since`, by the name of its watch."""
    statement = select(
        t.watch.c.name.label("watch"),
        t.watch.c.channel,
        t.watch.c.active,
        t.listener.c.id.label("listener_id"),
        t.listener.c.interval_s,
        t.listener.c.last_success_at,
        t.listener.c.next_due_at,
        t.listener.c.failures,
        t.listener.c.stopped_why,
    ).join(t.listener, t.listener.c.watch_id == t.watch.c.id)
    found = connection.execute(statement.order_by(t.watch.c.name, t.watch.c.channel)).mappings().all()
    listed = incidents(connection, open_only=True)
    return [
        q.CoverageRow(
            **row,
            **_sums(connection, row["listener_id"], since),
            last_gap=_last_gap(connection, row["listener_id"], since),
            last_new_at=last_new(connection, row["listener_id"]),
            last_outcome=_last_outcome(connection, row["listener_id"]),
            open=tuple(one for one in listed if one.listener_id == row["listener_id"]),
        )
        for row in found
    ]


def _sums(connection: Connection, listener_id: str, since: datetime) -> dict[str, Any]:
    newest = _newest(listener_id, since)
    poll = newest.c
    statement = select(
        func.count().label("polls"),
        func.coalesce(func.sum(poll.new), 0).label("heard"),
        func.coalesce(func.sum(case((~poll.complete, 1), else_=0)), 0).label("incomplete"),
        func.coalesce(func.sum(case((poll.cap != "", 1), else_=0)), 0).label("capped"),
        func.coalesce(func.sum(poll.set_aside), 0).label("set_aside"),
        func.coalesce(func.sum(poll.calls), 0).label("calls"),
        func.coalesce(func.sum(poll.micros), 0).label("micros"),
        func.min(type_coerce(poll.started_at, BigInteger)).label("counted_since"),
    )
    found = dict(connection.execute(statement).mappings().one())
    oldest = found.pop("counted_since")
    numbers = {name: int(value) for name, value in found.items()}
    cut = numbers["polls"] == LOOKED_AT
    return {**numbers, "counted_since": from_micros(int(oldest)) if cut else None}


def _last_gap(connection: Connection, listener_id: str, since: datetime) -> str:
    newest = _newest(listener_id, since)
    statement = select(newest.c.gap).where(newest.c.gap != "").order_by(newest.c.started_at.desc()).limit(1)
    return str(connection.execute(statement).scalar() or "")


def _newest(listener_id: str, since: datetime | None = None) -> Subquery:
    """The newest polls of a listener, `LOOKED_AT` at most."""
    return (
        select(t.poll)
        .where(_polls(listener_id, "", since))
        .order_by(t.poll.c.started_at.desc())
        .limit(LOOKED_AT)
        .subquery()
    )


def _last_outcome(connection: Connection, listener_id: str) -> str:
    statement = (
        select(t.poll.c.outcome)
        .where(t.poll.c.listener_id == listener_id)
        .order_by(t.poll.c.started_at.desc())
        .limit(1)
    )
    return str(connection.execute(statement).scalar() or "")


def incidents(
    connection: Connection, *, open_only: bool = False, since: datetime | None = None
) -> list[q.IncidentRow]:
    """Coverage incidents: open ones first, then the newest first."""
    columns = t.incident.c
    statement = (
        select(t.incident, t.watch.c.name.label("watch"), t.watch.c.channel, t.staff.c.display_name)
        .join(t.listener, t.listener.c.id == columns.listener_id)
        .join(t.watch, t.watch.c.id == t.listener.c.watch_id)
        .outerjoin(t.staff, t.staff.c.id == columns.closed_by)
        .order_by(columns.closed_at.is_not(None), columns.opened_at.desc(), columns.id.desc())
    )
    if open_only:
        statement = statement.where(columns.closed_at.is_(None))
    elif since is not None:
        statement = statement.where(or_(columns.closed_at.is_(None), columns.closed_at >= since))
    return [_incident(row) for row in connection.execute(statement).mappings()]


def _incident(row: Any) -> q.IncidentRow:
    return q.IncidentRow(
        incident_id=row["id"],
        listener_id=row["listener_id"],
        watch=row["watch"],
        channel=row["channel"],
        source=row["source"],
        kind=row["kind"],
        opened_at=row["opened_at"],
        from_at=row["from_at"],
        to_at=row["to_at"],
        says=row["says"],
        closed_at=row["closed_at"],
        closed_by=row["display_name"] or "",
        closed_why=row["closed_why"],
    )
