"""Walking a list of a Mastodon server that moves, holds back, cuts short and does not listen."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.wire import mastodon_walk as walks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Listing:
    """A list of statuses as Mastodon pages it: `min_id` gives those next above it, otherwise the newest come first."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.statuses: dict[int, dict[str, Any]] = {}
        self.hidden_of_page = 0
        self.deaf = False
        self.oldest_page_past_the_end = False
        self.search = False
        for one in ids:
            self.add(one)

    def add(self, number: int, *, edited: str | None = None, at: datetime | None = None) -> None:
        moment = at or NOON - timedelta(days=10) + timedelta(seconds=number)
        self.statuses[number] = {"id": str(number), "created_at": moment.isoformat(), "edited_at": edited}

    def page(self, min_id: str = "", max_id: str = "") -> list[dict[str, Any]]:
        low, high = int(min_id or -1), int(max_id or 10**18)
        if self.deaf:
            low, high = -1, 10**18
        found = sorted(one for one in self.statuses if low < one < high)
        if min_id and not found and self.oldest_page_past_the_end:
            found = sorted(self.statuses)
        oldest_first = bool(min_id) and not self.search
        kept = found[: walks.PAGE] if oldest_first else found[-walks.PAGE :]
        return [self.statuses[one] for one in reversed(kept)][self.hidden_of_page :]


def walk(
    listing: Listing, cursor: Any, *, backwards: bool = False, most: int = 200
) -> tuple[list[int], Any, str]:
    """One whole walk: what was fresh, the cursor after it, and the cap if one was met."""
    heard: list[int] = []
    for _ in range(most):
        body = listing.page(**walks.asked(cursor, backwards=backwards))
        step = walks.after(cursor, [walks.found_in(one, NOON) for one in body], backwards=backwards)
        cursor = json.loads(json.dumps(step.cursor))
        heard += [int(one.id) for one in step.fresh]
        if not step.more:
            return heard, cursor, step.cap
    raise AssertionError("a walk that does not end")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("count", [0, 1, 39, 40, 41, 80, 119, 333])
def test_every_item_is_heard_once_however_many_there_are(count: int, backwards: bool) -> None:
    listing = Listing(range(1000, 1000 + count))
    listing.search = backwards
    heard, cursor, cap = walk(listing, {}, backwards=backwards)
    assert (sorted(heard), cap) == (sorted(listing.statuses), "")
    assert walk(listing, cursor, backwards=backwards)[0] == []
    for number in range(5000, 5000 + count):
        listing.add(number)
    assert sorted(walk(listing, cursor, backwards=backwards)[0]) == list(range(5000, 5000 + count))


@pytest.mark.parametrize("backwards", [False, True])
def test_a_post_that_reaches_the_server_late_is_heard_although_it_lies_before_others(backwards: bool) -> None:
    listing = Listing(range(1000, 100_000, 1000))
    listing.search = backwards
    _, cursor, _ = walk(listing, {}, backwards=backwards)
    listing.add(98_500)
    listing.add(93_100)
    assert sorted(walk(listing, cursor, backwards=backwards)[0]) == [93_100, 98_500]


def test_a_list_that_was_empty_hears_a_post_older_than_the_first_one_it_heard() -> None:
    listing = Listing()
    _, cursor, _ = walk(listing, {})
    listing.add(900)
    heard, cursor, _ = walk(listing, cursor)
    listing.add(850)
    assert heard == [900]
    assert walk(listing, cursor)[0] == [850]


def test_a_deleted_anchor_loses_nothing() -> None:
    listing = Listing(range(1000, 1300))
    _, cursor, _ = walk(listing, {})
    for number in range(1000, 1300):
        del listing.statuses[number]
    listing.add(1400)
    assert walk(listing, cursor)[0] == [1400]


def test_an_edit_within_the_overlap_is_heard_again_and_one_version_only_once() -> None:
    listing = Listing(range(1000, 1010))
    _, cursor, _ = walk(listing, {})
    listing.add(1005, edited="2026-11-23T11:00:00Z")
    heard, cursor, _ = walk(listing, cursor)
    assert heard == [1005]
    assert walk(listing, cursor)[0] == []


