"""`doctor`: find what is wrong, and say what to do. It changes nothing and needs no sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer

from casebook.errors import MissingKey, NotUpToDate, StoreGone, WrongKey
from desk import bootstrap
from desk.cli import checks
from desk.cli.checks import FAIL, OK, WARN, Check
from desk.cli.frame import FAILURES, Desk, command
from desk.cli.plain import counted, visible
from desk.keys import KeysError

_ADVICE = (
    (StoreGone, "Make one with “voicedesk init”, or restore a backup with “voicedesk db restore FILE”."),
    (MissingKey, "Bring it back from the recovery sheet with “voicedesk keys restore”."),
    (WrongKey, "Find the sheet with the casebook's fingerprint, then “voicedesk keys restore”."),
    (NotUpToDate, "Run “voicedesk db upgrade”."),
    (KeysError, "Then run “voicedesk doctor” again."),
)
_MARKS = {OK: "well", WARN: "look at this", FAIL: "WRONG"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "doctor", shows=True)(doctor)


def doctor(
    desk: Desk,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out starting the reader, which takes seconds.")
    ] = False,
) -> None:
    """Check everything and say what to do. Exits 1 when something is wrong."""
    found = list(_all(desk, quick))
    lines = [
        f"{_MARKS[one.state]}: {one.check}. {visible(one.words)}{f' What to do: {one.advice}' if one.advice else ''}"
        for one in found
    ]
    wrong = sum(one.state == FAIL for one in found)
    lines.append(f"{counted(wrong, 'thing')} wrong." if wrong else "Nothing is wrong.")
    desk.show("checks", [asdict(one) for one in found], lines)
    if wrong:
        raise typer.Exit(1)


def _all(desk: Desk, quick: bool) -> Iterator[Check]:
    """Every check in order; one that cannot go on ends those that need what it lacks."""
    part = "configuration"
    try:
        yield from checks.of_configuration(desk.configuration)
        yield from checks.of_networks(desk.configuration)
        part = "casebook"
        bootstrap.demand_casebook(desk.configuration)
        part = "key"
        yield from checks.of_key(desk.configuration)
        part = "casebook"
        book = desk.book
        where = desk.configuration.settings.casebook.identity
        yield Check("casebook", OK, f"{where} opens and matches this program.")
        part = "record"
        yield from checks.of_record(book)
        yield from checks.of_space(desk.configuration)
        yield from checks.of_people(book)
        yield from checks.of_work(book)
        yield from checks.of_budgets(book)
        if not quick:
            yield from checks.of_reader(book)
    except FAILURES as failure:
        advice = next((words for kind, words in _ADVICE if isinstance(failure, kind)), "")
        yield Check(part, FAIL, str(failure), advice)
