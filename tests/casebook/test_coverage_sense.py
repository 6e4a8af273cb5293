"""What the ledger means: a silence that is not believable, nights and quiet weeks that are, and a state in words."""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casebook.actions.covering import close_incident, watch_over
from casebook.actions.hearing import record_page
from casebook.book import Casebook
from casebook.coverage import (
    BIN,
    LEAST_SILENCE,
    LOOK_BACK,
    STATE_WORDS,
    TITLES,
    TO_DO,
    State,
    improbable,
    length,
    patience,
    state_of,
    usual,
)
from casebook.model import IncidentKind, Poll, new_id
from casebook.queries import CoverageRow, IncidentRow
from tests.support.books import actor, clock_of, page_of, take_listener
from tests.support.clock import START

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BEGIN = datetime(2026, 9, 7, tzinfo=UTC)
"""A Monday."""
BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 10, 16, 20, 20, 18, 18, 16, 16, 18, 20, 22, 24, 24, 20, 16, 10, 5)
"""How posts about a hospital are spread over a day, in an invented but usual shape."""


def traffic(a_day: float, days: int, seed: int, *, quiet_week_from: int = -99) -> list[datetime]:
    """Posts of many days: loud and calm ones, weekends at half, some storms, replies in clusters."""
    dice, posts = random.Random(seed), []
    for day in range(days):
        at = BEGIN + day * DAY
        level = dice.lognormvariate(-0.08, 0.4) * (0.5 if at.weekday() >= 5 else 1)
        level *= 6 if dice.random() < 0.05 else 1
        level *= 0.35 if 0 <= day - quiet_week_from < 7 else 1
        for hour, share in enumerate(BY_HOUR):
            for _ in range(poisson(dice, a_day * level * share / sum(BY_HOUR) / 1.5)):
                first = at + hour * HOUR + dice.random() * HOUR
                more = 2 if dice.random() < 0.25 else 0
                posts += [first, *(first + dice.expovariate(1 / 20) * MINUTE for _ in range(more))]
    return sorted(posts)


def poisson(dice: random.Random, mean: float) -> int:
    """A number of events."""
    count, left = 0, dice.random()
    while left > math.exp(-mean):
        count, left = count + 1, left * dice.random()
    return count


