"""What X charges, counted where it is read and where it is posted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.wire.x_prices import PERSON, PRICES, has_link
from tests.peers import loopback
from tests.peers.x_peer import XPeer
from tests.support.channels import WATCH, error_of, hear, x_channel, x_reader


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer() as peer:
        yield peer


def test_each_post_that_a_search_gives_and_each_person_with_it_is_counted(peer: XPeer) -> None:
    for number in range(120):
        peer.add(f"Northvale General {number}", at=peer.now() - 900 + number)
    channel = x_reader(peer)
    hear(channel, {})
    spent = channel.spent()
    assert (spent.calls, spent.micros) == (2, 120 * (PRICES.read + PERSON))
    assert (channel.spent().calls, channel.spent().micros) == (0, 0)


def test_our_own_mentions_cost_a_fifth_where_the_account_itself_asks(peer: XPeer) -> None:
    peer.add("@NorthvaleNHS hello")
    costs = []
    for channel in (x_channel(peer), x_channel(peer, access_token="")):
        channel.fetch(WATCH, {})
        costs.append(channel.spent().micros)
    assert costs == [2 * 1_000, PRICES.read + PERSON]


def test_a_quiet_poll_costs_nothing_but_its_calls(peer: XPeer) -> None:
    channel = x_channel(peer)
    hear(channel, {})
    assert (channel.spent().calls, channel.spent().micros) == (2, 0)


@pytest.mark.parametrize(("text", "cost"), [("Thank you.", 10_000), ("See northvale.example/pals", 200_000)])
def test_a_reply_with_a_link_costs_twenty_times_as_much(peer: XPeer, text: str, cost: int) -> None:
    channel = x_channel(peer)
    channel.reply(peer.add("@NorthvaleNHS hello"), text, key="k")
    spent = channel.spent()
    assert (spent.calls, spent.micros) == (1, cost)


@pytest.mark.parametrize(
    ("effect", "cost"), [(loopback.cut_after_commit(), 10_000), (loopback.status(400, {"title": "no"}), 0)]
)
def test_what_may_have_been_posted_is_counted_and_what_was_refused_is_not(
    peer: XPeer, effect: Any, cost: int
) -> None:
    channel = x_channel(peer)
    target = peer.add("@NorthvaleNHS hello")
    peer.faults.add("POST /2/tweets", effect)
    error_of(lambda: channel.reply(target, "Thank you.", key="k"))
    assert channel.spent().micros == cost


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://northvale.example", True),
        ("HTTP://NORTHVALE.EXAMPLE", True),
        ("www.northvale", True),
        ("pals.northvale.example", True),
        ("Ring us on 01632 960 001.", False),
        ("Sorry.We will look", True),
        ("at 9.30 or 10.15 a.m.", False),
        ("", False),
    ],
)
def test_whatever_x_could_take_for_a_link_counts_as_one(text: str, link: bool) -> None:
    assert has_link(text) is link


def test_the_prices_say_whose_they_are() -> None:
    assert (PRICES.currency, PRICES.read, PRICES.reply, PRICES.reply_with_link) == (
        "USD",
        5000,
        10_000,
        200_000,
    )
    assert "22 August 2026" in PRICES.source
