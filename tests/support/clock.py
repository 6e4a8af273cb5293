"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning; every book of the tests begins then."""


class Clock:
    """Now, in UTC, moved by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time that the test has set."""
        return self.now

    def advance(self, **lengths: float) -> datetime:
        """Move on by a `timedelta` spelled in words (`minutes=5`); returns the new time."""
        self.now += timedelta(**lengths)
        return self.now
