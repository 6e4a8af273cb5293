"""A reply on Bluesky is one request to write, whatever comes of it, and the same attempt is never two posts."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    Refused,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels.bluesky import BlueskyChannel
from monitor.limits import Limits
from tests.peers import loopback
from tests.peers.bluesky_view import HANDLE, BlueskyView, credentials

QUICK = Limits(connect=1.0, read=0.5, whole=1.0, most_bytes=200_000)
PUT, LOOK, LOGIN = (
    "/xrpc/com.atproto.repo.putRecord",
    "/xrpc/app.bsky.feed.getPosts",
    "/xrpc/com.atproto.server.createSession",
)
KEY = "0193a1b2c3d4" + "5e6f" * 5
WORDS = "Thank you for telling us."
WATCH = Watch("names", ("Northvale General",))


@pytest.fixture
def peer() -> Iterator[BlueskyView]:
    with BlueskyView() as peer:
        yield peer


def channel(peer: BlueskyView | None = None, server: str = "") -> BlueskyChannel:
    url = peer.url if peer else server
    return BlueskyChannel(
        credentials(), handle="@" + HANDLE, server=url, clock=lambda: datetime.now(UTC), limits=QUICK
    )


def error_of(call: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize(
    ("effect", "posted"),
    [
        (loopback.cut_before(), 0),
        (loopback.cut_after_commit(), 1),
        (loopback.cut_body(), 1),
        (loopback.slow(2.0), 1),
        (loopback.drip(0.1), 1),
        (loopback.drip_headers(0.05), 1),
        (loopback.html200(), 0),
        (loopback.html_after_commit(), 1),
        *[
            (loopback.status(code, {"error": "x"}), 0)
            for code in (301, 302, 307, 408, 500, 502, 503, 504, 520, 522)
        ],
        (loopback.status(500, ["a", "list"]), 0),
        (loopback.status(200, {}), 0),
        (loopback.status(200, {"uri": "at://somebody/else/1", "cid": "x"}), 0),
    ],
)
def test_an_unclear_answer_leaves_the_outcome_unknown_after_one_request(
    peer: BlueskyView, effect: Any, posted: int
) -> None:
    uri, talker = peer.add("the lift is out"), channel(peer)
    peer.faults.add(f"POST {PUT}", effect)
    assert isinstance(error_of(lambda: talker.reply(uri, WORDS, key=KEY)), OutcomeUnknown)
    assert peer.count("POST", PUT) == 1
    assert len(peer.accepted) == posted
    assert (talker.find_reply(uri, WORDS, key=KEY) is not None) is bool(posted)
    sent = talker.reply(uri, WORDS, key=KEY)
    assert [entry["text"] for entry in peer.accepted] == [WORDS]
    assert talker.find_reply(uri, WORDS, key=KEY) == sent


@pytest.mark.parametrize(
    ("effect", "means"),
    [
        (loopback.status(400, {"error": "InvalidRequest"}), Refused),
        (loopback.status(403, {"error": "Forbidden"}), Refused),
        (loopback.status(401, {"error": "AuthMissing"}), CredentialsRefused),
        (loopback.status(402), NotEntitled),
        (loopback.throttle({"retry-after": "60"}), Throttled),
        (loopback.status(400, {"error": "ExpiredToken"}), Throttled),
    ],
)
def test_a_clear_refusal_is_told_as_such_after_one_request(
    peer: BlueskyView, effect: Any, means: type[ChannelError]
) -> None:
    uri = peer.add("the lift is out")
    peer.faults.add(f"POST {PUT}", effect)
    assert isinstance(error_of(lambda: channel(peer).reply(uri, WORDS, key=KEY)), means)
    assert (peer.count("POST", PUT), peer.accepted) == (1, [])


def test_after_a_write_that_the_session_did_not_outlive_the_next_begins_a_new_one(peer: BlueskyView) -> None:
    uri, talker = peer.add("the lift is out"), channel(peer)
    peer.faults.add(f"POST {PUT}", loopback.status(400, {"error": "ExpiredToken"}))
    error_of(lambda: talker.reply(uri, WORDS, key=KEY))
    talker.reply(uri, WORDS, key=KEY)
    assert peer.sessions == 2


@pytest.mark.parametrize("before", [LOOK, LOGIN])
@pytest.mark.parametrize(
    "effect", [loopback.cut_before(), loopback.html200(), loopback.status(502), loopback.slow(2.0)]
)
def test_what_fails_before_the_write_certainly_posts_nothing(
    peer: BlueskyView, effect: Any, before: str
) -> None:
    uri = peer.add("the lift is out")
    peer.faults.add(before, effect)
    error = error_of(lambda: channel(peer).reply(uri, WORDS, key=KEY))
    assert isinstance(error, Throttled)
    assert error.until is not None
    assert peer.count("POST", PUT) == 0


def test_where_there_is_no_connection_nothing_is_posted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    uri = "at://did:plc:one/app.bsky.feed.post/3kaaaaaaaaaa2"
    assert isinstance(error_of(lambda: channel(server=closed).reply(uri, WORDS, key=KEY)), Throttled)
    assert isinstance(error_of(lambda: channel(server=closed).look_up([uri])), Transient)


def test_half_a_character_cannot_be_posted(peer: BlueskyView) -> None:
    uri = peer.add("the lift is out")
    assert isinstance(error_of(lambda: channel(peer).reply(uri, "thank you \ud83d", key=KEY)), Refused)
    assert (peer.count("POST", PUT), peer.accepted) == (0, [])


@pytest.mark.parametrize(
    "name", ["", "17", "https://bsky.app/profile/x/post/y", "at://did:plc:one/app.bsky.feed.like/1"]
)
def test_what_is_no_post_is_not_answered(peer: BlueskyView, name: str) -> None:
    assert isinstance(error_of(lambda: channel(peer).reply(name, WORDS, key=KEY)), Refused)
    assert channel(peer).look_up([name])[0].post is None
    assert isinstance(error_of(lambda: channel(peer).thread(name)), Gone)


def test_an_answer_in_a_conversation_names_its_first_post(peer: BlueskyView) -> None:
    first = peer.add("the lift is out")
    second = peer.add("here too", replied_to=first)
    sent = channel(peer).reply(second, WORDS, key=KEY)
    refers = peer.posts[sent.external_id].record["reply"]
    assert (refers["root"]["uri"], refers["parent"]["uri"]) == (first, second)
    shown = {post.external_id for post in channel(peer).thread(second)}
    assert shown == {first, second, sent.external_id}


def test_what_hangs_on_a_deleted_first_post_is_still_a_thread(peer: BlueskyView) -> None:
    first = peer.add("the lift is out")
    second = peer.add("here too", replied_to=first)
    peer.delete(first)
    assert [post.external_id for post in channel(peer).thread(second)] == [second]


@pytest.mark.parametrize("body", [{}, {"thread": None}, {"thread": {"post": {"uri": "x"}}}, {"thread": 5}])
def test_a_thread_of_another_shape_is_a_bad_answer(peer: BlueskyView, body: Any) -> None:
    uri = peer.add("the lift is out")
    peer.faults.add("/xrpc/app.bsky.feed.getPostThread", loopback.status(200, body))
    assert isinstance(error_of(lambda: channel(peer).thread(uri)), BadAnswer)


def test_the_time_of_a_reply_is_that_of_its_attempt(peer: BlueskyView) -> None:
    uri = peer.add("the lift is out")
    sent = channel(peer).reply(uri, WORDS, key=KEY)
    made = datetime.fromisoformat(peer.posts[sent.external_id].record["createdAt"])
    assert int(made.timestamp() * 1000) == int(KEY[:12], 16)


def test_the_same_attempt_may_be_sent_again_for_ever() -> None:
    can = channel(server="http://127.0.0.1:1").capabilities
    assert can.idempotent
    assert can.resend_within == math.inf


# Limits of one call


@pytest.mark.parametrize("effect", [loopback.slow(2.0), loopback.drip(0.1), loopback.drip_headers(0.05)])
def test_an_answer_that_does_not_end_is_cut_off(peer: BlueskyView, effect: Any) -> None:
    uri, talker = peer.add("hello"), channel(peer)
    talker.look_up([uri])
    peer.faults.add(f"GET {LOOK}", effect)
    assert isinstance(error_of(lambda: talker.look_up([uri])), Transient)


def test_an_answer_larger_than_allowed_is_not_read_to_its_end(peer: BlueskyView) -> None:
    uri = peer.add("hello")
    peer.faults.add(f"GET {LOOK}", loopback.status(200, {"posts": ["x" * 300_000]}))
    assert isinstance(error_of(lambda: channel(peer).look_up([uri])), Transient)


def test_no_redirect_is_followed(peer: BlueskyView) -> None:
    uri, talker = peer.add("hello"), channel(peer)
    talker.look_up([uri])
    with BlueskyView() as elsewhere:
        moved = loopback.status(302, {}, {"location": f"{elsewhere.url}{LOOK}"})
        peer.faults.add(f"GET {LOOK}", moved)
        assert isinstance(error_of(lambda: talker.look_up([uri])), BadAnswer)
        assert elsewhere.seen == []
