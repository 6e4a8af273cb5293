"""Looking after the casebook's file: checking it, copying it, putting a copy back.

A backup is checked before it is called one: the copy itself is opened, its pages and its audit verified. What is
replaced is kept beside. A PostgreSQL casebook is looked after with that server's own tools.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from casebook.audit import Verified, verify
from casebook.errors import Damaged, NewerDatabase, NotUpToDate, Refusal, StoreError, WrongKey
from desk.keys import write_private
from redaction.vault import fingerprint

if TYPE_CHECKING:
    from casebook.store.base import SqlStore
    from casebook.store.sqlite import SqliteStore

NOT_A_FILE = (
    "This casebook is in PostgreSQL. Back it up and restore it with that server's own tools (pg_dump, pg_restore); "
    "its key is on the recovery sheet. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a casebook found: how much audit verified, and the schema's revision."""

    audit: Verified
    revision: str
    up_to_date: bool


def file_store(store: SqlStore) -> SqliteStore:
    """The store as a file.

    Raises:
        casebook.errors.Refusal: it is in PostgreSQL.
    """
    from casebook.store.sqlite import SqliteStore

    if not isinstance(store, SqliteStore):
        raise Refusal(NOT_A_FILE)
    return store


def check(store: SqlStore) -> Checked:
    """Check a casebook whole: it opens with this key, its pages are sound, its guards stand, its audit verifies.

    Raises:
        casebook.errors.StoreError: it does not open, is damaged, or was written by a newer program.
        casebook.errors.BrokenChain: the audit does not verify.
    """
    from casebook.store.sqlite import SqliteStore

    if isinstance(store, SqliteStore):
        store.check_openable()
        _demand_sound(store)
    up_to_date = True
    try:
        store.check_version()
    except NotUpToDate:
        up_to_date = False
    revision = store.schema_version()
    if not revision:
        raise StoreError("This is not a casebook: it holds no schema. Nothing was changed.")
    if up_to_date and (missing := store.guards_missing()):
        raise Damaged(f"Guards of the database are missing or were changed: {', '.join(missing)}.")
    return Checked(verify(store.audit_entries()), revision, up_to_date)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore."""

    kept: Path | None
    """Where the casebook is that was there before; None where there was none."""
    unsure: int
    """How many replies were on their way when the backup was made: they are uncertain now."""


def back_up(store: SqliteStore, target: Path, key: bytes) -> Checked:
    """Copy the casebook to a new file while others go on working, and check the copy.

    Raises:
        casebook.errors.Refusal: the target exists.
        casebook.errors.StoreError, casebook.errors.BrokenChain: the copy cannot be made or is not sound; what there
            was of it is removed.
    """
    from casebook.store.sqlite import SqliteStore

    store.check_openable()
    _copy(store, target)
    copy = SqliteStore(target, key)
    try:
        found = check(copy)
    except BaseException:
        copy.close()
        remove(target)
        raise
    copy.close()
    return found


def restore(
    backup: Path, path: Path, key: bytes, *, replace: bool, now: datetime, dry: bool = False
) -> Restored:
    """Put a backup in the casebook's place, after checking it and noting in it what it cannot know.

    What was on its way when the backup was made may have been posted since: it becomes uncertain, and all sending is
    stopped (`casebook.actions.restoring`). A copy of an older schema is upgraded for that.

    Args:
        backup: the copy; it stays where it is.
        path: the casebook's place.
        key: the database key that the copy must open with.
        replace: whether a casebook that is there may be moved aside.
        now: the time, for the name of what is moved aside.
        dry: check everything and change nothing.

    Raises:
        casebook.errors.Refusal: there is no such file, or a casebook is in the way.
        casebook.errors.StoreError, casebook.errors.BrokenChain: the copy cannot be used.
    """
    if not backup.is_file():
        raise Refusal(f"There is no file {backup}. Nothing was changed.")
    if _beside(backup, "-wal").exists():
        raise Refusal(
            f"{backup} is in use: a program has it open, or had when it stopped. Nothing was changed."
        )
    if path.exists() and not replace:
        raise Refusal(f"There is a casebook at {path}. Give --replace to move it aside. Nothing was changed.")
    with _staged(backup, path, key) as staged:
        unsure = _noted(staged, key, now)
        if dry:
            return Restored(None, unsure)
        kept = _aside(path, now) if path.exists() else None
        staged.replace(path)
        write_private(_beside(path, ".key-id"), fingerprint(key) + "\n", replace=True)
    return Restored(kept, unsure)


def upgrade(store: SqlStore, key: bytes, now: datetime, *, dry: bool = False) -> tuple[str, Path | None]:
    """Bring a casebook to the newest schema; a file is backed up first. Returns the revision it had, and the backup.

    Raises:
        casebook.errors.NewerDatabase: it was written by a newer program.
        casebook.errors.Refusal: it is up to date already.
    """
    from casebook.store.base import HEAD
    from casebook.store.migrate import upgrade as migrate
    from casebook.store.sqlite import SqliteStore

    if isinstance(store, SqliteStore):
        store.check_openable()
    before = store.schema_version()
    if before == HEAD:
        raise Refusal("The casebook is up to date already. Nothing was changed.")
    if before > HEAD:
        raise NewerDatabase
    if dry:
        return before, None
    kept = None
    if isinstance(store, SqliteStore):
        kept = _beside(store.path, f".before-{HEAD}-{now:%Y%m%d-%H%M%S}")
        back_up(store, kept, key)
    migrate(store.engine)
    return before, kept


def remove(path: Path) -> None:
    """Remove a casebook's file with what lies beside it."""
    for ending in ("", "-wal", "-shm", ".key-id"):
        _beside(path, ending).unlink(missing_ok=True)


