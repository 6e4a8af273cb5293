"""What every store promises: rows come back whole, nobody overwrites unseen, nothing half done stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, inspect

from casebook.actions.setting_up import ensure_account, ensure_watch
from casebook.audit import verify
from casebook.errors import GuardRefused, NewerDatabase, NotFound, NotUpToDate, Stale, StoreBusy
from casebook.model import Account, Mode, new_id
from casebook.store import migrate, tables
from casebook.store.base import HEAD, SqlStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import HANDLE, furnish, hear
from tests.support.clock import START
from tests.support.replies import begun
from tests.support.stores import fetch, run

HOSTILE = "a\x00b \ud800 \u202e ⟦name 1⟧ 'quoted'; DROP TABLE audit; 😀 نص"


def an_account(handle: str = HANDLE, channel: str = "practice") -> Account:
    return Account(id=new_id(), channel=channel, handle=handle, created_at=START)


def test_a_row_comes_back_as_it_went_in(any_store: SqlStore) -> None:
    with any_store.write() as work:
        kept = work.accounts.add(an_account())
        work.commit()
    with any_store.read() as work:
        assert work.accounts.get(kept.id) == kept
        assert work.accounts.find(handle=HANDLE) == kept
        assert work.accounts.where(channel="practice") == [kept]


def test_every_kind_of_row_comes_back_whole_from_a_worked_casebook(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    reply = begun(book)
    with any_store.read() as work:
        rows = (
            work.organisations, work.accounts, work.watches, work.listeners, work.polls, work.mentions,
            work.cases, work.events, work.drafts, work.approvals, work.outbox, work.attempts, work.policies,
            work.staff, work.sessions,
        )  # fmt: skip
        found = [table.where() for table in rows]
        mention = work.mentions.where()[0]
    assert all(found), "every table was written by some act"
    assert mention.heard_at == START
    assert mention.heard_at.tzinfo is not None
    assert isinstance(mention.findings, tuple)
    assert reply.attempt_id == found[11][0].id  # type: ignore[attr-defined]


def test_text_that_no_database_takes_is_kept_readable_and_never_stops_a_listener(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    mention = hear(book, HOSTILE)
    assert mention.text == "a\ufffdb \ufffd \u202e [name 1] 'quoted'; DROP TABLE audit; 😀 نص"
    hear(book, "a post after it")
    assert len(book.queries.case(mention.case_id, START).thread) == 1


def test_a_row_that_is_not_there_is_said_to_be_missing(any_store: SqlStore) -> None:
    with any_store.read() as work:
        assert work.accounts.find(handle="nobody") is None
        with pytest.raises(NotFound):
            work.accounts.get("nobody")


def test_a_row_that_somebody_changed_meanwhile_is_not_overwritten(any_store: SqlStore) -> None:
    with any_store.write() as work:
        first = work.accounts.add(an_account())
        work.commit()
    with any_store.write() as work:
        work.accounts.save(replace(first, handle="@NorthvaleCare"))
        work.commit()
    with any_store.write() as work, pytest.raises(Stale):
        work.accounts.save(replace(first, handle="@Overwritten"))
    with any_store.read() as work:
        assert work.accounts.get(first.id).handle == "@NorthvaleCare"


def test_nothing_is_kept_without_commit(any_store: SqlStore) -> None:
    with any_store.write() as work:
        work.accounts.add(an_account())
    with any_store.read() as work:
        assert work.accounts.where() == []


def test_an_error_in_the_middle_takes_everything_back(any_store: SqlStore) -> None:
    kept = an_account()
    with pytest.raises(GuardRefused), any_store.write() as work:  # noqa: PT012 - the transaction is the subject
        work.accounts.add(kept)
        work.audit(START, "sending.stopped", actor="monitor")
        work.accounts.add(replace(kept, handle="@Second"))
    with any_store.read() as work:
        assert work.accounts.where() == []
    assert list(any_store.audit_entries()) == []


def test_what_is_open_for_reading_cannot_write(any_store: SqlStore) -> None:
    with pytest.raises(Exception, match=r"casebook|database"), any_store.read() as work:
        work.accounts.add(an_account())
    with any_store.read() as work:
        assert work.accounts.where() == []


def test_a_reader_is_not_held_up_by_a_writer_and_sees_no_half_done_work(any_store: SqlStore) -> None:
    with any_store.write() as work:
        work.accounts.add(an_account())
        with any_store.read() as other:
            assert other.accounts.where() == []
        work.commit()
    with any_store.read() as other:
        assert len(other.accounts.where()) == 1


def test_every_act_makes_the_change_number_rise(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    before = any_store.changed()
    hear(book, "a post")
    assert any_store.changed() > before


def test_the_chain_of_a_worked_casebook_verifies(any_store: SqlStore) -> None:
    begun(furnish(any_store, Mode.REHEARSAL))
    verified = verify(any_store.audit_entries())
    assert verified.entries == any_store.changed() > 10


def test_accounts_and_watches_are_made_once(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    first = ensure_account(book, "practice", HANDLE)
    assert ensure_account(book, "practice", HANDLE) == first
    watch = ensure_watch(book, "northvale", "practice", first, {"terms": ["a"]}, 60)
    again = ensure_watch(book, "northvale", "practice", first, {"terms": ["b"]}, 30)
    assert (again.id, again.query) == (watch.id, {"terms": ["b"]})
    with any_store.read() as work:
        assert [row.interval_s for row in work.listeners.where(watch_id=watch.id)] == [30]


def test_the_migrations_make_the_declared_schema(any_store: SqlStore) -> None:
    with any_store.reading() as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == {*tables.metadata.tables, "alembic_version"}
        for table in tables.metadata.sorted_tables:
            columns = {
                c["name"]: (c["nullable"], c["default"] is not None) for c in found.get_columns(table.name)
            }
            declared = {c.name: (bool(c.nullable), c.server_default is not None) for c in table.columns}
            assert columns == declared, table.name


def test_the_migrations_make_the_declared_indices_keys_and_checks(
    any_store: SqlStore, request: pytest.FixtureRequest
) -> None:
    if isinstance(any_store, SqliteStore):
        plain = SqliteStore(any_store.path.with_name("declared.db"), bytes(32))
        plain.create()
        engine = plain.engine
    else:
        server = request.getfixturevalue("postgres_server")
        engine = server.owner_engine(server.empty_database())
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        declared = _said_of(inspect(connection))
    engine.dispose()
    with any_store.reading() as connection:
        made = _said_of(inspect(connection))
    assert made == declared
    assert {line.split(":")[0] for line in made} >= {
        "uq_outbox_one_alive",
        "uq_outbox_attempt_in_flight",
        "ck_approval_never_ones_own",
        "fk_approval_draft_id_author_id",
    }


def _said_of(found: Inspector) -> list[str]:
    lines = []
    for table in tables.metadata.tables:
        for index in found.get_indexes(table):
            where = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
            columns = f"{index['column_names']} {index.get('expressions')}"
            lines.append(f"{index['name']}: {columns} {index['unique']} {where}")
        lines += [f"{c['name']}: {c['sqltext']}" for c in found.get_check_constraints(table)]
        lines += [f"{c['name']}: {c['column_names']}" for c in found.get_unique_constraints(table)]
        lines += [
            f"{k['name']}: {k['constrained_columns']} {k['referred_table']}"
            for k in found.get_foreign_keys(table)
        ]
    return sorted(lines)


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_database_of_a_newer_program_is_refused(owned_store: SqlStore) -> None:
    owned_store.check_version()
    run(owned_store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase):
        owned_store.check_version()


def test_a_database_of_an_older_program_asks_for_an_upgrade(owned_store: SqlStore) -> None:
    run(owned_store, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(NotUpToDate):
        owned_store.check_version()


def test_error_sentences_carry_no_values(any_store: SqlStore) -> None:
    secret = "Mrs Larkham 01632 960 411"
    with any_store.write() as work:
        work.accounts.add(an_account(secret))
        work.commit()
    with pytest.raises(GuardRefused) as refused, any_store.write() as work:
        work.accounts.add(an_account(secret))
    told = f"{refused.value!r} {refused.value} {refused.value.__cause__}"
    assert "Larkham" not in told
    assert "960" not in told


def test_the_drivers_never_show_parameters(any_store: SqlStore) -> None:
    assert any_store.engine.hide_parameters
    with pytest.raises(Exception) as failed, any_store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1 FROM nowhere")
    assert failed.value.hide_parameters  # type: ignore[attr-defined]


def test_a_second_writer_who_waits_too_long_is_told_so(
    any_store: SqlStore, request: pytest.FixtureRequest
) -> None:
    if isinstance(any_store, SqliteStore):
        other: SqlStore = SqliteStore(any_store.path, any_store._key, busy_seconds=0.1)
    else:
        database = str(fetch(any_store, "SELECT current_database()")[0][0])
        other = request.getfixturevalue("postgres_server").store(database, lock_seconds=0.1)
    with any_store.write() as work:
        work.accounts.add(an_account())
        with pytest.raises(StoreBusy), other.write() as late:
            late.accounts.where()
    other.close()
