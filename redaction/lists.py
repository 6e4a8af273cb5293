"""The word lists of `redaction/data`: one entry a line, # starts a comment; read once, when first asked for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "data"


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of list `name` without comments and blank ones.

    Raises:
        OSError: no such list is shipped.
    """
    written = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    kept = (line.split("#", 1)[0].strip() for line in written)
    return tuple(line for line in kept if line)


@cache
def entries(name: str) -> tuple[str, ...]:
    """The entries of list `name`, as written.

    Raises:
        OSError: no such list is shipped.
    """
    return tuple(entry.strip() for line in lines(name) for entry in line.split(",") if entry.strip())


@cache
def words(name: str) -> frozenset[str]:
    """The entries of list `name` in lower case, for looking up."""
    return frozenset(entry.lower() for entry in entries(name))


def phrase_words(text: str, phrases: frozenset[str]) -> list[str]:
    """Which of `phrases` (lower case, up to three words) stand in `text`, in order, longer ones first."""
    parts = re.findall(r"[\w'-]+", text.lower())
    found: list[str] = []
    at = 0
    while at < len(parts):
        size = next((n for n in (3, 2, 1) if " ".join(parts[at : at + n]) in phrases), 0)
        if size:
            found.append(" ".join(parts[at : at + size]))
        at += size or 1
    return found
