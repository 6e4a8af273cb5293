"""`init`: a new casebook, with its key, its recovery sheet and its first two people.

Everything that can be checked is checked before anything is made; what was made is taken back when a later step
fails. Running it again where there is a casebook refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from casebook.actions.signing_in import sign_in, sign_out
from casebook.actions.staffing import add_staff
from casebook.errors import Refusal
from casebook.passwords import hash_password
from desk import bootstrap
from desk.cli import asking
from desk.cli.frame import Desk, UsedWrongly, command, is_terminal, out, say
from desk.cli.keys import database_folder, demand_sheet_place, sheet_of
from desk.configuration import Configuration, load, named_in_environment
from desk.first_configuration import first_configuration
from desk.keys import MasterKey, new_master, write_private
from desk.settings import default_casebook, default_file
from policies.facts import Role
from policies.loader import load_pack
from policies.policy import Policy

Option = typer.Option


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """Somebody who can sign in from the start."""

    role: Role
    username: str
    display_name: str
    password: str = field(repr=False)


def register(app: typer.Typer) -> None:
    """Add this command."""
    command(app, "init", changes=True)(init)


def init(
    desk: Desk,
    organisation: Annotated[
        str | None, Option("--organisation", help="The organisation's full name.")
    ] = None,
    handle: Annotated[str | None, Option("--handle", help="Its main handle, with the @.")] = None,
    nation: Annotated[
        str | None, Option("--nation", help="england, scotland, wales or northern_ireland.")
    ] = None,
    admin: Annotated[str | None, Option("--admin", help="User name of the first administrator.")] = None,
    admin_name: Annotated[str, Option("--admin-name", help="The name that colleagues see.")] = "",
    admin_password_file: Annotated[
        Path | None,
        Option("--admin-password-file", metavar="FILE", help="File with the administrator's password."),
    ] = None,
    governance: Annotated[
        str | None, Option("--governance", help="User name of the first governance officer: another person.")
    ] = None,
    governance_name: Annotated[str, Option("--governance-name", help="The name that colleagues see.")] = "",
    governance_password_file: Annotated[
        Path | None,
        Option(
            "--governance-password-file", metavar="FILE", help="File with the governance officer's password."
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        Option(
            "--sheet", metavar="FILE", help="Write the recovery sheet there (mode 600) instead of showing it."
        ),
    ] = None,
) -> None:
    """Set up a new casebook. Makes the configuration, the key with its recovery sheet, and the first two people."""
    demand_sheet_place(sheet) if not desk.wishes.dry_run else None
    file, text, configuration = _configured(desk, organisation, handle, nation)
    policy = _demand_room(configuration)
    people = (
        _person(desk, Role.ADMINISTRATOR, "administrator", admin, admin_name, admin_password_file),
        _person(
            desk, Role.GOVERNANCE, "governance officer", governance, governance_name, governance_password_file
        ),
    )
    if people[0].username.strip().lower() == people[1].username.strip().lower():
        raise Refusal("The administrator and the governance officer must be two people. Nothing was changed.")
    for person in people:
        hash_password(person.password)  # refuses a weak one before anything is made
    where = configuration.settings.casebook.identity
    if desk.wishes.dry_run:
        wrote = f" The configuration is at {file}." if text else ""
        desk.done(f"A casebook is at {where}, with policy {policy.name} {policy.version}.{wrote}")
        return
    master = _make(configuration, policy, people, file if text else None, text, sheet)
    _tell(configuration, master, sheet)


def _configured(
    desk: Desk, organisation: str | None, handle: str | None, nation: str | None
) -> tuple[Path, str, Configuration]:
    """The configuration to set up by; its text is "" where the file is there already."""
    file = (desk.wishes.config or named_in_environment() or default_file()).expanduser().absolute()
    if file.exists():
        configuration = load(file)
        if not configuration.settings.organisation.name:
            raise Refusal(f'{file} names no organisation: write name = "…" under [organisation].')
        return file, "", configuration
    text = first_configuration(
        name=asking.answer(desk, "Name of the organisation", organisation, "--organisation NAME"),
        handles=[asking.answer(desk, "Its main handle, with the @", handle, "--handle @NAME")],
        nation=asking.answer(desk, "Nation", nation, "--nation", default="england"),
        path=str(default_casebook()),
        pack="nhs-england",
    )
    return file, text, load(file, text=text)


def _demand_room(configuration: Configuration) -> Policy:
    """Refuse where there is a casebook already, or it cannot lie there; the policy it will begin with."""
    bootstrap.demand_room(configuration)
    return load_pack(configuration.settings.policy.pack)


def _person(
    desk: Desk, role: Role, words: str, username: str | None, display_name: str, password_file: Path | None
) -> FirstPerson:
    option = "--admin" if role is Role.ADMINISTRATOR else "--governance"
    name = asking.answer(desk, f"User name of the first {words}", username, f"{option} NAME")
    shown = display_name or asking.answer(
        desk, f"Name of the {words} for colleagues", None, f"{option}-name", name
    )
    if password_file is None and not is_terminal():
        raise UsedWrongly(f"Give {option}-password-file FILE.")
    secret = asking.password(
        desk, f"Password for {name} (15 characters or more)", password_file, confirm=True
    )
    return FirstPerson(role, name, shown, secret)


def _make(
    configuration: Configuration,
    policy: Policy,
    people: tuple[FirstPerson, FirstPerson],
    file: Path | None,
    text: str,
    sheet: Path | None,
) -> bytes:
    """Make everything, or nothing."""
    with ExitStack() as undo:
        if file is not None:
            write_private(file, text)
            undo.callback(file.unlink, missing_ok=True)
        key = _key(configuration, undo.callback)
        if sheet is not None:
            write_private(sheet, sheet_of(configuration, key.secret))
            undo.callback(sheet.unlink, missing_ok=True)
        book = bootstrap.create_casebook(configuration, key.secret, policy)
        try:
            if not configuration.settings.casebook.url:
                undo.callback(bootstrap.remove_casebook, configuration.settings.casebook.path)
            first, second = people
            add_staff(book, None, first.username, first.display_name, [first.role], first.password)
            actor, _ = sign_in(book, first.username, first.password)
            add_staff(book, actor, second.username, second.display_name, [second.role], second.password)
            sign_out(book, actor)
        finally:
            book.store.close()
        undo.pop_all()
    return key.secret


def _key(configuration: Configuration, undo: Callable[..., object]) -> MasterKey:
    """The key that is there already (restored, or provided by the machine), else a new one."""
    places = bootstrap.key_places(configuration)
    if not _provided_but_missing(places.environ.get("VOICEDESK_KEY_FILE", "")):
        found = places.find()
        if found is not None:
            return found
    kept = places.keep(new_master(), away_from=database_folder(configuration))
    undo(places.forget, kept)
    return kept


def _provided_but_missing(named: str) -> bool:
    return bool(named) and not Path(named).exists()


def _tell(configuration: Configuration, master: bytes, sheet: Path | None) -> None:
    if sheet is None:
        out(sheet_of(configuration, master))
        say("This is shown once. Print it or write it down, and lock it away.")
    else:
        say(f"The recovery sheet is at {sheet}. Print it, lock it away, and delete the file.")
    say(f"The casebook is at {configuration.settings.casebook.identity}.")
    say(f"The configuration is at {configuration.file}.")
    say(
        "Next: voicedesk login, then voicedesk staff add, to let your colleagues in; voicedesk doctor checks it all."
    )
