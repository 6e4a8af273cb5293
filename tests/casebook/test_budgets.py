"""Budgets: counted by day and month, hard where the cost is known, passed by no more than one call where it is not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.actions.budgets import Budget, record_spend, spent
from casebook.actions.networks import note_networks
from casebook.book import Casebook
from casebook.errors import Stale
from casebook.model import Network, new_id
from casebook.spending import (
    NOTHING_SPENT,
    UNLIMITED,
    Ceiling,
    NetworkFacts,
    Spent,
    Tariff,
    as_facts,
    from_facts,
    left_of,
    money,
    next_day,
    next_month,
    rests_until,
    share_used,
    warning_of_cost,
)
from casebook.store.base import SqlStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import DATABASE_KEY, clock_of, open_book

NOON = datetime(2026, 12, 31, 12, 0, tzinfo=UTC)
X = NetworkFacts(
    channel="x",
    title="X",
    can_reply=True,
    read_back_lag=60.0,
    longest_reply=280,
    account="NorthvaleNHS",
    tariff=Tariff("USD", 5_000, 10_000, 200_000, "its price list, 2026-08-22"),
    ceiling=Ceiling(1_000, 50_000_000, 0.1),
)
LINK = "Please see https://northvale.example/pals"
PLAIN = "Thank you for telling us."


# Ceilings


def test_reads_leave_the_reserve_and_replies_may_use_it() -> None:
    ceiling, used = Ceiling(10, None, 0.3), Spent(calls_today=7)
    assert rests_until(ceiling.for_reads(), used, NOON) == next_day(NOON)
    assert rests_until(ceiling, used, NOON) is None
    assert rests_until(ceiling, Spent(calls_today=10), NOON) == next_day(NOON)


def test_the_month_lasts_longer_than_the_day_and_both_are_of_utc() -> None:
    ceiling = Ceiling(10, 1_000, 0.0)
    both = Spent(calls_today=10, micros_month=1_001)
    in_utc_it_is_already_new_year = datetime(2026, 12, 31, 22, 0, tzinfo=UTC).astimezone()
    assert rests_until(ceiling, both, NOON) == datetime(2027, 1, 1, tzinfo=UTC)
    assert next_month(datetime(2028, 1, 31, 23, 59, tzinfo=UTC)) == datetime(2028, 2, 1, tzinfo=UTC)
    assert next_month(in_utc_it_is_already_new_year) == datetime(2027, 1, 1, tzinfo=UTC)
    assert rests_until(ceiling, Spent(calls_today=3, micros_month=1_001), NOON) == next_month(NOON)
    on_the_tenth = NOON.replace(month=11, day=10)
    assert rests_until(ceiling, both, on_the_tenth) == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_ceiling_is_never_passed_by_what_is_known_beforehand() -> None:
    ceiling = Ceiling(None, 250_000, 0.0)
    assert rests_until(ceiling, Spent(micros_month=50_000), NOON, micros=200_000) is None
    assert rests_until(ceiling, Spent(micros_month=50_001), NOON, micros=200_000) == next_month(NOON)


def test_a_budget_of_no_money_stops_what_is_charged_and_nothing_else() -> None:
    nothing = Ceiling(None, 0)
    assert rests_until(nothing, NOTHING_SPENT, NOON, micros=5_000) is not None
    assert rests_until(nothing, NOTHING_SPENT, NOON, micros=0) is None


@pytest.mark.parametrize(
    ("calls", "reserve", "reads"),
    [(1, 0.1, 1), (2, 0.1, 1), (10, 0.1, 9), (10, 0.3, 7), (100, 0.9, 10), (7, 0.0, 7)],
)
def test_the_reserve_is_rounded_up_and_one_read_a_day_is_always_allowed(calls, reserve, reads) -> None:
    assert Ceiling(calls, None, reserve).for_reads().calls_a_day == reads


def test_what_is_left_and_the_share_used_are_told() -> None:
    ceiling = Ceiling(100, 1_000_000)
    assert left_of(ceiling, Spent(calls_today=30, micros_month=2_000_000)).calls == 70
    assert left_of(ceiling, Spent(calls_today=30, micros_month=2_000_000)).micros == 0
    assert share_used(ceiling, Spent(calls_today=30, micros_month=850_000)) == pytest.approx(0.85)
    assert share_used(UNLIMITED, Spent(calls_today=10**9)) == 0.0
    assert share_used(Ceiling(None, 0), NOTHING_SPENT) == 1.0


# Whatever order reads and replies come in, costs being known only afterwards for reads.
CALLS = st.tuples(st.booleans(), st.integers(1, 40), st.integers(0, 500_000))


@given(
    st.lists(CALLS, max_size=80),
    st.integers(1, 300),
    st.integers(0, 5_000_000),
    st.sampled_from((0.0, 0.1, 0.3, 0.9)),
)
def test_reads_pass_their_part_by_less_than_one_calls_cost_and_replies_never_pass_the_ceiling(
    calls, a_day, a_month, reserve
) -> None:
    ceiling = Ceiling(a_day, a_month, reserve)
    reads = ceiling.for_reads()
    used = NOTHING_SPENT
    for is_read, requests, price in calls:
        if is_read:
            if rests_until(reads, used, NOON) is not None:
                assert used.calls_today >= reads.calls_a_day or used.micros_month > reads.micros_a_month
                continue
            before, used = used, used.plus(requests, price)
            assert before.calls_today < reads.calls_a_day
            assert used.calls_today - reads.calls_a_day < requests
            assert used.micros_month - reads.micros_a_month <= price
        elif rests_until(ceiling, used, NOON, micros=price) is None:
            used = used.plus(1, price)
            assert used.calls_today <= ceiling.calls_a_day
            assert used.micros_month <= ceiling.micros_a_month


# Counting


def test_spending_is_added_up_by_channel_day_and_month(book: Casebook) -> None:
    clock = clock_of(book)
    clock.now = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)
    record_spend(book, "x", 3, 15_000)
    record_spend(book, "reddit", 1, 0)
    clock.now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    record_spend(book, "x", 2, 10_000)
    clock.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert spent(book, "x") == Spent(3, 15_000, 5, 25_000)
    assert spent(book, "reddit") == Spent(1, 0, 1, 0)
    assert spent(book, "mastodon") == NOTHING_SPENT
    clock.advance(minutes=1)
    assert spent(book, "x") == NOTHING_SPENT, "a new day, and here a new month"


def test_a_day_written_by_a_clock_that_was_wrong_counts_in_its_own_month_alone(book: Casebook) -> None:
    clock = clock_of(book)
    now = clock.now
    clock.now = now + timedelta(days=400)
    record_spend(book, "x", 500, 1)
    clock.now = now
    assert spent(book, "x") == NOTHING_SPENT


def test_nothing_is_written_where_nothing_was_asked(book: Casebook) -> None:
    record_spend(book, "practice", 0, 0)
    with book.store.read() as work:
        assert work.spends.where() == []


def test_no_sum_is_larger_than_the_record_can_hold(any_store: SqlStore) -> None:
    book = open_book(any_store)
    for _ in range(2):
        record_spend(book, "x", 10**15, 10**19)
    assert spent(book, "x").calls_today == 2_000_000_000
    assert spent(book, "x").micros_month == 9 * 10**18


def test_two_programs_that_count_at_the_same_time_lose_nothing(any_store: SqlStore, tmp_path: Path) -> None:
    def at_work() -> None:
        book = open_book(any_store)
        for _ in range(10):
            record_spend(book, "x", 1, 5)

    other = None
    if isinstance(any_store, SqliteStore):  # a connection pool of its own, as another program would have
        other = SqliteStore(any_store.path, DATABASE_KEY, busy_seconds=30)
    threads = [threading.Thread(target=at_work) for _ in range(2)]
    if other is not None:
        threads.append(
            threading.Thread(target=lambda: [record_spend(open_book(other), "x", 1, 5) for _ in range(10)])
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = 10 * len(threads)
    assert spent(open_book(any_store), "x") == Spent(total, total * 5, total, total * 5)
    if other is not None:
        other.close()


def test_a_row_that_somebody_else_wrote_meanwhile_is_read_again(book: Casebook, monkeypatch) -> None:
    from casebook.actions import budgets

    add, times = budgets._add, []

    def overtaken(*given) -> None:
        times.append(1)
        if len(times) < 3:
            raise Stale
        add(*given)

    monkeypatch.setattr(budgets, "_add", overtaken)
    record_spend(book, "x", 1, 0)
    assert spent(book, "x").calls_today == 1
    monkeypatch.setattr(budgets, "_add", lambda *_: (_ for _ in ()).throw(Stale()))
    with pytest.raises(Stale):
        record_spend(book, "x", 1, 0)


def test_a_budget_looks_at_the_record_and_at_what_is_still_to_be_recorded(book: Casebook) -> None:
    budget = Budget(book, "x", Ceiling(10, None, 0.2))
    budget.record(7, 0)
    assert budget.rests_until(reserve=False) is None
    assert budget.rests_until(reserve=False, calls=2) == next_day(book.clock())
    budget.record(1, 0)
    assert budget.rests_until(reserve=False) == next_day(book.clock())
    assert budget.rests_until(reserve=True) is None
    clock_of(book).advance(days=1)
    assert budget.rests_until(reserve=False) is None
    assert Budget(book, "reddit").rests_until(reserve=False, calls=10**6) is None


# What networks say of themselves


def test_what_a_network_says_is_kept_and_written_again_only_when_it_changes(any_store: SqlStore) -> None:
    book = open_book(any_store)
    endless = NetworkFacts(channel="bluesky", title="Bluesky", resend_within=float("inf"), looks_up=False)
    assert note_networks(book, [X, endless]) == 2
    assert note_networks(book, [X, endless]) == 0
    assert book.queries.networks() == {"bluesky": endless, "x": X}
    changed = NetworkFacts(channel="x", title="X", can_reply=False)
    assert note_networks(book, [changed]) == 1
    assert book.queries.networks() == {"bluesky": endless, "x": changed}


def test_facts_that_another_program_wrote_or_spoilt_are_read_all_the_same(book: Casebook) -> None:
    for number, facts in enumerate(
        (
            {},
            {"title": 7, "prices": "free", "ceiling": []},
            {"prices": {"reply": "much"}, "resend_within": "long"},
        )
    ):
        with book.store.write() as work:
            work.networks.add(Network(id=new_id(), channel=f"n{number}", facts=facts, at=book.clock()))
            work.commit()
    found = book.queries.networks()
    assert found["n0"].title == "n0"
    assert found["n1"].tariff == Tariff()
    assert found["n2"].resend_within == 0.0
    assert all(warning_of_cost(one, LINK) == "" for one in found.values())


def test_facts_come_back_as_they_went() -> None:
    assert from_facts("x", as_facts(X)) == X


# The warning before a dear reply


def test_a_reply_with_a_link_is_warned_of_where_the_network_charges_for_it() -> None:
    assert warning_of_cost(X, LINK) == (
        "A reply with a link costs about $0.20 on X, without one about $0.01."
    )
    assert warning_of_cost(X, "Look at northvale.example/pals for it.")
    assert warning_of_cost(X, PLAIN) == ""
    assert warning_of_cost(X, "Write to pals@northvale.example please.") == ""
    assert warning_of_cost(NetworkFacts(channel="reddit", title="Reddit"), LINK) == ""
    assert warning_of_cost(None, LINK) == ""


@pytest.mark.parametrize(
    ("micros", "currency", "words"),
    [
        (200_000, "USD", "$0.20"),
        (10_000, "usd", "$0.01"),
        (5_000, "USD", "$0.005"),
        (1_234_500_000, "GBP", "£1,234.50"),
        (0, "EUR", "€0.00"),
        (1_500_000, "CHF", "1.50 CHF"),
        (1_000_000, "", "1.00"),
        (-1_500_000, "USD", "-$1.50"),
    ],
)
def test_money_is_told_in_words_that_people_use(micros, currency, words) -> None:
    assert money(micros, currency) == words
