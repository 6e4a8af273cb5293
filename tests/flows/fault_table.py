"""`python -m tests.flows.fault_table`: every fault on every channel, and what the monitor made of it, as two tables."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.contracts.worlds import WORLDS
from tests.flows.faults import READ_FAULTS, WRITE_FAULTS, Trial, hear_through, reply_through

CHANNELS = ("x", "reddit", "mastodon", "bluesky", "feeds", "careopinion")
WRITERS = CHANNELS[:4]


def read_cell(trial: Trial, fault: str) -> str:
    """Lost / doubled, polls until all was heard, and the incidents on the way."""
    told = hear_through(trial, fault)
    with trial.book.store.read() as work:
        kinds = sorted({str(one.kind) for one in work.incidents.where()} - {"not_heard"})
    return f"{len(told.missing)}/{told.doubled} in {told.polls}" + (f" ({', '.join(kinds)})" if kinds else "")


def write_cell(trial: Trial, fault: str) -> str:
    """How often it was asked for at first, how the attempts ended, and how often it was posted in the end."""
    told = reply_through(trial, fault)
    with trial.book.store.read() as work:
        ends = [attempt.outcome for attempt in work.attempts.where()]
    return f"{told.asked_first} asked, {'+'.join(ends)}, {told.posted} posted{', person' if told.decided else ''}"


def table(faults: Sequence[str], channels: Sequence[str], cell: Callable[[Trial, str], str]) -> None:
    print("| fault | " + " | ".join(channels) + " |\n|---|" + "---|" * len(channels))
    for fault in faults:
        cells = []
        for name in channels:
            with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
                world = WORLDS[name](stack, Path(folder))
                trial = Trial(world, stack, Path(folder) / "book", lambda: datetime.now(UTC))
                cells.append(cell(trial, fault))
        print(f"| {fault} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print("Reads: lost/doubled in so many polls (incidents)\n")
    table(READ_FAULTS, CHANNELS, read_cell)
    print("\nReplies\n")
    table(WRITE_FAULTS, WRITERS, write_cell)
