"""What happened on the practice network since it began: replies taken, posts deleted and changed by hand.

In memory, or in a JSON-lines file that several processes share: each entry is one appended line, flushed to
disk before the call returns, and a line cut short by a crash is passed over. The file holds practice
material alone: invented posts' ids and the replies written in training.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Entry = Mapping[str, Any]


class Journal:
    """An append-only list of entries, read afresh whenever its file has grown."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._entries: list[Entry] = []
        self._read_to = -1

    def entries(self) -> Sequence[Entry]:
        """Every entry so far, oldest first."""
        if self._path is not None and self._path.exists():
            size = self._path.stat().st_size
            if size != self._read_to:
                self._entries, self._read_to = _read(self._path), size
        return tuple(self._entries)

    def append(self, entry: Entry) -> None:
        """Add one entry; it is on the disk when this returns."""
        if self._path is None:
            self._entries.append(dict(entry))
            return
        line = json.dumps(entry, ensure_ascii=True).encode("ascii") + b"\n"
        if not _ends_cleanly(self._path):
            line = b"\n" + line
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # One write of a short line: the kernel appends it whole, so two processes cannot interleave.
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)


def _ends_cleanly(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _read(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    for line in path.read_bytes().split(b"\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            entries.append(entry)
    return entries
