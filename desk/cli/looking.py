"""`list` and `show`: what there is to do, and one case whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from casebook.actions.drafting import open_draft
from casebook.errors import NotFound
from casebook.model import DraftState
from casebook.queries import VIEWS, CaseView, DraftView, MentionView, QueueFilter, QueueRow
from desk.cli import envelope
from desk.cli.budgets import cost_warning
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command
from desk.cli.plain import SEVERITIES, counted, indented, stamp, until, visible
from desk.on_the_way import asked, seen, waiting
from policies.facts import Act
from policies.spelling import nearest

NOT_SAFE = "not yet safe: this text could not be read for personal data and stays sealed"
_WAYS = {
    "api": "can be answered from here",
    "handoff": "must be answered by hand",
    "forbidden": "cannot be answered",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "list", shows=True)(list_cases)
    command(app, "show", shows=True)(show)


def list_cases(
    desk: Desk,
    view: Annotated[str, typer.Option("--view", help=f"One of: {', '.join(VIEWS)}.")] = "open",
    queue: Annotated[str, typer.Option("--queue", help="Only cases of this queue.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most this many.")] = 50,
) -> None:
    """List cases, most urgent first."""
    if view not in VIEWS:
        raise UsedWrongly(f"There is no view {view!r}{nearest(view, VIEWS)}")
    actor, now = desk.demand(Act.VIEW), desk.book.clock()
    wanted = QueueFilter(view=view, queue=queue, staff_id=actor.staff_id, limit=limit)
    rows = desk.book.queries.queue(wanted, now)
    lines = [case_line(row, now) for row in rows] or [f"There is no case in the view “{view}”."]
    desk.show("cases", [envelope.item("cases", row) for row in rows], lines)


def show(
    desk: Desk,
    number: CaseNumber,
    reply: Annotated[
        bool,
        typer.Option("--reply", help="Only the exact text of the reply that waits, or of your own draft."),
    ] = False,
) -> None:
    """Show a case whole. Its posts, what must be done and why, its history and its replies."""
    case = desk.case(number)
    if reply:
        show_reply(desk, case, reply_to_show(desk, case))
        return
    desk.show("case", case_data(case), case_lines(case, desk.book.clock()))


def reply_to_show(desk: Desk, case: CaseView) -> DraftView:
    """The reply that waits for approval, else the actor's own draft, else the newest reply.

    Raises:
        casebook.errors.NotFound: nobody has written one.
    """
    mine = desk.actor.staff_id
    waiting = [d for d in case.drafts if d.state is DraftState.SUBMITTED]
    own = [d for d in case.drafts if d.state is DraftState.WRITING and d.author_id == mine]
    found = waiting or own or sorted(case.drafts, key=lambda d: d.revision)
    if not found:
        raise NotFound("Nobody has written a reply to this case yet.")
    return found[-1]


def show_reply(desk: Desk, case: CaseView, draft: DraftView) -> None:
    """Print a reply's exact text with what an approval would bind."""
    words = open_draft(desk.book, desk.actor, draft.draft_id)
    cost = cost_warning(desk.book, case.row.channel, words)
    data = envelope.item(
        "reply_text", draft, case=case.row.number, text=words, characters=len(words), cost_warning=cost
    )
    lines = [
        f"Reply to case {case.row.number}, revision {draft.revision}, {draft.state.value}, "
        f"by {visible(draft.author)}, {counted(len(words), 'character')}:",
        indented(words),
    ]
    if draft.bundle_hash:
        lines.append(f"Bundle {draft.bundle_hash[:12]}, policy {draft.policy_version}.")
    desk.show("reply_text", data, [*lines, cost] if cost else lines)


def case_line(row: QueueRow, now: datetime) -> str:
    """A case in one line."""
    parts = [f"severity {row.severity} ({SEVERITIES[row.severity]})", row.status.value]
    if row.status.value not in {"closed", "answered"}:
        parts.append(until(row.due_at, now))
    parts += [f"queue {row.queue}", f"on {row.channel}"]
    parts.append(f"held by {visible(row.holder)}" if row.holder else "held by nobody")
    if row.escalated_to:
        parts.append(f"escalated to {row.escalated_to}")
    words = visible(row.summary) if row.safe else NOT_SAFE
    return f"Case {row.number}: {', '.join(parts)}. {words}"


