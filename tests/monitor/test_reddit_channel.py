"""Reddit's own rules, through praw against a loopback Reddit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import (
    ChannelError,
    Cursor,
    NotEntitled,
    Page,
    ReplyWay,
    Watch,
)
from monitor.channels.reddit import RedditChannel
from monitor.http import Limits
from monitor.wire.queries import QueryTooLong
from tests.peers.reddit_peer import US, RedditPeer, credentials

WATCH = Watch("w", ("Northvale General",))
QUICK = Limits(connect=1.0, read=0.4, whole=1.0)
HOUR = 3600.0


@pytest.fixture
def peer() -> Iterator[RedditPeer]:
    with RedditPeer() as peer:
        yield peer


def now() -> datetime:
    return datetime.now(UTC)


def channel_of(peer: RedditPeer, clock: Any = now, **keys: str) -> RedditChannel:
    return RedditChannel(
        credentials(**keys), oauth_url=peer.url, reddit_url=peer.url, clock=clock, limits=QUICK
    )


def hear(channel: RedditChannel, cursor: Cursor, watch: Watch = WATCH) -> list[Page]:
    pages = [channel.fetch(watch, cursor)]
    while pages[-1].more:
        pages.append(channel.fetch(watch, pages[-1].cursor))
    return pages


def names(pages: list[Page]) -> list[str]:
    return [post.external_id for page in pages for post in page.posts]


def error_of(channel: RedditChannel, target: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.reply(target, "words", key="k")
    return caught.value


# Walking


def test_a_post_that_search_shows_late_is_still_heard_and_nothing_twice(peer: RedditPeer) -> None:
    early = peer.add("one", "Northvale General", at=peer.now() - 10 * HOUR)
    newest = peer.add("two", "Northvale General", at=peer.now() - 1 * HOUR)
    channel = channel_of(peer)
    first = hear(channel, {})
    late = peer.add("three", "Northvale General", at=peer.now() - 40 * HOUR)
    second = hear(channel, first[-1].cursor)
    assert (sorted(names(first)), names(second)) == (sorted([early, newest]), [late])


def test_a_walk_stops_below_the_overlap(peer: RedditPeer) -> None:
    for hours in range(600):
        peer.add(f"post {hours}", "Northvale General", at=peer.now() - hours * HOUR / 4)
    channel = channel_of(peer)
    first = hear(channel, {})
    second = hear(channel, first[-1].cursor)
    assert len(names(first)) == 600
    assert names(second) == []
    assert (len(first), len(second)) == (6, 2)
    assert second[-1].complete


def test_an_anchor_deleted_in_mid_walk_loses_and_doubles_none(peer: RedditPeer) -> None:
    wanted = [peer.add(f"post {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(230)]
    channel = channel_of(peer)
    first = channel.fetch(WATCH, {})
    anchor = first.cursor["walk"]["after"]
    peer.delete(anchor)
    rest = hear(channel, first.cursor)
    assert sorted(names([first, *rest])) == sorted(wanted)
    assert rest[-1].complete


def test_an_end_that_comes_as_an_empty_page_ends_the_walk(peer: RedditPeer) -> None:
    for number in range(100):
        peer.add(f"post {number}", "Northvale General", at=peer.now() - number * 60.0)
    channel = channel_of(peer)
    full = channel.fetch(WATCH, {})
    walk = {"after": full.posts[-1].external_id, "read": 100, "high": 1.0, "floor": None, "empty_at": None}
    pages = hear(channel, {"seen": full.cursor["seen"], "walk": walk})
    assert names(pages) == []
    assert pages[-1].cursor["walk"] is None


@pytest.mark.parametrize("ceiling", [250, 1000])
def test_a_listing_that_ends_at_its_ceiling_says_that_older_posts_were_not_heard(ceiling: int) -> None:
    with RedditPeer(posts=ceiling + 50, ceiling=ceiling) as peer:
        pages = hear(channel_of(peer), {})
        assert len(names(pages)) == ceiling
        assert [page.complete for page in pages] == [True] * (len(pages) - 1) + [False]
        assert str(ceiling) in pages[-1].gap


def test_a_post_dated_in_the_future_does_not_carry_the_overlap_past_others(peer: RedditPeer) -> None:
    peer.add("odd", "Northvale General", at=peer.now() + 400 * 24 * HOUR)
    channel = channel_of(peer)
    cursor = hear(channel, {})[-1].cursor
    late = [peer.add(f"later {n}", "Northvale General", at=peer.now() - n * 60.0) for n in range(150)]
    assert sorted(names(hear(channel, cursor))) == sorted(late)


def test_after_a_long_silence_the_search_reaches_further_back(peer: RedditPeer) -> None:
    missed = peer.add("missed", "Northvale General", at=peer.now() - 15 * 24 * HOUR)
    cursor = {"high": peer.now() - 16 * 24 * HOUR, "seen": [], "walk": None}
    (page,) = hear(channel_of(peer), cursor)
    assert names([page]) == [missed]
    assert page.asked["span"] == "month"


def test_a_watch_with_places_searches_only_there(peer: RedditPeer) -> None:
    here = peer.add("here", "Northvale General", subreddit="northvale")
    peer.add("elsewhere", "Northvale General", subreddit="gardening")
    pages = hear(channel_of(peer), {}, Watch("w", WATCH.terms, places=("r/northvale", "harrowfold")))
    assert names(pages) == [here]
    assert pages[0].asked["place"] == "northvale+harrowfold"


@pytest.mark.parametrize("place", ["../api/v1/me", "a b", "x?q=1", ""])
def test_a_place_that_is_no_subreddits_name_goes_into_no_address(peer: RedditPeer, place: str) -> None:
    with pytest.raises(NotEntitled):
        channel_of(peer).fetch(Watch("w", WATCH.terms, places=(place,)), {})
    assert peer.seen == []


def test_a_watch_that_is_too_long_is_refused_before_anything_is_sent(peer: RedditPeer) -> None:
    with pytest.raises(QueryTooLong):
        channel_of(peer).fetch(Watch("w", tuple(f"Northvale site number {n}" for n in range(40))), {})
    assert peer.seen == []


def test_excluded_words_and_removed_posts_are_not_heard(peer: RedditPeer) -> None:
    peer.add("what a match for Northvale FC", "not Northvale General")
    removed = peer.add("gone", "Northvale General")
    peer.remove(removed)
    kept = peer.add("kept", "Northvale General")
    watch = Watch("w", WATCH.terms, exclusions=("Northvale FC",))
    assert names(hear(channel_of(peer), {}, watch)) == [kept]


# What a post holds


def test_a_submission_keeps_title_words_captions_and_what_it_passes_on(peer: RedditPeer) -> None:
    passed_on = {"crosspost_parent_list": [{"title": "passed on", "selftext": "from elsewhere"}]}
    gallery = {
        "gallery_data": {"items": [{"media_id": "a", "caption": "a full corridor"}, {"media_id": "b"}]}
    }
    name = peer.add("words & more", "Northvale General", author="invented", extra={**passed_on, **gallery})
    (page,) = hear(channel_of(peer), {})
    (post,) = page.posts
    assert (post.title, post.text) == ("Northvale General", "words & more")
    assert (post.quoted, post.alt_text) == ("passed on\nfrom elsewhere", "a full corridor")
    assert (post.handle, post.author_id, post.conversation_id) == ("u/invented", "t2_invented", name)
    assert post.permalink.startswith("https://www.reddit.com/r/northvale/comments/")


def test_locked_and_archived_posts_can_be_answered_by_nobody(peer: RedditPeer) -> None:
    ways = {
        peer.add("a", "Northvale General"): ReplyWay.API,
        peer.add("b", "Northvale General", locked=True): ReplyWay.FORBIDDEN,
        peer.add("c", "Northvale General", archived=True): ReplyWay.FORBIDDEN,
    }
    (page,) = hear(channel_of(peer), {})
    assert {post.external_id: post.capability.way for post in page.posts} == ways


def test_without_an_account_every_answer_is_by_hand_and_no_request_is_made(peer: RedditPeer) -> None:
    target = peer.add("a", "Northvale General")
    reader = channel_of(peer, username="", password="")
    (page,) = hear(reader, {})
    assert page.posts[0].capability.way is ReplyWay.HANDOFF
    assert not reader.capabilities.can_reply
    assert isinstance(error_of(reader, target), NotEntitled)
    assert peer.count("POST", "/api/comment") == 0


# Threads and look-ups


def test_a_deep_thread_comes_flat_oldest_first_without_deleted_comments(peer: RedditPeer) -> None:
    root = peer.add("root", "Northvale General", at=peer.now() - 900)
    chain = [root]
    for depth in range(60):
        chain.append(peer.add(f"depth {depth}", parent=chain[-1], at=peer.now() - 800 + depth))
    ours = peer.add("our answer", parent=chain[30], author=US, at=peer.now())
    peer.delete(chain[5])
    posts = channel_of(peer).thread(chain[40])
    assert [post.external_id for post in posts] == [*chain[:5], *chain[6:], ours]
    assert [post.external_id for post in posts if post.ours] == [ours]
    assert {post.conversation_id for post in posts} == {root}


def test_a_removed_post_is_gone_as_removed_and_an_unknown_one_as_not_found(peer: RedditPeer) -> None:
    removed, comment = peer.add("a", "Northvale General"), peer.add("b", "Northvale General")
    comment = peer.add("c", parent=comment)
    for name in (removed, comment):
        peer.remove(name)
    found = channel_of(peer).look_up([removed, comment, "t3_zzzzzz", "../api/v1/me"])
    assert [lookup.gone for lookup in found] == ["removed", "removed", "not found", "not found"]
