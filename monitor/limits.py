"""How long one call to a network may take, and how much it may answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one call may take, in seconds, and how many bytes its answer may have."""

    connect: float = 5.0
    read: float = 15.0
    whole: float = 25.0
    most_bytes: int = 8 * 1024 * 1024


USUAL = Limits()
"""A call that is tried once more after 30 seconds of trying ends within a minute all the same."""
