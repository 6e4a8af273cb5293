"""Several sources of one watch: each is walked, and one that fails never stops the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Cursor,
    CursorRefused,
    Gone,
    Page,
    RawPost,
    Throttled,
    Transient,
)
from monitor.sources import GONE_REST, Source, fetch_in_turn, restart_in_turn

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """A source of posts with numbers, ten a page, that can be told to fail."""

    name: str
    posts: list[str] = field(default_factory=list)
    failures: list[ChannelError] = field(default_factory=list)
    asked: int = 0

    def source(self) -> Source:
        return Source(self.name, f"shelf {self.name}", self.fetch, lambda cursor: {"again": True})

    def fetch(self, cursor: Cursor) -> Page:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        at = int(cursor.get("at", 0))
        found = self.posts[at : at + 10]
        after = at + len(found)
        return Page([post(one) for one in found], {"at": after}, after < len(self.posts), {"at": at})


def post(name: str) -> RawPost:
    return RawPost("test", name, name, "a", NOW, "words")


def walk(
    shelves: Sequence[Shelf], cursor: Cursor, now: datetime = NOW
) -> tuple[list[str], Cursor, list[Page]]:
    heard: list[str] = []
    pages: list[Page] = []
    for _ in range(500):
        page = fetch_in_turn([shelf.source() for shelf in shelves], json.loads(json.dumps(cursor)), now)
        heard += [one.external_id for one in page.posts]
        pages.append(page)
        cursor = page.cursor
        if not page.more:
            return heard, cursor, pages
    raise AssertionError("a walk that does not end")


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_every_source_is_walked_to_its_end_and_then_only_what_is_new() -> None:
    shelves = [Shelf("a", names("a", 25)), Shelf("b"), Shelf("c", names("c", 10))]
    heard, cursor, pages = walk(shelves, {})
    assert heard == names("a", 25) + names("c", 10)
    assert [page.source for page in pages] == ["shelf a", "shelf a", "shelf a", "shelf b", "shelf c"]
    shelves[1].posts.append("late")
    assert walk(shelves, cursor)[0] == ["late"]


def test_a_source_that_fails_says_so_and_the_others_go_on() -> None:
    shelves = [Shelf("a", names("a", 3)), Shelf("b", ["b0"], [Gone("410")]), Shelf("c", ["c0"])]
    heard, cursor, pages = walk(shelves, {})
    assert heard == [*names("a", 3), "c0"]
    (troubled,) = [page for page in pages if page.trouble]
    assert troubled.source == "shelf b"
    assert isinstance(troubled.trouble.error, Gone)
    assert "b" not in json.dumps(cursor["of"])


def test_a_source_that_failed_rests_and_is_asked_again_when_its_time_has_come() -> None:
    shelves = [Shelf("a"), Shelf("b", ["b0"], [Transient("reset")])]
    _, cursor, _ = walk(shelves, {})
    heard, cursor, _ = walk(shelves, cursor, NOW + timedelta(seconds=30))
    assert (heard, shelves[1].asked) == ([], 1)
    heard, cursor, _ = walk(shelves, cursor, NOW + timedelta(seconds=61))
    assert (heard, shelves[1].asked) == (["b0"], 2)
    assert cursor["rest"] == {}


def test_a_source_that_is_throttled_rests_as_long_as_it_was_told() -> None:
    shelves = [Shelf("a"), Shelf("b", ["b0"], [Throttled("429", until=NOW + timedelta(hours=2))])]
    _, cursor, _ = walk(shelves, {})
    assert walk(shelves, cursor, NOW + timedelta(hours=1, minutes=59))[0] == []
    assert walk(shelves, cursor, NOW + timedelta(hours=2, minutes=1))[0] == ["b0"]


def test_when_all_sources_fail_the_poll_fails_and_the_next_one_tries_them_all_again() -> None:
    shelves = [Shelf(name, [name], [CredentialsRefused("401")]) for name in "ab"]
    sources = [shelf.source() for shelf in shelves]
    first = fetch_in_turn(sources, {}, NOW)
    with pytest.raises(CredentialsRefused) as caught:
        fetch_in_turn(sources, first.cursor, NOW)
    with pytest.raises(Throttled) as resting:
        fetch_in_turn(sources, caught.value.cursor, NOW + timedelta(seconds=5))
    assert resting.value.until == NOW + timedelta(minutes=1)
    assert walk(shelves, caught.value.cursor, NOW + timedelta(minutes=2))[0] == ["a", "b"]


def test_a_refused_cursor_begins_that_source_again_within_the_same_call() -> None:
    shelf = Shelf("a", names("a", 5))
    _, cursor, _ = walk([shelf], {})
    shelf.failures = [CursorRefused("too old")]
    assert walk([shelf], cursor)[0] == names("a", 5)


def test_the_third_answer_without_sense_begins_the_source_again_and_says_that_something_may_be_missing() -> (
    None
):
    good, bad = Shelf("a"), Shelf("b", names("b", 2))
    _, cursor, _ = walk([good, bad], {})
    now = NOW
    for _ in range(2):
        bad.failures = [BadAnswer("html")]
        now += timedelta(hours=1)
        _, cursor, _ = walk([good, bad], cursor, now)
    bad.failures = [BadAnswer("html")]
    heard, cursor, pages = walk([good, bad], cursor, now + timedelta(hours=1))
    assert heard == names("b", 2)
    assert pages[-1].gap.startswith("A walk could not be finished")
    assert not pages[-1].complete


def test_a_cursor_from_before_there_were_several_sources_goes_on_where_it_was() -> None:
    shelf = Shelf("search", names("s", 12))
    page = fetch_in_turn([Shelf("mentions").source(), shelf.source()], {"at": 10}, NOW, older="search")
    page = fetch_in_turn([Shelf("mentions").source(), shelf.source()], page.cursor, NOW, older="search")
    assert [one.external_id for one in page.posts] == ["s10", "s11"]


def test_sources_that_are_taken_out_of_a_watch_or_put_in_change_nothing_for_the_others() -> None:
    shelves = [Shelf("a", names("a", 12)), Shelf("b", ["b0"])]
    first = fetch_in_turn([shelf.source() for shelf in shelves], {}, NOW)
    rest, cursor, _ = walk([shelves[1], Shelf("c", ["c0"])], first.cursor)
    assert rest == ["b0"]
    assert walk([shelves[1], Shelf("c", ["c0"])], cursor)[0] == ["c0"]


def test_starting_again_starts_every_source_again() -> None:
    sources = [Shelf("a").source(), Shelf("b").source()]
    assert restart_in_turn(sources, {}) == {
        "of": {"a": {"again": True}, "b": {"again": True}},
        "rest": {},
        "walk": None,
    }


def test_a_rest_that_a_wrong_clock_wrote_is_not_believed() -> None:
    shelf = Shelf("a", ["a0"])
    far = (NOW + GONE_REST * 400).isoformat()
    cursor = {"of": {}, "rest": {"a": {"tries": 1, "until": far}}, "walk": None}
    assert walk([shelf], cursor)[0] == ["a0"]


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 25), min_size=1, max_size=4),
    faults=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from([Transient, Throttled, BadAnswer, CursorRefused, Gone, CredentialsRefused]),
        ),
        max_size=12,
    ),
)
def test_whatever_fails_in_whatever_order_every_post_is_heard_in_the_end(
    sizes: list[int], faults: list[tuple[int, type[ChannelError]]]
) -> None:
    shelves = [Shelf(str(n), names(f"{n}-", size)) for n, size in enumerate(sizes)]
    for at, kind in faults:
        shelves[at % len(shelves)].failures.append(kind("fault"))
    sources, cursor, heard, now = [shelf.source() for shelf in shelves], {}, set(), NOW
    for _ in range(400):
        now += timedelta(hours=1)
        try:
            page = fetch_in_turn(sources, cursor, now)
        except ChannelError as error:
            cursor = error.cursor if error.cursor is not None else cursor
            continue
        heard.update(one.external_id for one in page.posts)
        cursor = page.cursor
    assert heard == {name for shelf in shelves for name in shelf.posts}
