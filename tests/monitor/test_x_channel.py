"""How X is walked, through tweepy against a loopback X: nothing lost or doubled, and what could not be had told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.channel import BadAnswer, CredentialsRefused, NotEntitled, Watch
from tests.peers import loopback
from tests.peers.x_peer import US_ID, XPeer, made_at, snowflake
from tests.support.channels import WATCH, error_of, gaps, hear, names, now, of, own, x_channel, x_reader

SEARCH, MENTIONS = "/2/tweets/search/recent", f"/2/users/{US_ID}/mentions"


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer() as peer:
        yield peer


def page_body(*ids: str, token: str | None = None) -> dict[str, Any]:
    data = [{"id": one, "text": "Northvale General", "edit_history_tweet_ids": [one]} for one in ids]
    meta = {"result_count": len(ids), "newest_id": ids[0], "oldest_id": ids[-1]}
    return {"data": data, "meta": {**meta, **({"next_token": token} if token else {})}}


# One walk after another


def test_the_since_id_stays_the_same_during_a_walk_and_is_the_first_pages_newest_after_it(
    peer: XPeer,
) -> None:
    old = peer.add("Northvale General", at=peer.now() - 9000)
    (page,) = hear(x_reader(peer), {})
    assert own(page, "search")["since_id"] == old
    for number in range(230):
        peer.add(f"Northvale General {number}", at=peer.now() - 8000 + number)
    newest = max(peer.posts, key=int)
    pages = hear(x_reader(peer), page.cursor)
    assert [p.asked["since_id"] for p in pages] == [old] * 3
    assert [own(p, "search")["since_id"] for p in pages] == [old, old, newest]
    assert [bool(p.asked["token"]) for p in pages] == [False, True, True]


def test_a_quiet_first_poll_asks_for_the_whole_window_again(peer: XPeer) -> None:
    (page,) = hear(x_reader(peer), {})
    assert page.posts == []
    late = peer.add("Northvale General", at=peer.now() - 3600)
    (page,) = hear(x_reader(peer), page.cursor)
    assert names([page]) == [late]


def test_a_cursor_from_before_there_were_several_sources_goes_on_where_it_was(peer: XPeer) -> None:
    old = peer.add("Northvale General", at=peer.now() - 9000)
    late = peer.add("Northvale General", at=peer.now() - 3600)
    assert names(hear(x_channel(peer), {"since_id": old, "walk": None})) == [late]
    peer.add("Northvale General", at=peer.now() - 100)
    since = snowflake(peer.now() - 10_000)
    walk = {"since_id": since, "token": f"t{late}", "newest": late, "oldest": late, "pages": 1}
    pages = hear(x_channel(peer), {"since_id": since, "walk": walk})
    assert names(pages) == [old]
    assert own(pages[-1], "search")["since_id"] == late


def test_posts_of_one_and_the_same_millisecond_are_all_heard(peer: XPeer) -> None:
    moment = peer.now() - 900
    wanted = [peer.add(f"Northvale General {n}", at=moment) for n in range(130)]
    assert sorted(names(hear(x_reader(peer), {}))) == sorted(wanted)


# What X no longer gives


def test_a_since_id_that_is_too_old_begins_again_within_the_call_and_tells_the_gap(peer: XPeer) -> None:
    since = snowflake(peer.now() - 9 * 86_400)
    recent = peer.add("Northvale General", at=peer.now() - 3600)
    page = x_reader(peer).fetch(WATCH, of("search", since_id=since, walk=None))
    assert names([page]) == [recent]
    assert not page.complete
    assert f"{datetime.fromtimestamp(made_at(since), UTC):%d %B %Y}" in page.gap
    assert x_reader(peer).fetch(WATCH, page.cursor).complete


def test_a_since_id_that_grew_old_while_nothing_was_posted_leaves_no_gap(peer: XPeer) -> None:
    since = snowflake(peer.now() - 9 * 86_400)
    heard_at = (now() - timedelta(minutes=2)).isoformat()
    recent = peer.add("Northvale General", at=peer.now() - 60)
    page = x_reader(peer).fetch(WATCH, of("search", since_id=since, heard_at=heard_at, walk=None))
    assert (names([page]), page.complete, page.gap) == ([recent], True, "")


def test_a_long_absence_is_told_from_when_we_last_heard(peer: XPeer) -> None:
    last = now() - timedelta(days=8)
    cursor = of("search", since_id=snowflake(peer.now() - 20 * 86_400), heard_at=last.isoformat(), walk=None)
    page = x_reader(peer).fetch(WATCH, cursor)
    assert f"{last:%d %B %Y}" in page.gap


def test_a_page_token_that_x_forgot_begins_the_same_walk_again(peer: XPeer) -> None:
    since = peer.add("Northvale General", at=peer.now() - 9000)
    wanted = [peer.add(f"Northvale General {n}", at=peer.now() - 8000 + n) for n in range(120)]
    channel = x_reader(peer)
    first = channel.fetch(WATCH, of("search", since_id=since, walk=None))
    refused = {"errors": [{"parameters": {"next_token": ["?"]}, "message": "Invalid 'next_token'"}]}
    peer.faults.add(SEARCH, loopback.status(400, refused))
    rest = hear(channel, first.cursor)
    assert set(names([first, *rest])) == set(wanted)
    assert rest[0].asked["since_id"] == since
    assert gaps(rest) == []


@pytest.mark.parametrize("hours", [-300, -30, 30, 300])
def test_a_clock_that_is_wrong_loses_no_post(peer: XPeer, hours: int) -> None:
    wrong = lambda: now() + timedelta(hours=hours)  # noqa: E731
    wanted = [peer.add(f"Northvale General {n}", at=peer.now() - n * 86_400) for n in range(6)]
    mention = peer.add("@NorthvaleNHS hello", at=peer.now() - 30)
    pages = hear(x_channel(peer, wrong), {})
    assert sorted(names(pages)) == sorted([*wanted, mention])
    late = [peer.add("Northvale General"), peer.add("@NorthvaleNHS again")]
    assert sorted(names(hear(x_channel(peer, wrong), pages[-1].cursor))) == sorted(late)


# Pages that make no sense


@pytest.mark.parametrize(
    "second",
    [page_body("90", "80", token="same"), page_body("100", "95", token="other"), page_body("99", "91")],
    ids=["its own token again", "the first page again", "a page that goes back up"],
)
def test_a_walk_that_turns_in_circles_is_a_bad_answer(peer: XPeer, second: dict[str, Any]) -> None:
    peer.faults.add(SEARCH, loopback.status(200, page_body("100", "91", token="same")))
    peer.faults.add(SEARCH, loopback.status(200, second))
    channel = x_reader(peer)
    first = channel.fetch(WATCH, {})
    with pytest.raises(BadAnswer):
        channel.fetch(WATCH, first.cursor)


@pytest.mark.parametrize("body", [{"errors": [{"title": "Partial"}]}, {"data": "words", "meta": {}}])
def test_a_page_without_meta_or_list_in_the_middle_of_a_walk_does_not_end_it(peer: XPeer, body: Any) -> None:
    peer.faults.add(SEARCH, loopback.status(200, body))
    since = snowflake(peer.now() - 10_000)
    walk = {"since_id": since, "token": "t9", "newest": "9"}
    assert isinstance(error_of(lambda: x_reader(peer).fetch(WATCH, of("search", walk=walk))), BadAnswer)


@pytest.mark.parametrize(
    "odd", [{"id": "95"}, "words", None, 7, ["x"], {"id": "95", "text": "\ud800", "entities": 3}]
)
def test_an_item_that_is_no_post_is_set_aside_as_it_came_and_stops_nothing(peer: XPeer, odd: Any) -> None:
    body = page_body("100", "91")
    body["data"].insert(1, odd)
    peer.faults.add(SEARCH, loopback.status(200, body))
    page = x_reader(peer).fetch(WATCH, {})
    assert [post.external_id for post in page.posts] == ["100", "91"]
    assert page.complete
    assert [json.loads(item.body) for item in page.unread] == [odd]
    assert "text" not in repr(page.unread)


# Several queries


def test_a_watch_that_is_too_long_for_one_query_is_asked_in_several_and_hears_every_word(peer: XPeer) -> None:
    terms = tuple(f"Northvale site number {n}" for n in range(40))
    wanted = [peer.add(f"I was at {term} today", at=peer.now() - n) for n, term in enumerate(terms, 5)]
    pages = hear(x_reader(peer), {}, Watch("w", terms, exclusions=("Northvale site number 7 FC",)))
    assert sorted(set(names(pages))) == sorted(wanted)
    labels = [page.source for page in pages]
    assert labels == [f"search {n} of {len(pages)}" for n in range(1, len(pages) + 1)]
    assert len(labels) >= 3
    assert all(
        len(p.asked["query"]) <= 512 and '-"Northvale site number 7 FC"' in p.asked["query"] for p in pages
    )


def test_one_query_that_fails_does_not_stop_the_others(peer: XPeer) -> None:
    terms = tuple(f"Northvale site number {n}" for n in range(40))
    last = peer.add("I was at Northvale site number 39")
    peer.faults.add(SEARCH, loopback.status(503, {}))
    pages = hear(x_reader(peer), {}, Watch("w", terms))
    assert [bool(page.trouble) for page in pages] == [True] + [False] * (len(pages) - 1)
    assert last in names(
        hear(x_reader(peer, lambda: now() + timedelta(minutes=2)), pages[-1].cursor, Watch("w", terms))
    )


def test_hashtags_are_asked_for(peer: XPeer) -> None:
    tagged = peer.add("queues again #NorthvaleWaits")
    peer.add("NorthvaleWaits without the sign")
    watch = Watch("w", (), hashtags=("NorthvaleWaits",))
    assert names(hear(x_reader(peer), {}, watch)) == [tagged]


def test_a_watch_that_names_nothing_is_refused_before_anything_is_sent(peer: XPeer) -> None:
    with pytest.raises(NotEntitled):
        x_reader(peer).fetch(Watch("w", (" ",)), {})
    assert peer.seen == []


# Mentions


def test_mentions_come_first_are_addressed_to_us_and_are_not_paid_for_again_by_search(peer: XPeer) -> None:
    other = peer.add("Northvale General is busy", at=peer.now() - 50)
    both = peer.add("@northvalenhs Northvale General is busy", at=peer.now() - 40)
    mention = peer.add("@NorthvaleNHS words that no watch would find", at=peer.now() - 30)
    pages = hear(x_channel(peer), {})
    assert [(page.source, names([page])) for page in pages] == [
        ("mentions", [mention, both]),
        ("search", [other]),
    ]
    assert [post.direct for page in pages for post in page.posts] == [True, True, False]


def test_while_the_list_of_mentions_fails_search_finds_them(peer: XPeer) -> None:
    mention = peer.add("@NorthvaleNHS hello")
    peer.faults.add(MENTIONS, loopback.status(403, {"title": "Forbidden"}))
    pages = hear(x_channel(peer), {})
    assert [type(page.trouble.error) for page in pages if page.trouble] == [NotEntitled]
    assert names(pages) == [mention]
    assert pages[-1].posts[0].direct
    again = hear(x_channel(peer), pages[-1].cursor)
    assert "-@NorthvaleNHS" not in again[-1].asked["query"]


def test_a_burst_of_mentions_beyond_what_x_lists_is_told_and_search_hears_the_rest(peer: XPeer) -> None:
    peer.most_mentions = 800
    last = hear(x_channel(peer), {})[-1]
    wanted = [peer.add(f"@NorthvaleNHS {n}", at=peer.now() - 3000 + n) for n in range(850)]
    pages = hear(x_channel(peer), last.cursor)
    assert len(names([page for page in pages if page.source == "mentions"])) == 800
    assert [page.cap for page in pages if page.cap] == [page.gap for page in pages if page.gap] != []
    assert set(names(pages)) == set(wanted)


def test_mentions_reach_back_seven_days_at_first(peer: XPeer) -> None:
    peer.add("@NorthvaleNHS long ago", at=peer.now() - 40 * 86_400)
    recent = peer.add("@NorthvaleNHS lately", at=peer.now() - 6 * 86_400)
    pages = hear(x_channel(peer), {})
    assert names(pages) == [recent]
    assert pages[0].window[0] is not None
    assert (now() - pages[0].window[0]).days in {6, 7}


def test_when_every_source_is_refused_the_poll_fails(peer: XPeer) -> None:
    channel = x_channel(peer, bearer_token="", access_token="wrong")
    first = channel.fetch(WATCH, {})
    assert isinstance(error_of(lambda: channel.fetch(WATCH, first.cursor)), CredentialsRefused)


def test_starting_again_forgets_no_time(peer: XPeer) -> None:
    channel = x_channel(peer)
    peer.add("Northvale General", at=peer.now() - 3600)
    cursor = hear(channel, {})[-1].cursor
    pages = hear(channel, channel.restart(WATCH, cursor))
    assert len(names(pages)) == 1
    assert gaps(pages) == []


def test_a_walk_goes_on_with_the_query_it_was_begun_with(peer: XPeer) -> None:
    wanted = [peer.add(f"Northvale General {n}", at=peer.now() - 900 + n) for n in range(150)]
    channel = x_reader(peer)
    first = channel.fetch(WATCH, {})
    changed = replace(WATCH, terms=("St Bride's",))
    second = channel.fetch(changed, first.cursor)
    assert set(names([first, second])) == set(wanted)
    assert (
        second.asked["query"] == first.asked["query"] != channel.fetch(changed, second.cursor).asked["query"]
    )
