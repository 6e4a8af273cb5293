"""What the ledger of polls means: how one watch is doing, what is usual for it, and when a silence is not.

Pure: it is asked with times and counts, and decides nothing about the record. Everything is worked out when it is
read, so it is right although no monitor runs. Texts are ours; no word of a post comes in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from casebook.model import IncidentKind
from casebook.queries import CoverageRow, IncidentRow
from casebook.states import LASTING

INTERVALS_MISSED = 3
"""After so many intervals without a good poll something is wrong, whatever the reason."""
LEAST_PATIENCE = timedelta(minutes=3)
"""One slow answer of a network never looks like an outage."""
QUIET_AFTER = timedelta(days=1)
"""From here on a watch that is listened to and brings nothing is called quiet."""
SHORT_ID = 6
"""Hex digits of an incident's id that people type: the last ones, which are random."""

HEARD_AGAIN = "heard_again"
CAUGHT_UP = "caught_up"
NOT_WANTED = "not_listened_to"
CLOSED_WORDS = {
    HEARD_AGAIN: "it was heard again",
    CAUGHT_UP: "it was heard again, and everything in between with it",
    NOT_WANTED: "it is not listened to any more",
}
"""Why an incident ended by itself, in words."""

OUTAGES = frozenset(
    {
        IncidentKind.CREDENTIALS,
        IncidentKind.ENTITLEMENT,
        IncidentKind.OVER_BUDGET,
        IncidentKind.SOURCE_GONE,
        IncidentKind.NOT_HEARD,
    }
)
"""Incidents that end by themselves once there is a good poll again."""

SAYS = {
    IncidentKind.GAP: "The network did not give everything; posts of this time may be missing.",
    IncidentKind.CAP: "The network would not give more, although there may be more posts of this time.",
    IncidentKind.CREDENTIALS: "The network does not accept our credentials.",
    IncidentKind.ENTITLEMENT: "The plan, the credit or the permission does not cover listening.",
    IncidentKind.OVER_BUDGET: "The budget for this network is spent.",
    IncidentKind.SOURCE_GONE: "What was listened to is there no more.",
    IncidentKind.NOT_HEARD: "No poll succeeded for three intervals; posts of this time come late, if at all.",
    IncidentKind.SILENCE: "Polls succeed and bring nothing, for longer than is usual at these hours.",
    IncidentKind.SET_ASIDE: "Items came that could not be understood; they are kept, sealed.",
}
"""What each kind says where nobody has said it better."""

TITLES = {
    IncidentKind.GAP: "gap",
    IncidentKind.CAP: "the network's limit",
    IncidentKind.CREDENTIALS: "credentials refused",
    IncidentKind.ENTITLEMENT: "not permitted",
    IncidentKind.OVER_BUDGET: "over budget",
    IncidentKind.SOURCE_GONE: "source gone",
    IncidentKind.NOT_HEARD: "not heard",
    IncidentKind.SILENCE: "unusual silence",
    IncidentKind.SET_ASIDE: "items set aside",
}
TO_DO = {
    IncidentKind.GAP: "Look at the network for this time, then close it with what you found.",
    IncidentKind.CAP: "Look at the network for this time, or make the watch narrower; then close it with a reason.",
    IncidentKind.CREDENTIALS: "Put the credentials right, then let the watch start again.",
    IncidentKind.ENTITLEMENT: "Look at the plan and its credit, then let the watch start again.",
    IncidentKind.OVER_BUDGET: "It goes on when the budget begins anew; raise it if that is too late.",
    IncidentKind.SOURCE_GONE: "Check its address, or take it out of the watch and close this.",
    IncidentKind.NOT_HEARD: "See that the monitor runs and the network answers; it ends by itself.",
    IncidentKind.SILENCE: "Look whether the network shows posts that are not here; close it if the calm is real.",
    IncidentKind.SET_ASIDE: "Tell whoever looks after this program; close it once that is done.",
}
"""What a person does about an open one."""
CLOSED_BY_HAND = LASTING | {IncidentKind.SILENCE, IncidentKind.SOURCE_GONE}
"""What a person is told to close; the others end by themselves."""


def patience(interval_s: int) -> timedelta:
    """How long no good poll is ordinary."""
    return max(timedelta(seconds=interval_s) * INTERVALS_MISSED, LEAST_PATIENCE)


def short(incident_id: str) -> str:
    """An incident's id as people type it."""
    return incident_id[-SHORT_ID:]


class State(StrEnum):
    """How one watch is doing."""

    NEVER = "never"
    LISTENING = "listening"
    QUIET = "quiet"
    LATE = "late"
    FAILING = "failing"
    RESTING = "resting"
    OVER_BUDGET = "over_budget"
    SILENT = "silent"
    STOPPED = "stopped"
    OFF = "off"
    """No longer in the configuration."""


