"""A read whose answer got lost is asked again; a write is one call; and all of it through a real client library."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from casebook.actions.budgets import Budget, spent
from casebook.book import Casebook
from casebook.model import OutboxState
from casebook.spending import Ceiling, NetworkFacts
from monitor.careful import LONGEST_REST
from monitor.channel import (
    Capabilities,
    ChannelError,
    CredentialsRefused,
    Gone,
    OutcomeUnknown,
    OverBudget,
    Page,
    Throttled,
    Transient,
    Trouble,
)
from monitor.channels.practice import build
from monitor.intake import Intake
from monitor.networks import described
from monitor.outbox import Sender
from monitor.schedule import Listening
from monitor.spending import Prices, Spend
from tests.contracts.worlds import WATCH, WORLDS, answerable, hear
from tests.support.books import clock_of, scripted, take_listener
from tests.support.counting import READS, WORDS, Counting, careful, error_of
from tests.support.practice import approved_reply, mention_of, post, practice

# Tried again


@pytest.mark.parametrize("read", READS)
def test_a_read_whose_answer_got_lost_is_asked_again_twice_at_most(book: Casebook, read: str) -> None:
    lost = [Transient("one"), Transient("two"), Transient("three")]
    network = Counting(*lost[:2])
    READS[read](careful(book, network))
    assert network.asked == [read] * 3
    network = Counting(*lost)
    error = error_of(lambda: READS[read](careful(book, network)))
    assert network.asked == [read] * 3
    assert error is lost[2]
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize(
    "error", [Throttled("wait"), Gone("gone"), CredentialsRefused("no"), RuntimeError("odd")]
)
def test_what_another_try_would_not_mend_is_asked_once(book: Casebook, error: Exception) -> None:
    network = Counting(error)
    with pytest.raises(type(error)) as caught:
        careful(book, network).fetch(WATCH, {})
    assert network.asked == ["fetch"]
    assert caught.value.__context__ is None


@pytest.mark.parametrize("error", [Transient("reset"), OutcomeUnknown("cut"), Throttled("never sent")])
def test_a_write_is_one_call_whatever_comes_of_it(book: Casebook, error: ChannelError) -> None:
    network = Counting(error)
    assert error_of(lambda: careful(book, network).reply("1", WORDS, key="k")) is error
    assert network.asked == ["reply"]
    assert error.__context__ is None


def test_another_try_is_a_call_of_its_own_and_needs_its_own_budget(book: Casebook) -> None:
    network = Counting(Transient("reset"), Transient("reset"), Transient("reset"))
    error = error_of(lambda: careful(book, network, Ceiling(2, None, 0.0)).fetch(WATCH, {}))
    assert isinstance(error, OverBudget)
    assert error.__context__ is None
    assert network.asked == ["fetch", "fetch"]


def test_a_source_that_failed_in_passing_is_asked_again_before_the_walk_goes_on(book: Casebook) -> None:
    missed = Page((), {"of": {}}, True, {}, trouble=Trouble("feed 2", Transient("reset")))
    network = Counting(missed)
    assert careful(book, network).fetch(WATCH, {}).trouble is None
    assert len(network.asked) == 2
    network = Counting(*[replace(missed) for _ in range(3)])
    page = careful(book, network).fetch(WATCH, {})
    assert page.trouble is not None
    assert page.cost == Spend(3, 0)
    gone = replace(missed, trouble=Trouble("feed 2", Gone("gone")))
    network = Counting(gone)
    assert careful(book, network).fetch(WATCH, {}).trouble is not None
    assert len(network.asked) == 1


def test_nothing_of_a_try_reaches_a_log(book: Casebook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    network = Counting(Transient("reset"))
    channel = careful(book, network)
    channel.find_reply("SECRET-post", "SECRET words", key="SECRET-key")
    assert "SECRET" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("stamina")]


# Through a real client library


@pytest.fixture
def dear_world(tmp_path: Path) -> Iterator[object]:
    with ExitStack() as stack:
        yield WORLDS["x"](stack, tmp_path)


def test_a_network_over_http_is_counted_by_the_request_and_left_alone_when_the_budget_is_spent(
    book: Casebook, dear_world
) -> None:
    channel = careful(book, dear_world.channel(), Ceiling(1_000, None, 0.1), "x")
    posts, cursor = hear(channel, {})
    assert set(dear_world.live()) <= {post.external_id for post in posts}
    asked = spent(book, "x").calls_today
    assert asked >= 1
    Budget(book, "x").record(1_000 - asked, 0)
    writes = dear_world.writes_asked()
    for call in (
        lambda: channel.fetch(WATCH, cursor),
        lambda: channel.reply(posts[0].external_id, WORDS, key="k"),
    ):
        assert isinstance(error_of(call), OverBudget)
    assert dear_world.writes_asked() == writes
    assert dear_world.replies() == []
    assert spent(book, "x").calls_today == 1_000


def test_a_reply_over_http_whose_answer_is_cut_is_one_request_and_is_counted(
    book: Casebook, dear_world
) -> None:
    channel = careful(book, dear_world.channel(), name="x")
    target = answerable(hear(channel, {})[0]).external_id
    before = spent(book, "x").calls_today
    dear_world.spoil_write(channel, "cut")
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k1")), OutcomeUnknown)
    assert dear_world.writes_asked() == 1
    assert spent(book, "x").calls_today == before + 1


# Listening over it


def test_a_listener_over_budget_rests_and_hears_again_when_the_budget_begins_anew(book: Casebook) -> None:
    lease = take_listener(book)
    with book.store.read() as work:
        watch = work.listeners.get(lease.listener_id).watch_id
    assert watch
    inner = build(book.clock, visible_at_once=True)
    Budget(book, "practice").record(5, 0)
    channel = careful(book, inner, Ceiling(5), "practice")
    listening = Listening(book, {"practice": channel}, Intake(book, scripted(book)), "monitor-1")
    clock_of(book).advance(minutes=30)
    assert listening.poll(lease.listener_id) == 0
    row = book.queries.coverage(book.clock() - timedelta(days=1))[0]
    assert row.stopped_why == "", "it rests, and no person need start it again"
    assert book.clock() < row.next_due_at <= book.clock() + LONGEST_REST
    clock_of(book).advance(days=1)
    assert listening.poll(lease.listener_id) > 0


def test_an_approved_reply_waits_while_the_budget_is_spent_and_leaves_once_when_it_begins_anew(
    book: Casebook,
) -> None:
    monitor, inner = practice(book, post(1, "The new waiting room at Northvale General looks bright."))
    monitor.once()
    approved_reply(book, mention_of(book, "p1"))
    Budget(book, "practice").record(5, 0)
    sender = Sender(book, {"practice": careful(book, inner, Ceiling(5), "practice")}, "monitor-1")
    assert sender.run_once() == 0
    with book.store.read() as work:
        waiting = work.outbox.where()[0]
        assert work.attempts.where() == [], "nothing was begun"
    assert (waiting.state, waiting.why) == (OutboxState.QUEUED, "over_budget")
    assert waiting.not_before <= book.clock() + LONGEST_REST
    clock_of(book).advance(days=1)
    assert sender.run_once() == 1
    assert sender.run_once() == 0
    with book.store.read() as work:
        assert work.outbox.where()[0].state is OutboxState.SENT


# What networks say of themselves


def test_a_plugin_that_cannot_say_what_it_is_leaves_the_others_described(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        @property
        def capabilities(self) -> Capabilities:
            raise RuntimeError("SECRET")

    class Odd(Counting):
        def __init__(self) -> None:
            super().__init__(prices=Prices("USD", "five", None, float("inf"), 3))  # type: ignore[arg-type]

    found = list(
        described({"broken": Broken(), "odd": Odd(), "counting": Counting()}, {"counting": Ceiling(5)})  # type: ignore[dict-item]
    )
    assert [one.channel for one in found] == ["odd", "counting"]
    assert (found[0].tariff.read, found[0].tariff.reply_with_link) == (0, 0)
    assert found[1].ceiling == Ceiling(5)
    assert found[1].tariff.reply_with_link == 200_000
    assert isinstance(found[1], NetworkFacts)
    assert "SECRET" not in caplog.text
