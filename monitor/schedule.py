"""Which listener is due, and what a failure means for it. One listener's trouble never stops the others.

Schedules, cursors and leases live in our own `listener` table; APScheduler only wakes us (see `service`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from casebook.actions import hearing
from casebook.book import Casebook
from casebook.errors import CasebookError, LeaseLost
from casebook.heard import Lease
from monitor.channel import Channel, ChannelError, CredentialsRefused, NotEntitled
from monitor.intake import Intake
from monitor.outbox import word_for

log = logging.getLogger("voicedesk.monitor")

LEASE = timedelta(seconds=120)
"""How long a listener is held; a page's commit renews it."""
LONGEST_WAIT = timedelta(minutes=30)
"""The longest pause after repeated failures."""


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
        lease = hearing.take(self.book, listener_id, self.owner, self.lease)
        if lease is None:
            return 0
        started = self.book.clock()
        channel = self.channels.get(lease.channel)
        if channel is None:
            self._failed(lease, "no_such_channel", started, stop=True)
            return 0
        try:
            return self.intake.hear(lease, channel)
        except LeaseLost:
            log.warning("watch %s was taken over by another monitor", lease.watch)
        except ChannelError as error:
            stop = isinstance(error, CredentialsRefused | NotEntitled)
            self._failed(lease, word_for(error), started, stop=stop, until=error.until)
        except CasebookError as error:
            self._failed(lease, type(error).__name__.lower(), started)
        except Exception as error:  # noqa: BLE001 - one listener's trouble never stops the others
            # Whatever a library throws stays with this listener; its text may hold a post and is not logged.
            log.error("watch %s: unexpected %s", lease.watch, type(error).__name__)
            self._failed(lease, "unexpected", started)
        return 0

    def _failed(
        self,
        lease: Lease,
        outcome: str,
        started: datetime,
        *,
        stop: bool = False,
        until: datetime | None = None,
    ) -> None:
        log.warning("watch %s on %s: %s", lease.watch, lease.channel, outcome)
        try:
            hearing.record_failure(
                self.book,
                lease,
                outcome,
                started_at=started,
                retry_at=until or self.book.clock() + pause(lease),
                stop=stop,
            )
        except CasebookError as error:
            log.warning("watch %s: the failure could not be recorded: %s", lease.watch, type(error).__name__)


def pause(lease: Lease) -> timedelta:
    """How long to wait after a failure: the interval, doubled with each one, half an hour at most."""
    return min(timedelta(seconds=lease.interval_s) * (1 << min(lease.failures, 10)), LONGEST_WAIT)
