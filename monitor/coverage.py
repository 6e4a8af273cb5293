"""The watchdog: looks again and again whether every watch is heard, and whether a silence is still believable."""

from __future__ import annotations

from datetime import datetime, timedelta

from casebook.actions import covering
from casebook.book import Casebook

SILENCES_EVERY = timedelta(minutes=10)
"""How often silences are looked for: it reads four weeks of polls."""


class Watchdog:
    """Watches over the listeners of one casebook."""

    def __init__(self, book: Casebook) -> None:
        """Prepare; nothing is read yet."""
        self._book = book
        self._silences_at: datetime | None = None

    def run_once(self) -> int:
        """Open incidents for what nobody has noticed; returns how many were opened.

        Raises:
            casebook.errors.CasebookError: the record could not be read or written.
        """
        now = self._book.clock()
        # A last look in the future was taken by a clock that was wrong.
        recent = self._silences_at is not None and timedelta() <= now - self._silences_at < SILENCES_EVERY
        opened = covering.watch_over(self._book, silences=not recent)
        if not recent:
            self._silences_at = now
        return opened
