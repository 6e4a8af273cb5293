"""`complaint`: that a formal complaint about a case is open, or has ended."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.actions import complaining
from desk.cli import asking
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command
from desk.cli.plain import counted
from policies.spelling import nearest

WHAT = ("start", "end")
"""What can be said of a formal complaint."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "complaint", changes=True)(complaint)


def complaint(
    desk: Desk,
    number: CaseNumber,
    what: Annotated[str, typer.Argument(metavar="start|end", help="start: one is open. end: it has ended.")],
    why: Annotated[str | None, typer.Option("--why", help="Why, in a few words.")] = None,
    file: asking.TextFile = None,
) -> None:
    """Say that a formal complaint is open, or has ended. While it is open nothing is answered in public."""
    if what not in WHAT:
        raise UsedWrongly(f"Say start or end{nearest(what, WHAT)}")
    case_id = desk.case_id(number)
    words = asking.text(desk, "the reason", file=file, given=why)
    if what == "end":
        complaining.end_complaint(desk.book, desk.actor, case_id, words)
        desk.done(f"The formal complaint about case {number} has ended; it can be answered in public again.")
        return
    stopped = complaining.start_complaint(desk.book, desk.actor, case_id, words)
    waited = f" {counted(stopped, 'reply', 'replies')} that waited is stopped." if stopped else ""
    desk.done(
        f"A formal complaint about case {number} is open: it is answered there, never in public.{waited}"
    )
