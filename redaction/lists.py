"""The word lists of `redaction/data`: one entry a line, # starts a comment; read once, when first asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "data"


@cache
def entries(name: str) -> tuple[str, ...]:
    """The entries of list `name`, as written.

    Raises:
        OSError: no such list is shipped.
    """
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    kept = (line.split("#", 1)[0].strip() for line in lines)
    return tuple(entry.strip() for line in kept if line for entry in line.split(",") if entry.strip())


@cache
def words(name: str) -> frozenset[str]:
    """The entries of list `name` in lower case, for looking up."""
    return frozenset(entry.lower() for entry in entries(name))
