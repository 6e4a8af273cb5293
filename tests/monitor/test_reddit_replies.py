"""Reddit's refusals and the one write of a reply, through praw against a loopback Reddit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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
from tests.peers import loopback
from tests.peers.reddit_peer import US, RedditPeer, credentials
from tests.support.channels import error_of, hear, reddit_channel, reddit_reader

SEARCH, POST, TOKEN = "/r/all/search", "POST /api/comment/", "/api/v1/access_token"
WATCH = Watch("w", ("Northvale General",))


@pytest.fixture
def peer() -> Iterator[RedditPeer]:
    with RedditPeer() as peer:
        yield peer


def refused(channel: Any, target: str) -> ChannelError:
    return error_of(lambda: channel.reply(target, "words", key="k"))


# Refusals


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (302, NotEntitled),
        (400, BadAnswer),
        (403, NotEntitled),
        (404, NotEntitled),
        (408, Transient),
        (429, Throttled),
        (500, Transient),
        (503, Transient),
        (522, Transient),
    ],
)
def test_a_refused_read_is_asked_for_once_and_says_who_must_act(
    peer: RedditPeer, code: int, kind: type[ChannelError]
) -> None:
    peer.faults.add(SEARCH, loopback.status(code, {"message": "?", "error": code}, {"location": "/login"}))
    with pytest.raises(ChannelError) as caught:
        reddit_reader(peer).fetch(WATCH, {})
    assert type(caught.value) is kind
    assert peer.count("GET", SEARCH) == 1


@pytest.mark.parametrize("body", [["a"], "text", None, 7, {}, {"data": {"children": 3}}, {"kind": "t3"}])
def test_a_body_of_another_shape_is_a_bad_answer(peer: RedditPeer, body: Any) -> None:
    peer.faults.add(SEARCH, loopback.status(200, body))
    with pytest.raises(BadAnswer):
        reddit_reader(peer).fetch(WATCH, {})


@pytest.mark.parametrize(
    "effect",
    [
        loopback.cut_before(),
        loopback.cut_after_commit(),
        loopback.cut_body(),
        loopback.html200(),
        loopback.html_after_commit(),
        loopback.slow(1.0),
        loopback.drip(0.2),
        loopback.drip_headers(0.05),
        loopback.status(200, {}),
        loopback.status(200, ["a"]),
        loopback.status(200, {"json": {"errors": [], "data": {"things": []}}}),
        loopback.status(302, None, {"location": "/login"}),
        *[loopback.status(code, {"error": code}) for code in (408, 500, 502, 503, 504, 520, 522)],
    ],
    ids=lambda effect: f"{effect['kind']}-{effect.get('code', '')}",
)
def test_a_comment_without_a_clear_answer_is_unknown_and_asked_for_once(
    peer: RedditPeer, effect: dict[str, Any]
) -> None:
    target = peer.add("a", "Northvale General")
    peer.faults.add(POST, effect)
    assert isinstance(refused(reddit_channel(peer), target), OutcomeUnknown)
    assert peer.count("POST", "/api/comment/") == 1
    assert len(peer.replies()) <= 1


def inside(kind: str, words: str = "no") -> dict[str, Any]:
    return loopback.status(200, {"json": {"errors": [[kind, words, "thing_id"]]}})


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (inside("DELETED_COMMENT"), Gone),
        (inside("DELETED_LINK"), Gone),
        (inside("THREAD_LOCKED"), Refused),
        (inside("TOO_OLD"), Refused),
        (inside("USER_BLOCKED"), Refused),
        (inside("something it never said before"), Refused),
        (inside("USER_REQUIRED"), CredentialsRefused),
        (inside("RATELIMIT", "Take a break for 1 millisecond before trying again."), Throttled),
        (loopback.status(400, {"message": "Bad Request"}), Refused),
        (loopback.status(401, {"message": "Unauthorized"}), CredentialsRefused),
        (loopback.status(403, {"message": "Forbidden"}), Refused),
        (loopback.status(403, {}, {"www-authenticate": 'Bearer error="insufficient_scope"'}), NotEntitled),
        (loopback.status(413, {}), Refused),
        (loopback.status(429, {}, {"retry-after": "30"}), Throttled),
    ],
)
def test_a_comment_that_was_certainly_not_posted_says_why_after_one_request(
    peer: RedditPeer, effect: dict[str, Any], kind: type[ChannelError]
) -> None:
    target = peer.add("a", "Northvale General")
    peer.faults.add(POST, effect)
    error = refused(reddit_channel(peer), target)
    assert type(error) is kind
    assert "never said" not in error.reason
    assert (peer.count("POST", "/api/comment/"), peer.replies()) == (1, [])


def test_reddits_own_wait_is_believed_to_the_minute(peer: RedditPeer) -> None:
    target = peer.add("a", "Northvale General")
    peer.faults.add(
        POST, inside("RATELIMIT", "Looks like you've been doing that a lot. Take a break for 9 minutes.")
    )
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    error = refused(reddit_channel(peer, clock=lambda: moment), target)
    assert error.until == moment + timedelta(minutes=9, seconds=1)


def test_locked_old_and_deleted_targets_are_told_apart_by_reddit(peer: RedditPeer) -> None:
    locked = peer.add("a", "Northvale General", locked=True)
    under = peer.add("b", parent=locked)
    old = peer.add("c", "Northvale General", archived=True)
    deleted = peer.add("d", "Northvale General")
    peer.delete(deleted)
    reasons = [refused(reddit_channel(peer), name).reason for name in (locked, under, old, deleted)]
    assert reasons == ["THREAD_LOCKED", "THREAD_LOCKED", "TOO_OLD", "DELETED_LINK"]


def test_when_reddits_pace_is_spent_nothing_is_asked_until_it_is_restored(peer: RedditPeer) -> None:
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    channel = reddit_reader(peer, clock=lambda: moment)
    peer.remaining, peer.reset = 0, 300
    channel.fetch(WATCH, {})
    asked = len(peer.seen)
    with pytest.raises(Throttled) as caught:
        channel.fetch(WATCH, {})
    assert caught.value.until == moment + timedelta(seconds=300)
    assert len(peer.seen) == asked


def test_a_token_withdrawn_before_its_time_is_replaced_without_a_word(peer: RedditPeer) -> None:
    peer.add("a", "Northvale General")
    channel = reddit_reader(peer)
    channel.fetch(WATCH, {})
    peer.tokens.clear()
    assert len(channel.fetch(WATCH, {}).posts) == 1


@pytest.mark.parametrize("keys", [{"password": "wrong"}, {"client_secret": "wrong"}])
def test_wrong_credentials_are_said_to_be_refused(peer: RedditPeer, keys: dict[str, str]) -> None:
    target = peer.add("a", "Northvale General")
    with pytest.raises(CredentialsRefused):
        hear(reddit_channel(peer, **keys), {})
    assert isinstance(refused(reddit_channel(peer, **keys), target), CredentialsRefused)
    assert peer.count("POST", "/api/comment/") == 0


@pytest.mark.parametrize("effect", [loopback.cut_before(), loopback.status(503, {}), loopback.slow(1.0)])
def test_a_reply_that_got_no_token_was_certainly_not_posted(peer: RedditPeer, effect: dict[str, Any]) -> None:
    target = peer.add("a", "Northvale General")
    peer.faults.add(TOKEN, effect)
    assert isinstance(refused(reddit_channel(peer), target), Throttled)
    assert peer.count("POST", "/api/comment/") == 0


def test_a_server_that_cannot_be_reached_certainly_took_no_reply() -> None:
    with RedditPeer() as peer:
        target, channel = peer.add("a", "Northvale General"), reddit_channel(peer)
        channel.fetch(WATCH, {})
    assert isinstance(refused(channel, target), Throttled)
    with pytest.raises(Transient):
        hear(channel, {})


def test_a_reply_is_found_pages_back_among_our_comments(peer: RedditPeer) -> None:
    target = peer.add("a", "Northvale General")
    sent = reddit_channel(peer).reply(target, "our  words\n\n& more", key="k")
    for number in range(150):
        peer.add(f"elsewhere {number}", parent=target, author=US, at=peer.now() + 1 + number)
    assert reddit_channel(peer).find_reply(target, "our words\n& more", key="k") == sent


def test_settings_in_the_environment_lead_nowhere_else(
    peer: RedditPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("oauth_url", "reddit_url", "username", "password", "refresh_token", "client_id"):
        monkeypatch.setenv(f"praw_{key}", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    peer.add("a", "Northvale General")
    assert len(hear(reddit_channel(peer), {})) == 2
    assert len(hear(reddit_channel(peer, username="", password=""), {})) == 1


def test_keys_show_in_no_repr() -> None:
    assert "SECRET" not in repr(credentials()) + str(credentials(refresh_token="SECRET"))
