"""PostgreSQL through psycopg 3: the same tables and guards, with owner and application roles apart.

The owner makes and upgrades the schema. The application's role may select, insert and update, never delete,
and of the audit and of decisions it may only add: `grant` says exactly that. Writers take one advisory lock a
transaction, so that the chain and case numbers have one writer at a time, as on SQLite.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from casebook.store import tables
from casebook.store.base import SqlStore, translated

_LOCK = 0x766F6963
"""The advisory lock of writers ("voic")."""

_APPEND_ONLY = ("audit", "approval", "policy_version", "case_event", "poll")


class PostgresStore(SqlStore):
    """A casebook in a PostgreSQL database."""

    def __init__(self, url: str, *, lock_seconds: float = 10.0) -> None:
        """Prepare the engines; nothing is opened yet. `url` is a SQLAlchemy URL for psycopg 3."""
        super().__init__(_engine(url, lock_seconds, writer=True), _engine(url, lock_seconds, writer=False))


def _engine(url: str, lock_seconds: float, *, writer: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=4)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if writer:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(lock_seconds * 1000)}ms'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    return engine


def grant(owner_engine: Engine, role: str) -> None:
    """Give the application's role what it needs and no more. Run as the owner, after each upgrade."""
    quoted = '"' + role.replace('"', '""') + '"'
    with translated(), owner_engine.connect() as connection:
        run: Any = connection.exec_driver_sql
        run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}")
        run(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        run(f"GRANT SELECT ON alembic_version TO {quoted}")
        for table in tables.metadata.sorted_tables:
            rights = "SELECT, INSERT" if table.name in _APPEND_ONLY else "SELECT, INSERT, UPDATE"
            run(f"GRANT {rights} ON {table.name} TO {quoted}")
        # What is hidden in an event's words may change with a correction; nothing else of it may.
        run(f"GRANT UPDATE (text) ON {tables.event.name} TO {quoted}")
        connection.commit()
