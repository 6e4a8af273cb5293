"""One measured figure beside its baseline, and a clock that takes the best of several runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in `unit`, the baseline's in the same unit, and what the baseline is."""

    what: str
    ours: float
    baseline: float
    unit: str
    against: str

    def line(self) -> str:
        """One line of the table."""
        return f"{self.what:<44}{self.ours:>14,.1f}{self.baseline:>14,.1f}  {self.unit:<12}{self.against}"


def best(run: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken)
