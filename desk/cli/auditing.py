"""`audit list · show · verify`: what happened, and the proof that nobody changed it."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.audit import verify as verify_chain
from casebook.errors import BrokenChain, NotFound
from casebook.queries import AuditRow
from desk.cli import envelope
from desk.cli.frame import Desk, command
from desk.cli.plain import counted, stamp, visible
from policies.facts import Act


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="What happened, and the proof of it.", no_args_is_help=True)
    command(group, "list", shows=True)(list_entries)
    command(group, "show", shows=True)(show)
    command(group, "verify", shows=True)(verify)
    app.add_typer(group, name="audit")


def list_entries(
    desk: Desk,
    number: Annotated[
        int | None, typer.Option("--case", metavar="CASE", min=1, help="Only of this case.")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=0, help="Only entries after this number.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many.")] = 200,
) -> None:
    """List audit entries in order."""
    desk.demand(Act.AUDIT)
    case_id = desk.book.queries.case_id(number) if number is not None else ""
    rows = desk.book.queries.audit(case_id=case_id, after_seq=after, limit=limit)
    lines = [_line(row) for row in rows] or ["There is no such entry."]
    desk.show("audit", [envelope.item("audit", row) for row in rows], lines)


def show(
    desk: Desk, seq: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The entry's number.")]
) -> None:
    """Show one entry with all its facts and its hash."""
    desk.demand(Act.AUDIT)
    rows = desk.book.queries.audit(after_seq=seq - 1, limit=1)
    if not rows or rows[0].seq != seq:
        raise NotFound(f"There is no entry {seq}.")
    facts = [f"  {name}: {visible(str(value))}" for name, value in rows[0].facts.items()]
    desk.show("audit", [envelope.item("audit", rows[0])], [_line(rows[0]), *facts, f"  hash: {rows[0].hash}"])


def verify(desk: Desk) -> None:
    """Check the whole chain, entry by entry. Needs no sign-in: it shows a count and a hash, and no entry.

    Compare the hash with a copy kept elsewhere: a chain that was cut at its end, or computed anew, verifies too.
    """
    try:
        found = verify_chain(desk.book.store.audit_entries())
    except BrokenChain as broken:
        data = {"verifies": False, "entries": broken.seq - 1, "head": "", "why": str(broken)}
        desk.show("verified", data, [str(broken)])
        raise typer.Exit(1) from None
    lines = [f"The audit verifies: {counted(found.entries, 'entry', 'entries')}, head {found.head}."]
    desk.show("verified", {"verifies": True, "entries": found.entries, "head": found.head, "why": ""}, lines)


def _line(row: AuditRow) -> str:
    case = f", case {row.case_number}" if row.case_number is not None else ""
    return f"{row.seq}. {stamp(row.at)}{case}: {visible(row.who) or 'the monitor'} {visible(row.sentence)}."
