"""What leaves the desk: `send` (the outbox), `handoff`, `withdraw`, `stop-sending`, `start-sending`, `replies`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from casebook.actions import resolving, stopping
from casebook.actions.sending import unreached
from casebook.errors import NotFound
from casebook.model import OutboxState
from casebook.queries import ReplyRow
from desk.browser import host_of, open_address
from desk.cli import asking, envelope
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command
from desk.cli.plain import counted, indented, stamp, visible
from desk.on_the_way import waiting
from policies.facts import Act
from policies.spelling import nearest

_ON_THE_WAY = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.BY_HAND)
_IN_WORDS = {
    OutboxState.QUEUED: "waits for the monitor to send it",
    OutboxState.SENDING: "is being sent",
    OutboxState.SENT: "was posted",
    OutboxState.REFUSED: "was refused by the network",
    OutboxState.UNCERTAIN: "may or may not have been posted: look at the network, then decide with --resolve",
    OutboxState.BY_HAND: "waits to be posted by hand: voicedesk handoff CASE",
    OutboxState.CANCELLED: "was given up",
}
Url = Annotated[str | None, typer.Option("--url", metavar="ADDRESS", help="The address of the posted reply.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "send", shows=True, changes=True)(send)
    command(app, "handoff", shows=True, changes=True)(handoff)
    command(app, "withdraw", changes=True)(withdraw)
    command(app, "replies", shows=True)(replies)
    command(app, "stop-sending", changes=True)(stop_sending)
    command(app, "start-sending", changes=True)(start_sending)


def send(
    desk: Desk,
    number: Annotated[int | None, typer.Argument(metavar="[CASE]", min=1, help="Only this case.")] = None,
    resolve: Annotated[
        str | None,
        typer.Option("--resolve", help=f"Decide about an uncertain reply: {', '.join(resolving.DECISIONS)}."),
    ] = None,
    url: Url = None,
) -> None:
    """Show the outbox, or decide about an uncertain reply. The monitor sends what is approved."""
    if resolve is not None:
        _resolve(desk, number, resolve, url)
        return
    desk.demand(Act.VIEW)
    rows = [
        row
        for row in desk.book.queries.replies()
        if row.state in _ON_THE_WAY and number in {None, row.case_number}
    ]
    lines = [_outbox_line(row, desk.book.clock()) for row in rows] or ["The outbox is empty."]
    lines += [
        f"The monitor does not reach {channel}: configure an [[account]] on it, or take the replies back with "
        "“voicedesk withdraw CASE”."
        for channel in unreached(desk.book)
    ]
    if desk.book.queries.organisation().sending_stopped:
        lines.append("All sending is stopped. Allow it again with “voicedesk start-sending”.")
    desk.show("outbox", [envelope.item("outbox", row) for row in rows], lines)


def _resolve(desk: Desk, number: int | None, decision: str, url: str | None) -> None:
    if number is None:
        raise UsedWrongly("Name the case whose reply you decide about.")
    if decision not in resolving.DECISIONS:
        raise UsedWrongly(f"There is no decision {decision!r}{nearest(decision, resolving.DECISIONS)}")
    row = _reply_in(desk, number, OutboxState.UNCERTAIN, "is uncertain")
    resolving.resolve_uncertain(desk.book, desk.actor, row.outbox_id, decision, url or "")
    desk.done(
        f"Case {number}: {resolving.DECISIONS[decision].partition(':')[0]}. It is recorded as your decision."
    )


def handoff(
    desk: Desk,
    number: CaseNumber,
    url: Url = None,
    open_post: Annotated[
        bool, typer.Option("--open", help="Open the post in your browser, after asking.")
    ] = False,
) -> None:
    """Post an approved reply by hand. Shows its text and where it belongs; --url records where it was posted."""
    desk.demand(Act.HANDOFF)
    row = _reply_in(desk, number, OutboxState.BY_HAND, "waits to be posted by hand")
    if url is not None:
        resolving.record_handoff(desk.book, desk.actor, row.outbox_id, url)
        desk.done(
            f"Case {number} is answered; the address of the reply is kept. The monitor looks whether it is there."
        )
        return
    words, address = resolving.handoff_text(desk.book, desk.actor, row.outbox_id)
    data = {"case": number, "text": words, "address": address, "characters": len(words)}
    lines = [
        f"Post exactly this ({counted(len(words), 'character')}):",
        indented(words),
        f"As a reply to: {visible(address) or 'an address that the network did not give'}",
        f"Then: voicedesk handoff {number} --url ADDRESS",
    ]
    desk.show("handoff", data, lines)
    if open_post:
        _open_post(desk, address)


def _open_post(desk: Desk, address: str) -> None:
    host = host_of(address)
    if desk.wishes.dry_run:
        desk.done(f"The post is open in your browser, at {host}.")
    elif asking.yes(desk, f"Open the post at {host} in your browser?"):
        open_address(address)
        desk.done(f"The post is open in your browser, at {host}.")
    else:
        desk.done("The post was not opened.")


def withdraw(desk: Desk, number: CaseNumber) -> None:
    """Take an approved reply back before it is posted. The case is open again."""
    desk.demand(Act.HANDOFF)
    waiting = {OutboxState.QUEUED, OutboxState.BY_HAND}
    found = [r for r in desk.book.queries.replies() if r.case_number == number and r.state in waiting]
    if not found:
        raise NotFound(f"No approved reply of case {number} waits to be posted.")
    resolving.withdraw(desk.book, desk.actor, found[0].outbox_id)
    desk.done(f"The reply of case {number} was taken back; nothing was posted, and the case is open again.")


def replies(desk: Desk) -> None:
    """List every reply that passed approval. Who wrote it, who approved it, under which policy version."""
    desk.demand(Act.VIEW)
    rows = desk.book.queries.replies()
    lines = [_reply_line(row) for row in rows] or ["No reply has passed approval yet."]
    desk.show("replies", [envelope.item("replies", row) for row in rows], lines)


def stop_sending(desk: Desk) -> None:
    """Stop all sending at once. A call to a network that has begun is not undone."""
    stopping.stop_sending(desk.book, desk.actor)
    desk.done(
        "All sending is stopped. Nothing leaves the desk until somebody runs “voicedesk start-sending”."
    )


def start_sending(desk: Desk) -> None:
    """Allow sending again."""
    stopping.start_sending(desk.book, desk.actor)
    desk.done("Sending is allowed again.")


def _reply_in(desk: Desk, number: int, state: OutboxState, words: str) -> ReplyRow:
    found = [r for r in desk.book.queries.replies() if r.case_number == number and r.state is state]
    if not found:
        raise NotFound(f"No reply of case {number} {words}.")
    return found[0]


def _outbox_line(row: ReplyRow, now: datetime) -> str:
    waits = waiting(row.state, row.why, row.waits_until, now)
    tried = f", {counted(row.attempts, 'attempt')}" if row.attempts else ""
    return (
        f"Case {row.case_number}, on {row.channel}, by {visible(row.author)}, queued {stamp(row.queued_at)}{tried}: "
        f"it {_IN_WORDS[row.state]}{f' ({visible(waits)})' if waits else ''}."
    )


def _reply_line(row: ReplyRow) -> str:
    by = ", ".join(visible(name) for name in row.approvers) or "nobody"
    when = f" at {stamp(row.sent_at)}" if row.sent_at else ""
    return (
        f"Case {row.case_number}, on {row.channel}: written by {visible(row.author)}, approved by {by}, gate "
        f"{row.verdict}, policy {row.policy_version}, bundle {row.bundle_hash[:12]}; it {_IN_WORDS[row.state]}{when}."
    )
