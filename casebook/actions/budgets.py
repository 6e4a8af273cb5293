"""What networks were asked is counted here, by channel and day (UTC), and held against the ceiling that is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from casebook.book import Casebook
from casebook.errors import GuardRefused, Stale
from casebook.model import SpendRow, new_id
from casebook.spending import NOTHING_SPENT, UNLIMITED, Ceiling, Spent, day_of, rests_until
from casebook.unit_of_work import UnitOfWork

MOST = 2_000_000_000
"""The largest number of requests of one day that the record can hold."""
MOST_MICROS = 9_000_000_000_000_000_000
"""The same of money."""
_TRIES = 5


def record_spend(book: Casebook, channel: str, calls: int, micros: int) -> None:
    """Add to what a channel was asked today; several processes may do so at the same time.

    Args:
        book: the casebook.
        channel: which network.
        calls: requests made; not below 0.
        micros: money charged, in millionths of the network's currency; not below 0.

    Raises:
        casebook.errors.CasebookError: it could not be kept; nothing was added.
    """
    if calls <= 0 and micros <= 0:
        return
    day = day_of(book.clock())
    for _ in range(_TRIES):
        try:
            with book.store.write() as work:
                _add(work, channel, day, max(calls, 0), max(micros, 0))
                work.commit()
                return
        except (Stale, GuardRefused):  # somebody else added to, or began, the same day
            continue
    raise Stale


def _add(work: UnitOfWork, channel: str, day: str, calls: int, micros: int) -> None:
    row = work.spends.find(channel=channel, day=day)
    if row is None:
        made = SpendRow(id=new_id(), channel=channel, day=day, calls=0, micros=0)
        row = work.spends.add(made)
    work.spends.save(
        replace(row, calls=min(row.calls + calls, MOST), micros=min(row.micros + micros, MOST_MICROS))
    )


def spent(book: Casebook, channel: str) -> Spent:
    """What a channel was asked today and this month."""
    return book.queries.spent(book.clock()).get(channel, NOTHING_SPENT)


@dataclass(frozen=True, slots=True)
class Budget:
    """One channel's budget: what it may be asked, and the place where it is counted."""

    book: Casebook
    channel: str
    ceiling: Ceiling = UNLIMITED

    def rests_until(self, *, reserve: bool, calls: int = 1, micros: int = 0) -> datetime | None:
        """Until when nothing may be asked, None where a call may be made now.

        Args:
            reserve: whether the call may use what reads leave for replies.
            calls: requests that are not recorded yet, with those of this call.
            micros: money, likewise.

        Raises:
            casebook.errors.CasebookError: the record cannot be read; nobody knows.
        """
        if not self.ceiling.limits_something:
            return None
        allowed = self.ceiling if reserve else self.ceiling.for_reads()
        now = self.book.clock()
        return rests_until(allowed, spent(self.book, self.channel), now, calls=calls, micros=micros)

    def record(self, calls: int, micros: int) -> None:
        """Add to what was asked today; raises as `record_spend` does."""
        record_spend(self.book, self.channel, calls, micros)
