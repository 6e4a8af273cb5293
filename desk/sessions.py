"""The sign-in of line commands: a session's token, kept for the terminal it was made in and for nobody else.

The file is named by a hash of the casebook, the terminal and the login session that runs in it (with the time it
began, where the system tells, since numbers are used again), so another terminal of the same person starts signed
out. It lies in the user's runtime folder where there is one, which the system empties at sign-out.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from platformdirs import user_state_path

from desk.keys import KeysError, read_private, write_private
from desk.settings import APP

_MOST = 512


class SessionFileError(Exception):
    """The sign-in of this terminal cannot be kept: its folder is not private. Give it mode 700."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


def terminal_identity() -> str:
    """What tells this terminal from others: its device, its login session, and when that began."""
    session = os.getsid(0) if hasattr(os, "getsid") else os.getppid()
    return f"{session}|{_leader(session)}"


class TerminalSession:
    """The token of one casebook in this terminal."""

    def __init__(self, casebook: str, *, terminal: str | None = None, folder: Path | None = None) -> None:
        """Name the place; nothing is read or made yet. `terminal` and `folder` are found when left out."""
        self._folder = folder or _folder()
        identity = f"{casebook}\0{terminal or terminal_identity()}"
        self.path = self._folder / hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]

    def token(self) -> str:
        """The token kept here, "" where there is none.

        Raises:
            SessionFileError: others may read it.
        """
        if not self.path.exists():
            return ""
        self._demand_private()
        try:
            return read_private(self.path, _MOST).strip()
        except KeysError as error:
            raise SessionFileError(str(error)) from None

    def keep(self, token: str) -> None:
        """Keep a token in place of an earlier one.

        Raises:
            SessionFileError: the folder is not private, or cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._demand_private()
            write_private(self.path, token + "\n", replace=True)
        except (KeysError, OSError) as error:
            raise SessionFileError(str(error)) from None

    def forget(self) -> None:
        """Forget the token, if there is one."""
        self.path.unlink(missing_ok=True)

    def _demand_private(self) -> None:
        _demand_private(self._folder)


def private_folder() -> Path:
    """The user's own folder for what lasts no longer than a sign-in, made where it is missing.

    Raises:
        SessionFileError: it is not private, or cannot be made.
    """
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _demand_private(folder)
    except OSError as error:
        raise SessionFileError(f"{folder} cannot be used: {error.strerror}.") from None
    return folder


def _demand_private(folder: Path) -> None:
    if os.name != "posix":
        return
    found = folder.lstat()
    if found.st_mode & 0o077 or found.st_uid != os.geteuid() or folder.is_symlink():
        raise SessionFileError


def _folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / APP
    return user_state_path(APP, appauthor=False) / "sessions"


def _leader(process: int) -> str:
    """The controlling terminal of the login session and when its leader started (proc(5), fields 7 and 22).

    The terminal is the session's own, so a command whose streams are all redirected still belongs to it.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return f"{fields[4]}|{fields[19]}"
    except (OSError, IndexError):
        return ""
