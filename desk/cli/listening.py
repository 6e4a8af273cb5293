"""`listen`: the monitor, the only process with platform credentials. `coverage`: what was listened to, and when."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casebook.actions import covering, hearing
from casebook.coverage import (
    CLOSED_BY_HAND,
    CLOSED_WORDS,
    STATE_WORDS,
    TITLES,
    TO_DO,
    State,
    short,
    span,
    state_of,
)
from casebook.errors import NotFound
from casebook.queries import CoverageRow, IncidentRow
from casebook.spending import money
from desk import bootstrap
from desk.cli import asking, envelope
from desk.cli.frame import Desk, UsedWrongly, command, say
from desk.cli.plain import counted, length, stamp, visible
from policies.facts import Act
from policies.spelling import nearest

if TYPE_CHECKING:
    from monitor.service import Monitor

NOTHING = "Nothing is listened to yet. Configure a [[watch]] and run “voicedesk listen”."


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "listen", changes=True)(listen)
    command(app, "coverage", shows=True, changes=True)(coverage)


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
    close: Annotated[
        str, typer.Option("--close", metavar="ID", help="Close this incident, with a reason; then end.")
    ] = "",
    why: Annotated[
        str | None, typer.Option("--why", help="The reason, in your words; it is kept. With --close.")
    ] = None,
    file: asking.TextFile = None,
) -> None:
    """Say what was listened to, and where something may be missing. Quiet and broken look different here.

    First each watch with its state, then what may not have been heard: open incidents first, each with an id and
    what to do about it. Outages end by themselves; what was lost stays until somebody closes it with --close and
    a reason.
    """
    if close:
        _close(desk, close, why, file)
        return
    if why is not None or file is not None:
        raise UsedWrongly("Say which incident with --close ID.")
    desk.demand(Act.VIEW)
    now = desk.book.clock()
    since = now - timedelta(days=days)
    rows = desk.book.queries.coverage(since)
    found = desk.book.queries.incidents(since=since)
    networks = desk.book.queries.networks()
    currencies = {name: facts.tariff.currency for name, facts in networks.items()}
    lines = [_line(row, now, currencies.get(row.channel, "")) for row in rows] or [NOTHING]
    lines += [part for one in found for part in _incident_lines(one, now)]
    if rows and not found:
        lines.append(f"Nothing is known to be missing of the last {counted(days, 'day')}.")
    desk.show("coverage", [_data(row, found, now) for row in rows], lines)


def _close(desk: Desk, ending: str, why: str | None, file: Path | None) -> None:
    """Close an incident in the name of the person signed in."""
    desk.demand(Act.LISTEN)
    incident_id = covering.find_incident(desk.book, ending)
    words = asking.text(desk, "the reason", file=file, given=why)
    closed = covering.close_incident(desk.book, desk.actor, incident_id, words)
    desk.done(f"The incident {short(closed.id)} ({TITLES[closed.kind]}) is closed; the reason is kept.")


def _data(row: CoverageRow, found: Sequence[IncidentRow], now: datetime) -> dict[str, object]:
    standing = state_of(row, now)
    own = [envelope.item("incident", one) for one in found if one.listener_id == row.listener_id]
    return envelope.item(
        "coverage",
        row,
        state=standing.state.value,
        sentence=standing.sentence,
        listened_to=standing.heard and row.active,
        incidents=own,
    )


def _line(row: CoverageRow, now: datetime, currency: str) -> str:
    standing = state_of(row, now)
    name = visible(row.watch)
    resume = f" Then run “voicedesk listen --resume {name}”." if standing.state is State.STOPPED else ""
    parts = [counted(row.polls, "page"), counted(row.heard, "new post")]
    parts += [counted(row.incomplete, "incomplete page")] if row.incomplete else []
    parts += [f"{row.capped} at the network's limit"] if row.capped else []
    parts += [f"{row.set_aside} set aside"] if row.set_aside else []
    parts += [counted(row.calls, "request")] if row.calls else []
    parts += [money(row.micros, currency)] if row.micros else []
    parts += [f"of the newest pages alone, from {stamp(row.counted_since)} on"] if row.counted_since else []
    gap = f" Last gap: {visible(row.last_gap)}" if row.last_gap else ""
    return (
        f"{STATE_WORDS[standing.state]}: {name} on {visible(row.channel)}. {visible(standing.sentence)}{resume} "
        f"({', '.join(parts)}.){gap}"
    )


def _incident_lines(one: IncidentRow, now: datetime) -> list[str]:
    start, end = span(one)
    where = f"{visible(one.watch)} on {visible(one.channel)}" + (
        f", {visible(one.source)}" if one.source else ""
    )
    when = f"from {stamp(start) if start else 'the beginning'} to {stamp(end) if end else 'now'}"
    head = f"{short(one.incident_id)} {TITLES[one.kind]}: {where}, {when}. {visible(one.says)}"
    if one.closed_at is None:
        closes = f" voicedesk coverage --close {short(one.incident_id)}" if one.kind in CLOSED_BY_HAND else ""
        return [f"OPEN {head}", f"    {TO_DO[one.kind]}{closes}"]
    by = f" by {visible(one.closed_by)}" if one.closed_by else ""
    why = CLOSED_WORDS.get(one.closed_why, one.closed_why) if not one.closed_by else one.closed_why
    return [
        f"closed {head}",
        f"    Closed {length(now - one.closed_at)} ago{by}: {visible(why).rstrip('.')}.",
    ]


def _stopped(row: CoverageRow) -> str:
    name = visible(row.watch)
    return (
        f"The watch {name} on {row.channel} has stopped ({row.stopped_why}). "
        f"Put that right, then run “voicedesk listen --resume {name}”."
    )
