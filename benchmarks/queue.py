"""How long the first page of the queue and its counts take with many cases, beside the bare query."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.figures import Figure, best
from casebook.queries import QueueFilter
from tests.support.books import page_of, read_post, rehearsal_book, take_listener

CASES, PAGE = 10_000, 200
_BARE = (
    "SELECT id FROM case_file WHERE status IN ('new', 'open', 'waiting', 'approved') "
    "ORDER BY severity DESC, due_at, number LIMIT 200"
)


def measure() -> list[Figure]:
    """A casebook of ten thousand open cases."""
    from casebook.actions import hearing

    with tempfile.TemporaryDirectory() as folder:
        book = rehearsal_book(Path(folder))
        for at in range(0, CASES, PAGE):
            page = [read_post(book, f"waited {at + n} hours", severity=(at + n) % 6) for n in range(PAGE)]
            hearing.record_page(book, take_listener(book), page_of(book, page))
        now = book.clock()
        listed = best(lambda: book.queries.queue(QueueFilter(limit=200), now))
        counted = best(lambda: book.queries.counts("", now))

        def bare() -> None:
            with book.store.reading() as connection:
                connection.exec_driver_sql(_BARE).fetchall()

        plain = best(bare)
        book.store.close()
    name = f"{CASES:,} cases"
    return [
        Figure(f"first 200 rows of the queue, {name}", listed * 1000, plain * 1000, "ms", "the bare query"),
        Figure(f"counts of every view, {name}", counted * 1000, plain * 1000, "ms", "the bare query"),
    ]
