"""PostgreSQL with owner and application apart: what the application's role can never do, guards or no guards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from casebook.errors import GuardRefused
from casebook.model import Mode
from casebook.store import tables
from casebook.store.base import SqlStore
from tests.support.books import furnish
from tests.support.replies import begun
from tests.support.stores import run

if TYPE_CHECKING:
    from tests.support.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def store(postgres_server: Server) -> Iterator[SqlStore]:
    """A worked casebook, as the application's role opens it."""
    opened = postgres_server.store(postgres_server.fresh_database())
    begun(furnish(opened, Mode.REHEARSAL))
    yield opened
    opened.close()


@pytest.mark.parametrize("table", sorted(tables.metadata.tables))
def test_the_application_cannot_delete_or_empty_anything(store: SqlStore, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"DROP TABLE {table} CASCADE"):
        with pytest.raises(GuardRefused):
            run(store, statement)


@pytest.mark.parametrize("table", ["audit", "approval", "policy_version", "case_event", "poll"])
def test_the_application_can_only_add_to_what_is_append_only(store: SqlStore, table: str) -> None:
    column = tables.metadata.tables[table].columns.keys()[1]
    with pytest.raises(GuardRefused):
        run(store, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "ALTER TABLE audit DISABLE TRIGGER audit_no_update",
        "DROP TRIGGER audit_no_update ON audit",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION audit_no_update() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NEW; END'",
        "DROP FUNCTION audit_no_update() CASCADE",
        "CREATE TABLE public.planted (n int)",
        "CREATE FUNCTION public.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = '0000'",
        "ALTER TABLE audit OWNER TO desk_application",
        "GRANT DELETE ON audit TO desk_application",
        "SET ROLE desk_owner",
    ],
)
def test_the_application_cannot_lift_a_guard(store: SqlStore, statement: str) -> None:
    with suppress(GuardRefused):
        run(store, statement)
    assert store.guards_missing() == []
    with pytest.raises(GuardRefused):
        run(store, "UPDATE audit SET actor = 'x'")
    with pytest.raises(GuardRefused):
        run(store, "DELETE FROM audit")


def test_a_temporary_table_does_not_stand_in_for_the_one_a_guard_looks_at(store: SqlStore) -> None:
    """The approval guard counts the real approvals, whatever the application calls its own scratch tables."""
    with pytest.raises(GuardRefused, match="one after the other"), store.write() as work:  # noqa: PT012
        connection = work._connection  # type: ignore[attr-defined]
        connection.exec_driver_sql("CREATE TEMP TABLE audit (seq bigint, hash text)")
        connection.exec_driver_sql(
            "INSERT INTO public.audit (seq, at, entry, prev_hash, hash) "
            f"VALUES (1, 0, ''::bytea, '{'0' * 64}', 'x')"
        )
