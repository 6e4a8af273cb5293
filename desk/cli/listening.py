"""`listen`: the monitor, the only process with platform credentials. `coverage`: what was listened to, and when."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import Annotated

import typer

from casebook.errors import NotFound
from casebook.queries import CoverageRow
from desk import bootstrap
from desk.cli import envelope
from desk.cli.frame import Desk, command, say
from desk.cli.plain import counted, stamp, visible
from policies.facts import Act
from policies.spelling import nearest

NOTHING = "Nothing is listened to yet. Configure a [[watch]] and run “voicedesk listen”."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "listen", changes=True)(listen)
    command(app, "coverage", shows=True)(coverage)


def listen(
    desk: Desk,
    once: Annotated[bool, typer.Option("--once", help="Listen, answer and send once, then end.")] = False,
    watch: Annotated[str, typer.Option("--watch", metavar="NAME", help="Only this watch; with --once.")] = "",
) -> None:
    """Run the monitor. It hears what is new, answers what the desk asks, and sends what is approved.

    Runs until it is told to end (Ctrl+C, or a stop of the service); a step that has begun is finished first.
    """
    watches = desk.configuration.settings.watch
    if watch and watch not in {one.name for one in watches}:
        raise NotFound(f"There is no watch {watch!r}{nearest(watch, (one.name for one in watches))}")
    if desk.wishes.dry_run:
        heard = "; ".join(f"{one.name} on {one.channel}" for one in watches if watch in {"", one.name})
        desk.done(f"Listening to: {heard or 'nothing, as no [[watch]] is configured'}.")
        return
    monitor = bootstrap.monitor_for(desk.configuration, desk.book)
    if once or watch:
        new = monitor.once(watch)
        say(f"Listened once: {counted(new, 'new post')}.")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    say("Listening. Ctrl+C ends it.")
    monitor.run_until(stop)
    say("The monitor has ended; nothing was left half done.")


def coverage(
    desk: Desk,
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Look back this many days.")] = 7,
) -> None:
    """Say what was listened to, and where a gap is. Quiet and broken look different here."""
    desk.demand(Act.VIEW)
    rows = desk.book.queries.coverage(desk.book.clock() - timedelta(days=days))
    lines = [_line(row) for row in rows] or [
        "Nothing is listened to yet. Configure a [[watch]] and run “voicedesk listen”."
    ]
    desk.show("coverage", [envelope.item("coverage", row) for row in rows], lines)


def _line(row: CoverageRow) -> str:
    last = (
        f"last heard well at {stamp(row.last_success_at)}" if row.last_success_at else "never heard well yet"
    )
    state = f"STOPPED ({row.stopped_why}): a person must act" if row.stopped_why else last
    failing = f"; failing now, {counted(row.failures, 'time')} in a row" if row.failures else ""
    gaps = f"; {counted(row.incomplete, 'incomplete page')}" if row.incomplete else ""
    gap = f"; last gap: {visible(row.last_gap)}" if row.last_gap else ""
    return (
        f"{row.watch} on {row.channel}, every {row.interval_s} s: {state}{failing}; "
        f"{counted(row.polls, 'page')}, {counted(row.heard, 'new post')}{gaps}{gap}."
    )
