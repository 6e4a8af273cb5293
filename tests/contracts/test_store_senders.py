"""Two senders at one casebook: every reply is begun once, and no two of an account at the same time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from casebook.model import Mode, OutboxState
from casebook.store.base import SqlStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import furnish
from tests.support.replies import approved

ROOT = Path(__file__).parents[2]
REPLIES = 12


def where(store: SqlStore) -> str:
    """How a worker finds the store."""
    if isinstance(store, SqliteStore):
        return f"sqlite:{store.path}"
    return store.engine.url.render_as_string(hide_password=False)


def race(store: SqlStore, owners: tuple[str, ...]) -> list[int]:
    """Let the senders begin together; returns how often each had to wait for another reply."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.sending_worker", where(store)]
    workers = [
        subprocess.Popen(
            [*command, owner], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for owner in owners
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [int(worker.communicate(timeout=100)[0]) for worker in workers]


def test_of_two_senders_one_at_a_time_posts_for_an_account_and_every_reply_leaves_once(
    any_store: SqlStore,
) -> None:
    book = furnish(any_store, Mode.REHEARSAL, lambda: datetime.now(UTC))
    for _ in range(REPLIES):
        approved(book)
    waited = race(any_store, ("sender-1", "sender-2"))
    with book.store.read() as work:
        rows, attempts = work.outbox.where(), work.attempts.where()
    assert {row.state for row in rows} == {OutboxState.SENT}
    assert len(attempts) == REPLIES
    assert {attempt.outcome for attempt in attempts} == {"sent"}
    in_order = sorted(attempts, key=lambda attempt: attempt.started_at)
    for earlier, later in pairwise(in_order):
        assert earlier.ended_at is not None
        assert earlier.ended_at <= later.started_at, "two replies of one account were on their way at once"
    assert sum(waited) > 0, "the two never met, so this proved nothing"