def alarms(posts: list[datetime], start: datetime, end: datetime) -> list[datetime]:
    """When a watchdog that looks twice an hour would have opened a silence."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    busy = sorted({epoch + (post - epoch) // BIN * BIN for post in posts})
    found, told, at = [], None, start
    while at < end:
        last = posts[bisect_right(posts, at) - 1]
        since = max(BEGIN, at - LOOK_BACK)
        seen = busy[bisect_left(busy, since) : bisect_right(busy, at)]
        if at - last >= LEAST_SILENCE and told != last and improbable(seen, since, last, at):
            found.append(at)
            told = last
        at += timedelta(minutes=30)
    return found


@pytest.mark.parametrize(("a_day", "most"), [(4, 2), (20, 1), (100, 1)])
def test_months_of_ordinary_traffic_cry_almost_never(a_day: float, most: int) -> None:
    start, end = BEGIN + 28 * DAY, BEGIN + 56 * DAY
    cried = sum(len(alarms(traffic(a_day, 56, seed), start, end)) for seed in range(3))
    assert cried <= most, "in three months, nights and weekends among them"


@pytest.mark.parametrize("a_day", [20, 100])
def test_a_quiet_week_hardly_cries(a_day: float) -> None:
    start = BEGIN + 40 * DAY
    posts = [traffic(a_day, 47, seed, quiet_week_from=40) for seed in range(3)]
    assert sum(len(alarms(one, start, start + 7 * DAY)) for one in posts) <= 1


@pytest.mark.parametrize(("a_day", "within"), [(10, 10 * DAY), (40, 4 * DAY), (300, DAY)])
def test_a_dead_feed_is_noticed_the_sooner_the_busier_it_was(a_day: float, within: timedelta) -> None:
    dead = BEGIN + 40 * DAY + 10 * HOUR
    for seed in range(2):
        posts = [post for post in traffic(a_day, 41, seed) if post < dead]
        found = alarms(posts, dead, dead + within)
        assert len(found) == 1


def test_nothing_is_usual_before_a_week_and_twenty_posts() -> None:
    busy = [BEGIN + n * 6 * HOUR for n in range(40)]
    assert usual(busy, BEGIN, BEGIN + 6 * DAY) is None
    assert usual(busy[:19], BEGIN, BEGIN + 20 * DAY) is None
    assert usual(busy, BEGIN, BEGIN + 10 * DAY) is not None
    assert not improbable(busy[:19], BEGIN, busy[18], BEGIN + 300 * DAY)


def test_one_storm_does_not_make_the_calm_after_it_look_broken() -> None:
    calm = [BEGIN + n * DAY + 10 * HOUR for n in range(28)]
    storm = [BEGIN + 20 * DAY + n * BIN for n in range(96)]
    busy = sorted({*calm, *storm})
    assert not improbable(busy, BEGIN, busy[-1], busy[-1] + 2 * DAY)


def test_an_outage_of_the_past_does_not_excuse_the_next_one() -> None:
    steady = [BEGIN + n * HOUR for n in range(27 * 24)]
    with_hole = [one for one in steady if not 10 * DAY < one - BEGIN < 13 * DAY]
    assert improbable(with_hole, BEGIN, with_hole[-1], with_hole[-1] + 2 * DAY)


def test_expectation_follows_the_hours_and_grows_with_time() -> None:
    by_day = [BEGIN + n * DAY + hour * HOUR for n in range(28) for hour in range(8, 20)]
    known = usual(by_day, BEGIN, BEGIN + 28 * DAY)
    assert known is not None
    night = known.expected(BEGIN + 22 * HOUR, BEGIN + 30 * HOUR)
    day = known.expected(BEGIN + 8 * HOUR, BEGIN + 16 * HOUR)
    assert night == 0
    assert day == pytest.approx(8, rel=0.25)


def test_the_watchdog_opens_a_silence_once_and_not_again_after_a_person_closed_it(book: Casebook) -> None:
    record_page(book, take_listener(book), page_of(book, []))
    with book.store.write() as work:
        [listener] = work.listeners.where()
        for hour in range(24 * 12):
            work.polls.add(poll(listener.id, START + hour * HOUR, new=1))
        work.commit()
    clock_of(book).advance(days=12)
    record_page(book, take_listener(book), page_of(book, []))
    assert watch_over(book) == 0
    clock_of(book).advance(hours=30)
    record_page(book, take_listener(book), page_of(book, []))
    assert watch_over(book, silences=False) == 0
    assert [watch_over(book), watch_over(book)] == [1, 0]
    [row] = book.queries.coverage(START)
    assert state_of(row, book.clock()).state is State.SILENT
    silence = next(one for one in row.open if one.kind is IncidentKind.SILENCE)
    assert silence.from_at == row.last_new_at == START + 12 * DAY - HOUR
    close_incident(book, actor(book, "manager"), silence.incident_id, "a bank holiday")
    assert watch_over(book) == 0
    [row] = book.queries.coverage(START)
    assert state_of(row, book.clock()).state is State.QUIET


def poll(listener_id: str, at: datetime, new: int) -> Poll:
    """A good poll of the past."""
    return Poll(
        id=new_id(), listener_id=listener_id, started_at=at, finished_at=at, asked={}, saw=new, new=new,
        complete=True, outcome="ok",
    )  # fmt: skip


# States

NOW = START
ROW = CoverageRow(
    watch="northvale", channel="x", listener_id="l1", interval_s=60, last_success_at=NOW - MINUTE,
    next_due_at=NOW, failures=0, stopped_why="", polls=1, heard=0, incomplete=0, last_gap="",
    last_new_at=NOW - 2 * HOUR, last_outcome="ok",
)  # fmt: skip


def incident(kind: IncidentKind, source: str = "") -> IncidentRow:
    return IncidentRow(
        incident_id="0" * 32, listener_id="l1", watch="northvale", channel="x", source=source, kind=kind,
        opened_at=NOW, from_at=NOW - HOUR, to_at=None, says="", closed_at=None, closed_by="", closed_why="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state", "heard", "says"),
    [
        ({}, State.LISTENING, True, "Listened to 1 minute ago; the newest post came 2 hours ago."),
        ({"last_new_at": NOW - 3 * DAY}, State.QUIET, True, "nothing is new (the newest post came 3 days ago)"),
        ({"last_new_at": None}, State.QUIET, True, "nothing came yet"),
        ({"open": (incident(IncidentKind.SILENCE),)}, State.SILENT, True, "unusual at these hours"),
        ({"open": (incident(IncidentKind.SOURCE_GONE, "feed 2"),)}, State.LISTENING, True, "not heard: feed 2."),
        ({"last_success_at": NOW - HOUR}, State.LATE, False, "last heard well 60 minutes ago"),
        ({"failures": 1, "last_outcome": "transient"}, State.FAILING, True, "The last try failed (transient)"),
        (
            {"failures": 4, "last_outcome": "bad_answer", "last_success_at": NOW - DAY},
            State.FAILING, False, "The last 4 tries failed (bad answer); last heard well 24 hours ago.",
        ),
        ({"last_success_at": None, "last_outcome": ""}, State.NEVER, False, "Never listened to yet"),
        ({"last_success_at": None, "failures": 2}, State.FAILING, False, "never heard well yet"),
        (
            {"failures": 1, "last_outcome": "throttled", "next_due_at": NOW + HOUR},
            State.RESTING, True, "asks us to wait 60 minutes more",
        ),
        (
            {"failures": 1, "next_due_at": NOW + 2 * DAY, "open": (incident(IncidentKind.OVER_BUDGET),)},
            State.OVER_BUDGET, False, "It goes on in 2 days.",
        ),
        ({"stopped_why": "credentials_refused"}, State.STOPPED, False, "does not accept our credentials"),
        ({"stopped_why": "strange_word"}, State.STOPPED, False, "strange word"),
        ({"active": False, "stopped_why": "x"}, State.OFF, True, "Not in the configuration any more"),
        ({"last_success_at": NOW + DAY}, State.LISTENING, True, "Listened to 0 seconds ago"),
    ],
)  # fmt: skip
def test_quiet_and_broken_never_look_alike(
    facts: dict[str, object], state: State, heard: bool, says: str
) -> None:
    found = state_of(replace(ROW, **facts), NOW)
    assert (found.state, found.heard) == (state, heard)
    assert says in found.sentence


def test_every_state_and_kind_has_its_words() -> None:
    assert set(STATE_WORDS) == set(State)
    assert set(TITLES) == set(TO_DO) == set(IncidentKind)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (timedelta(), "0 seconds"), (timedelta(seconds=1), "1 second"), (MINUTE, "1 minute"),
        (119 * MINUTE, "119 minutes"), (2 * HOUR, "2 hours"), (47 * HOUR, "47 hours"), (2 * DAY, "2 days"),
        (-DAY, "0 seconds"),
    ],
)  # fmt: skip
def test_lengths_are_said_in_one_unit(of: timedelta, said: str) -> None:
    assert length(of) == said


def test_three_intervals_are_ordinary_and_never_less_than_three_minutes() -> None:
    assert patience(5) == 3 * MINUTE
    assert patience(600) == 30 * MINUTE
