"""Which listener is due, and what a failure means for it. One listener's trouble never stops the others.

Schedules, cursors and leases live in our own `listener` table; APScheduler only wakes us (see `service`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from casebook.actions import hearing
from casebook.book import Casebook
from casebook.errors import CasebookError, LeaseLost
from casebook.heard import Lease
from casebook.states import IncidentKind
from monitor.channel import Channel, ChannelError
from monitor.failures import Meaning, meaning_of, word_for
from monitor.intake import Intake
from redaction.vault import VaultError

log = logging.getLogger("voicedesk.monitor")

LEASE = timedelta(seconds=120)
"""How long a listener is held; a page's commit renews it."""
LONGEST_WAIT = timedelta(minutes=30)
"""The longest pause after repeated failures."""

_TRY_AGAIN = Meaning()
_NO_CHANNEL = Meaning(
    stops=True,
    incident=IncidentKind.ENTITLEMENT,
    says="This network is not configured any more, or its channel is not installed.",
)


@dataclass
class Listening:
    """Polls listeners of one casebook through the channels given."""

    book: Casebook
    channels: Mapping[str, Channel]
    intake: Intake
    owner: str
    lease: timedelta = LEASE

    def poll(self, listener_id: str) -> int:
        """Poll one listener, if nobody else does; returns how many posts were new. Never raises for a network."""
        lease = self._take(listener_id)
        if lease is None:
            return 0
        started = self.book.clock()
        channel = self.channels.get(lease.channel)
        if channel is None:
            self._failed(lease, "no_such_channel", started, _NO_CHANNEL)
            return 0
        try:
            return self.intake.hear(lease, channel)
        except LeaseLost:
            log.warning("watch %s was taken over by another monitor", lease.watch)
        except ChannelError as error:
            self._failed(lease, word_for(error), started, meaning_of(error), error)
        except CasebookError as error:
            self._failed(lease, type(error).__name__.lower(), started)
        except Exception as error:  # noqa: BLE001 - one listener's trouble never stops the others
            # Whatever a library throws stays with this listener; its text may hold a post and is not logged.
            log.error("watch %s: unexpected %s", lease.watch, type(error).__name__)
            self._failed(lease, "unexpected", started)
        return 0

    def _take(self, listener_id: str) -> Lease | None:
        try:
            return hearing.take(self.book, listener_id, self.owner, self.lease)
        except (CasebookError, VaultError) as error:
            log.error("listener %s could not be taken: %s", listener_id, type(error).__name__)
        return None

    def _failed(
        self,
        lease: Lease,
        outcome: str,
        started: datetime,
        meaning: Meaning = _TRY_AGAIN,
        error: ChannelError | None = None,
    ) -> None:
        log.warning("watch %s on %s: %s", lease.watch, lease.channel, outcome)
        # A network may name a time that is past already; asking again at once would only make it angrier.
        soonest = self.book.clock() + pause(lease)
        until = error.until if error is not None and error.until is not None else soonest
        try:
            hearing.record_failure(
                self.book,
                lease,
                outcome,
                started_at=started,
                retry_at=max(until, soonest),
                stop=meaning.stops,
                incident=meaning.incident,
                says=meaning.says,
                cursor=error.cursor if error is not None else None,
            )
        except CasebookError as failed:
            log.warning("watch %s: the failure could not be recorded: %s", lease.watch, type(failed).__name__)


def pause(lease: Lease) -> timedelta:
    """How long to wait after a failure: the interval, doubled with each one, half an hour at most."""
    return min(timedelta(seconds=lease.interval_s) * (1 << min(lease.failures, 10)), LONGEST_WAIT)


class Polls:
    """Runs polls beside each other, though only one at a time on each channel.

    A network that answers slowly keeps its own listeners waiting and nobody else's.
    """

    def __init__(self, poll: Callable[[str], object], channels: int) -> None:
        """Prepare for `channels` networks; `poll` takes a listener's id."""
        self._poll = poll
        self._pool = ThreadPoolExecutor(max(1, channels) + 1, thread_name_prefix="poll")
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def start(self, listener_id: str, channel: str) -> bool:
        """Begin a poll, unless one runs on that channel; tells whether it was begun."""
        with self._lock:
            if channel in self._busy:
                return False
            self._busy.add(channel)
        self._pool.submit(self._run, listener_id, channel)
        return True

    def close(self) -> None:
        """Wait for the polls that have begun."""
        self._pool.shutdown(wait=True)

    def _run(self, listener_id: str, channel: str) -> None:
        try:
            self._poll(listener_id)
        except Exception as error:  # noqa: BLE001 - what one poll throws is noted by class alone
            log.error("poll: %s", type(error).__name__)
        finally:
            with self._lock:
                self._busy.discard(channel)
