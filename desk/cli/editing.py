"""Writing a text in one's own editor: in a folder that only the writer can enter, and that goes however it ends."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desk.cli.frame import UsedWrongly
from desk.sessions import private_folder

_ENDINGS = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name))


@contextmanager
def edited(editor: str) -> Iterator[Path]:
    """The file that a person has written in their editor; it is gone afterwards, with what the editor left beside it.

    Args:
        editor: the command of the editor, as VISUAL or EDITOR hold it.

    Raises:
        UsedWrongly: the editor could not be started, or ended with an error.
        desk.sessions.SessionFileError: there is no private place for the file.
    """
    with _ended_by_the_ordinary_way(), _folder() as folder:
        file = folder / "text.txt"
        file.touch(mode=0o600)
        try:
            ended = subprocess.run([*shlex.split(editor), str(file)], check=False)
        except (OSError, ValueError):
            raise UsedWrongly(f"The editor {editor!r} could not be started. Use --file instead.") from None
        if ended.returncode != 0:
            raise UsedWrongly("The editor ended with an error. Nothing was changed.")
        yield file


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="writing-", dir=private_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ended_by_the_ordinary_way() -> Iterator[None]:
    """A closed terminal or a polite kill ends through every `finally` while this lasts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(taken: int, _frame: Any) -> None:
        sys.exit(128 + taken)

    before = {number: signal.signal(number, leave) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
