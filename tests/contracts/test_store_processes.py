"""Several programs at one casebook: nothing is lost, and only one of them wins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from casebook.audit import verify
from casebook.model import Mode
from casebook.store.base import SqlStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import furnish, hear

ROOT = Path(__file__).parents[2]
TIMES = 100


def where(store: SqlStore) -> str:
    """How a worker finds the store."""
    if isinstance(store, SqliteStore):
        return f"sqlite:{store.path}"
    return store.engine.url.render_as_string(hide_password=False)


def race(jobs: Sequence[Sequence[str]]) -> list[str]:
    """Run all jobs at once; returns the word that each ended with."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.worker"]
    workers = [
        subprocess.Popen([*command, *job], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for job in jobs
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate(timeout=100)[0].strip() for worker in workers]


PEOPLE = ("responder", "responder2", "approver", "manager")


def test_of_four_programs_at_once_one_gets_the_case_and_no_write_of_any_is_lost(any_store: SqlStore) -> None:
    book = furnish(any_store, Mode.REHEARSAL)
    case_id = hear(book, "Who looks after this?").case_id
    ended = race([[where(any_store), case_id, person, str(TIMES)] for person in PEOPLE])

    assert sorted(ended) == ["held", "held", "held", "mine"]
    winner = PEOPLE[ended.index("mine")]
    holder = book.queries.case(case_id, book.clock()).row.holder_id
    assert next(p.username for p in book.queries.staff() if p.id == holder) == winner

    assert any_store.queries.organisation().settings == {"n": len(PEOPLE) * TIMES}
    stopped = [e for e in any_store.audit_entries() if e.kind == "sending.stopped"]
    assert len(stopped) == len(PEOPLE) * TIMES
    verify(any_store.audit_entries())
