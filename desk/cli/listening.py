"""`listen`: the monitor, the only process with platform credentials. `coverage`: what was listened to, and when."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from casebook.actions import hearing
from casebook.errors import NotFound
from casebook.queries import CoverageRow
from desk import bootstrap
from desk.cli import envelope
from desk.cli.frame import Desk, command, say
from desk.cli.plain import counted, stamp, visible
from policies.facts import Act
from policies.spelling import nearest

if TYPE_CHECKING:
    from monitor.service import Monitor

NOTHING = "Nothing is listened to yet. Configure a [[watch]] and run “voicedesk listen”."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "listen", changes=True)(listen)
    command(app, "coverage", shows=True)(coverage)


def listen(
    desk: Desk,
    once: Annotated[bool, typer.Option("--once", help="Listen, answer and send once, then end.")] = False,
    watch: Annotated[str, typer.Option("--watch", metavar="NAME", help="Only this watch; with --once.")] = "",
    resume: Annotated[
        str,
        typer.Option(
            "--resume", metavar="NAME", help="Let this watch, which has stopped, start again; then end."
        ),
    ] = "",
) -> None:
    """Run the monitor. It hears what is new, answers what the desk asks, and sends what is approved.

    Runs until it is told to end (Ctrl+C, or a stop of the service); a step that has begun is finished first.
    A watch that had stopped is tried once more when the monitor starts; --resume does so at any time, while
    the monitor runs, and needs a sign-in.
    """
    if resume:
        _resume(desk, resume)
        return
    watches = desk.configuration.settings.watch
    if watch and watch not in {one.name for one in watches}:
        raise NotFound(f"There is no watch {watch!r}{nearest(watch, (one.name for one in watches))}")
    if desk.wishes.dry_run:
        heard = "; ".join(f"{one.name} on {one.channel}" for one in watches if watch in {"", one.name})
        desk.done(f"Listening to: {heard or 'nothing, as no [[watch]] is configured'}.")
        return
    monitor = bootstrap.monitor_for(desk.configuration, desk.book)
    if once or watch:
        _listen_once(desk, monitor, watch)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    say("Listening. Ctrl+C ends it.")
    monitor.run_until(stop)
    say("The monitor has ended; nothing was left half done.")


def _listen_once(desk: Desk, monitor: Monitor, watch: str) -> None:
    """Listen once; exits 1 where something was not listened to: another monitor has it, or it has stopped."""
    held = hearing.held(desk.book, watch)
    new = monitor.once(watch)
    say(f"Listened once: {counted(new, 'new post')}.")
    for name in held:
        say(f"Another monitor is listening to {visible(name)} at this moment; it was left alone.")
    stopped = [row for row in desk.book.queries.coverage(desk.book.clock()) if row.stopped_why]
    stopped = [row for row in stopped if watch in {"", row.watch}]
    for row in stopped:
        say(_stopped(row))
    if held or stopped:
        raise typer.Exit(1)


def _resume(desk: Desk, watch: str) -> None:
    """Let what has stopped of a watch start again, in the name of the person signed in."""
    rows = desk.book.queries.coverage(desk.book.clock())
    if watch not in {row.watch for row in rows}:
        raise NotFound(f"There is no watch {watch!r}{nearest(watch, (row.watch for row in rows))}")
    desk.demand(Act.LISTEN)
    stopped = [row for row in rows if row.watch == watch and row.stopped_why]
    for row in stopped:
        hearing.start_again(desk.book, desk.actor, row.listener_id)
    if not stopped:
        say(f"The watch {visible(watch)} has not stopped; nothing was changed.")
        return
    desk.done(f"The watch {visible(watch)} starts again: the monitor listens to it at its next wake-up.")


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
    state = (
        f"STOPPED ({row.stopped_why}): a person must act, then “voicedesk listen --resume {visible(row.watch)}”"
        if row.stopped_why
        else last
    )
    failing = f"; failing now, {counted(row.failures, 'time')} in a row" if row.failures else ""
    gaps = f"; {counted(row.incomplete, 'incomplete page')}" if row.incomplete else ""
    gap = f"; last gap: {visible(row.last_gap)}" if row.last_gap else ""
    return (
        f"{row.watch} on {row.channel}, every {row.interval_s} s: {state}{failing}; "
        f"{counted(row.polls, 'page')}, {counted(row.heard, 'new post')}{gaps}{gap}."
    )


def _stopped(row: CoverageRow) -> str:
    name = visible(row.watch)
    return (
        f"The watch {name} on {row.channel} has stopped ({row.stopped_why}). "
        f"Put that right, then run “voicedesk listen --resume {name}”."
    )