STATE_WORDS = {
    State.NEVER: "NEVER HEARD",
    State.LISTENING: "listening",
    State.QUIET: "quiet",
    State.LATE: "NOT HEARD",
    State.FAILING: "FAILING",
    State.RESTING: "told to wait",
    State.OVER_BUDGET: "OVER BUDGET",
    State.SILENT: "SILENT",
    State.STOPPED: "STOPPED",
    State.OFF: "off",
}
"""Each state in a word or two; capitals where a person should look."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A state with its sentence, and whether the watch is being listened to (or need not be)."""

    state: State
    sentence: str
    heard: bool = True

    @property
    def word(self) -> str:
        """The state in a word or two."""
        return STATE_WORDS[self.state]

    @property
    def ordinary(self) -> bool:
        """Whether nobody need look."""
        return self.state in {State.LISTENING, State.QUIET, State.OFF}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every watch with its state, and incidents, open ones first."""

    watches: tuple[tuple[CoverageRow, Standing], ...]
    incidents: tuple[IncidentRow, ...]

    @property
    def not_heard(self) -> int:
        """How many watches are not listened to."""
        return sum(not standing.heard for _, standing in self.watches)

    @property
    def open(self) -> int:
        """How many incidents are open."""
        return sum(one.closed_at is None for one in self.incidents)


def overview(rows: Sequence[CoverageRow], found: Sequence[IncidentRow], now: datetime) -> Coverage:
    """What the queries gave, with what it means at `now`."""
    return Coverage(tuple((row, state_of(row, now)) for row in rows), tuple(found))


def state_of(row: CoverageRow, now: datetime) -> Standing:
    """How a watch is doing at `now`: quiet because nothing is new and quiet because broken never look alike."""
    if not row.active:
        return Standing(State.OFF, "Not in the configuration any more; it is not listened to.")
    if row.stopped_why:
        return Standing(State.STOPPED, _stopped(row.stopped_why), heard=False)
    since = row.last_success_at
    silent_for = max(now - since, timedelta()) if since else None
    if silent_for is None or silent_for > patience(row.interval_s) or row.failures:
        return _troubled(row, silent_for, now)
    return _heard(row, silent_for, now)


def _heard(row: CoverageRow, silent_for: timedelta, now: datetime) -> Standing:
    asked = f"Listened to {length(silent_for)} ago"
    partly = sorted({one.source for one in row.open if one.source and one.kind in OUTAGES})
    part = f" Part of it is not heard: {', '.join(partly)}." if partly else ""
    new = (
        f"the newest post came {length(now - row.last_new_at)} ago" if row.last_new_at else "nothing came yet"
    )
    if any(one.kind is IncidentKind.SILENCE for one in row.open):
        said = f"{asked}, but {new}, which is unusual at these hours: something may be broken.{part}"
        return Standing(State.SILENT, said)
    if row.last_new_at is not None and now - row.last_new_at < QUIET_AFTER:
        return Standing(State.LISTENING, f"{asked}; {new}.{part}")
    return Standing(State.QUIET, f"{asked}; nothing is new ({new}).{part}")


def _troubled(row: CoverageRow, silent_for: timedelta | None, now: datetime) -> Standing:
    last = f"last heard well {length(silent_for)} ago" if silent_for is not None else "never heard well yet"
    # Within patience a failure is news, and no outage yet.
    heard = silent_for is not None and silent_for <= patience(row.interval_s)
    waits = timedelta() < row.next_due_at - now
    if waits and any(one.kind is IncidentKind.OVER_BUDGET and not one.source for one in row.open):
        said = f"The budget for this network is spent; {last}. It goes on in {length(row.next_due_at - now)}."
        return Standing(State.OVER_BUDGET, said, heard=False)
    if waits and row.failures and row.last_outcome == "throttled":
        said = f"The network asks us to wait {length(row.next_due_at - now)} more; {last}."
        return Standing(State.RESTING, said, heard=heard)
    if row.failures:
        tries = f"{row.failures} tries" if row.failures > 1 else "try"
        said = f"The last {tries} failed ({row.last_outcome.replace('_', ' ') or 'unknown'}); {last}."
        return Standing(State.FAILING, said, heard=heard)
    if silent_for is None:
        return Standing(State.NEVER, "Never listened to yet. Run “voicedesk listen”.", heard=False)
    every = length(timedelta(seconds=row.interval_s))
    said = f"Not heard: {last}, though it is due every {every}. Does the monitor run?"
    return Standing(State.LATE, said, heard=False)


def _stopped(why: str) -> str:
    words = {
        "credentials_refused": "the network does not accept our credentials",
        "not_entitled": "the plan, the credit or the permission does not cover it",
        "no_such_channel": "no network of this name is configured",
    }
    return f"Stopped: {words.get(why, why.replace('_', ' '))}. Nothing is heard until somebody acts."


def length(of: timedelta) -> str:
    """A length of time in words: "40 seconds", "3 hours", "2 days"."""
    seconds = max(0, int(of.total_seconds()))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (size == 60 and seconds >= 60):
            count = seconds // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def span(incident: IncidentRow) -> tuple[datetime | None, datetime | None]:
    """From when to when an incident may have cost posts; an end of None is now."""
    return incident.from_at, incident.to_at or incident.closed_at


# What is usual

BIN = timedelta(minutes=15)
"""Time is looked at in quarters of an hour."""
LOOK_BACK = timedelta(days=28)
LEAST_HISTORY, LEAST_POSTS = timedelta(days=7), 20
"""Before that nothing is usual yet."""
LEAST_SILENCE = timedelta(minutes=30)
"""No silence is shorter, however busy a watch is."""
IMPROBABLE = 0.001
"""A silence opens an incident when the usual rate would let it happen less often than this."""
LATELY = timedelta(days=3)
"""The days that say whether it is a quiet week."""
SURELY_BROKEN = 20.0
"""A silence of the past in which so many posts were to be expected was an outage, and says nothing of what is usual."""
LONGER_THAN_EVER = 1.5
"""And only when it is so many times as long, in posts expected, as the longest of the weeks before."""


@dataclass(frozen=True, slots=True)
class Usual:
    """How many posts a watch usually brings in a quarter of an hour, by hour of the day and kind of day.

    What is counted is quarters that brought something, not posts: one day's storm must not make the calm after it
    look broken. `rates` is indexed by weekend (0, 1) and hour (UTC); a rate is the Poisson mean that makes a quarter
    bring something as often as it did.
    """

    rates: tuple[tuple[float, ...], tuple[float, ...]]

    def expected(self, start: datetime, end: datetime) -> float:
        """Posts to be expected between two times."""
        total, at = 0.0, start
        while at < end:
            upto = min(end, at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
            total += self.rates[_weekend(at)][at.hour] * ((upto - at) / BIN)
            at = upto
        return total


def usual(busy: Sequence[datetime], since: datetime, until: datetime) -> Usual | None:
    """What is usual, from the quarters that brought something between two times.

    Args:
        busy: the beginnings of those quarters, each once, in order.
        since: when the history begins: the first poll, or `LOOK_BACK` ago.
        until: its end.

    Returns:
        None while there is too little to say: less than `LEAST_HISTORY`, or fewer than `LEAST_POSTS` quarters.
    """
    if until - since < LEAST_HISTORY or len(busy) < LEAST_POSTS:
        return None
    held = [[0.0] * 24, [0.0] * 24]
    at = since.replace(minute=0, second=0, microsecond=0)
    while at < until:
        held[_weekend(at)][at.hour] += 4
        at += timedelta(hours=1)
    seen = [[0.0] * 24, [0.0] * 24]
    for one in busy:
        seen[_weekend(one)][one.hour] += 1
    weekday, weekend = ([_rate(seen[i][h], held[i][h]) for h in range(24)] for i in (0, 1))
    return Usual((tuple(weekday), tuple(weekend)))


def improbable(busy: Sequence[datetime], since: datetime, last_new: datetime, until: datetime) -> bool:
    """Whether a silence from `last_new` to `until` (the last good poll) says that something is broken.

    By Poisson, no post at all where `n` were to be expected has the probability exp(-n). Real posts come in clusters
    and in quiet weeks, so `n` is scaled by the days before, and a silence must be longer than any of the weeks before.
    """
    known = usual(busy, since, last_new)
    if known is None:
        return False
    silence = known.expected(last_new, until) * _lately(known, busy, last_new)
    if math.exp(-silence) >= IMPROBABLE:
        return False
    gaps = (known.expected(a + BIN, b) for a, b in pairwise(busy))
    longest = max((gap for gap in gaps if gap < SURELY_BROKEN), default=0.0)
    return silence > LONGER_THAN_EVER * longest


def _lately(known: Usual, busy: Sequence[datetime], last_new: datetime) -> float:
    """How much of the usual came in the days before a silence, at most all: quiet weeks are quiet at any hour."""
    start = last_new - LATELY
    came = sum(start <= one for one in busy)
    return min(1.0, (came + 1) / (known.expected(start, last_new) + 1))


def _rate(seen: float, held: float) -> float:
    """The Poisson mean of a quarter in which `seen` of `held` quarters brought something, a little towards none."""
    return -math.log1p(-min(seen, held) / (held + 1)) if held else 0.0


def _weekend(at: datetime) -> int:
    return int(at.weekday() >= 5)
