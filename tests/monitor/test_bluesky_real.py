"""Bluesky's channel against the real PDS on this machine: `make test-peers` installs it and runs these.

What a bare PDS lacks (notifications, look-ups) it asks of our view, as it asks Bluesky's in the world. `Middle` stands
between the channel and the server and spoils single answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import ChannelError, Gone, OutcomeUnknown, Refused, Throttled, Transient, Watch
from monitor.channels.bluesky import BlueskyChannel, BlueskyCredentials
from tests.peers import bluesky_peer
from tests.peers.bluesky_peer import BlueskyPeer, listening
from tests.peers.middle import Middle

pytestmark = [
    pytest.mark.peers,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not bluesky_peer.is_installed(), reason=bluesky_peer.MISSING),
]
WORDS = "Thank you for telling us – please ring us: https://northvale.example/pals"
PUT = "POST /xrpc/com.atproto.repo.putRecord"
LOGIN = "POST /xrpc/com.atproto.server.createSession"


class Drawer:
    def __init__(self) -> None:
        self.kept = ""

    def load(self) -> str:
        return self.kept

    def save(self, session: str) -> None:
        self.kept = session


@pytest.fixture(scope="module")
def peer() -> Iterator[BlueskyPeer]:
    with BlueskyPeer() as peer:
        yield peer


@pytest.fixture(scope="module")
def password(peer: BlueskyPeer) -> str:
    return peer.app_password()


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def middle(peer: BlueskyPeer) -> Iterator[Middle]:
    with Middle(peer.url) as middle:
        yield middle


def channel(server: str, password: str, drawer: Drawer) -> BlueskyChannel:
    return BlueskyChannel(
        BlueskyCredentials(password),
        handle="@northvale.test",
        server=server,
        clock=lambda: datetime.now(UTC),
        keep=drawer,
    )


@pytest.fixture
def talker(middle: Middle, password: str, drawer: Drawer) -> BlueskyChannel:
    return channel(middle.url, password, drawer)


def key() -> str:
    return f"{time.time_ns() // 1_000_000:012x}" + "7a" * 10


def error_of(call: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value


def ours(peer: BlueskyPeer, parent: str) -> list[dict[str, Any]]:
    return [one for one in peer.records() if one["value"]["reply"]["parent"]["uri"] == parent]


def test_everything_that_listens_listens_on_this_machine_alone(peer: BlueskyPeer) -> None:
    found = listening(peer.pid)
    assert len(found) >= 2
    assert {address for address, _ in found} == {"0100007F"}


def test_a_mention_is_heard_through_the_real_server(peer: BlueskyPeer, talker: BlueskyChannel) -> None:
    uri = peer.post("@northvale.test the lift is out")
    page = talker.fetch(Watch("names", ("Northvale General",)), {})
    assert uri in {post.external_id for post in page.posts}
    assert all(post.direct for post in page.posts)


def test_a_session_is_resumed_by_another_channel_without_a_login(
    peer: BlueskyPeer, middle: Middle, talker: BlueskyChannel, password: str, drawer: Drawer
) -> None:
    uri = peer.post("hello")
    assert talker.look_up([uri])[0].post is not None
    logins = middle.count(LOGIN)
    assert channel(middle.url, "not the password", drawer).look_up([uri])[0].post is not None
    assert middle.count(LOGIN) == logins <= 1


def test_a_session_that_the_server_has_ended_is_begun_anew(
    peer: BlueskyPeer, middle: Middle, password: str
) -> None:
    own = Drawer()
    uri = peer.post("hello")
    channel(middle.url, password, own).look_up([uri])
    name, did, _, refresh, server = own.kept.split(":::")
    peer.call("com.atproto.server.deleteSession", "", refresh).raise_for_status()
    # The access token lives on for a while; the library renews it early, and only then is told that all is over.
    own.kept = ":::".join([name, did, _ended(), refresh, server])
    assert channel(middle.url, password, own).look_up([uri])[0].post is not None
    assert middle.count(LOGIN) == 2


def _ended() -> str:
    """An access token that has run out."""
    from tests.peers.bluesky_view import token

    return token("access", 1, int(time.time()) - 60)


def test_a_reply_is_one_record_under_the_real_rules(peer: BlueskyPeer, talker: BlueskyChannel) -> None:
    uri, attempt = peer.post("the lift is out"), key()
    sent = talker.reply(uri, WORDS, key=attempt)
    (record,) = ours(peer, uri)
    assert (record["uri"], record["value"]["text"]) == (sent.external_id, WORDS)
    assert record["value"]["createdAt"].startswith(datetime.now(UTC).strftime("%Y-%m-%dT"))
    (facet,) = record["value"]["facets"]
    place = slice(facet["index"]["byteStart"], facet["index"]["byteEnd"])
    assert WORDS.encode()[place].decode() == "https://northvale.example/pals"


@pytest.mark.parametrize(
    "fault", ["cut_after", "cut_body", "truncated", "html", "empty", "502", "504", "wrong_type"]
)
def test_a_lost_answer_is_unknown_and_the_same_attempt_makes_no_second_record(
    peer: BlueskyPeer, middle: Middle, talker: BlueskyChannel, fault: str
) -> None:
    uri, attempt = peer.post("the lift is out"), key()
    talker.look_up([uri])
    middle.spoil(fault, matching=PUT)
    assert isinstance(error_of(lambda: talker.reply(uri, WORDS, key=attempt)), OutcomeUnknown)
    assert middle.count(PUT) == 1
    found = talker.find_reply(uri, WORDS, key=attempt)
    first = ours(peer, uri)
    assert [one["uri"] for one in first] == ([found.external_id] if found else [])
    sent = talker.reply(uri, WORDS, key=attempt)
    assert [one["uri"] for one in ours(peer, uri)] == [sent.external_id]
    assert not first or ours(peer, uri) == first
    assert talker.find_reply(uri, WORDS, key=attempt) == sent


@pytest.mark.parametrize("fault", ["reset", "cut_before"])
def test_a_request_that_never_arrived_is_unknown_and_not_found(
    peer: BlueskyPeer, middle: Middle, talker: BlueskyChannel, fault: str
) -> None:
    uri, attempt = peer.post("the lift is out"), key()
    talker.look_up([uri])
    middle.spoil(fault, matching=PUT)
    assert isinstance(error_of(lambda: talker.reply(uri, WORDS, key=attempt)), OutcomeUnknown)
    assert talker.find_reply(uri, WORDS, key=attempt) is None
    assert ours(peer, uri) == []


def test_another_attempt_is_not_taken_for_this_one(peer: BlueskyPeer, talker: BlueskyChannel) -> None:
    uri, attempt = peer.post("the lift is out"), key()
    talker.reply(uri, WORDS, key=attempt)
    assert talker.find_reply(uri, WORDS, key=key()[:-1] + "1") is None
    assert talker.find_reply(uri, "Quite other words.", key=attempt) is None
    assert talker.find_reply(peer.post("another"), WORDS, key=attempt) is None


def test_301_letters_are_refused_by_the_server_and_300_are_not(
    peer: BlueskyPeer, talker: BlueskyChannel
) -> None:
    uri = peer.post("the lift is out")
    assert isinstance(error_of(lambda: talker.reply(uri, "é" * 301, key=key())), Refused)
    assert ours(peer, uri) == []
    talker.reply(uri, "👩‍👩‍👧" + "é" * 299, key=key())
    assert len(ours(peer, uri)) == 1


def test_a_deleted_post_is_not_answered_although_the_server_would_take_it(
    peer: BlueskyPeer, middle: Middle, talker: BlueskyChannel
) -> None:
    uri = peer.post("soon gone")
    talker.look_up([uri])
    peer.delete(uri)
    assert isinstance(error_of(lambda: talker.reply(uri, WORDS, key=key())), Gone)
    assert talker.look_up([uri])[0].gone == "deleted"
    assert middle.count(PUT) == 0


def test_the_real_limiter_says_until_when() -> None:
    with BlueskyPeer(limits=True) as peer:
        asked = {"identifier": "northvale.test", "password": "wrong"}
        for _ in range(40):
            if peer.call("com.atproto.server.createSession", asked).status_code == 429:
                break
        talker = channel(peer.url, "wrong", Drawer())
        error = error_of(lambda: talker.fetch(Watch("names", ("Northvale General",)), {}))
    assert isinstance(error, Throttled)
    assert error.until is not None


def test_a_server_killed_in_mid_write_leaves_the_outcome_unknown() -> None:
    with BlueskyPeer() as peer, Middle(peer.url) as middle:
        talker = channel(middle.url, peer.app_password(), Drawer())
        uri = peer.post("the lift is out")
        talker.look_up([uri])
        forward = middle._forward

        def killed(method: str, target: str, *rest: Any) -> Any:
            if "putRecord" in target:
                peer.kill()
            return forward(method, target, *rest)

        middle._forward = killed  # type: ignore[method-assign]
        assert isinstance(error_of(lambda: talker.reply(uri, WORDS, key=key())), OutcomeUnknown)
        assert isinstance(error_of(lambda: talker.look_up([uri])), Transient)
        assert middle.count(PUT) == 1
