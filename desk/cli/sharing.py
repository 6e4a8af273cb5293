"""`share`: a case as a copy that may leave the organisation, by the share profile."""

from __future__ import annotations

import typer

from casebook.actions import sharing
from desk.cli import envelope
from desk.cli.frame import CaseNumber, Desk, command
from desk.cli.plain import indented, stamp


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "share", shows=True, changes=True)(share)


def share(desk: Desk, number: CaseNumber) -> None:
    """Print a copy of a case to share.

    Everything found is hidden; of an age its band is told, of a date its month, of a known place its region.
    The originals are opened to make it, so it needs the right to open them and leaves an entry in the audit.
    Read it before you pass it on: what nothing has found stands as it was written.
    """
    posts = sharing.share(desk.book, desk.actor, desk.case_id(number))
    if desk.wishes.dry_run:
        # Nothing was audited, so nothing may be shown.
        desk.done(f"A copy of case {number} to share is made, and the audit has an entry for it.")
        return
    lines = [
        part for post in posts for part in (f"{post.channel}, {stamp(post.posted_at)}:", indented(post.text))
    ]
    desk.show(
        "shared",
        [envelope.item("shared", post) for post in posts],
        lines or ["No post of this case could be read, so none can be shared."],
    )
