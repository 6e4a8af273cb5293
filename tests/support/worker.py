"""A separate program at the same casebook, for tests of several processes: `python -m tests.support.worker …`.

Arguments: where the casebook is (`sqlite:PATH` or a PostgreSQL URL), which case to claim, in whose name, and how
often to raise one number afterwards. It waits for one line on its standard input, so that all workers begin
together, and prints in one word what came of the claim.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from casebook.actions.claiming import claim
from casebook.book import Actor, Casebook
from casebook.errors import Held
from casebook.store.base import SqlStore
from casebook.store.postgres import PostgresStore
from casebook.store.sqlite import SqliteStore
from tests.support.books import DATABASE_KEY, actor, open_book
from tests.support.clock import START


def count(store: SqlStore, times: int) -> None:
    """Raise one number `times` times, each time in its own transaction with an audit entry."""
    for _ in range(times):
        with store.write() as work:
            organisation = work.organisations.where()[0]
            number = int(organisation.settings.get("n", 0)) + 1
            work.organisations.save(replace(organisation, settings={"n": number}))
            work.audit(START, "sending.stopped", actor="monitor")
            work.commit()


def try_to_claim(book: Casebook, person: Actor, case_id: str) -> str:
    """Claim a case: "mine", or "held" where somebody else was first."""
    try:
        claim(book, person, case_id)
    except Held:
        return "held"
    return "mine"


def main() -> None:
    """Do what the arguments say."""
    where, case_id, username, times = sys.argv[1:]
    store: SqlStore = (
        SqliteStore(Path(where.removeprefix("sqlite:")), DATABASE_KEY, busy_seconds=60)
        if where.startswith("sqlite:")
        else PostgresStore(where, lock_seconds=60)
    )
    book = open_book(store)
    person = actor(book, username)
    print("ready", flush=True)
    sys.stdin.readline()
    came_of_it = try_to_claim(book, person, case_id)
    count(store, int(times))
    print(came_of_it, flush=True)
    store.close()


if __name__ == "__main__":
    main()
