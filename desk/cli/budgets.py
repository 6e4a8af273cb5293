"""`budget`: what each network was asked and charged for, what is left, and when it begins anew.

Also the one sentence that commands say before a reply that costs more for its link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import typer

from casebook.book import Casebook
from casebook.spending import (
    NOTHING_SPENT,
    UNLIMITED,
    WARN_AT,
    Ceiling,
    NetworkFacts,
    Spent,
    Tariff,
    left_of,
    money,
    next_day,
    next_month,
    rests_until,
    share_used,
    warning_of_cost,
)
from desk.ceilings import ceilings
from desk.cli import envelope
from desk.cli.frame import Desk, command, say
from desk.cli.plain import counted, stamp, visible
from desk.settings import Settings
from policies.facts import Act

NOTHING = "No network is configured, and none was asked anything yet."
HOW = (
    "No ceiling is set. To set one, write [[budget]] into the configuration with channel, and calls_a_day or "
    "money_a_month or both."
)


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "budget", shows=True)(budget)


def budget(desk: Desk) -> None:
    """Say what is left of budgets. What each network was asked and charged, too; days and months are of UTC."""
    desk.demand(Act.VIEW)
    settings, now = desk.configuration.settings, desk.book.clock()
    facts, spent, set_to = desk.book.queries.networks(), desk.book.queries.spent(now), ceilings(settings)
    rows = [
        _row(name, facts.get(name), spent.get(name, NOTHING_SPENT), set_to.get(name, UNLIMITED), now)
        for name in sorted({*_used(settings), *facts, *spent, *set_to})
    ]
    lines = [line for row in rows for line in _lines(row, row.channel in _used(settings))] or [NOTHING]
    data = [envelope.item("budgets", row, prices=envelope.item("prices", row.tariff)) for row in rows]
    desk.show("budgets", data, lines)


def cost_warning(book: Casebook, channel: str, text: str) -> str:
    """The sentence before a reply of these words that costs more for its link; "" where it does not."""
    return visible(warning_of_cost(book.queries.networks().get(channel), text))


def say_cost(desk: Desk, channel: str, text: str) -> None:
    """Say that sentence, where there is one."""
    if warning := cost_warning(desk.book, channel, text):
        say(warning)


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One network's spending against its ceiling. Money is in millionths of `currency`; None where nothing limits."""

    channel: str
    title: str
    currency: str
    calls_today: int
    calls_month: int
    micros_today: int
    micros_month: int
    calls_a_day: int | None
    micros_a_month: int | None
    reserve: float
    calls_left: int | None
    micros_left: int | None
    calls_left_for_reads: int | None
    micros_left_for_reads: int | None
    day_ends_at: datetime
    month_ends_at: datetime
    reads_rest_until: datetime | None
    replies_rest_until: datetime | None
    nearly_spent: bool
    """80 % of a limit or more is used."""
    tariff: Tariff = field(default_factory=Tariff)


def _row(
    channel: str, facts: NetworkFacts | None, spent: Spent, ceiling: Ceiling, now: datetime
) -> BudgetRow:
    tariff = facts.tariff if facts else Tariff()
    left, for_reads = left_of(ceiling, spent), left_of(ceiling.for_reads(), spent)
    return BudgetRow(
        channel=channel,
        title=facts.title if facts else channel,
        currency=tariff.currency,
        calls_today=spent.calls_today,
        calls_month=spent.calls_month,
        micros_today=spent.micros_today,
        micros_month=spent.micros_month,
        calls_a_day=ceiling.calls_a_day,
        micros_a_month=ceiling.micros_a_month,
        reserve=ceiling.reserve,
        calls_left=left.calls,
        micros_left=left.micros,
        calls_left_for_reads=for_reads.calls,
        micros_left_for_reads=for_reads.micros,
        day_ends_at=next_day(now),
        month_ends_at=next_month(now),
        reads_rest_until=rests_until(ceiling.for_reads(), spent, now, micros=tariff.read),
        replies_rest_until=rests_until(ceiling, spent, now, micros=tariff.reply),
        nearly_spent=share_used(ceiling, spent) >= WARN_AT,
        tariff=tariff,
    )


def _used(settings: Settings) -> set[str]:
    """The channels that something is configured to listen or to speak on."""
    return {one.channel for one in settings.watch} | {one.channel for one in settings.account}


def _lines(row: BudgetRow, used: bool) -> Iterator[str]:
    today = _amount(row.calls_today, row.micros_today, row)
    month = _amount(row.calls_month, row.micros_month, row)
    yield f"{visible(row.title)}: today {today}, this month {month}."
    if not used:
        yield "  Nothing configured listens or speaks there now."
    if row.calls_a_day is None and row.micros_a_month is None:
        yield f"  {HOW}"
    if row.calls_a_day is not None:
        yield (
            f"  Ceiling {counted(row.calls_a_day, 'call')} a day: {row.calls_left} left, {row.calls_left_for_reads} "
            f"of them for reads. It begins anew at {stamp(row.day_ends_at)}."
        )
    if row.micros_a_month is not None:
        left, reads = _money(row.micros_left or 0, row), _money(row.micros_left_for_reads or 0, row)
        yield (
            f"  Ceiling {_money(row.micros_a_month, row)} a month: {left} left, {reads} of it for reads. "
            f"It begins anew at {stamp(row.month_ends_at)}."
        )
    yield from _resting(row)


def _resting(row: BudgetRow) -> Iterator[str]:
    if row.replies_rest_until is not None:
        until = stamp(row.replies_rest_until)
        yield f"  SPENT: nothing is heard or sent there until {until}, or until more is allowed."
    elif row.reads_rest_until is not None:
        yield (
            f"  READS REST until {stamp(row.reads_rest_until)}, or until more is allowed: nothing is heard there. "
            "What is left is kept for replies."
        )
    elif row.nearly_spent:
        yield "  80 % or more of a ceiling is used."


def _amount(calls: int, micros: int, row: BudgetRow) -> str:
    charged = f" and {_money(micros, row)}" if micros or row.currency else ""
    return f"{counted(calls, 'call')}{charged}"


def _money(micros: int, row: BudgetRow) -> str:
    return visible(money(micros, row.currency))
