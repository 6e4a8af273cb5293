"""What the database itself refuses, whoever asks: here with every right, so that only guards stand in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from casebook.audit import GENESIS, link
from casebook.errors import GuardRefused
from casebook.model import AuditEntry, Mode, OutboxState, Outgoing, new_id
from casebook.store import guards
from casebook.store.base import SqlStore
from tests.support.books import STAFF, furnish
from tests.support.clock import START
from tests.support.replies import approved, begun, submitted
from tests.support.stores import fetch, is_sqlite, open_either, run


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A casebook with one reply in flight, for tests that find everything refused and leave it as it was."""
    yield from open_either(request, tmp_path_factory.mktemp("guards"), as_owner=True, prepare=_one_in_flight)


def _one_in_flight(store: SqlStore) -> None:
    begun(furnish(store, Mode.REHEARSAL))


CHANGES = (
    ("UPDATE audit SET actor = 'somebody else'", "cannot be changed"),
    ("UPDATE audit SET entry = entry WHERE seq = 1", "cannot be changed"),
    ("DELETE FROM audit", "cannot be deleted"),
    ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "cannot be deleted"),
    ("UPDATE approval SET decision = 'reject'", "a decision cannot be changed"),
    ("DELETE FROM approval", "a decision cannot be deleted"),
    ("DELETE FROM outbox_attempt", "an attempt cannot be deleted"),
    ("DELETE FROM outbox", "cannot be deleted"),
    ("UPDATE outbox SET bundle_hash = 'another'", "what was approved cannot be exchanged"),
    ("UPDATE outbox SET draft_id = 'another'", "what was approved cannot be exchanged"),
    ("UPDATE outbox SET mention_id = 'another'", "what was approved cannot be exchanged"),
    ("UPDATE draft SET text_hash = 'another'", "a submitted text cannot be changed"),
    ("UPDATE draft SET approvals_needed = 2", "a submitted text cannot be changed"),
    ("UPDATE draft SET bundle_hash = 'another'", "a submitted text cannot be changed"),
    ("UPDATE draft SET author_id = (SELECT id FROM staff WHERE username = 'approver')", "author"),
    ("DELETE FROM draft", "a draft cannot be deleted"),
    ("UPDATE policy_version SET source = 'nothing is refused'", "cannot be changed"),
    ("DELETE FROM policy_version", "cannot be deleted"),
    ("UPDATE organisation SET mode = 'live'", "a casebook stays what it was made for"),
    ("DELETE FROM organisation", "a casebook keeps its organisation"),
    ("UPDATE session SET kind = 'password'", "a session stays what it was made for"),
    ("UPDATE session SET staff_id = (SELECT max(id) FROM staff)", "a session stays what it was made for"),
)
"""A statement that another program might send, and what the database says to it."""


@pytest.mark.parametrize(("statement", "says"), CHANGES)
def test_the_record_cannot_be_rewritten(store: SqlStore, statement: str, says: str) -> None:
    before = _everything(store)
    with pytest.raises(GuardRefused, match=says):
        run(store, statement)
    assert _everything(store) == before


def test_a_harmless_change_goes_through(store: SqlStore) -> None:
    assert run(store, "UPDATE outbox SET why = 'looked'") == 1


REPLACED = ("approval", "draft", "outbox", "outbox_attempt", "policy_version", "organisation", "audit")


@pytest.mark.parametrize("table", REPLACED)
def test_a_row_cannot_be_replaced_by_inserting_over_it(store: SqlStore, table: str) -> None:
    verb = "INSERT OR REPLACE" if is_sqlite(store) else "INSERT"
    before = _everything(store)
    with pytest.raises(GuardRefused):
        run(store, f"{verb} INTO {table} SELECT * FROM {table}")
    assert _everything(store) == before


def test_replacing_is_refused_without_this_programs_settings_too(store: SqlStore) -> None:
    if not is_sqlite(store):
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    for table in REPLACED:
        with pytest.raises(GuardRefused), store.write() as work:  # noqa: PT012 - one connection throughout
            connection = work._connection  # type: ignore[attr-defined]
            connection.exec_driver_sql("PRAGMA recursive_triggers=OFF")
            connection.exec_driver_sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_a_decision_cannot_be_replaced_under_another_id(store: SqlStore) -> None:
    verb = "INSERT OR REPLACE" if is_sqlite(store) else "INSERT"
    with pytest.raises(GuardRefused):
        run(
            store,
            f"{verb} INTO approval SELECT 'new', draft_id, author_id, approver_id, 'reject', bundle_hash, "
            "policy_version, at FROM approval",
        )


