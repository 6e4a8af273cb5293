"""Noting an error that nobody foresaw: where in the program it happened, and none of the values involved."""

from __future__ import annotations

import os
import secrets
import traceback
from pathlib import Path


def note_crash(error: BaseException, log: Path | None) -> str:
    """Append where `error` happened to `log` (readable by its owner alone) and return a reference for people.

    The message of the error is left out, since it could quote somebody's words; so are all locals.
    """
    reference = secrets.token_hex(3)
    if log is None:
        return reference
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{reference} {type(error).__module__}.{type(error).__qualname__}"]
    lines += [f"    {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    try:
        descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as kept:
            kept.write("\n".join(lines) + "\n")
    except OSError:
        return f"{reference} (the crash log could not be written)"
    return reference
