"""The one write of a reply on Mastodon, through Mastodon.py against `mastodon_mock` behind a door of ours."""

from __future__ import annotations

import logging
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
    ReplyWay,
    Throttled,
    Transient,
)
from monitor.channels.mastodon import LONGEST_REPLY, MastodonChannel, MastodonCredentials
from monitor.http import Limits
from tests.peers import loopback
from tests.peers.mastodon_peer import US, MastodonPeer, credentials

POST = "POST /api/v1/statuses"
PATIENT = Limits(connect=2.0, read=3.0, whole=5.0)
WORDS = "Thank you for telling us & sorry. Please ring us: https://northvale.example/pals"


@pytest.fixture(scope="module")
def shared() -> Iterator[MastodonPeer]:
    with MastodonPeer() as peer:
        yield peer


@pytest.fixture
def peer(shared: MastodonPeer) -> Iterator[MastodonPeer]:
    """One server for all tests of this file; each answers a post of its own."""
    yield shared
    shared.faults.clear()
    shared.rewrite = lambda path, body: body
    shared.read_behind = 0


def now() -> datetime:
    return datetime.now(UTC)


def channel_of(peer: MastodonPeer, server: str = "") -> MastodonChannel:
    return MastodonChannel(
        credentials(), server=server or peer.url, clock=now, handle="@" + US, limits=PATIENT
    )


def answers_to(peer: MastodonPeer, post_id: str) -> list[Any]:
    return [one for one in peer.replies() if str(one.in_reply_to_id) == post_id]