def _everything(store: SqlStore) -> list[list[tuple[object, ...]]]:
    return [fetch(store, f"SELECT * FROM {table} ORDER BY 1") for table in (*REPLACED, "session")]


def _insert_entry(store: SqlStore, entry: AuditEntry) -> None:
    names = ("seq", "at", "actor", "session", "kind", "case_id", "entry", "prev_hash", "hash")
    values = {name: getattr(entry, name) for name in names} | {"at": 0}
    run(
        store,
        f"INSERT INTO audit ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})",
        **values,
    )


def test_an_audit_entry_out_of_sequence_is_refused(store: SqlStore) -> None:
    last = list(store.audit_entries())[-1]
    follows = link(last, START, "monitor", "", "sending.stopped", "", {})
    for wrong in (
        replace(follows, seq=follows.seq + 1),
        replace(follows, seq=follows.seq - 1),
        replace(follows, seq=0),
        replace(follows, prev_hash=GENESIS),
    ):
        with pytest.raises(GuardRefused, match="one after the other"):
            _insert_entry(store, wrong)
    assert list(store.audit_entries())[-1] == last


def test_an_audit_entry_in_sequence_is_taken(owned_store: SqlStore) -> None:
    follows = link(None, START, "monitor", "", "sending.stopped", "", {})
    _insert_entry(owned_store, follows)
    assert [entry.hash for entry in owned_store.audit_entries()] == [follows.hash]


def test_nobody_approves_their_own_reply_whatever_the_program(owned_store: SqlStore) -> None:
    waiting = submitted(furnish(owned_store, Mode.REHEARSAL))
    with pytest.raises(GuardRefused):
        run(
            owned_store,
            "INSERT INTO approval (id, draft_id, author_id, approver_id, decision, bundle_hash, at) "
            "VALUES ('a', :draft, :author, :author, 'approve', :bundle, 0)",
            draft=waiting.draft.id,
            author=waiting.draft.author_id,
            bundle=waiting.draft.bundle_hash,
        )


def test_an_approval_cannot_name_somebody_else_as_the_author(owned_store: SqlStore) -> None:
    waiting = submitted(furnish(owned_store, Mode.REHEARSAL))
    other = fetch(owned_store, "SELECT id FROM staff WHERE username = 'approver'")[0][0]
    with pytest.raises(GuardRefused):
        run(
            owned_store,
            "INSERT INTO approval (id, draft_id, author_id, approver_id, decision, bundle_hash, at) "
            "VALUES ('a', :draft, :other, :author, 'approve', :bundle, 0)",
            draft=waiting.draft.id,
            author=waiting.draft.author_id,
            other=other,
            bundle=waiting.draft.bundle_hash,
        )


@pytest.mark.parametrize("bundle", ["the right one", "another one"])
def test_nothing_enters_the_outbox_without_the_approvals_it_needs(owned_store: SqlStore, bundle: str) -> None:
    book = furnish(owned_store, Mode.REHEARSAL)
    waiting = submitted(book)
    row = Outgoing(
        id=new_id(),
        draft_id=waiting.draft.id,
        case_id=waiting.case_id,
        mention_id=waiting.mention.id,
        channel="practice",
        bundle_hash=waiting.draft.bundle_hash if bundle == "the right one" else "0" * 64,
        state=OutboxState.QUEUED,
        queued_at=START,
        not_before=START,
    )
    with pytest.raises(GuardRefused, match="leaves only with the approvals"), book.store.write() as work:
        work.outbox.add(row)


def test_what_is_posted_stays_posted(owned_store: SqlStore) -> None:
    store = owned_store
    _one_in_flight(store)
    run(store, "UPDATE outbox SET state = 'sent'")
    for state in ("queued", "sending", "uncertain", "cancelled"):
        with pytest.raises(GuardRefused, match="stays posted"):
            run(store, "UPDATE outbox SET state = :state", state=state)


