"""The encrypted file: its key, its neighbours on disk, its backup, and what is said when it does not open."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from casebook.audit import verify
from casebook.errors import Damaged, NetworkDrive, Refusal, StoreError, StoreGone, WrongKey
from casebook.model import Mode
from casebook.store import sqlite
from casebook.store.sqlite import SqliteStore
from tests.support.books import DATABASE_KEY, empty_store, furnish, hear, rehearsal_book

CANARY = "zarathustra-marigold"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """A casebook with one post in it."""
    made = empty_store(tmp_path)
    hear(furnish(made, Mode.REHEARSAL), f"The {CANARY} in the garden is lovely")
    made.close()
    return made


def test_the_right_key_opens_it(store: SqliteStore) -> None:
    store.check_openable()
    store.check_version()


def test_another_key_is_told_apart_from_a_broken_file(store: SqliteStore) -> None:
    with pytest.raises(WrongKey):
        SqliteStore(store.path, bytes(32)).check_openable()


def test_a_broken_file_is_told_apart_from_another_key(store: SqliteStore) -> None:
    content = bytearray(store.path.read_bytes())
    content[100:3000] = bytes(2900)
    store.path.write_bytes(content)
    with pytest.raises(Damaged):
        SqliteStore(store.path, DATABASE_KEY).check_openable()


def test_without_its_fingerprint_neither_is_claimed(store: SqliteStore) -> None:
    store.key_id_path.unlink()
    with pytest.raises(StoreError, match="may be wrong or the file damaged"):
        SqliteStore(store.path, bytes(32)).check_openable()


def test_a_missing_file_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(StoreGone):
        SqliteStore(tmp_path / "nothing.db", DATABASE_KEY).check_openable()
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_the_file_or_beside_it_can_be_read_without_the_key(tmp_path: Path) -> None:
    book = rehearsal_book(tmp_path)
    hear(book, f"The {CANARY} in the garden is lovely")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert "casebook.db-wal" in files
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert CANARY.encode() not in content, path.name
        assert b"SQLite format 3" not in content, path.name
        assert b"Northvale" not in content, path.name
    book.store.close()


def test_the_files_belong_to_their_owner_alone(store: SqliteStore) -> None:
    made = SqliteStore(store.path.with_name("another.db"), DATABASE_KEY)
    made.create()
    for path in (made.path, made.key_id_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_casebook_is_never_made_over_another(store: SqliteStore) -> None:
    before = store.path.read_bytes()
    with pytest.raises(Refusal):
        SqliteStore(store.path, DATABASE_KEY).create()
    assert store.path.read_bytes() == before


def test_a_backup_is_whole_sealed_and_under_the_same_key(store: SqliteStore, tmp_path: Path) -> None:
    target = tmp_path / "copy" / "backup.db"
    store.backup(target)
    assert CANARY.encode() not in target.read_bytes()
    copy = SqliteStore(target, DATABASE_KEY)
    copy.check_openable()
    copy.check_version()
    assert verify(copy.audit_entries()) == verify(store.audit_entries())
    assert copy.guards_missing() == []
    with pytest.raises(Refusal):
        store.backup(target)
    copy.close()


def test_a_backup_is_taken_while_somebody_writes(store: SqliteStore, tmp_path: Path) -> None:
    with store.write() as work:
        work.accounts.where()
        store.backup(tmp_path / "backup.db")


def test_a_folder_with_a_strange_name_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1 & more"
    store = empty_store(folder)
    store.check_openable()
    assert store.schema_version()
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name]
    store.close()


def test_a_network_drive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = _kind_of(tmp_path)
    monkeypatch.setattr(sqlite, "_NETWORK_FILESYSTEMS", frozenset({here}))
    with pytest.raises(NetworkDrive):
        SqliteStore(tmp_path / "casebook.db", DATABASE_KEY).create()
    assert list(tmp_path.iterdir()) == []


def _kind_of(folder: Path) -> int:
    """The file system's `f_type`, asked of the system's own tool."""
    import subprocess

    done = subprocess.run(["stat", "-f", "-c", "%t", str(folder)], capture_output=True, text=True, check=True)
    return int(done.stdout, 16)


def test_what_the_file_is_opened_with(store: SqliteStore) -> None:
    with store.engine.connect() as connection:
        ask = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "trusted_schema")
        }
    assert ask == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
    }