def error_of(call: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value


def test_a_reply_mentions_the_author_and_is_found_again(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello", author="ann@town.example")
    sent = channel_of(peer).reply(target, WORDS, key="k-1")
    (answer,) = answers_to(peer, target)
    assert (str(answer.id), answer.text) == (sent.external_id, f"@ann@town.example {WORDS}")
    assert channel_of(peer).find_reply(target, WORDS, key="another") == sent
    assert sent.url.startswith("https://")


@pytest.mark.parametrize(
    ("shown_to", "answered_to"),
    [("public", "public"), ("unlisted", "unlisted"), ("private", "direct"), ("direct", "direct")],
)
def test_a_reply_is_never_shown_more_widely_than_its_post(
    peer: MastodonPeer, shown_to: str, answered_to: str
) -> None:
    target = peer.add(f"@NorthvaleNHS {shown_to}", visibility=shown_to)
    channel_of(peer).reply(target, WORDS, key=f"k-{shown_to}")
    (answer,) = answers_to(peer, target)
    assert answer.visibility == answered_to


SPOILED = {
    "cut after the post was made": loopback.cut_after_commit(),
    "cut before": loopback.cut_before(),
    "a body that breaks off": loopback.cut_body(),
    "a page of HTML after the post was made": loopback.html_after_commit(),
    "a page of HTML": loopback.html200(),
    "JSON of another shape": loopback.status(200, {"ok": True}),
    "a redirect": loopback.status(302, "", {"location": "https://elsewhere.example/"}),
    "a slow answer": loopback.slow(4.0),
    "a header that never ends": loopback.drip_headers(0.05),
    **{str(code): loopback.status(code, {"error": "No."}) for code in (408, 409, 500, 502, 503, 504, 520)},
}


@pytest.mark.parametrize("effect", SPOILED.values(), ids=SPOILED)
def test_an_answer_that_was_lost_leaves_the_outcome_open_after_one_post_and_the_key_makes_a_second_one_safe(
    peer: MastodonPeer, effect: loopback.Effect
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    before = peer.count("POST", "/api/v1/statuses")
    peer.faults.add(POST, effect)
    error = error_of(lambda: channel_of(peer).reply(target, WORDS, key=f"k-{target}"))
    assert isinstance(error, OutcomeUnknown)
    assert (error.__context__, error.__cause__) == (None, None)
    assert peer.count("POST", "/api/v1/statuses") == before + 1
    sent = channel_of(peer).reply(target, WORDS, key=f"k-{target}")
    assert [str(one.id) for one in answers_to(peer, target)] == [sent.external_id]


REFUSED: dict[str, tuple[loopback.Effect, type[ChannelError]]] = {
    "401": (loopback.status(401, {"error": "The access token was revoked"}), CredentialsRefused),
    "402": (loopback.status(402), NotEntitled),
    "403": (loopback.status(403, {"error": "This action is not allowed"}), Refused),
    "404": (loopback.status(404, {"error": "The post you are replying to does not exist"}), Gone),
    "410": (loopback.status(410), Gone),
    "422": (loopback.status(422, {"error": "Validation failed: Text is too long"}), Refused),
    "429": (loopback.throttle({"retry-after": "60"}), Throttled),
}


@pytest.mark.parametrize(("effect", "wanted"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_that_nothing_was_posted(
    peer: MastodonPeer, effect: loopback.Effect, wanted: type[ChannelError]
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    before = peer.count("POST", "/api/v1/statuses")
    peer.faults.add(POST, effect)
    assert type(error_of(lambda: channel_of(peer).reply(target, WORDS, key=f"k-{target}"))) is wanted
    assert peer.count("POST", "/api/v1/statuses") == before + 1
    assert answers_to(peer, target) == []


def test_a_rate_limit_header_that_cannot_be_read_does_not_hide_that_a_reply_was_posted(
    peer: MastodonPeer,
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    made = {"id": "77", "url": "https://northvale.example/@NorthvaleNHS/77"}
    peer.faults.add(POST, loopback.status(200, made, {"x-ratelimit-reset": "never"}))
    assert channel_of(peer).reply(target, WORDS, key="k-header").external_id == "77"


@pytest.mark.parametrize(
    "effect",
    [loopback.cut_before(), loopback.status(503), loopback.html200(), loopback.status(200, [])],
    ids=["cut", "503", "html", "shape"],
)
def test_a_post_that_cannot_be_read_first_is_not_answered_and_tried_again_soon(
    peer: MastodonPeer, effect: loopback.Effect
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    before = peer.count("POST", "/api/v1/statuses")
    peer.faults.add("GET /api/v1/statuses", effect)
    error = error_of(lambda: channel_of(peer).reply(target, WORDS, key="k"))
    assert isinstance(error, Throttled)
    assert error.until is not None
    assert peer.count("POST", "/api/v1/statuses") == before


def test_a_connection_that_was_never_made_posted_nothing(peer: MastodonPeer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert isinstance(error_of(lambda: channel_of(peer, address).reply("1", WORDS, key="k")), Throttled)


def test_words_that_no_request_can_carry_are_refused(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    assert isinstance(error_of(lambda: channel_of(peer).reply(target, "\ud800", key="k")), Refused)
    assert answers_to(peer, target) == []


def test_what_is_no_id_of_a_servers_is_never_put_into_an_address(peer: MastodonPeer) -> None:
    channel, before = channel_of(peer), len(peer.seen)
    assert isinstance(error_of(lambda: channel.reply("../../oauth/revoke", WORDS, key="k")), Gone)
    assert isinstance(error_of(lambda: channel.reply("", WORDS, key="k")), Gone)
    assert len(peer.seen) == before


def test_a_token_without_the_scope_to_post_makes_later_posts_a_hand_off(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    channel = channel_of(peer)
    assert channel.capabilities.can_reply
    peer.faults.add(POST, loopback.status(403, {"error": "This action is outside the authorized scopes"}))
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k")), NotEntitled)
    (found,) = channel.look_up([target])
    assert found.post is not None
    assert found.post.capability.way is ReplyWay.HANDOFF
    assert not channel.capabilities.can_reply
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k")), NotEntitled)


def test_a_token_that_the_server_does_not_know_is_refused(peer: MastodonPeer) -> None:
    channel = MastodonChannel(MastodonCredentials("other-SECRET"), server=peer.url, clock=now, limits=PATIENT)
    assert isinstance(error_of(lambda: channel.find_reply("1", WORDS, key="k")), CredentialsRefused)


def test_a_reply_that_is_not_shown_yet_is_not_found_and_found_later(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    sent = channel_of(peer).reply(target, WORDS, key="k-lag")
    peer.read_behind = 1
    assert channel_of(peer).find_reply(target, WORDS, key="k-lag") is None
    peer.read_behind = 0
    assert channel_of(peer).find_reply(target, WORDS, key="k-lag") == sent


def test_a_reply_is_found_behind_a_page_of_later_ones(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    sent = channel_of(peer).reply(target, WORDS, key="k-page")
    peer.add_many([f"news {n}" for n in range(45)], author=US)
    assert channel_of(peer).find_reply(target, WORDS, key="k-page") == sent


def test_a_failed_look_back_is_no_proof_that_nothing_was_posted(peer: MastodonPeer) -> None:
    peer.faults.add("GET /api/v1/accounts/", loopback.status(500))
    assert isinstance(error_of(lambda: channel_of(peer).find_reply("1", WORDS, key="k")), Transient)
    peer.rewrite = lambda path, body: {} if path.endswith("/statuses") else body
    assert isinstance(error_of(lambda: channel_of(peer).find_reply("1", WORDS, key="k")), BadAnswer)


def test_the_longest_reply_fits_with_the_authors_name(peer: MastodonPeer) -> None:
    target = peer.add("@NorthvaleNHS hello", author="a_name_of_thirty_letters_abcde")
    channel = channel_of(peer)
    assert channel.capabilities.longest_reply == LONGEST_REPLY
    assert channel.reply(target, "x" * LONGEST_REPLY, key="k-long").external_id


def test_neither_token_nor_words_reach_a_log_or_an_error(
    peer: MastodonPeer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    with caplog.at_level(logging.DEBUG):
        for effect in (
            loopback.cut_before(),
            loopback.status(422, {"error": WORDS}),
            loopback.html_after_commit(),
        ):
            peer.faults.add(POST, effect)
            error = error_of(lambda: channel_of(peer).reply(target, WORDS, key="k-quiet"))
            assert "SECRET" not in repr(error) + str(error)
            assert "northvale.example/pals" not in repr(error) + str(error)
    printed = capsys.readouterr()
    for told in (caplog.text, printed.out, printed.err):
        assert "SECRET" not in told
        assert "northvale.example/pals" not in told
