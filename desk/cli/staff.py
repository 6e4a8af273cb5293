"""`staff add · list · disable · reset`: who works here."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.actions import staffing
from desk.cli import asking, envelope
from desk.cli.frame import Desk, UsedWrongly, command
from desk.cli.plain import visible
from policies.facts import Act, Role
from policies.spelling import nearest

Username = Annotated[str, typer.Argument(metavar="NAME", help="The user name.")]


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="Who works here.", no_args_is_help=True)
    command(group, "add", changes=True)(add)
    command(group, "list", shows=True)(list_staff)
    command(group, "disable", changes=True)(disable)
    command(group, "reset", changes=True)(reset)
    app.add_typer(group, name="staff")


def add(
    desk: Desk,
    username: Username,
    role: Annotated[
        list[str], typer.Option("--role", help=f"One of: {', '.join(Role)}. May be given again.")
    ],
    name: Annotated[str, typer.Option("--name", help="The name that colleagues see.")] = "",
    password_file: asking.PasswordFile = None,
) -> None:
    """Add a person. Their first password is asked for, or read from a file or stdin."""
    for given in role:
        if given not in set(Role):
            raise UsedWrongly(f"There is no role {given!r}{nearest(given, Role)}")
    desk.demand(Act.STAFF_ADMIN)
    secret = asking.password(desk, f"First password for {username}", password_file, confirm=True)
    roles = [Role(given) for given in role]
    person = staffing.add_staff(desk.book, desk.actor, username, name, roles, secret)
    desk.done(f"{visible(person.display_name)} ({person.username}) can sign in as {', '.join(person.roles)}.")


def list_staff(desk: Desk) -> None:
    """List everybody who works or worked here."""
    desk.demand(Act.STAFF_ADMIN)
    people = desk.book.queries.staff()
    lines = [
        f"{person.username}: {visible(person.display_name)}, {', '.join(person.roles) or 'no role'}"
        f"{'' if person.active else ', disabled'}."
        for person in people
    ]
    desk.show("staff", [envelope.item("staff", person) for person in people], lines)


def disable(desk: Desk, username: Username) -> None:
    """Stop a person from signing in and end their sessions; what they did stays in the record."""
    person = staffing.disable_staff(desk.book, desk.actor, username)
    desk.done(f"{visible(person.display_name)} ({person.username}) can no longer sign in.")


def reset(desk: Desk, username: Username, password_file: asking.PasswordFile = None) -> None:
    """Give a person a new password, and lift a lock after wrong tries."""
    desk.demand(Act.STAFF_ADMIN)
    secret = asking.password(desk, f"New password for {username}", password_file, confirm=True)
    person = staffing.reset_password(desk.book, desk.actor, username, secret)
    desk.done(f"{visible(person.display_name)} ({person.username}) has a new password.")