@contextmanager
def _staged(backup: Path, path: Path, key: bytes) -> Iterator[Path]:
    """A checked copy of the backup in the casebook's folder; it is gone afterwards unless it was moved."""
    from casebook.store.sqlite import SqliteStore, refuse_network_drive

    refuse_network_drive(path.parent)
    noted = _beside(backup, ".key-id")
    if noted.exists() and noted.read_text().strip() != fingerprint(key):
        raise WrongKey
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged = _beside(path, ".restoring")
    remove(staged)
    try:
        write_private(staged, "")
        shutil.copyfile(backup, staged)
        store = SqliteStore(staged, key)
        try:
            check(store)
        finally:
            store.close()
        yield staged
    finally:
        remove(staged)


def _noted(staged: Path, key: bytes, now: datetime) -> int:
    """Let the copy know that it is one; returns how many replies became uncertain."""
    from casebook.actions.restoring import note_restored
    from casebook.store.base import HEAD
    from casebook.store.migrate import upgrade as migrate
    from casebook.store.sqlite import SqliteStore

    store = SqliteStore(staged, key)
    try:
        if store.schema_version() != HEAD:
            migrate(store.engine)
        unsure = note_restored(store, now)
    finally:
        store.close()
    log = _beside(staged, "-wal")
    if log.exists() and log.stat().st_size:
        raise StoreError("The copy could not be finished. Nothing was changed.")
    return unsure


def _copy(store: SqliteStore, target: Path) -> None:
    """Copy to a new file; a failure leaves nothing of it, and nobody else's file is touched."""
    if target.exists():
        raise Refusal(f"{target} exists already. Nothing was changed.")
    try:
        store.backup(target)
    except (Refusal, FileExistsError):
        raise
    except OSError as error:
        remove(target)
        raise StoreError(
            f"The copy could not be written to {target}: {error.strerror}. Nothing was kept of it."
        ) from None
    except StoreError:
        remove(target)
        raise
    except Exception:  # noqa: BLE001 - a driver's own words may hold values
        remove(target)
        raise StoreError(f"The copy could not be written to {target}. Nothing was kept of it.") from None
    except BaseException:
        remove(target)
        raise


def _aside(path: Path, now: datetime) -> Path:
    kept = _beside(path, f".replaced-{now:%Y%m%d-%H%M%S}")
    for ending in ("-wal", "-shm", ".key-id", ""):
        if _beside(path, ending).exists():
            _beside(path, ending).replace(_beside(kept, ending))
    return kept


def _demand_sound(store: SqliteStore) -> None:
    with store.reading() as connection:
        for pragma in ("cipher_integrity_check", "integrity_check"):
            found = [row[0] for row in connection.exec_driver_sql(f"PRAGMA {pragma}").all()]
            if found not in ([], ["ok"]):
                raise Damaged


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
