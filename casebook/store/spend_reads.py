"""What was spent on each network, and what the monitor last said of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from casebook.spending import NetworkFacts, Spent, day_of, from_facts, next_month
from casebook.store import tables as t


def spent_by_channel(connection: Connection, now: datetime) -> dict[str, Spent]:
    """What each channel was asked today and this month (UTC); a channel that was asked nothing is left out."""
    today, next_months = day_of(now), day_of(next_month(now))  # days sort as text
    columns = t.spend.c
    statement = select(
        columns.channel,
        _sum(case((columns.day == today, columns.calls), else_=0)),
        _sum(case((columns.day == today, columns.micros), else_=0)),
        _sum(columns.calls),
        _sum(columns.micros),
    ).where(columns.day >= f"{today[:7]}-01", columns.day < next_months)
    found = connection.execute(statement.group_by(columns.channel))
    return {channel: Spent(*(int(number) for number in numbers)) for channel, *numbers in found}


def network_facts(connection: Connection) -> dict[str, NetworkFacts]:
    """What the monitor last said of each channel."""
    found = connection.execute(select(t.network.c.channel, t.network.c.facts).order_by(t.network.c.channel))
    return {channel: from_facts(channel, facts) for channel, facts in found}


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(column), 0)
