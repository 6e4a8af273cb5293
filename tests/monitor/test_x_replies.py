"""X's refusals and the one write of a reply, through tweepy against a loopback X."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
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
)
from monitor.channels.x import XCredentials
from tests.peers import loopback
from tests.peers.x_peer import US_ID, XPeer, credentials, snowflake
from tests.support.channels import WATCH, error_of, hear, now, x_channel, x_reader

SEARCH, POST = "/2/tweets/search/recent", "POST /2/tweets"


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer() as peer:
        yield peer


# Refusals

TITLES = {
    "credits": {"title": "CreditsDepleted", "type": "https://api.twitter.com/2/problems/credits"},
    "spend": {"title": "SpendCapReached", "detail": "The cap you set is reached."},
    "cap": {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"},
    "plan": {"reason": "client-not-enrolled", "title": "Client Forbidden"},
    "query": {"errors": [{"parameters": {"query": ["…"]}, "message": "bad operator"}]},
    "plain": {"title": "Sorry", "detail": "No."},
}


@pytest.mark.parametrize(
    ("code", "title", "kind"),
    [
        (400, "query", NotEntitled),
        (401, "plain", CredentialsRefused),
        (402, "credits", NotEntitled),
        (403, "plan", NotEntitled),
        (403, "plain", NotEntitled),
        (404, "plain", BadAnswer),
        (429, "plain", Throttled),
        (429, "cap", NotEntitled),
        (500, "plain", Transient),
        (503, "plain", Transient),
    ],
)
def test_a_refused_read_says_who_must_act(
    peer: XPeer, code: int, title: str, kind: type[ChannelError]
) -> None:
    peer.faults.add(SEARCH, loopback.status(code, TITLES[title]))
    with pytest.raises(ChannelError) as caught:
        x_reader(peer).fetch(WATCH, {})
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("code", "title", "reason"),
    [
        (402, "plain", "out of credit"),
        (402, "credits", "out of credit"),
        (403, "credits", "out of credit"),
        (403, "spend", "out of credit"),
        (429, "cap", "monthly cap reached"),
        (403, "cap", "monthly cap reached"),
        (403, "plan", "not in the plan"),
        (403, "plain", "not allowed"),
    ],
)
def test_money_is_told_from_permission(peer: XPeer, code: int, title: str, reason: str) -> None:
    peer.faults.add(SEARCH, loopback.status(code, TITLES[title]))
    assert error_of(lambda: x_reader(peer).fetch(WATCH, {})).reason == reason


@pytest.mark.parametrize("body", [["a", "list"], "text", None, 7])
@pytest.mark.parametrize("code", [200, 403, 500])
def test_a_body_of_another_shape_never_gets_past_as_something_else(peer: XPeer, code: int, body: Any) -> None:
    peer.add("@NorthvaleNHS hello")
    peer.faults.add("/2/", loopback.status(code, body))
    with pytest.raises(ChannelError):
        x_reader(peer).fetch(WATCH, {})


@pytest.mark.parametrize(
    ("code", "title", "kind"),
    [
        (400, "plain", Refused),
        (401, "plain", CredentialsRefused),
        (402, "credits", NotEntitled),
        (403, "plan", NotEntitled),
        (403, "plain", Refused),
        (429, "plain", Throttled),
        (429, "cap", NotEntitled),
        (451, "plain", Refused),
    ],
)
def test_a_reply_that_was_certainly_not_posted_says_why(
    peer: XPeer, code: int, title: str, kind: type[ChannelError]
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    peer.faults.add(POST, loopback.status(code, TITLES[title]))
    with pytest.raises(ChannelError) as caught:
        x_channel(peer).reply(target, "words", key="k")
    assert type(caught.value) is kind
    assert (peer.count("POST", "/"), peer.replies()) == (1, [])


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
        loopback.status(200, {"errors": [{"title": "?"}]}),
        loopback.status(307, None, {"location": "/2/tweets"}),
        loopback.status(302, None, {"location": "/login"}),
        loopback.status(403, ["a", "list"]),
        *[loopback.status(code, {"title": "?"}) for code in (408, 500, 502, 503, 504, 520, 522)],
    ],
    ids=lambda effect: f"{effect['kind']}-{effect.get('code', '')}",
)
def test_a_reply_without_a_clear_answer_is_unknown_and_asked_for_once(
    peer: XPeer, effect: dict[str, Any]
) -> None:
    target = peer.add("@NorthvaleNHS hello")
    peer.faults.add("POST /", effect)
    with pytest.raises(OutcomeUnknown):
        x_channel(peer).reply(target, "words", key="k")
    assert peer.count("POST", "/") == 1
    assert len(peer.replies()) <= 1


def test_the_same_words_again_mean_that_the_first_may_have_gone_out(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    peer.faults.add(POST, loopback.cut_after_commit())
    channel = x_channel(peer)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            channel.reply(target, "The very same words.", key="k")
    assert len(peer.replies()) == 1
    found = channel.find_reply(target, "The very same words.", key="k")
    assert found is not None
    assert found.external_id == peer.replies()[0].id


def test_a_post_that_neither_mentions_nor_quotes_us_is_refused_by_x_itself(peer: XPeer) -> None:
    target = peer.add("Northvale General")
    with pytest.raises(Refused):
        x_channel(peer).reply(target, "words", key="k")


def test_a_server_that_cannot_be_reached_certainly_took_no_reply() -> None:
    with XPeer() as peer:
        target, channel = peer.add("@NorthvaleNHS hello"), x_channel(peer)
        reader = x_reader(peer)
    with pytest.raises(Throttled) as caught:
        channel.reply(target, "words", key="k")
    assert caught.value.until is not None
    assert caught.value.until - now() < timedelta(minutes=2)
    with pytest.raises(Transient):
        reader.fetch(WATCH, {})


def test_a_reply_is_found_although_x_shortens_its_link_and_names_the_author(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    words = "Sorry & thank you.\n\nhttps://northvale.example/a?b=1&c=2 is the form."
    sent = x_channel(peer).reply(target, words, key="k")
    assert "t.co" in peer.replies()[0].text
    assert x_channel(peer).find_reply(target, words, key="k") == sent


def test_a_reply_is_found_pages_back_in_our_timeline(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello", at=peer.now() - 5000)
    sent = x_channel(peer).reply(target, "words", key="k")
    for number in range(150):
        peer.add(f"news {number}", author=US_ID, at=peer.now() + 1 + number)
    assert x_channel(peer).find_reply(target, "words", key="k") == sent


def test_the_thread_of_a_post_that_is_gone_is_gone(peer: XPeer) -> None:
    with pytest.raises(Gone):
        x_channel(peer).thread(snowflake(peer.now()))


def test_keys_show_in_no_repr() -> None:
    shown = repr(credentials()) + str(credentials())
    assert "SECRET" not in shown
    assert "NorthvaleNHS" in shown
    assert not XCredentials(bearer_token="b", account_id="1").can_write


def test_a_proxy_in_the_environment_is_not_used(peer: XPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert len(hear(x_reader(peer), {})) == 1
