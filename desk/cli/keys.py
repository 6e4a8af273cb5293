"""`keys show · sheet · restore`: the master key, its recovery sheet, and bringing it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from casebook.errors import Refusal, WrongKey
from desk import bootstrap
from desk.cli import asking
from desk.cli.frame import Desk, UsedWrongly, command
from desk.configuration import Configuration
from desk.keys import write_private
from desk.recovery_sheet import LINES, key_id, read_code, sheet


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="The key of the casebook and its recovery sheet.", no_args_is_help=True)
    command(group, "show", shows=True)(show)
    command(group, "sheet", changes=True)(write_sheet)
    command(group, "restore", changes=True)(restore)
    app.add_typer(group, name="keys")


def show(desk: Desk) -> None:
    """Say where the key is kept and its fingerprint; never the key."""
    found = bootstrap.find_master(desk.configuration)
    data = {"fingerprint": key_id(found.secret), "kind": found.kind, "where": found.where}
    desk.show("key", data, [f"The key {data['fingerprint']} is in the {found.kind}: {found.where}."])


def write_sheet(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; print it, then delete it.")],
) -> None:
    """Write the recovery sheet once more."""
    found = bootstrap.find_master(desk.configuration)
    if not desk.wishes.dry_run:
        write_private(file, sheet_of(desk.configuration, found.secret))
    desk.done(f"The recovery sheet is at {file}. Print it, lock it away, and delete the file.")


def restore(desk: Desk, file: asking.TextFile = None) -> None:
    """Bring the key back from the recovery sheet: its four lines typed unseen, on stdin, or in a file."""
    configuration = desk.configuration
    places = bootstrap.key_places(configuration)
    code = asking.lines_unseen(desk, "the four lines of the recovery sheet", LINES, file=file)
    master = read_code(code)
    if (noted := noted_key_id(configuration)) and noted != key_id(master):
        raise WrongKey(
            f"These lines are another key: {key_id(master)}. The casebook's is {noted}. Nothing was changed."
        )
    held = places.find()
    if held is not None:
        same = "it is the same" if held.secret == master else "it is another one, so move it away first"
        raise Refusal(
            f"There is a key in the {held.kind} already ({held.where}); {same}. Nothing was changed."
        )
    where = "place"
    if not desk.wishes.dry_run:
        kept = places.keep(master, away_from=database_folder(configuration))
        where = f"{kept.kind} ({kept.where})"
    desk.done(f"The key {key_id(master)} is back in its {where}. Check with: voicedesk doctor")


def sheet_of(configuration: Configuration, master: bytes) -> str:
    """The recovery sheet of the configured casebook."""
    settings = configuration.settings
    return sheet(
        master,
        organisation=settings.organisation.name,
        casebook=settings.casebook.identity,
        made=bootstrap.now(),
    )


def noted_key_id(configuration: Configuration) -> str:
    """The fingerprint noted beside the casebook's file, "" where there is none."""
    settings = configuration.settings.casebook
    note = settings.path.with_name(settings.path.name + ".key-id")
    return "" if settings.url or not note.exists() else note.read_text(encoding="utf-8").strip()


def database_folder(configuration: Configuration) -> Path | None:
    """The folder that no key may lie in; None for a database server."""
    settings = configuration.settings.casebook
    return None if settings.url else settings.path.parent


def demand_sheet_place(file: Path | None) -> None:
    """Make sure that the recovery sheet can be shown or written, before any key is made.

    Raises:
        UsedWrongly: there is neither a terminal nor a file for it.
        casebook.errors.Refusal: the file exists.
    """
    if file is None and not sys.stdout.isatty():
        raise UsedWrongly("Give --sheet FILE: the recovery sheet must go somewhere, and this is no terminal.")
    if file is not None and file.exists():
        raise Refusal(f"{file} exists already. Nothing was changed.")
