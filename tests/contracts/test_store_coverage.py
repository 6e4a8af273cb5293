"""The ledger on both databases: what is asked of millions of polls, and incidents that stay what they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from casebook.actions import setting_up
from casebook.book import Casebook
from casebook.errors import GuardRefused
from casebook.model import Incident, IncidentKind, Mode, Poll, new_id
from casebook.store import coverage_reads
from casebook.store.base import SqlStore
from tests.support.books import HANDLE, furnish
from tests.support.stores import fetch, is_sqlite, run

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(any_store: SqlStore) -> tuple[Casebook, str]:
    """A casebook on each database, with a listener."""
    book = furnish(any_store, Mode.REHEARSAL)
    account = setting_up.ensure_account(book, "x", HANDLE)
    watch = setting_up.ensure_watch(book, "northvale", "x", account, {}, 60)
    with book.store.read() as work:
        listener = work.listeners.find(watch_id=watch.id)
    assert listener is not None
    return book, listener.id


def poll(listener_id: str, minute: int, **facts: object) -> Poll:
    at = START + minute * MINUTE
    usual: dict[str, object] = {"saw": 0, "new": 0, "complete": True, "outcome": "ok", "asked": {}}
    return Poll(id=new_id(), listener_id=listener_id, started_at=at, finished_at=at, **{**usual, **facts})  # type: ignore[arg-type]


def keep(book: Casebook, *polls: Poll) -> None:
    with book.store.write() as work:
        for one in polls:
            work.polls.add(one)
        work.commit()


def opened(listener_id: str, kind: IncidentKind, source: str = "") -> Incident:
    return Incident(
        id=new_id(), listener_id=listener_id, source=source, kind=kind, opened_at=START, from_at=START,
        to_at=None, says="A sentence.",
    )  # fmt: skip


def test_the_ledger_answers_alike_on_both_databases(kept: tuple[Casebook, str]) -> None:
    book, listener_id = kept
    keep(
        book,
        poll(listener_id, 0, new=1, source="mentions", walk="w1"),
        poll(listener_id, 5, new=2, source="feed", walk="w1"),
        poll(listener_id, 20, new=1, source="mentions", walk="w2"),
        poll(listener_id, 21, outcome="gone", complete=False, source="feed", walk="w2"),
        poll(listener_id, 40, source="mentions", walk="w3"),
    )
    with book.store.read() as work:
        ledger = work.ledger
        assert ledger.last_well(listener_id) == START + 40 * MINUTE
        assert ledger.last_well(listener_id, but_walk="w3") == START + 20 * MINUTE
        assert ledger.last_well(listener_id, source="feed") == START + 5 * MINUTE
        assert ledger.last_well(listener_id, source="feed", since=START + 6 * MINUTE) is None
        assert ledger.first_asked(listener_id) == START
        assert ledger.first_asked(listener_id, source="feed") == START + 5 * MINUTE
        assert ledger.last_new(listener_id) == START + 20 * MINUTE
        assert ledger.busy(listener_id, START) == [START, START + 15 * MINUTE]
        assert ledger.last_new("0" * 32) is None


def test_what_is_counted_and_from_when(kept: tuple[Casebook, str], monkeypatch: pytest.MonkeyPatch) -> None:
    book, listener_id = kept
    keep(
        book,
        poll(listener_id, 0, new=5, calls=9),
        poll(listener_id, 1, new=2, calls=1, micros=5_000, cap="800", gap="800", complete=False),
        poll(listener_id, 2, set_aside=3, calls=2, outcome="gone"),
    )
    [row] = book.queries.coverage(START + MINUTE)
    assert (row.polls, row.heard, row.incomplete, row.capped, row.set_aside) == (2, 2, 1, 1, 3)
    assert (row.calls, row.micros, row.last_gap, row.last_outcome) == (3, 5_000, "800", "gone")
    assert (row.last_new_at, row.counted_since) == (START + MINUTE, None)
    [row] = book.queries.coverage(START + timedelta(days=1))
    assert (row.polls, row.heard, row.last_gap) == (0, 0, "")
    monkeypatch.setattr(coverage_reads, "LOOKED_AT", 2)
    [row] = book.queries.coverage(START)
    assert (row.polls, row.counted_since) == (2, START + MINUTE)


def test_no_two_outages_of_one_kind_are_open_for_one_source(kept: tuple[Casebook, str]) -> None:
    book, listener_id = kept
    with book.store.write() as work:
        work.incidents.add(opened(listener_id, IncidentKind.NOT_HEARD))
        work.incidents.add(opened(listener_id, IncidentKind.NOT_HEARD, "feed"))
        work.incidents.add(opened(listener_id, IncidentKind.GAP))
        work.incidents.add(opened(listener_id, IncidentKind.GAP))
        work.commit()
    with pytest.raises(GuardRefused), book.store.write() as work:
        work.incidents.add(opened(listener_id, IncidentKind.NOT_HEARD))
    assert len(book.queries.incidents()) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incident SET from_at = 1",
        "UPDATE incident SET kind = 'cap'",
        "DELETE FROM incident",
        "UPDATE incident SET closed_at = 1",
        "UPDATE poll SET new = 9",
        "DELETE FROM poll",
    ],
)
def test_the_database_refuses_another_history(owned_store: SqlStore, statement: str) -> None:
    book = furnish(owned_store, Mode.REHEARSAL)
    account = setting_up.ensure_account(book, "x", HANDLE)
    setting_up.ensure_watch(book, "northvale", "x", account, {}, 60)
    with book.store.write() as work:
        [listener] = work.listeners.where()
        work.incidents.add(opened(listener.id, IncidentKind.GAP))
        work.polls.add(poll(listener.id, 0))
        work.commit()
    with pytest.raises(GuardRefused):
        run(owned_store, statement)


def test_polls_are_found_by_their_index(kept: tuple[Casebook, str]) -> None:
    book, listener_id = kept
    store = book.store
    assert isinstance(store, SqlStore)
    if not is_sqlite(store):
        pytest.skip("PostgreSQL reads so small a table whole, whatever indices it has")
    keep(book, *(poll(listener_id, n) for n in range(5)))
    for asked in ("started_at >= 1", "outcome = 'ok' ORDER BY started_at DESC LIMIT 1"):
        plan = fetch(
            store, f"EXPLAIN QUERY PLAN SELECT started_at FROM poll WHERE listener_id = :one AND {asked}",
            one=listener_id,
        )  # fmt: skip
        assert "ix_poll_listener_started" in str(plan)
