"""`login`, `logout`, `whoami`: line commands act as a signed-in person, never as a name on trust."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from casebook.actions.signing_in import resume, sign_in, sign_out
from casebook.errors import NotSignedIn, SignInFailed
from desk.cli import asking, envelope
from desk.cli.frame import Desk, command
from desk.cli.plain import stamp, visible


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "login")(login)
    command(app, "logout", changes=True)(logout)
    command(app, "whoami", shows=True)(whoami)


# No dry run here: one would tell whether a password is right, and leave no trace of having been asked.
def login(
    desk: Desk,
    username: Annotated[str | None, typer.Argument(metavar="NAME", help="Your user name.")] = None,
    password_file: asking.PasswordFile = None,
) -> None:
    """Sign in at this terminal. The password is asked for, or read from a file or stdin."""
    book = desk.book
    name = asking.answer(desk, "User name", username, "your user name: voicedesk login NAME")
    secret = asking.password(desk, "Password", password_file)
    try:
        actor, token = sign_in(book, name, secret)
    except SignInFailed as refused:
        if refused.again_at is None:
            raise
        raise SignInFailed(f"Too many tries. Try again after {stamp(refused.again_at)}.") from None
    desk.session.keep(token)
    roles = ", ".join(sorted(actor.roles))
    desk.done(
        f"Signed in as {actor.display_name} ({roles}). It ends with “voicedesk logout”, or after 10 hours."
    )


def logout(desk: Desk) -> None:
    """End this terminal's sign-in."""
    token = desk.session.token()
    if not token:
        desk.done("Nobody was signed in at this terminal.")
        return
    with suppress(NotSignedIn):  # a session that ended by itself still leaves its token
        sign_out(desk.book, resume(desk.book, token))
    if not desk.wishes.dry_run:
        desk.session.forget()
    desk.done("Signed out.")


def whoami(desk: Desk) -> None:
    """Say who is signed in here. With which roles, until when, and at which organisation."""
    actor, organisation = desk.actor, desk.book.queries.organisation()
    with desk.book.store.read() as work:
        session = work.sessions.get(actor.session_id)
    data = envelope.item(
        "person",
        actor,
        roles=sorted(actor.roles),
        signed_in_at=session.started_at,
        ends_at=session.ends_at,
        organisation=organisation.name,
        mode=organisation.mode.value,
    )
    live = "LIVE" if organisation.mode.value == "live" else "REHEARSAL: nothing leaves this computer"
    lines = [
        f"{visible(actor.display_name)} ({actor.username}), {', '.join(sorted(actor.roles))}.",
        f"{visible(organisation.name)}. {live}.",
        f"Signed in until {stamp(session.ends_at)}.",
    ]
    desk.show("person", data, lines)
