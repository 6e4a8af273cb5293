"""Walking through Bluesky: however posts come and go while pages are turned, all are heard in the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channel import BadAnswer, NotEntitled, RawPost, Watch
from monitor.wire import bluesky_walks as walks

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PAGE = 3


def post(number: int, minutes: float, revision: str = "a") -> RawPost:
    at = NOW - timedelta(minutes=minutes)
    return RawPost("bluesky", f"p{number}", f"p{number}", "someone", at, "words", revision=revision)


class Search:
    """A search that counts posts in its cursor, as Bluesky's does."""

    def __init__(self) -> None:
        self.posts: dict[str, RawPost] = {}

    def page(self, since: datetime, token: str) -> tuple[list[RawPost], str]:
        live = [one for one in self.posts.values() if one.posted_at >= since]
        live.sort(key=lambda one: (one.posted_at, one.external_id), reverse=True)
        start = int(token or 0)
        return live[start : start + PAGE], str(start + PAGE) if len(live) > start + PAGE else ""


def page_of(search: Search, cursor: Any) -> walks.Turned:
    step = walks.step_of(cursor, NOW)
    found, token = search.page(step.since, step.token)
    turned = walks.turn(cursor, step, found, len(found), token)
    assert json.loads(json.dumps(turned.cursor)) == turned.cursor
    return turned


def walk(search: Search, cursor: Any, heard: list[str]) -> Any:
    while True:
        turned = page_of(search, cursor)
        heard += [one.external_id for one in turned.posts]
        cursor = turned.cursor
        if not turned.more:
            return cursor


CHANGES = st.lists(st.tuples(st.sampled_from(["come", "late", "go"]), st.integers(0, 50)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 20), st.lists(CHANGES, max_size=12))
def test_two_quiet_walks_after_any_turmoil_everything_has_been_heard_once(
    before: int, turmoil: list[list[tuple[str, int]]]
) -> None:
    search, heard, cursor, made = Search(), [], {}, before
    for n in range(before):
        search.posts[f"p{n}"] = post(n, 200 - n)
    for changes in turmoil:
        turned = page_of(search, cursor)
        heard += [one.external_id for one in turned.posts]
        cursor = turned.cursor
        for kind, number in changes:
            if kind == "go" and search.posts:
                search.posts.pop(sorted(search.posts)[number % len(search.posts)])
            else:
                search.posts[f"p{made}"] = post(made, number if kind == "late" else -made)
                made += 1
    for _ in range(3):
        cursor = walk(search, cursor, heard)
    assert set(search.posts) <= set(heard)
    assert len(heard) == len(set(heard))
    quiet: list[str] = []
    walk(search, cursor, quiet)
    assert quiet == []


def test_an_edited_post_counts_as_new() -> None:
    search, heard = Search(), []
    search.posts["p1"] = post(1, 10)
    cursor = walk(search, {}, heard)
    search.posts["p1"] = post(1, 10, revision="b")
    walk(search, cursor, heard)
    assert heard == ["p1", "p1"]


def test_the_mark_moves_only_when_a_walk_has_ended() -> None:
    search = Search()
    for n in range(5):
        search.posts[f"p{n}"] = post(n, n)
    first = page_of(search, {"newest": None, "seen": []})
    assert first.more
    assert first.cursor["newest"] is None
    last = page_of(search, first.cursor)
    assert last.cursor["newest"] == NOW.isoformat()


def test_the_first_walk_goes_a_week_back_and_later_ones_by_blueskys_own_times() -> None:
    assert walks.step_of({}, NOW).since == NOW - timedelta(days=7)
    mark = (NOW - timedelta(days=40)).isoformat()
    assert walks.step_of({"newest": mark}, NOW).since == NOW - timedelta(days=40) - walks.OVERLAP


def test_a_server_that_takes_no_window_is_not_read_to_its_beginning() -> None:
    old = [post(n, 60 * 24 * 30) for n in range(3)]
    turned = walks.turn({}, walks.step_of({}, NOW), old, 3, "3")
    assert not turned.more
    assert turned.cap == ""


def test_one_old_post_among_new_ones_does_not_end_a_walk() -> None:
    mixed = [post(1, 1), post(2, 60 * 24 * 3000), post(3, 2)]
    assert walks.turn({}, walks.step_of({}, NOW), mixed, 3, "3").more


def test_a_walk_that_never_ends_is_ended_and_says_so() -> None:
    cursor: Any = {}
    for n in range(walks.MOST_PAGES):
        step = walks.step_of(cursor, NOW)
        turned = walks.turn(cursor, step, [post(n, n)], 1, f"t{n}")
        cursor = turned.cursor
    assert not turned.more
    assert turned.cap == walks.TOO_MANY


def test_a_page_that_leads_to_itself_is_refused() -> None:
    first = walks.turn({}, walks.step_of({}, NOW), [post(1, 1)], 1, "t")
    with pytest.raises(BadAnswer):
        walks.turn(first.cursor, walks.step_of(first.cursor, NOW), [post(2, 2)], 1, "t")


@pytest.mark.parametrize("cap_at", [walks.PAGE, walks.PAGE - 1])
def test_only_a_full_last_page_may_hide_more(cap_at: int) -> None:
    found = [post(n, n / 10) for n in range(cap_at)]
    turned = walks.turn({}, walks.step_of({}, NOW), found, cap_at, None)
    assert bool(turned.cap) is (cap_at == walks.PAGE)


def test_what_is_kept_of_a_walk_stays_small() -> None:
    cursor: Any = {}
    for n in range(60):
        found = [post(n * 100 + k, n) for k in range(100)]
        turned = walks.turn(cursor, walks.step_of(cursor, NOW), found, 100, f"t{n}")
        cursor = turned.cursor
    assert len(json.dumps(cursor)) < 60_000


def test_searches_are_named_by_their_words_and_not_by_their_place() -> None:
    one = {query.q: query.key for query in walks.queries_of(Watch("w", ("a", "b")))}
    two = {query.q: query.key for query in walks.queries_of(Watch("w", ("b", "c", "a")))}
    assert one.items() <= two.items()
    with pytest.raises(NotEntitled):
        walks.queries_of(Watch("w", ("x" * 255,)))
