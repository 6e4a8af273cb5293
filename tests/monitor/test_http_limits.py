"""What `monitor.http` gives every client: times that headers tell, and answers that must not be too much."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from monitor.http import Limits, bound, never_left, wait_until
from tests.peers import loopback
from tests.peers.x_peer import XPeer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:30 GMT"}, None),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-rate-limit-reset": "5"}, 0),
        ({"x-ratelimit-reset": "369"}, 369),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "1e9"}, 86_400),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon", "x-ratelimit-reset": "7"}, 7),
    ],
)
def test_a_wait_is_read_from_whichever_header_makes_sense(headers: dict[str, str], wait: int | None) -> None:
    assert wait_until(headers, NOW) == (None if wait is None else NOW + timedelta(seconds=wait))


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with XPeer() as peer:
        # Nothing more will come: only the wait for a byte can end this request before the test's own time is up.
        peer.faults.add("/", loopback.drip(3600.0))
        with pytest.raises(requests.Timeout):
            bound(requests.Session(), Limits(read=0.3, whole=3600.0)).get(peer.url + "/")


def test_an_answer_larger_than_allowed_is_not_read_to_its_end() -> None:
    with loopback.Peer() as peer:
        peer.faults.add("/", loopback.status(200, "x" * 500_000))
        session = bound(requests.Session(), Limits(most_bytes=100_000))
        with pytest.raises(requests.ConnectionError) as caught:
            session.get(peer.url + "/")
    assert not never_left(caught.value)


def test_a_redirect_is_not_followed() -> None:
    with loopback.Peer() as peer:
        peer.faults.add("/", loopback.status(307, None, {"location": "/elsewhere"}))
        with pytest.raises(requests.TooManyRedirects):
            bound(requests.Session()).post(peer.url + "/", json={})
        assert peer.seen == [("POST", "/")]


def test_a_connection_that_was_never_made_is_told_from_one_that_broke() -> None:
    with loopback.Peer() as peer:
        url = peer.url
        peer.faults.add("/", loopback.cut_before())
        with pytest.raises(requests.ConnectionError) as broke:
            bound(requests.Session()).get(url + "/")
    with pytest.raises(requests.ConnectionError) as never:
        bound(requests.Session()).get(url + "/")
    assert (never_left(broke.value), never_left(never.value)) == (False, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_headers_that_drip_for_ever_end_the_call_at_its_limit(method: str) -> None:
    with loopback.Peer() as peer:
        peer.handle = lambda _request: loopback.Answer(200, {})  # type: ignore[method-assign]
        peer.faults.add("/", loopback.drip_headers(0.02))
        session = bound(requests.Session(), Limits(read=30.0, whole=0.5))
        # A call that is not ended goes on for twenty minutes.
        with pytest.raises(requests.Timeout) as caught:
            session.request(method, peer.url + "/")
        assert not never_left(caught.value)
        assert session.request(method, peer.url + "/").json() == {}
        assert peer.count(method, "/") == 2


def test_a_finished_call_leaves_its_connection_to_the_next() -> None:
    with loopback.Peer() as peer:
        peer.handle = lambda _request: loopback.Answer(200, {})  # type: ignore[method-assign]
        session = bound(requests.Session(), Limits(whole=0.3))
        session.get(peer.url + "/")
        peer.faults.add("/", loopback.slow(0.2))
        # Longer than one call may take, over both calls together.
        time.sleep(0.2)
        assert session.get(peer.url + "/").json() == {}
