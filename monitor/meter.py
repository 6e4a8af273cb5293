"""Counting what is asked of a network: requests and money. Threads may count at the same time."""

from __future__ import annotations

import threading

from monitor.spending import Spend


class Meter:
    """A counter that is read and set back to zero in one step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._micros = 0

    def note(self, *, calls: int = 0, micros: int = 0) -> None:
        """Add requests, and money in millionths of the network's currency."""
        with self._lock:
            self._calls += calls
            self._micros += micros

    def take(self) -> Spend:
        """What was counted since the last time."""
        with self._lock:
            spend = Spend(self._calls, self._micros)
            self._calls = self._micros = 0
        return spend
