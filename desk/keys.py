"""Where the master key lives: never in the database, never in its folder, never in the configuration.

One 32-byte key opens everything: the database's own key and the vault's are derived from it
(`redaction.vault.derive`). It is looked for in `VOICEDESK_KEY_FILE`, else in the system's keyring, else in a file
that its owner alone may read. A file that others may read is refused: by then it may have been copied.

::

    KeysError
    ├── KeyFileUnsafe     others than its owner may read the key file
    ├── KeyFileUnusable   there is a file, but no key in it
    ├── KeyringUnusable   the keyring was asked for and is not there, or refused
    └── KeyTooNear        the key would lie in the database's folder
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VARIABLE = "VOICEDESK_KEY_FILE"
LENGTH = 32
_SERVICE = "voicedesk"
_HEX = re.compile(r"[0-9a-f]{64}")


class KeysError(Exception):
    """The master key cannot be had. Nothing was changed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class KeyFileUnsafe(KeysError):
    """Others than its owner may read the key file. Nothing was opened; give it mode 600."""


class KeyFileUnusable(KeysError):
    """There is no usable key in the key file. Restore it from the recovery sheet."""


class KeyringUnusable(KeysError):
    """The system's keyring cannot be used. Unlock it, or keep the key in a file."""


class KeyTooNear(KeysError):
    """The key may not lie in the database's folder: who copies the folder would have both. Name another file."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key with where it was found: `kind` is environment, keyring or file. `repr` never shows it."""

    secret: bytes = field(repr=False)
    kind: str
    where: str


def new_master() -> bytes:
    """A new random master key."""
    return secrets.token_bytes(LENGTH)


def system_keyring() -> Any | None:
    """The system's keyring, or None where there is no real one (no desktop, no secret service)."""
    import keyring
    from keyring.backends import chainer, fail, null

    found = keyring.get_keyring()
    if isinstance(found, chainer.ChainerBackend):
        return found if found.backends else None
    return None if isinstance(found, fail.Keyring | null.Keyring) else found


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """The places where the key of one casebook may be.

    Args:
        file: the key file to use when the key is kept in a file.
        casebook: what the key is called in a keyring.
        store: "auto", "keyring" or "file".
        environ: the environment; `VOICEDESK_KEY_FILE` in it beats everything.
        keyring: gives the system's keyring or None; asked only when it is needed, since it costs.
    """

    file: Path
    casebook: str
    store: str = "auto"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    keyring: Callable[[], Any | None] = system_keyring

    def find(self) -> MasterKey | None:
        """The key, or None where there is none in any place.

        A key file that exists is used before the keyring is asked: a key is only ever kept in one of them.

        Raises:
            KeysError: there is something, but it cannot be used.
        """
        if named := self.environ.get(VARIABLE, ""):
            return MasterKey(read_key_file(Path(named)), "environment", named)
        if self.store != "keyring" and self.file.exists():
            return MasterKey(read_key_file(self.file), "file", str(self.file))
        if self.store != "file" and (kept := self._from_keyring()) is not None:
            return MasterKey(kept, "keyring", self.casebook)
        return None

    def keep(self, master: bytes, *, away_from: Path | None) -> MasterKey:
        """Keep a new key: in the file that the environment names, the keyring, or a file, in that order.

        Args:
            master: the key.
            away_from: the database's folder, which no key may lie in; None for a database server.

        Raises:
            KeyTooNear: the file lies in the database's folder.
            KeyringUnusable: a keyring was asked for and there is none.
            KeyFileUnusable: the file exists or cannot be written.
        """
        if named := self.environ.get(VARIABLE, ""):
            write_key_file(Path(named), master, away_from)
            return MasterKey(master, "environment", named)
        if self.store != "file" and (backend := self.keyring()) is not None:
            self._to_keyring(backend, master)
            return MasterKey(master, "keyring", self.casebook)
        if self.store == "keyring":
            raise KeyringUnusable
        write_key_file(self.file, master, away_from)
        return MasterKey(master, "file", str(self.file))

    def forget(self, key: MasterKey) -> None:
        """Take back a key that was kept a moment ago, when making the casebook failed."""
        if key.kind == "keyring":
            backend = self.keyring()
            if backend is not None:
                backend.delete_password(_SERVICE, self.casebook)
        else:
            Path(key.where).unlink(missing_ok=True)

    def _from_keyring(self) -> bytes | None:
        backend = self.keyring()
        if backend is None:
            if self.store == "keyring":
                raise KeyringUnusable
            return None
        try:
            kept = backend.get_password(_SERVICE, self.casebook)
        except Exception:  # noqa: BLE001 - each backend has errors of its own; their text may hold the secret
            raise KeyringUnusable from None
        return _parsed(kept, f"the keyring's entry for {self.casebook}") if kept else None

    def _to_keyring(self, backend: Any, master: bytes) -> None:
        try:
            backend.set_password(_SERVICE, self.casebook, master.hex())
        except Exception:  # noqa: BLE001 - as above
            raise KeyringUnusable from None


def read_key_file(path: Path) -> bytes:
    """The key in a file.

    Raises:
        KeyFileUnsafe: others may read it.
        KeyFileUnusable: it is missing, cannot be read, or holds no key.
    """
    return _parsed(read_private(path, 4096), str(path))


def read_private(path: Path, most: int) -> str:
    """A small file that its owner alone may read, as text.

    Raises:
        KeyFileUnsafe: others may read it.
        KeyFileUnusable: it is missing or cannot be read.
    """
    try:
        with path.open("rb") as opened:
            found = os.fstat(opened.fileno())
            if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid not in {os.geteuid(), 0}):
                raise KeyFileUnsafe(
                    f"Others than its owner may read {path}. Nothing was opened; give it mode 600 "
                    "(and if others did read it, the key in it is no secret any more)."
                )
            if not stat.S_ISREG(found.st_mode):
                raise KeyFileUnusable(f"{path} is not a file.")
            return opened.read(most).decode("utf-8")
    except UnicodeDecodeError:
        raise KeyFileUnusable(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise KeyFileUnusable(f"{path} cannot be read: {error.strerror}.") from None


def write_key_file(
    path: Path, master: bytes, away_from: Path | None = None, *, replace: bool = False
) -> None:
    """Keep a key in a file of mode 600.

    Raises:
        KeyTooNear: it would lie in `away_from` or below it.
        KeyFileUnusable: it exists (and `replace` is not set), or cannot be written.
    """
    if away_from is not None and path.absolute().resolve().is_relative_to(away_from.absolute().resolve()):
        raise KeyTooNear
    write_private(path, master.hex() + "\n", replace=replace)


def write_private(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a file that its owner alone may read, whole or not at all.

    Raises:
        KeyFileUnusable: it exists (and `replace` is not set), or cannot be written.
    """
    if path.exists() and not replace:
        raise KeyFileUnusable(f"{path} exists already. Nothing was changed.")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise KeyFileUnusable(f"{path} cannot be written: {error.strerror}.") from None


def _parsed(text: str, where: str) -> bytes:
    found = text.strip().lower()
    if not _HEX.fullmatch(found):
        raise KeyFileUnusable(f"There is no key in {where}. Restore it from the recovery sheet.")
    return bytes.fromhex(found)
