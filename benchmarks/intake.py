"""How many posts a second a listener commits, beside the bare inserts of as many rows in one transaction a page."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.figures import Figure, best
from tests.support.books import hear, page_of, read_post, rehearsal_book, take_listener

POSTS, PAGE = 1000, 100


def measure() -> list[Figure]:
    """Pages of a hundred posts, read beforehand, committed with cursor, cases, audit and poll."""
    from casebook.actions import hearing

    with tempfile.TemporaryDirectory() as folder:
        book = rehearsal_book(Path(folder))
        posts = [read_post(book, f"waited {n} hours at the desk") for n in range(POSTS)]
        pages = [posts[at : at + PAGE] for at in range(0, POSTS, PAGE)]

        def commit() -> None:
            for page in pages:
                hearing.record_page(book, take_listener(book), page_of(book, page))

        ours = best(commit, 1)
        hear(book, "one more")
        bare = best(lambda: _bare(book), 1)
        book.store.close()
    return [
        Figure("commit heard posts", POSTS / ours, POSTS / bare, "posts/s", "bare rows, same transactions")
    ]


def _bare(book) -> None:
    engine = book.store.engine
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE bare (a TEXT, b BLOB, c TEXT, d INTEGER)")
        connection.commit()
    for _ in range(POSTS // PAGE):
        with engine.connect() as connection:
            for n in range(PAGE):
                connection.exec_driver_sql(
                    "INSERT INTO bare VALUES (?, ?, ?, ?)", ("x" * 64, b"y" * 400, "z" * 200, n)
                )
            connection.commit()
