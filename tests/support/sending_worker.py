"""A separate sender at the same casebook, for tests of several: `python -m tests.support.sending_worker …`.

Arguments: where the casebook is (`sqlite:PATH` or a PostgreSQL URL) and the name that leases bear. It waits for one
line on its standard input, so that all begin together, sends until nothing is left, and prints how often it was told
to wait because another reply of the account was on its way.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casebook.actions.sending import begin, channels_waiting, ready, record_sent
from casebook.book import Casebook
from casebook.errors import AnotherOnItsWay, Stale
from casebook.store.base import SqlStore
from casebook.store.postgres import PostgresStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import DATABASE_KEY, open_book

LEASE = timedelta(minutes=5)
A_CALL = 0.02
"""Seconds that the network takes."""


def send_all(book: Casebook, owner: str) -> int:
    """Send every reply that waits; returns how often another one was on its way."""
    told_to_wait = 0
    while channels_waiting(book):
        for reply in ready(book, "practice"):
            try:
                begun = begin(book, reply, owner, LEASE)
            except AnotherOnItsWay:
                told_to_wait += 1
                continue
            except Stale:
                continue
            time.sleep(A_CALL)
            record_sent(
                book, begun.outbox_id, f"posted-{begun.outbox_id}", "https://northvale.example/1", "api"
            )
        time.sleep(0.002)
    return told_to_wait


def main() -> None:
    """Do what the arguments say."""
    where, owner = sys.argv[1:]
    store: SqlStore = (
        SqliteStore(Path(where.removeprefix("sqlite:")), DATABASE_KEY, busy_seconds=60)
        if where.startswith("sqlite:")
        else PostgresStore(where, lock_seconds=60)
    )
    book = open_book(store, lambda: datetime.now(UTC))
    print("ready", flush=True)
    sys.stdin.readline()
    print(send_all(book, owner), flush=True)
    store.close()


if __name__ == "__main__":
    main()
