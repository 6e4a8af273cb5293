"""Raw SQL against a store, as another program would send it: what the database refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from casebook.store.base import SqlStore, translated
from tests.support.books import empty_store


def open_either(
    request: pytest.FixtureRequest,
    folder: Path,
    *,
    as_owner: bool,
    prepare: Callable[[SqlStore], None] = lambda _store: None,
) -> Iterator[SqlStore]:
    """The body of a fixture over both stores: an empty migrated one of the kind that `request.param` names."""
    if request.param == "sqlite":
        store: SqlStore = empty_store(folder)
    else:
        server = request.getfixturevalue("postgres_server")
        store = server.store(server.fresh_database(), as_owner=as_owner)
    prepare(store)
    yield store
    store.close()


def run(store: SqlStore, statement: str, **values: Any) -> int:
    """Run one statement in its own write transaction; returns how many rows it touched."""
    with translated(), store.engine.connect() as connection:
        done = connection.execute(text(statement), values)
        connection.commit()
        return int(done.rowcount)


def fetch(store: SqlStore, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with translated(), store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def is_sqlite(store: SqlStore) -> bool:
    """Whether this is the SQLite store."""
    return store.engine.dialect.name == "sqlite"