def test_an_attempt_is_not_begun_while_another_is_in_flight(store: SqlStore) -> None:
    with pytest.raises(GuardRefused, match="in flight"):
        run(
            store,
            "INSERT INTO outbox_attempt (id, outbox_id, number, started_at, outcome, reason) "
            "SELECT 'second', outbox_id, 2, 0, '', '' FROM outbox_attempt",
        )


def test_a_case_has_one_reply_on_its_way(owned_store: SqlStore) -> None:
    book = furnish(owned_store, Mode.REHEARSAL)
    row = approved(book)
    with pytest.raises(GuardRefused, match="one reply on its way"), book.store.write() as work:
        work.outbox.add(replace(row, id=new_id(), draft_id=row.draft_id, version=1))


def test_an_account_has_one_reply_in_flight_whatever_the_program(owned_store: SqlStore) -> None:
    book = furnish(owned_store, Mode.REHEARSAL)
    begun(book)
    second = approved(book)
    with pytest.raises(GuardRefused):
        run(owned_store, "UPDATE outbox SET state = 'sending' WHERE id = :id", id=second.id)
    with pytest.raises(GuardRefused), book.store.write() as work:
        work.outbox.save(replace(second, state=OutboxState.SENDING))
    with book.store.read() as work:
        assert work.outbox.get(second.id).state is OutboxState.QUEUED


def test_a_casebook_has_one_organisation(store: SqlStore) -> None:
    with pytest.raises(GuardRefused, match="one organisation"):
        run(
            store,
            "INSERT INTO organisation (id, mode, settings, sending_stopped, created_at) "
            "SELECT 'second', 'live', settings, sending_stopped, created_at FROM organisation",
        )


def test_nobody_signs_in_by_role_on_a_live_casebook(owned_store: SqlStore) -> None:
    furnish(owned_store, Mode.LIVE)
    with pytest.raises(GuardRefused, match="only in a rehearsal"):
        run(
            owned_store,
            "INSERT INTO session (id, staff_id, token_hash, kind, started_at, seen_at, ends_at) "
            "SELECT 'x', id, 'x', 'rehearsal', 0, 0, 9999999999999999 FROM staff WHERE username = :name",
            name=STAFF[0][0],
        )


@pytest.mark.parametrize("table", guards.TRUNCATE_0001)
def test_no_table_of_proof_can_be_emptied_at_one_stroke(store: SqlStore, table: str) -> None:
    if is_sqlite(store):
        pytest.skip("SQLite has no TRUNCATE; its DELETE triggers see every row")
    with pytest.raises(GuardRefused):
        run(store, f"TRUNCATE {table} CASCADE")


def test_all_guards_stand_in_a_new_casebook(owned_store: SqlStore) -> None:
    assert owned_store.guards_missing() == []


def test_each_guard_that_was_dropped_is_noticed(owned_store: SqlStore) -> None:
    dropped = []
    for guard in guards.GUARDS:
        run(
            owned_store,
            f"DROP TRIGGER {guard.name}" + ("" if is_sqlite(owned_store) else f" ON {guard.table}"),
        )
        dropped.append(guard.name)
        assert owned_store.guards_missing() == dropped


def test_a_guard_that_was_weakened_is_noticed(owned_store: SqlStore) -> None:
    guard = next(g for g in guards.GUARDS if g.name == "outbox_needs_approval")
    weaker = replace(guard, when=f"({guard.when}) AND NEW.channel <> 'x'")
    if is_sqlite(owned_store):
        run(owned_store, f"DROP TRIGGER {guard.name}")
        run(owned_store, weaker.create("sqlite")[0])
    else:
        create = weaker.create("postgresql")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        run(owned_store, create)
    assert owned_store.guards_missing() == [guard.name]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "tampering",
    [
        "ALTER TABLE audit DISABLE TRIGGER audit_no_delete",
        "ALTER TABLE audit ENABLE REPLICA TRIGGER audit_no_delete",
        "CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW WHEN (false) "
        "EXECUTE FUNCTION audit_no_delete()",
        "ALTER FUNCTION audit_no_delete() RESET search_path",
        "ALTER TRIGGER audit_no_delete ON audit RENAME TO something_else",
    ],
)
def test_a_guard_that_was_switched_off_is_noticed(owned_store: SqlStore, tampering: str) -> None:
    if is_sqlite(owned_store):
        pytest.skip("SQLite triggers cannot be switched off, only dropped")
    run(owned_store, tampering)
    assert owned_store.guards_missing() == ["audit_no_delete"]
