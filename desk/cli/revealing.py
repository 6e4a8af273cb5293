"""`reveal`: a sealed original, opened for a reason that is kept. Permission, audit entry, then the text."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.actions import revealing
from casebook.errors import NotFound
from desk.cli import asking
from desk.cli.frame import CaseNumber, Desk, command
from desk.cli.plain import counted, indented


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "reveal", shows=True, changes=True)(reveal)


def reveal(
    desk: Desk,
    number: CaseNumber,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why you need to see it; it is kept.")
    ] = None,
    file: asking.TextFile = None,
    post: Annotated[
        int | None,
        typer.Option("--post", min=1, help="Which post, as “show” numbers them; the newest by default."),
    ] = None,
) -> None:
    """Open the sealed original of a post. It leaves an entry in the audit that cannot be removed."""
    case = desk.case(number)
    if post is not None and post > len(case.thread):
        raise NotFound(f"Case {number} has {counted(len(case.thread), 'post')}. Nothing was opened.")
    mention_id = case.thread[post - 1].mention_id if post else case.mention_id
    words = asking.text(desk, "the reason", file=file, given=reason)
    fields = revealing.reveal(desk.book, desk.actor, case.row.case_id, mention_id, words)
    if desk.wishes.dry_run:
        # Nothing was audited, so nothing may be shown.
        desk.done(f"The original of case {number} is opened, and the audit has an entry for it.")
        return
    lines = [part for name, value in fields.items() if value for part in (f"{name}:", indented(value))]
    desk.show("original", {"case": number, "post": post or len(case.thread), "fields": fields}, lines)
