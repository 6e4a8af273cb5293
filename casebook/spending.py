"""What a network may be asked, and what that costs: ceilings, what is left of them, and money in words. Pure.

A ceiling is hard for what is known beforehand and can be passed by no more than one call by the rest: how many
requests a call takes, and how many posts it is charged for, is known only when its answer is there. Reads stop
before the ceiling, so that its reserve is left for replies. Days and months are those of UTC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.gate.links import link_spans

WARN_AT = 0.8
"""The share of a ceiling from which on people are warned."""
MICROS = 1_000_000
"""Millionths in one."""
_SIGNS = {"USD": "$", "GBP": "£", "EUR": "€"}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that one network may be asked; None where there is no limit."""

    calls_a_day: int | None = None
    """Requests."""
    micros_a_month: int | None = None
    """Money, in millionths of the network's currency."""
    reserve: float = 0.1
    """The share, from 0 to below 1, that reads leave for replies."""

    @property
    def limits_something(self) -> bool:
        """Whether there is any limit at all."""
        return self.calls_a_day is not None or self.micros_a_month is not None

    def for_reads(self) -> Ceiling:
        """The part of it that reads may use. One request a day is always theirs, or nothing would ever be heard."""
        calls, micros = self.calls_a_day, self.micros_a_month
        return Ceiling(
            None if calls is None else max(calls - self._kept(calls), min(calls, 1)),
            None if micros is None else micros - self._kept(micros),
            0.0,
        )

    def _kept(self, whole: int) -> int:
        # Rounded before it is rounded up: 0.3 × 10 is a hair more than 3 in binary.
        return min(math.ceil(round(whole * self.reserve, 6)), whole)


UNLIMITED = Ceiling()


@dataclass(frozen=True, slots=True)
class Spent:
    """What one network was asked today and this month (UTC), and what it charges for that."""

    calls_today: int = 0
    micros_today: int = 0
    calls_month: int = 0
    micros_month: int = 0

    def plus(self, calls: int, micros: int) -> Spent:
        """The same with so much more, today."""
        return Spent(
            self.calls_today + calls,
            self.micros_today + micros,
            self.calls_month + calls,
            self.micros_month + micros,
        )


