"""The monitor as a running program: what is due is woken, and what fails does not stop the rest."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

import pytest

from casebook.actions import setting_up
from casebook.model import OutboxState
from casebook.queries import QueueFilter
from monitor.channels.practice import build
from monitor.practice.script import script_of
from monitor.service import Monitor, _scheduler
from tests.support.books import HANDLE, rehearsal_book, scripted
from tests.support.practice import approved_reply, mention_of, post

PATIENCE = 20.0
"""Seconds after which a test gives up waiting."""


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path, lambda: datetime.now(UTC))


def running(book, *posts):
    channel = build(book.clock, script=script_of(posts), visible_at_once=True)
    account = setting_up.ensure_account(book, "practice", HANDLE)
    setting_up.ensure_watch(book, "northvale", "practice", account, {}, 1)
    return Monitor(book, {"practice": channel}, scripted(book)), channel


def run(monitor, until):
    """Run the monitor until something is so; tells whether it became so."""
    stop, reached = threading.Event(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            if until():
                reached.set()
                stop.set()

    threading.Thread(target=watch, daemon=True).start()
    threading.Timer(PATIENCE, stop.set).start()
    monitor.run_until(stop, wake_every=0.1)
    return reached.is_set()


def test_a_running_monitor_hears_and_sends(book):
    monitor, channel = running(book, post(1, "I waited long"))
    assert run(monitor, lambda: book.queries.queue(QueueFilter(), book.clock()))
    approved_reply(book, mention_of(book, "p1"))
    assert run(monitor, lambda: [r for r in book.queries.replies() if r.state is OutboxState.SENT])
    assert len(channel.network.replies()) == 1


def test_a_running_monitor_goes_on_after_a_failure_and_logs_no_words(book, caplog):
    monitor, channel = running(book, post(1, "a very private sentence"))
    calls = []
    original = channel.fetch

    def fetch(watch, cursor):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a very private sentence")
        return original(watch, cursor)

    channel.fetch = fetch
    with caplog.at_level(logging.DEBUG):
        assert run(monitor, lambda: book.queries.queue(QueueFilter(), book.clock()))
    assert "a very private sentence" not in caplog.text


def test_the_scheduler_skips_no_late_job_and_runs_none_twice_at_once():
    scheduler = _scheduler()
    scheduler.add_job(print, id="probe", trigger="interval", seconds=60)
    scheduler.start(paused=True)
    try:
        job = scheduler.get_job("probe")
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
        assert str(scheduler.timezone) == "UTC"
    finally:
        scheduler.shutdown(wait=False)


def test_the_schedule_lives_in_our_own_table_and_survives_a_restart(book):
    monitor, _ = running(book, post(1, "I waited long"))
    assert run(monitor, lambda: book.queries.queue(QueueFilter(), book.clock()))
    with book.store.read() as work:
        [listener] = work.listeners.where()
    assert listener.next_due_at is not None
    assert listener.cursor is not None
    assert listener.last_success_at is not None
