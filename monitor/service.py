"""The monitor as a running program: listeners, the sender and the desk's requests, woken by APScheduler.

The only process that holds platform credentials. A second one is harmless: leases and committed attempts keep
them apart.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from typing import Any

from casebook.actions import hearing
from casebook.book import Casebook
from casebook.model import new_id
from casebook.ports import Reader
from monitor.channel import Channel
from monitor.coverage import Watchdog
from monitor.intake import Intake
from monitor.outbox import Sender
from monitor.requests import Rereading, answer_requests
from monitor.schedule import Listening, Polls
from monitor.verifying import Verifying

log = logging.getLogger("voicedesk.monitor")

_KINDS_OF_WORK = ("wake", "send", "answer", "read sealed", "verify", "watch over")
"""Each has a thread of its own."""


class Monitor:
    """Everything the monitor does, over one casebook and the channels it was given."""

    def __init__(
        self,
        book: Casebook,
        channels: Mapping[str, Channel],
        reader: Reader,
        *,
        owner: str = "",
        sender_lease: timedelta = timedelta(seconds=120),
    ) -> None:
        """Prepare; nothing runs yet. `owner` names this process in leases (default: host, process, a nonce)."""
        self.book = book
        self.channels = channels
        self.owner = owner or f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self.intake = Intake(book, reader)
        self.listening = Listening(book, channels, self.intake, self.owner)
        self.sender = Sender(book, channels, self.owner, lease=sender_lease)
        self.rereading = Rereading(book, self.intake)
        self.watchdog = Watchdog(book)
        self.verifying = Verifying(book, channels)

    def once(self, watch: str = "") -> int:
        """Poll every listener (or that of one watch) now, send and answer; returns how many posts were new."""
        hearing.give_back(self.book, self.owner)
        new = sum(self.listening.poll(i) for i in hearing.due(self.book, watch=watch, whatever_due=True))
        self.work()
        _guarded("watch over", self.watch_over)()
        return new

    def work(self) -> None:
        """Answer requests, read what stayed sealed again, send, and look for what was posted by hand.

        What fails in one step stops no other.
        """
        steps = {
            "answer": self.answer,
            "read sealed": self.read_sealed,
            "send": self.send,
            "verify": self.verify,
        }
        for name, step in steps.items():
            _guarded(name, step)()

    def answer(self) -> None:
        """Answer what the desk asks of networks."""
        answer_requests(self.book, self.channels, self.intake)

    def read_sealed(self) -> None:
        """Try again to read what an engine failure left sealed."""
        self.rereading.run_once()

    def watch_over(self) -> None:
        """Notice what is not heard, and silences that are not believable."""
        self.watchdog.run_once()

    def send(self) -> None:
        """Send what the outbox holds."""
        self.sender.run_once()

    def verify(self) -> None:
        """Look for replies that people posted by hand."""
        self.verifying.run_once()

    def run_until(self, stop: threading.Event, *, wake_every: float = 1.0) -> None:
        """Listen and send until `stop` is set; a step that has begun is finished first.

        Listeners that had stopped are tried once more: whoever starts the monitor may have put right what was
        wrong. Each kind of work has a thread of its own, so that slow networks hold up neither sending nor
        answering.

        Args:
            stop: set it to end.
            wake_every: seconds between looks at what is due.
        """
        hearing.give_back(self.book, self.owner)
        hearing.try_stopped(self.book)
        polls = Polls(self.listening.poll, len(self.channels))
        scheduler = _scheduler()
        jobs: dict[str, tuple[Callable[[], None], float]] = {
            "wake": (lambda: self._wake(polls), wake_every),
            "send": (self.send, wake_every),
            "answer": (self.answer, wake_every),
            "read sealed": (self.read_sealed, wake_every * 30),
            "verify": (self.verify, wake_every * 30),
            "watch over": (self.watch_over, wake_every * 15),
        }
        for name, (job, seconds) in jobs.items():
            scheduler.add_job(
                _guarded(name, job), id=name, executor=name, trigger="interval", seconds=seconds
            )
        scheduler.start()
        try:
            stop.wait()
        finally:
            scheduler.shutdown(wait=True)
            polls.close()

    def _wake(self, polls: Polls) -> None:
        """Start a poll for each listener that is due, the longest waiting first, one a channel."""
        due = hearing.due(self.book)
        on = hearing.channels_of(self.book, due)
        for listener_id in due:
            polls.start(listener_id, on[listener_id])


def _scheduler() -> Any:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.memory import MemoryJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return BackgroundScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        executors={name: ThreadPoolExecutor(1) for name in ("default", *_KINDS_OF_WORK)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )


def _guarded(name: str, job: Callable[..., Any], *arguments: Any) -> Callable[[], None]:
    """`job` so that what it raises is noted by class alone, and the schedule goes on."""

    def run() -> None:
        try:
            job(*arguments)
        except Exception as error:  # noqa: BLE001 - the schedule goes on whatever one job throws
            log.error("%s: %s", name, type(error).__name__)

    return run
