"""A channel called carefully: within its budget, and counted whatever comes of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.actions.budgets import Budget, spent
from casebook.book import Casebook
from casebook.errors import StoreBusy
from casebook.spending import Ceiling, Spent, rests_until
from monitor.careful import LONGEST_REST, Careful
from monitor.channel import (
    ChannelError,
    CredentialsRefused,
    Gone,
    OverBudget,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels.practice import build
from monitor.spending import Spend
from tests.contracts.worlds import WATCH
from tests.support.books import clock_of
from tests.support.clock import Clock
from tests.support.counting import DEAR, NO_WAIT, READS, WORDS, Counting, careful, error_of

LINKED = "Please see https://northvale.example/pals"


# Within the budget


@pytest.mark.parametrize("read", READS)
def test_with_the_budget_spent_nothing_is_asked_and_the_error_says_until_when(
    book: Casebook, read: str
) -> None:
    network = Counting()
    channel = careful(book, network, Ceiling(10, None, 0.1))
    Budget(book, "counting").record(10, 0)
    error = error_of(lambda: READS[read](channel))
    assert isinstance(error, OverBudget)
    assert network.asked == []
    assert error.until == min(book.clock() + LONGEST_REST, datetime(2026, 11, 24, tzinfo=UTC))
    assert spent(book, "counting").calls_today == 10
    clock_of(book).now = datetime(2026, 11, 24, tzinfo=UTC)
    READS[read](channel)
    assert network.asked == [read]


def test_a_rest_ends_with_the_day_where_that_is_sooner(book: Casebook) -> None:
    clock_of(book).now = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    Budget(book, "counting").record(10, 0)
    error = error_of(lambda: careful(book, Counting(), Ceiling(10)).fetch(WATCH, {}))
    assert error.until == datetime(2026, 11, 24, tzinfo=UTC)


def test_listening_and_threads_leave_the_reserve_to_what_a_reply_needs(book: Casebook) -> None:
    network = Counting()
    channel = careful(book, network, Ceiling(10, None, 0.3))
    Budget(book, "counting").record(7, 0)
    for read in ("fetch", "thread"):
        assert isinstance(error_of(lambda read=read: READS[read](channel)), OverBudget)
    channel.look_up(["1"])
    channel.reply("1", WORDS, key="k")
    channel.find_reply("1", WORDS, key="k")
    assert network.asked == ["look_up", "reply", "find_reply"]
    assert isinstance(error_of(lambda: channel.reply("1", WORDS, key="k")), OverBudget)


def test_a_reply_goes_out_only_where_all_of_its_price_is_left(book: Casebook) -> None:
    network = Counting()
    channel = careful(book, network, Ceiling(None, 150_000, 0.1))
    assert isinstance(error_of(lambda: channel.reply("1", LINKED, key="k")), OverBudget)
    assert network.asked == []
    channel.reply("1", WORDS, key="k")
    assert network.asked == ["reply"]


def test_calls_that_are_under_way_count_before_their_answers_are_there(book: Casebook) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Counting):
        def fetch(self, watch: Watch, cursor: object) -> object:
            begun.set()
            assert go_on.wait(10)
            return super().fetch(watch, cursor)

    channel = careful(book, Slow(), Ceiling(2, None, 0.5))
    under_way = threading.Thread(target=lambda: channel.fetch(WATCH, {}))
    under_way.start()
    assert begun.wait(10)
    error = error_of(lambda: channel.thread("1"))
    go_on.set()
    under_way.join()
    assert isinstance(error, OverBudget)


@given(
    st.lists(
        st.tuples(st.sampled_from(["fetch", "reply"]), st.integers(1, 9), st.integers(0, 90_000)), max_size=40
    ),
    st.integers(1, 60),
    st.integers(0, 600_000),
)
def test_whatever_the_order_reads_pass_their_part_by_one_call_at_most(calls, a_day, a_month) -> None:
    ceiling, used = Ceiling(a_day, a_month, 0.2), [Spent()]

    class InMemory:
        def rests_until(self, *, reserve: bool, calls: int = 1, micros: int = 0) -> datetime | None:
            allowed = ceiling if reserve else ceiling.for_reads()
            return rests_until(allowed, used[0], Clock()(), calls=calls, micros=micros)

        def record(self, calls: int, micros: int) -> None:
            used[0] = used[0].plus(calls, micros)

    network = Counting()
    channel = Careful(network, InMemory(), Clock(), NO_WAIT)  # type: ignore[arg-type]
    for what, requests, price in calls:
        network.cost = Spend(requests, price) if what == "fetch" else Spend(1, DEAR.reply)
        before, asked = used[0], len(network.asked)
        try:
            READS["fetch"](channel) if what == "fetch" else channel.reply("1", WORDS, key="k")
        except OverBudget:
            assert len(network.asked) == asked
            assert used[0] == before
            continue
        most = ceiling.for_reads() if what == "fetch" else ceiling
        assert before.calls_today < most.calls_a_day
        assert before.micros_month <= most.micros_a_month
        if what == "reply":
            assert used[0].micros_month <= ceiling.micros_a_month


# Counted


@pytest.mark.parametrize("failure", [None, Gone("gone"), Throttled("wait"), CredentialsRefused("no")])
def test_every_call_is_counted_whatever_comes_of_it(book: Casebook, failure: ChannelError | None) -> None:
    answers = [] if failure is None else [failure]
    channel = careful(book, Counting(*answers, cost=Spend(3, 15_000)))
    if failure is None:
        assert channel.fetch(WATCH, {}).cost == Spend(3, 15_000)
    else:
        assert error_of(lambda: channel.fetch(WATCH, {})) is failure
    assert spent(book, "counting") == Spent(3, 15_000, 3, 15_000)
    assert channel.spent() == Spend(3, 15_000)
    assert channel.spent() == Spend()


def test_the_cost_of_a_page_is_that_of_all_its_tries(book: Casebook) -> None:
    channel = careful(book, Counting(Transient("reset"), cost=Spend(2, 7)))
    assert channel.fetch(WATCH, {}).cost == Spend(4, 14)
    assert spent(book, "counting").calls_today == 4


def test_what_could_not_be_recorded_fails_no_call_and_is_recorded_with_the_next(
    book: Casebook, caplog: pytest.LogCaptureFixture
) -> None:
    class Busy(Budget):
        busy = True

        def record(self, calls: int, micros: int) -> None:
            if Busy.busy:
                raise StoreBusy
            super().record(calls, micros)

    channel = Careful(Counting(), Busy(book, "counting", Ceiling(4, None, 0.5)), book.clock, NO_WAIT)  # type: ignore[arg-type]
    channel.reply("1", WORDS, key="k")
    channel.fetch(WATCH, {})
    assert spent(book, "counting") == Spent()
    assert isinstance(error_of(lambda: channel.fetch(WATCH, {})), OverBudget), "what is owed counts already"
    assert "StoreBusy" in caplog.text
    Busy.busy = False
    channel.reply("1", WORDS, key="k")
    assert spent(book, "counting").calls_today == 3


def test_where_the_budget_cannot_be_read_nothing_is_asked_and_no_outcome_is_unknown(book: Casebook) -> None:
    class Locked(Budget):
        def rests_until(self, *, reserve: bool, calls: int = 1, micros: int = 0) -> datetime | None:
            raise StoreBusy

    network = Counting()
    channel = Careful(network, Locked(book, "counting", Ceiling(4)), book.clock, NO_WAIT)  # type: ignore[arg-type]
    for call in (lambda: channel.reply("1", WORDS, key="k"), lambda: channel.fetch(WATCH, {})):
        error = error_of(call)
        assert isinstance(error, Throttled)
        assert error.until is not None
        assert error.until > book.clock()
        assert error.__context__ is None
    assert network.asked == []


class Uncounted(Counting):
    spent = None  # type: ignore[assignment]


class Nonsense(Counting):
    says: object = None

    def spent(self) -> object:  # type: ignore[override]
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.mark.parametrize(
    "says", [None, "much", Spend(-1, 0), Spend(1.5, 0), Spend(10**40, 0), Spend(True, 0), RuntimeError("x")]
)  # type: ignore[arg-type]
def test_a_plugin_that_does_not_count_or_counts_nonsense_is_counted_by_the_call(book: Casebook, says) -> None:
    network = Nonsense()
    network.says = says
    channel = careful(book, network)
    channel.fetch(WATCH, {})
    channel.reply("1", WORDS, key="k")
    assert spent(book, "counting") == Spent(2, 0, 2, 0)
    careful(book, Uncounted(), name="plugin").thread("1")
    assert spent(book, "plugin").calls_today == 1


def test_the_practice_network_takes_nothing_and_costs_nothing(book: Casebook) -> None:
    inner = build(book.clock, visible_at_once=True)
    channel = careful(book, inner, Ceiling(None, 0), "practice")
    page = channel.fetch(WATCH, {})
    assert page.posts
    assert page.cost == Spend()
    assert spent(book, "practice") == Spent()
    assert channel.network is inner.network, "what a channel offers beyond the protocol is reached"
    assert channel.capabilities == inner.capabilities
    assert channel.restart(WATCH, page.cursor) == {}
    with pytest.raises(AttributeError):
        channel._account  # noqa: B018
