"""How Reddit is walked, through praw against a loopback Reddit: nothing lost or doubled, and what was not had told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.channel import NotEntitled, Watch
from monitor.wire.queries import QueryTooLong
from tests.peers import loopback
from tests.peers.reddit_peer import US, RedditPeer
from tests.support.channels import (
    HOUR,
    error_of,
    gaps,
    hear,
    names,
    now,
    of,
    own,
    reddit_channel,
    reddit_reader,
)

WATCH = Watch("w", ("Northvale General",))
PLACES = Watch("w", ("Northvale General",), places=("r/northvale", "harrowfold"))


@pytest.fixture
def peer() -> Iterator[RedditPeer]:
    with RedditPeer() as peer:
        yield peer


# Search


def test_a_post_that_search_shows_late_is_still_heard_and_nothing_twice(peer: RedditPeer) -> None:
    early = peer.add("one", "Northvale General", at=peer.now() - 10 * HOUR)
    newest = peer.add("two", "Northvale General", at=peer.now() - 1 * HOUR)
    channel = reddit_channel(peer)
    first = hear(channel, {})
    late = peer.add("three", "Northvale General", at=peer.now() - 40 * HOUR)
    second = hear(channel, first[-1].cursor)
    assert (sorted(names(first)), names(second)) == (sorted([early, newest]), [late])


def test_a_walk_stops_below_the_overlap(peer: RedditPeer) -> None:
    for hours in range(600):
        peer.add(f"post {hours}", "Northvale General", at=peer.now() - hours * HOUR / 4)
    channel = reddit_reader(peer)
    first = hear(channel, {})
    second = hear(channel, first[-1].cursor)
    assert len(names(first)) == 600
    assert names(second) == []
    assert (len(first), len(second)) == (6, 2)
    assert second[-1].complete
    assert second[-1].window[0] is not None


def test_a_cursor_from_before_there_were_several_sources_goes_on_where_it_was(peer: RedditPeer) -> None:
    known = peer.add("one", "Northvale General", at=peer.now() - 10 * HOUR)
    late = peer.add("two", "Northvale General", at=peer.now() - 1 * HOUR)
    old = {"high": peer.now() - 10 * HOUR, "seen": [known], "walk": None}
    assert names(hear(reddit_channel(peer), old)) == [late]


def test_an_edited_post_is_heard_again_once_as_a_further_version(peer: RedditPeer) -> None:
    name = peer.add("tpyo", "Northvale General", at=peer.now() - 600)
    channel = reddit_reader(peer)
    cursor = hear(channel, {})[-1].cursor
    peer.things[name].text = "typo"
    peer.things[name].extra["edited"] = 1795000000.0
    pages = hear(channel, cursor)
    assert [(post.external_id, post.revision) for page in pages for post in page.posts] == [
        (name, "1795000000")
    ]
    assert names(hear(channel, pages[-1].cursor)) == []


def test_an_anchor_deleted_in_mid_walk_loses_and_doubles_none(peer: RedditPeer) -> None:
    wanted = [peer.add(f"post {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(230)]
    channel = reddit_reader(peer)
    first = channel.fetch(WATCH, {})
    peer.delete(own(first, "search")["walk"]["after"])
    rest = hear(channel, first.cursor)
    assert sorted(names([first, *rest])) == sorted(wanted)
    assert rest[-1].complete


def test_items_deleted_between_pages_take_nothing_else_with_them(peer: RedditPeer) -> None:
    wanted = [peer.add(f"post {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(230)]
    channel = reddit_reader(peer)
    first = channel.fetch(WATCH, {})
    for name in (*wanted[:50], *wanted[150:160]):
        peer.delete(name)
    assert sorted(names([first, *hear(channel, first.cursor)])) == sorted([*wanted[:150], *wanted[160:]])


def test_an_end_that_comes_as_an_empty_page_ends_the_walk(peer: RedditPeer) -> None:
    for number in range(100):
        peer.add(f"post {number}", "Northvale General", at=peer.now() - number * 60.0)
    channel = reddit_reader(peer)
    full = channel.fetch(WATCH, {})
    walk = {"after": full.posts[-1].external_id, "read": 100, "high": 1.0, "floor": None, "empty_at": None}
    pages = hear(channel, of("search", seen=own(full, "search")["seen"], walk=walk))
    assert names(pages) == []
    assert own(pages[-1], "search")["walk"] is None


@pytest.mark.parametrize("ceiling", [250, 1000])
def test_a_search_that_ends_at_its_ceiling_says_that_older_posts_were_not_heard(ceiling: int) -> None:
    with RedditPeer(posts=ceiling + 50, ceiling=ceiling) as peer:
        pages = hear(reddit_reader(peer), {})
        assert len(names(pages)) == ceiling
        assert [page.complete for page in pages] == [True] * (len(pages) - 1) + [False]
        assert str(ceiling) in pages[-1].gap
        assert pages[-1].cap == pages[-1].gap


@pytest.mark.parametrize("days", [400, -20_000])
def test_a_post_with_an_odd_date_does_not_carry_the_walk_past_others(peer: RedditPeer, days: int) -> None:
    known = [peer.add(f"post {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(60)]
    channel = reddit_reader(peer)
    cursor = hear(channel, {})[-1].cursor
    late = [peer.add(f"later {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(150)]
    odd = peer.add("odd", "Northvale General", at=peer.now() - 1)
    peer.things[odd].extra["created_utc"] = peer.now() + days * 24 * HOUR
    cursor = (pages := hear(channel, cursor))[-1].cursor
    assert sorted(names(pages)) == sorted([*late, odd])
    more = peer.add("more", "Northvale General", at=peer.now() - 2 * HOUR)
    assert names(hear(channel, cursor)) == [more]
    assert len(known) == 60


def test_after_a_long_silence_the_search_reaches_further_back(peer: RedditPeer) -> None:
    missed = peer.add("missed", "Northvale General", at=peer.now() - 15 * 24 * HOUR)
    cursor = of("search", high=peer.now() - 16 * 24 * HOUR, seen=[], walk=None)
    (page,) = hear(reddit_reader(peer), cursor)
    assert names([page]) == [missed]
    assert page.asked["span"] == "month"


@pytest.mark.parametrize("hours", [-30, -5, 5, 30])
def test_a_clock_that_is_wrong_loses_no_post(peer: RedditPeer, hours: int) -> None:
    wrong = lambda: now() + timedelta(hours=hours)  # noqa: E731
    channel = reddit_channel(peer, wrong)
    first = peer.add("one", "Northvale General", at=peer.now() - 5 * HOUR)
    heard = hear(channel, {})
    late = [peer.add(f"late {n}", "Northvale General", at=peer.now() - n * 60) for n in range(150)]
    assert names(heard) == [first]
    assert sorted(names(hear(channel, heard[-1].cursor))) == sorted(late)


def test_a_watch_with_places_searches_only_there(peer: RedditPeer) -> None:
    here = peer.add("here", "Northvale General", subreddit="northvale")
    peer.add("elsewhere", "Northvale General", subreddit="gardening")
    pages = hear(reddit_reader(peer), {}, PLACES)
    assert names(pages) == [here]
    assert pages[0].asked["place"] == "northvale+harrowfold"


@pytest.mark.parametrize("place", ["../api/v1/me", "a b", "x?q=1", ""])
def test_a_place_that_is_no_subreddits_name_goes_into_no_address(peer: RedditPeer, place: str) -> None:
    watch = Watch("w", WATCH.terms, places=(place,))
    assert isinstance(error_of(lambda: reddit_channel(peer).fetch(watch, {})), NotEntitled)
    assert peer.seen == []


def test_a_watch_too_long_for_one_query_is_asked_in_several_and_hears_every_word(peer: RedditPeer) -> None:
    terms = tuple(f"Northvale site number {n}" for n in range(40))
    wanted = [peer.add("waited", f"{term}, again", at=peer.now() - n) for n, term in enumerate(terms)]
    pages = hear(reddit_reader(peer), {}, Watch("w", terms))
    assert sorted(set(names(pages))) == sorted(wanted)
    assert [page.source for page in pages] == [
        f"search {n} of {len(pages)}" for n in range(1, len(pages) + 1)
    ]


def test_a_word_that_is_too_long_is_refused_before_anything_is_sent(peer: RedditPeer) -> None:
    watch = Watch("w", ("Northvale " * 60,))
    assert isinstance(error_of(lambda: reddit_channel(peer).fetch(watch, {})), QueryTooLong)
    assert peer.seen == []


def test_excluded_words_and_removed_posts_are_not_heard(peer: RedditPeer) -> None:
    peer.add("what a match", "Northvale General FC won")
    removed = peer.add("gone", "Northvale General")
    peer.remove(removed)
    kept = peer.add("kept", "Northvale General")
    watch = Watch("w", WATCH.terms, exclusions=("Northvale General FC",))
    assert names(hear(reddit_channel(peer), {}, watch)) == [kept]


# Mentions and lists


def test_a_mention_of_us_is_heard_out_of_the_inbox_wherever_it_is(peer: RedditPeer) -> None:
    root = peer.add("root", "Quite another matter", subreddit="gardening")
    comment = peer.add(f"ask u/{US} about it", parent=root, subreddit="gardening")
    peer.add(f"we are u/{US}", parent=root, author=US)
    pages = hear(reddit_channel(peer), {})
    (post,) = [post for page in pages for post in page.posts]
    assert (post.external_id, post.direct, post.conversation_id, post.in_reply_to) == (
        comment,
        True,
        root,
        root,
    )
    assert post.permalink == f"https://www.reddit.com/r/gardening/comments/{root[3:]}/_/{comment[3:]}/"
    assert [page.source for page in pages] == ["mentions", "search"]
    assert names(hear(reddit_channel(peer), pages[-1].cursor)) == []


def test_the_inbox_is_not_read_back_for_years_at_first(peer: RedditPeer) -> None:
    root = peer.add("root", "Another matter", at=peer.now() - 300 * 24 * HOUR)
    for number in range(230):
        peer.add(f"{number} u/{US}", parent=root, at=peer.now() - (number + 1) * 24 * HOUR)
    pages = hear(reddit_channel(peer), {})
    assert len(names(pages)) == 6
    assert len([page for page in pages if page.source == "mentions"]) == 1


def test_comments_of_named_subreddits_are_heard_once_and_over_many_pages(peer: RedditPeer) -> None:
    root = peer.add("root", "Northvale General", at=peer.now() - 20 * HOUR)
    early = [peer.add(f"comment {n}", parent=root, at=peer.now() - 9000 + n) for n in range(130)]
    peer.add("elsewhere", parent=root, subreddit="gardening")
    channel = reddit_reader(peer)
    pages = hear(channel, {}, PLACES)
    assert sorted(names(pages)) == sorted([root, *early])
    late = [peer.add(f"late {n}", parent=root, at=peer.now() - 400 + n) for n in range(230)]
    again = hear(channel, pages[-1].cursor, PLACES)
    assert sorted(names(again)) == sorted(late)
    assert gaps([*pages, *again]) == []


def test_a_burst_of_comments_beyond_what_reddit_lists_is_told(peer: RedditPeer) -> None:
    root = peer.add("root", "Northvale General", at=peer.now() - 20 * HOUR)
    peer.add("known", parent=root, at=peer.now() - 9000)
    channel = reddit_reader(peer)
    cursor = hear(channel, {}, PLACES)[-1].cursor
    for number in range(1100):
        peer.add(f"burst {number}", parent=root, at=peer.now() - 2000 + number)
    pages = hear(channel, cursor, PLACES)
    assert len(names(pages)) == 1000
    assert [page.source for page in pages if page.cap] == ["comments"]
    assert gaps(pages) == [page.cap for page in pages if page.cap]


def test_a_watch_of_places_alone_hears_everything_there(peer: RedditPeer) -> None:
    root = peer.add("any words", "any title")
    comment = peer.add("any answer", parent=root)
    peer.add("elsewhere", "any title", subreddit="gardening")
    pages = hear(reddit_reader(peer), {}, Watch("w", (), places=("northvale",)))
    assert sorted(names(pages)) == sorted([root, comment])


def test_an_inbox_that_may_not_be_read_does_not_stop_the_search(peer: RedditPeer) -> None:
    heard = peer.add("one", "Northvale General")
    peer.faults.add("/message/mentions", loopback.status(403, {"message": "Forbidden", "error": 403}))
    pages = hear(reddit_channel(peer), {})
    assert [type(page.trouble.error) for page in pages if page.trouble] == [NotEntitled]
    assert names(pages) == [heard]


# Items that make no sense


@pytest.mark.parametrize(
    "odd",
    [
        "words",
        None,
        {"kind": "t3", "data": 3},
        {"kind": "t3", "data": {"name": "t3_odd"}},
        {"kind": "t3", "data": {"name": "t3_odd", "created_utc": "soon"}},
        {"kind": "t1", "data": {"name": "t1_odd", "created_utc": 1.0, "body": "no link"}},
        {"kind": "t3", "data": {"name": "t3_odd", "created_utc": 1e400, "title": "\ud800"}},
        {"kind": "t3", "data": {"name": "t3_odd", "created_utc": 1.0, "crosspost_parent_list": [3]}},
    ],
)
def test_a_thing_that_cannot_be_read_is_set_aside_as_it_came_and_stops_nothing(
    peer: RedditPeer, odd: Any
) -> None:
    good = peer.add("one", "Northvale General")
    listing = {"kind": "Listing", "data": {"children": [odd, peer._shown(peer.things[good])], "after": None}}
    peer.faults.add("/r/all/search", loopback.status(200, listing), times=2)
    channel = reddit_reader(peer)
    page = channel.fetch(WATCH, {})
    assert names([page]) == [good]
    assert [json.loads(item.body) for item in page.unread] == [odd]
    named = isinstance(odd, dict) and isinstance(odd["data"], dict)
    again = channel.fetch(WATCH, page.cursor)
    assert (names([again]), len(again.unread)) == ([], 0 if named else 1)
