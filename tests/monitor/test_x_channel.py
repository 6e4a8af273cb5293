"""X's own rules, through tweepy against a loopback X."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import (
    BadAnswer,
    Cursor,
    CursorRefused,
    NotEntitled,
    Page,
    RawPost,
    ReplyWay,
    Transient,
    Watch,
)
from monitor.channels.x import XChannel
from monitor.http import Limits
from monitor.wire.queries import QueryTooLong
from tests.peers import loopback
from tests.peers.x_peer import US_ID, XPeer, credentials, made_at, snowflake

WATCH = Watch("w", ("Northvale General",), ("@NorthvaleNHS",))
SEARCH = "/2/tweets/search/recent"
QUICK = Limits(connect=1.0, read=0.4, whole=1.0)


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer() as peer:
        yield peer


def now() -> datetime:
    return datetime.now(UTC)


def channel_of(peer: XPeer, **keys: str) -> XChannel:
    return XChannel(credentials(**keys), base_url=peer.url, clock=now, limits=QUICK)


def hear(channel: XChannel, cursor: Cursor) -> list[Page]:
    pages = [channel.fetch(WATCH, cursor)]
    while pages[-1].more:
        pages.append(channel.fetch(WATCH, pages[-1].cursor))
    return pages


def only_post(peer: XPeer, **keys: str) -> RawPost:
    (page,) = hear(channel_of(peer, **keys), {})
    (post,) = page.posts
    return post


def page_body(*ids: str, token: str | None = None) -> dict[str, Any]:
    data = [{"id": one, "text": "Northvale General", "edit_history_tweet_ids": [one]} for one in ids]
    meta = {"result_count": len(ids), "newest_id": ids[0], "oldest_id": ids[-1]}
    return {"data": data, "meta": {**meta, **({"next_token": token} if token else {})}}


# Walking


def test_the_since_id_stays_the_same_during_a_walk_and_is_the_first_pages_newest_after_it(
    peer: XPeer,
) -> None:
    old = peer.add("Northvale General", at=peer.now() - 9000)
    (page,) = hear(channel_of(peer), {})
    assert page.cursor["since_id"] == old
    for number in range(230):
        peer.add(f"Northvale General {number}", at=peer.now() - 8000 + number)
    newest = max(peer.posts, key=int)
    pages = hear(channel_of(peer), page.cursor)
    assert [p.asked["since_id"] for p in pages] == [old] * 3
    assert [p.cursor["since_id"] for p in pages] == [old, old, newest]
    assert [bool(p.asked["token"]) for p in pages] == [False, True, True]


def test_the_first_poll_asks_for_a_little_less_than_seven_days(peer: XPeer) -> None:
    too_old = peer.add("Northvale General", at=peer.now() - 7 * 86_400 + 60)
    recent = peer.add("Northvale General", at=peer.now() - 7 * 86_400 + 3600)
    (page,) = hear(channel_of(peer), {})
    assert [post.external_id for post in page.posts] == [recent]
    assert too_old not in str(page.cursor)


def test_a_quiet_first_poll_asks_for_the_whole_window_again(peer: XPeer) -> None:
    (page,) = hear(channel_of(peer), {})
    assert page.posts == []
    late = peer.add("Northvale General", at=peer.now() - 3600)
    (page,) = hear(channel_of(peer), page.cursor)
    assert [post.external_id for post in page.posts] == [late]


def test_a_since_id_that_is_too_old_is_refused_and_starting_again_tells_the_gap(peer: XPeer) -> None:
    channel = channel_of(peer)
    cursor = {"since_id": snowflake(peer.now() - 9 * 86_400), "walk": None}
    with pytest.raises(CursorRefused):
        channel.fetch(WATCH, cursor)
    recent = peer.add("Northvale General", at=peer.now() - 3600)
    page = channel.fetch(WATCH, channel.restart(WATCH, cursor))
    assert [post.external_id for post in page.posts] == [recent]
    assert not page.complete
    lost = datetime.fromtimestamp(made_at(cursor["since_id"]), UTC)
    assert f"{lost:%d %B %Y}" in page.gap
    assert channel.fetch(WATCH, page.cursor).complete


def test_starting_again_inside_the_window_leaves_no_gap(peer: XPeer) -> None:
    channel = channel_of(peer)
    cursor = channel.restart(WATCH, {"since_id": snowflake(peer.now() - 3600)})
    assert channel.fetch(WATCH, cursor).complete


@pytest.mark.parametrize(
    "second",
    [page_body("90", "80", token="same"), page_body("100", "95", token="other"), page_body("99", "91")],
    ids=["its own token again", "the first page again", "a page that goes back up"],
)
def test_a_walk_that_turns_in_circles_is_a_bad_answer(peer: XPeer, second: dict[str, Any]) -> None:
    peer.faults.add(SEARCH, loopback.status(200, page_body("100", "91", token="same")))
    peer.faults.add(SEARCH, loopback.status(200, second))
    channel = channel_of(peer)
    first = channel.fetch(WATCH, {})
    with pytest.raises(BadAnswer):
        channel.fetch(WATCH, first.cursor)


def test_a_page_without_meta_in_the_middle_of_a_walk_does_not_end_it(peer: XPeer) -> None:
    peer.faults.add(SEARCH, loopback.status(200, {"errors": [{"title": "Partial"}]}))
    with pytest.raises(BadAnswer):
        channel_of(peer).fetch(WATCH, {"walk": {"since_id": "5", "token": "t9", "newest": "9"}})


def test_an_entry_that_is_no_post_is_counted_and_stops_nothing(peer: XPeer) -> None:
    body = page_body("100", "91")
    body["data"].insert(1, {"id": "95"})
    peer.faults.add(SEARCH, loopback.status(200, body))
    page = channel_of(peer).fetch(WATCH, {})
    assert [post.external_id for post in page.posts] == ["100", "91"]
    assert not page.complete
    assert page.gap.startswith("1 of the posts")


def test_a_watch_that_is_too_long_is_refused_before_anything_is_sent(peer: XPeer) -> None:
    long = Watch("w", tuple(f"Northvale site number {n}" for n in range(40)))
    with pytest.raises(QueryTooLong):
        channel_of(peer).fetch(long, {})
    assert peer.seen == []


# What a post holds


def test_escaped_text_is_unescaped_once(peer: XPeer) -> None:
    peer.add("Northvale General < 4 hours & they wrote &amp;lt;")
    assert only_post(peer).text == "Northvale General < 4 hours & they wrote &amp;lt;"


def test_a_long_post_is_read_in_full(peer: XPeer) -> None:
    words = "Northvale General " + "and then we waited & waited " * 20
    peer.add(words)
    assert only_post(peer).text == words


def test_an_edited_post_keeps_its_first_id_and_is_found_by_any(peer: XPeer) -> None:
    first = peer.add("Northvale General, tpyo", at=peer.now() - 600)
    second = peer.edit(first, "Northvale General, typo")
    post = only_post(peer)
    assert (post.external_id, post.text) == (first, "Northvale General, typo")
    found = channel_of(peer).look_up([second, first])
    assert [lookup.post and lookup.post.external_id for lookup in found] == [first, first]


def test_author_language_picture_and_quoted_words_come_along(peer: XPeer) -> None:
    quoted = peer.add("the words that are quoted & more", author="1")
    peer.add(
        "Northvale General, see below", author="2", quoted=quoted, language="iw", alt_text="a full corridor"
    )
    post = only_post(peer)
    assert (post.handle, post.display_name) == ("@invented_2", "Invented Person 2")
    assert post.quoted == "the words that are quoted & more"
    assert post.alt_text == "a full corridor"
    assert post.language == "he"
    assert post.permalink == f"https://x.com/invented_2/status/{post.external_id}"


def test_a_network_that_renamed_its_fields_is_heard_after_one_transient_refusal() -> None:
    with XPeer(names="post") as peer:
        words = "Northvale General " + "& a long story " * 30
        quoted = peer.add("quoted", author=US_ID)
        first = peer.add(words, quoted=quoted, at=peer.now() - 60)
        channel = channel_of(peer)
        with pytest.raises(Transient):
            channel.fetch(WATCH, {})
        (page,) = hear(channel, {})
        assert [(p.external_id, p.text, p.quoted) for p in page.posts] == [(first, words, "quoted")]
        assert page.posts[0].capability.way is ReplyWay.API


# Whether it can be answered


def test_only_a_post_that_mentions_or_quotes_us_can_be_answered_from_here(peer: XPeer) -> None:
    ours = peer.add("Our news", author=US_ID)
    mention = peer.add("@northvalenhs thank you")
    quote = peer.add("Northvale General again", quoted=ours)
    neither = peer.add("Northvale General again")
    (page,) = hear(channel_of(peer), {})
    ways = {post.external_id: post.capability.way for post in page.posts}
    assert ways == {mention: ReplyWay.API, quote: ReplyWay.API, neither: ReplyWay.HANDOFF}
    assert all("x.com" in p.capability.reason for p in page.posts if p.capability.way is ReplyWay.HANDOFF)


def test_without_posting_keys_every_answer_is_by_hand_and_no_request_is_made(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    reader = channel_of(peer, access_token="", account_id="")
    (page,) = hear(reader, {})
    assert page.posts[0].capability.way is ReplyWay.HANDOFF
    assert not reader.capabilities.can_reply
    with pytest.raises(NotEntitled):
        reader.reply(target, "words", key="k")
    assert peer.count("POST", "/") == 0


def test_our_own_posts_are_not_heard_but_are_known_as_ours_in_a_thread(peer: XPeer) -> None:
    ours = peer.add("Northvale General is open", author=US_ID)
    answer = peer.add("Northvale General is not", replied_to=ours)
    (page,) = hear(channel_of(peer), {})
    assert [post.external_id for post in page.posts] == [answer]
    assert [(p.external_id, p.ours) for p in channel_of(peer).thread(answer)] == [
        (ours, True),
        (answer, False),
    ]


# Looking up


def test_a_protected_post_is_gone_as_protected(peer: XPeer) -> None:
    post = peer.add("Northvale General")
    peer.protect(post)
    assert channel_of(peer).look_up([post])[0].gone == "protected"


def test_a_post_that_the_answer_leaves_out_is_not_taken_for_gone(peer: XPeer) -> None:
    post = peer.add("Northvale General")
    peer.faults.add("GET /2/tweets", loopback.status(200, {"data": []}))
    with pytest.raises(BadAnswer):
        channel_of(peer).look_up([post])


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "9" * 400},
        {"id": "9" * 5000},
        {"id": "-4"},
        {"created_at": "2026-11-23T09:00:00"},
        {"created_at": "9999-12-31T23:59:59-14:00"},
        {"edit_history_tweet_ids": ["9" * 400]},
    ],
    ids=["long-id", "longer-id", "negative-id", "no-zone", "end-of-time", "long-history"],
)
def test_an_entry_with_a_number_or_a_time_that_cannot_be_is_set_aside_alone(
    peer: XPeer, odd: dict[str, object]
) -> None:
    good = {"id": str(snowflake(datetime.now(UTC).timestamp())), "text": "I waited long", "author_id": "7"}
    body = {"data": [good, {**good, **odd}], "meta": {"result_count": 2, "newest_id": good["id"]}}
    peer.faults.add(SEARCH, loopback.status(200, body))
    (page,) = hear(channel_of(peer), {})
    assert [post.external_id for post in page.posts] == [good["id"]]
    assert (page.complete, page.gap) == (False, "1 of the posts X sent could not be read.")


def test_a_page_whose_newest_id_cannot_be_one_makes_no_sense(peer: XPeer) -> None:
    walk = {"token": "t", "newest": "9", "oldest": "5", "pages": 1, "since_id": "1"}
    body = {"data": [], "meta": {"result_count": 0, "newest_id": "9" * 5000}}
    peer.faults.add(SEARCH, loopback.status(200, body))
    with pytest.raises(BadAnswer):
        channel_of(peer).fetch(WATCH, {"since_id": "1", "walk": walk})
