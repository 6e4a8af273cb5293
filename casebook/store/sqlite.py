"""SQLite through SQLCipher: the whole file encrypted, one writer at a time, nothing lost at power failure.

The key never appears in a URL: it is given to each new connection as a raw key. Beside the file lies
`<name>.key-id`, the fingerprint of its key, so that a wrong key and a broken file are told apart.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event
from sqlcipher3 import dbapi2

from casebook import errors
from casebook.store.base import SqlStore, translated
from redaction.vault import fingerprint

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
)
_NETWORK_FILESYSTEMS = frozenset(
    {
        0x6969,
        0xFF534D42,
        0xFE534D42,
        0x517B,
        0x564C,
        0x47504653,
        0x0BD00BD0,
        0x01021997,
        0x00C36400,
        0x5346414F,
        0x01161970,
        0x7461636F,
    }
)
"""`f_type` of NFS, CIFS, SMB2, SMB, NCP, GPFS, Lustre, 9P, Ceph, AFS, GFS2 and OCFS2, from statfs(2)."""


class SqliteStore(SqlStore):
    """A casebook in one encrypted file."""

    def __init__(self, path: Path, key: bytes, *, busy_seconds: float = 10.0) -> None:
        """Prepare the engines; nothing is opened yet.

        Args:
            path: the database file.
            key: its 32-byte raw key.
            busy_seconds: how long to wait for another writer before saying so.
        """
        self.path = path
        self._key = key
        super().__init__(
            _engine(path, key, busy_seconds, "BEGIN IMMEDIATE", pool_size=1),
            _engine(path, key, busy_seconds, "BEGIN", pool_size=4, read_only=True),
        )

    @property
    def key_id_path(self) -> Path:
        """Where the fingerprint of the key is kept."""
        return self.path.with_name(self.path.name + ".key-id")

    def create(self) -> None:
        """Make the empty file, readable by its owner alone, and note its key's fingerprint.

        Raises:
            casebook.errors.NetworkDrive: the folder lies on a network drive.
            casebook.errors.Refusal: there is a casebook already.
        """
        refuse_network_drive(self.path.parent)
        if self.path.exists():
            raise errors.Refusal(f"There is a casebook at {self.path} already. Nothing was changed.")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self.key_id_path.write_text(fingerprint(self._key) + "\n")
        self.key_id_path.chmod(0o600)

    def check_openable(self) -> None:
        """Make sure that this file opens with this key, before anything else is tried.

        Raises:
            casebook.errors.StoreGone: there is no such file.
            casebook.errors.NetworkDrive: it lies on a network drive.
            casebook.errors.WrongKey: the key is another one than the file was made with.
            casebook.errors.Damaged: the key is right, the file is not.
        """
        if not self.path.exists():
            raise errors.StoreGone(f"There is no casebook at {self.path}. Make one with “voicedesk init”.")
        refuse_network_drive(self.path.resolve().parent)
        noted = self.key_id_path.read_text().strip() if self.key_id_path.exists() else ""
        if noted and noted != fingerprint(self._key):
            raise errors.WrongKey
        try:
            with translated(), self._read.connect() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        except errors.Damaged:
            if noted:
                raise
            raise errors.StoreError(
                "The casebook does not open, and the note of its key's fingerprint is missing, so the key may be "
                "wrong or the file damaged. Nothing was changed."
            ) from None

    def backup(self, target: Path) -> None:
        """Write a consistent copy, under the same key, while others go on working.

        Raises:
            casebook.errors.Refusal: the target exists.
        """
        if target.exists():
            raise errors.Refusal(f"{target} exists already. Nothing was changed.")
        copy = SqliteStore(target, self._key)
        copy.create()
        with translated(), self._read.connect() as ours, copy._write.connect() as theirs:
            source: Any = ours.connection.driver_connection
            into: Any = theirs.connection.driver_connection
            theirs.rollback()
            source.backup(into)
        copy.close()


def _engine(
    path: Path, key: bytes, busy_seconds: float, begin: str, *, pool_size: int, read_only: bool = False
) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        module=dbapi2,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=8,
        hide_parameters=True,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": busy_seconds},
    )

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_log_level=NONE")
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def refuse_network_drive(folder: Path) -> None:
    """Refuse a folder on a network file system, where SQLite's write-ahead log is not safe.

    Raises:
        casebook.errors.NetworkDrive: it lies on one.
    """
    if sys.platform != "linux":
        return
    existing = next((p for p in (folder, *folder.parents) if p.exists()), None)
    if existing is None:
        return
    buffer = ctypes.create_string_buffer(256)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.statfs(os.fsencode(existing), buffer) != 0:
        return
    kind = int.from_bytes(buffer.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder) & 0xFFFFFFFF
    if kind in _NETWORK_FILESYSTEMS:
        raise errors.NetworkDrive