NOTHING_SPENT = Spent()


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a ceiling; None where it does not limit, never below 0."""

    calls: int | None = None
    micros: int | None = None


def day_of(at: datetime) -> str:
    """The day (UTC) as the record names it: YYYY-MM-DD."""
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def next_day(at: datetime) -> datetime:
    """When the next day (UTC) begins."""
    return _midnight(at) + timedelta(days=1)


def next_month(at: datetime) -> datetime:
    """When the next month (UTC) begins."""
    # From the 28th, four days on is the next month in every month.
    return (_midnight(at).replace(day=28) + timedelta(days=4)).replace(day=1)


def rests_until(
    ceiling: Ceiling, spent: Spent, now: datetime, *, calls: int = 1, micros: int = 0
) -> datetime | None:
    """Until when nothing may be asked, or None where a call may be made now.

    Args:
        ceiling: what the call must keep to (`for_reads` of it for a read).
        spent: what was asked already.
        now: the time, in UTC.
        calls: requests that the call takes at least.
        micros: money that it costs at least; the rest is known when it has been made.
    """
    until: list[datetime] = []
    if ceiling.calls_a_day is not None and spent.calls_today + calls > ceiling.calls_a_day:
        until.append(next_day(now))
    if ceiling.micros_a_month is not None and spent.micros_month + micros > ceiling.micros_a_month:
        until.append(next_month(now))
    return max(until, default=None)


def left_of(ceiling: Ceiling, spent: Spent) -> Left:
    """What is left of a ceiling."""
    calls, micros = ceiling.calls_a_day, ceiling.micros_a_month
    return Left(
        None if calls is None else max(calls - spent.calls_today, 0),
        None if micros is None else max(micros - spent.micros_month, 0),
    )


def share_used(ceiling: Ceiling, spent: Spent) -> float:
    """The share of the ceiling that is used, by whichever limit is nearer; 0 where there is none.

    A limit of 0 is used up from the start.
    """
    pairs = ((spent.calls_today, ceiling.calls_a_day), (spent.micros_month, ceiling.micros_a_month))
    return max((used / most if most else 1.0 for used, most in pairs if most is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a network charges, in millionths of `currency`; all 0 where it charges nothing."""

    currency: str = ""
    read: int = 0
    """For one post read."""
    reply: int = 0
    reply_with_link: int = 0
    source: str = ""
    """Where the figures come from, and of which day they are."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """What the monitor last said of one network, for those who may not ask it."""

    channel: str
    title: str
    can_reply: bool = False
    looks_up: bool = True
    """Whether a post can be asked for again as it is now."""
    resend_within: float = 0.0
    """Seconds for which the network refuses a second copy of a reply; infinite where it always does."""
    read_back_lag: float = 0.0
    """Seconds."""
    longest_reply: int = 0
    """In code points."""
    account: str = ""
    tariff: Tariff = field(default_factory=Tariff)
    ceiling: Ceiling = UNLIMITED


def warning_of_cost(facts: NetworkFacts | None, text: str) -> str:
    """One sentence where a reply of these words costs more for its link than it would without; else ""."""
    if facts is None or facts.tariff.reply_with_link <= facts.tariff.reply or not link_spans(text):
        return ""
    tariff = facts.tariff
    with_link, without = money(tariff.reply_with_link, tariff.currency), money(tariff.reply, tariff.currency)
    return f"A reply with a link costs about {with_link} on {facts.title}, without one about {without}."


def money(micros: int, currency: str) -> str:
    """An amount in words: "$0.20", "£12.00", "0.005 CHF". Two decimals, more where they are needed."""
    whole, part = divmod(abs(micros), MICROS)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    amount = f"{whole:,}.{decimals}"
    sign = "-" if micros < 0 else ""
    if mark := _SIGNS.get(currency.upper()):
        return f"{sign}{mark}{amount}"
    return f"{sign}{amount} {currency}".rstrip()


def as_facts(network: NetworkFacts) -> dict[str, Any]:
    """As plain data for the record; an infinite time is None there, which JSON has."""
    tariff, ceiling = network.tariff, network.ceiling
    return {
        "title": network.title,
        "can_reply": network.can_reply,
        "looks_up": network.looks_up,
        "resend_within": network.resend_within if math.isfinite(network.resend_within) else None,
        "read_back_lag": network.read_back_lag,
        "longest_reply": network.longest_reply,
        "account": network.account,
        "prices": {
            "currency": tariff.currency,
            "read": tariff.read,
            "reply": tariff.reply,
            "reply_with_link": tariff.reply_with_link,
            "source": tariff.source,
        },
        "ceiling": {
            "calls_a_day": ceiling.calls_a_day,
            "micros_a_month": ceiling.micros_a_month,
            "reserve": ceiling.reserve,
        },
    }


def from_facts(channel: str, facts: Mapping[str, Any]) -> NetworkFacts:
    """What `as_facts` wrote; what an older or newer program left out or spoilt is as if nothing were known."""
    prices, ceiling = _table(facts, "prices"), _table(facts, "ceiling")
    resend = facts.get("resend_within", 0.0)
    return NetworkFacts(
        channel=channel,
        title=str(facts.get("title") or channel),
        can_reply=facts.get("can_reply") is True,
        looks_up=facts.get("looks_up") is not False,
        resend_within=math.inf if resend is None else _number(resend),
        read_back_lag=_number(facts.get("read_back_lag")),
        longest_reply=int(_number(facts.get("longest_reply"))),
        account=str(facts.get("account") or ""),
        tariff=Tariff(
            currency=str(prices.get("currency") or ""),
            read=int(_number(prices.get("read"))),
            reply=int(_number(prices.get("reply"))),
            reply_with_link=int(_number(prices.get("reply_with_link"))),
            source=str(prices.get("source") or ""),
        ),
        ceiling=Ceiling(
            _limit(ceiling.get("calls_a_day")),
            _limit(ceiling.get("micros_a_month")),
            _number(ceiling.get("reserve")),
        ),
    )


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _table(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> float:
    usual = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if usual and isinstance(value, int | float) else 0


def _limit(value: object) -> int | None:
    return None if value is None else max(int(_number(value)), 0)
