"""Corrections on both stores: what the database itself refuses, and a casebook of the first schema brought up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select

from casebook.actions.correcting import missed, undo
from casebook.actions.noting import note
from casebook.corrections import corrections_in
from casebook.errors import GuardRefused
from casebook.model import CorrectionKind, Mode, new_id
from casebook.store import migrate, tables
from casebook.store.base import HEAD, SqlStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import DATABASE_KEY, actor, furnish, hear, open_book, rehearsal_book
from tests.support.stores import is_sqlite, run


def test_a_correction_and_its_taking_back_are_kept_and_hold(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    post = hear(book, "Kit Sorrel waited")
    person = actor(book, "responder")
    note(book, person, post.case_id, "Kit Sorrel rang")
    missed(book, person, post.case_id, post.id, "Kit Sorrel", "PERSON")
    assert corrections_in(book, post.case_id).missed == {"Kit Sorrel": "PERSON"}
    with any_store.read() as work:
        assert work.mentions.get(post.id).text == "⟦name 1⟧ waited"
        assert "Sorrel" not in "".join(event.text for event in work.events.where())
        (row,) = work.corrections.where()
    assert b"Sorrel" not in (row.sealed or b"")
    undo(book, person, post.case_id)
    assert corrections_in(book, post.case_id).missed == {}
    with any_store.read() as work:
        assert work.mentions.get(post.id).text == "Kit Sorrel waited"
        assert {one.kind for one in work.corrections.where()} == {
            CorrectionKind.MISSED,
            CorrectionKind.TAKEN_BACK,
        }


@pytest.fixture
def corrected_store(owned_store: SqlStore) -> SqlStore:
    """A casebook with a correction that was taken back and one that holds."""
    book = furnish(owned_store, Mode.REHEARSAL)
    post = hear(book, "Kit Sorrel waited at Harrowby")
    person = actor(book, "responder")
    missed(book, person, post.case_id, post.id, "Kit Sorrel", "PERSON")
    undo(book, person, post.case_id)
    missed(book, person, post.case_id, post.id, "Harrowby", "LOCATION")
    return owned_store


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM correction", "cannot be deleted"),
        ("UPDATE correction SET entity = 'URL'", "cannot be changed"),
        ("UPDATE correction SET staff_id = (SELECT min(id) FROM staff), sealed = NULL", "cannot be changed"),
        ("UPDATE correction SET at = 0, sealed = NULL", "cannot be changed"),
        ("UPDATE case_event SET kind = 'nothing'", "only what is hidden"),
        ("UPDATE case_event SET facts = '{}'", "only what is hidden"),
    ],
)
def test_corrections_and_events_cannot_be_rewritten(
    corrected_store: SqlStore, statement: str, says: str
) -> None:
    with pytest.raises(GuardRefused, match=says):
        run(corrected_store, statement)


def test_the_words_of_a_correction_can_be_erased_and_nothing_breaks(corrected_store: SqlStore) -> None:
    assert run(corrected_store, "UPDATE correction SET sealed = NULL") == 3
    book = open_book(corrected_store)
    with corrected_store.read() as work:
        case_id = work.corrections.where()[0].case_id
    assert corrections_in(book, case_id).missed == {}


def test_a_correction_is_taken_back_once_and_only_in_its_own_case(corrected_store: SqlStore) -> None:
    with corrected_store.read() as work:
        back = next(row for row in work.corrections.where() if row.undoes)
        holds = next(row for row in work.corrections.where() if not row.undoes and row.id != back.undoes)
    wrong = (
        (replace(back, id=new_id()), "taken back twice"),
        (replace(back, id=new_id(), undoes=new_id()), "of the same case"),
        (replace(back, id=new_id(), undoes=back.id), "of the same case"),
        (replace(holds, entity="URL"), "cannot be replaced"),
    )
    for row, says in wrong:
        with pytest.raises(GuardRefused, match=says), corrected_store.write() as work:
            work.corrections.add(row)


def test_corrections_cannot_be_emptied_at_one_stroke(corrected_store: SqlStore) -> None:
    if is_sqlite(corrected_store):
        pytest.skip("SQLite has no TRUNCATE; its DELETE triggers see every row")
    with pytest.raises(GuardRefused):
        run(corrected_store, "TRUNCATE correction CASCADE")


def test_a_worked_casebook_of_the_first_schema_comes_up_with_everything_in_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "casebook.db", DATABASE_KEY)
    store.create()
    migrate.upgrade(store.engine, "0001")
    _brought_up(store, tmp_path / "made")
    store.close()


@pytest.mark.postgres
def test_the_same_holds_on_postgresql(postgres_server, tmp_path: Path) -> None:
    from casebook.store.postgres import PostgresStore, grant
    from tests.support.postgres import APPLICATION, OWNER

    database = postgres_server.empty_database()
    engine = postgres_server.owner_engine(database)
    migrate.upgrade(engine, "0001")
    store = postgres_server.store(database, as_owner=True)
    assert isinstance(store, PostgresStore)
    _brought_up(store, tmp_path / "made")
    grant(engine, APPLICATION)
    assert OWNER
    store.close()
    engine.dispose()


def _brought_up(store: SqlStore, folder: Path) -> None:
    made = rehearsal_book(folder)
    post = hear(made, "Kit Sorrel waited with Mrs Tavistock")
    copy_into(store, made.store)
    before = list(made.store.audit_entries())
    migrate.upgrade(store.engine)
    assert store.schema_version() == HEAD
    assert store.guards_missing() == []
    assert list(store.audit_entries()) == before
    book = open_book(store)
    done = missed(book, actor(book, "responder"), post.case_id, post.id, "Kit Sorrel", "PERSON")
    assert done.posts == 1
    with store.read() as work:
        assert work.mentions.get(post.id).text == "⟦name 2⟧ waited with Mrs ⟦name 1⟧"


def copy_into(older: SqlStore, newest: SqlStore) -> None:
    """Put everything of `newest` that an older schema has room for into it, as an older program had left it."""
    with older.engine.begin() as target, newest.engine.connect() as source:
        there = inspect(target)
        for table in tables.metadata.sorted_tables:
            if not there.has_table(table.name):
                continue
            names = {column["name"] for column in there.get_columns(table.name)}
            columns = [column for column in table.columns if column.name in names]
            rows = [dict(row) for row in source.execute(select(*columns)).mappings()]
            if rows:
                target.execute(insert(table), rows)
