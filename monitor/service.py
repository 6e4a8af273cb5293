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
from monitor.intake import Intake
from monitor.outbox import Sender
from monitor.requests import answer_requests, read_again
from monitor.schedule import Listening

log = logging.getLogger("voicedesk.monitor")


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

    def once(self, watch: str = "") -> int:
        """Poll every listener (or that of one watch) now, send and answer; returns how many posts were new."""
        hearing.give_back(self.book, self.owner)
        new = sum(self.listening.poll(i) for i in hearing.due(self.book, watch=watch, whatever_due=True))
        self.work()
        return new

    def work(self) -> None:
        """Answer requests, read what stayed sealed again, and send."""
        self.answer()
        self.read_sealed()
        self.send()

    def answer(self) -> None:
        """Answer what the desk asks of networks."""
        answer_requests(self.book, self.channels, self.intake)

    def read_sealed(self) -> None:
        """Try again to read what an engine failure left sealed."""
        read_again(self.book, self.intake)

    def send(self) -> None:
        """Send what the outbox holds."""
        self.sender.run_once()

    def run_until(self, stop: threading.Event, *, wake_every: float = 1.0) -> None:
        """Listen and send until `stop` is set; a step that has begun is finished first.

        Args:
            stop: set it to end.
            wake_every: seconds between looks at what is due.
        """
        hearing.give_back(self.book, self.owner)
        scheduler = _scheduler()
        interval: dict[str, Any] = {"trigger": "interval", "seconds": wake_every}
        jobs = {"wake": lambda: self._wake(scheduler), "send": self.send, "answer": self.answer}
        for name, job in jobs.items():
            scheduler.add_job(_guarded(name, job), id=name, **interval)
        scheduler.add_job(
            _guarded("read sealed", self.read_sealed),
            id="read sealed",
            trigger="interval",
            seconds=wake_every * 30,
        )
        scheduler.start()
        try:
            stop.wait()
        finally:
            scheduler.shutdown(wait=True)

    def _wake(self, scheduler: Any) -> None:
        """Start a poll for each listener that is due; one that still runs is left alone."""
        for listener_id in hearing.due(self.book):
            job = _guarded("poll", self.listening.poll, listener_id)
            scheduler.add_job(job, id=f"listener {listener_id}", replace_existing=True)


def _scheduler() -> Any:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.memory import MemoryJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return BackgroundScheduler(
        timezone=UTC,
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(4)},
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