def case_lines(case: CaseView, now: datetime) -> Iterator[str]:
    """A case whole, in sentences; foreign text is set in."""
    row = case.row
    yield case_line(row, now)
    yield f"Account {visible(case.account)}. Triaged: {'yes' if row.triaged else 'not by a person yet'}."
    if row.risks:
        yield f"Risks: {', '.join(row.risks)}."
    if case.rules:
        yield f"Rules that fired: {', '.join(case.rules)}."
    yield from (f"Must do: {sentence}" for sentence in case.must_do)
    if case.complaint_live:
        yield "A formal complaint about this is open. It is answered there, never in public."
    if case.tell:
        yield f"Tell: {', '.join(case.tell)}."
    for number, post in enumerate(case.thread, start=1):
        yield from _post_lines(number, post, now)
    for draft in case.drafts:
        yield from draft_lines(draft, now)
    yield "History:"
    for event in case.history:
        facts = ", ".join(f"{name} {visible(str(value))}" for name, value in event.facts.items())
        known = f" ({facts})" if facts else ""
        yield f"  {stamp(event.at)}: {visible(event.who) or 'the monitor'}, {event.kind}{known}"
        if event.text:
            yield indented(event.text)


def _post_lines(number: int, post: MentionView, now: datetime) -> Iterator[str]:
    gone = f", now {post.gone}" if post.gone else ""
    yield f"Post {number}, {stamp(post.posted_at)}, language {post.language or 'unknown'}{gone}:"
    yield indented(post.text) if post.safe else f"    ({NOT_SAFE})"
    yield f"  It {_WAYS.get(post.way, post.way)}: {visible(post.way_reason)} ({asked(post.way_at, now)})."


def draft_lines(draft: DraftView, now: datetime) -> Iterator[str]:
    """A reply as lists show it, with what the gate said and where it stands."""
    who, when = visible(draft.author), stamp(draft.written_at)
    yield f"Reply, revision {draft.revision}, {draft.state.value}, by {who}, {when}:"
    yield indented(draft.text)
    if draft.verdict:
        yield f"  Gate: {draft.verdict}{f' ({chr(44).join(draft.reasons)})' if draft.reasons else ''}."
    if draft.bundle_hash:
        by = f"; approved by {visible(', '.join(draft.approved_by))}" if draft.approved_by else ""
        yield f"  Needs {counted(draft.approvals_needed, 'approval')}{by}. Bundle {draft.bundle_hash[:12]}."
    if draft.decided_why:
        yield f"  Sent back: {visible(draft.decided_why)}"
    if draft.outbox_state is not None:
        waits = waiting(draft.outbox_state, draft.outbox_why, draft.waits_until, now)
        yield f"  Outbox: {draft.outbox_state.value}{f' ({visible(waits)})' if waits else ''}."
    if draft.sent_at is not None and (
        known := seen(draft.id_known, draft.seen_at, draft.looks, draft.looked_for_again, now)
    ):
        yield f"  It was {known}."


def case_data(case: CaseView) -> dict[str, Any]:
    """A case whole, for JSON."""
    own = {name: getattr(case.row, name) for name in envelope.FIELDS["cases"]}
    return envelope.item(
        "case",
        case,
        **own,
        thread=[envelope.item("post", post, post=n) for n, post in enumerate(case.thread, start=1)],
        history=[envelope.item("event", event) for event in case.history],
        drafts=[_draft_data(draft) for draft in case.drafts],
    )


def _draft_data(draft: DraftView) -> dict[str, Any]:
    names = envelope.FIELDS["finding"]
    return envelope.item(
        "draft", draft, findings=[dict(zip(names, found, strict=True)) for found in draft.findings]
    )
