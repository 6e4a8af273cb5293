"""Every kind of fault on every channel that speaks HTTP, through its real client library and the whole monitor.

A walk is begun, the fault falls on a page in the middle of it, the monitor goes on as it would by itself (a person
starts again what has stopped), and in the end every post is kept once. Then the same faults fall on a reply: it is
asked for once, and the network has it at most once. `python -m tests.flows.fault_table` prints the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.contracts.worlds import WORLDS
from tests.flows.faults import READ_FAULTS, WRITE_FAULTS, Trial, hear_through, reply_through

SPOKEN = sorted(name for name in WORLDS if name != "practice")
WRITERS = sorted(set(SPOKEN) - {"feeds", "careopinion"})
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def trial(stack: ExitStack, folder: Path, name: str) -> Trial:
    return Trial(WORLDS[name](stack, folder), stack, folder / "book", lambda: datetime.now(UTC))


@pytest.mark.parametrize("channel", SPOKEN)
@pytest.mark.parametrize("fault", READ_FAULTS)
def test_a_fault_on_a_read_loses_and_doubles_nothing(
    stack: ExitStack, tmp_path: Path, channel: str, fault: str
) -> None:
    told = hear_through(trial(stack, tmp_path, channel), fault)
    assert told.spoiled, "the fault never fell"
    assert (told.missing, told.doubled) == (set(), 0)


@pytest.mark.parametrize("channel", WRITERS)
@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_a_fault_on_a_reply_asks_once_and_posts_at_most_once(
    stack: ExitStack, tmp_path: Path, channel: str, fault: str
) -> None:
    told = reply_through(trial(stack, tmp_path, channel), fault)
    assert told.spoiled, "the fault never fell"
    assert told.asked_first == 1
    assert told.posted == 1, f"posted {told.posted} times; the reply is {told.state}"
    assert told.state == "sent"
