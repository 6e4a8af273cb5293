"""`make bench`: run every benchmark and print one table. `python -m benchmarks NAME…` runs some."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import audit_chain, channels, first_frame, intake, queue, reading
from benchmarks.figures import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "reading": reading.measure,
    "intake": intake.measure,
    "channels": channels.measure,
    "queue": queue.measure,
    "audit": audit_chain.measure,
    "first-frame": first_frame.measure,
}


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all of them."""
    if unknown := set(wanted) - set(BENCHMARKS):
        print(
            f"There is no benchmark called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}."
        )
        return 2
    print(f"{'what':<44}{'ours':>14}{'baseline':>14}  {'unit':<12}baseline is")
    for name in wanted or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(figure.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