def test_a_short_page_is_not_taken_for_the_last_one() -> None:
    listing = Listing(range(1000, 1010))
    _, cursor, _ = walk(listing, {})
    listing.hidden_of_page = 0
    for number in range(2000, 2200):
        listing.add(number)
    heard: list[int] = []
    while True:
        body = listing.page(**walks.asked(cursor, backwards=False))
        shown = [one for one in body if int(one["id"]) % 7]  # a server leaves out what its user has muted
        step = walks.after(cursor, [walks.found_in(one, NOON) for one in shown], backwards=False)
        heard += [int(one.id) for one in step.fresh]
        cursor = step.cursor
        if not step.more:
            break
    assert heard == [number for number in range(2000, 2200) if number % 7]


def test_a_server_that_answers_the_oldest_page_past_the_end_ends_the_walk() -> None:
    listing = Listing(range(1000, 1200))
    _, cursor, _ = walk(listing, {})
    listing.oldest_page_past_the_end = True
    assert walk(listing, cursor)[0] == []


def test_more_than_a_walk_reads_is_said_to_be_a_cap() -> None:
    listing = Listing(range(10_000, 10_000 + walks.PAGE * walks.MOST_PAGES + 1))
    heard, cursor, cap = walk(listing, {})
    assert len(heard) == walks.PAGE * walks.MOST_PAGES
    assert cap
    assert walk(listing, cursor)[::2] == ([], "")


def test_a_search_that_takes_no_notice_of_max_id_says_that_it_was_cut_short() -> None:
    listing = Listing(range(1000, 1100))
    listing.search = listing.deaf = True
    heard, _, cap = walk(listing, {}, backwards=True)
    assert len(heard) == walks.PAGE
    assert cap


def test_a_search_that_takes_no_notice_but_gives_everything_was_not_cut_short() -> None:
    listing = Listing(range(1000, 1000 + walks.PAGE - 1))
    listing.search = listing.deaf = True
    assert walk(listing, {}, backwards=True)[2] == ""


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_a_list_that_moves_between_pages_loses_and_doubles_nothing(seed: int, backwards: bool) -> None:
    chance = random.Random(seed)
    listing = Listing(range(1000, 1000 + chance.randrange(150)))
    listing.search = backwards
    cursor: Any = {}
    heard: list[int] = []
    number = 2000
    for _ in range(30):
        for _ in range(chance.choice([0, 0, 1, 5, 90])):
            number += 1
            listing.add(number)
        late = number - chance.randrange(1, 40)
        if number > 2050 and late not in listing.statuses:
            listing.add(late)
        body = listing.page(**walks.asked(cursor, backwards=backwards))
        step = walks.after(cursor, [walks.found_in(one, NOON) for one in body], backwards=backwards)
        heard += [int(one.id) for one in step.fresh]
        cursor = step.cursor
    for _ in range(3):
        rest, cursor, _ = walk(listing, cursor, backwards=backwards)
        heard += rest
    assert sorted(heard) == sorted(listing.statuses)


def test_a_time_in_the_future_does_not_shorten_the_overlap() -> None:
    listing = Listing(range(1000, 1020))
    listing.add(1500, at=NOON + timedelta(days=9000))
    _, cursor, _ = walk(listing, {})
    assert max(one[1] for one in cursor["recent"]) == NOON.timestamp()


def test_notifications_and_statuses_are_told_apart() -> None:
    status = {"id": "7", "created_at": "2026-11-23T11:00:00Z"}
    told = {"id": "90", "type": "mention", "created_at": "2026-11-23T11:00:01Z", "status": status}
    assert (walks.found_in(told, NOON).id, walks.found_in(told, NOON).status) == ("90", status)
    assert walks.found_in({**told, "status": None}, NOON).status is None
    assert walks.found_in(status, NOON).status == status
