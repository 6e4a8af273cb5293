"""Looking after staff: adding, disabling (history stays), new passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from casebook import audit
from casebook.authority import Authority, authorise
from casebook.book import SYSTEM, Actor, Casebook
from casebook.errors import NotFound, Refusal
from casebook.model import Mode, Staff, new_id
from casebook.passwords import hash_password
from policies.facts import Act, Role

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


def add_staff(
    book: Casebook,
    actor: Actor | None,
    username: str,
    display_name: str,
    roles: Iterable[Role],
    password: str | None,
) -> Staff:
    """Add a person. `actor` is None only for the very first one, and in a rehearsal.

    Without a password nobody can sign in by that name (rehearsals have roles instead).

    Raises:
        Refusal: the name is taken or not fit, or an actor is needed.
        NotAllowed: the actor does not look after staff.
    """
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise Refusal("A user name is 2 to 32 letters, digits, dots or dashes, beginning with a letter.")
    hashed = hash_password(password) if password is not None else ""
    wanted = tuple(sorted({Role(role) for role in roles}))
    now = book.clock()
    with book.store.write() as work:
        if actor is not None:
            authorise(book, work, actor, Act.STAFF_ADMIN)
        elif work.organisations.where()[0].mode is not Mode.REHEARSAL and work.staff.where():
            raise Refusal("Sign in as an administrator to add staff. Nothing was changed.")
        if work.staff.find(username=username) is not None:
            raise Refusal(f"There is somebody called {username} already. Nothing was changed.")
        person = work.staff.add(
            Staff(
                id=new_id(),
                username=username,
                display_name=display_name.strip() or username,
                roles=wanted,
                password_hash=hashed,
                active=True,
                created_at=now,
            )
        )
        work.audit(
            now,
            audit.STAFF_ADDED,
            actor=actor.staff_id if actor else SYSTEM,
            session=actor.session_id if actor else "",
            staff=person.id,
            username=username,
            roles=",".join(wanted),
        )
        work.commit()
    return person


def disable_staff(book: Casebook, actor: Actor, username: str) -> Staff:
    """Stop a person from signing in and end their sessions; what they did stays in the record."""
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.STAFF_ADMIN)
        person = work.staff.find(username=username.strip().lower())
        if person is None:
            raise NotFound(f"There is nobody called {username}.")
        if person.id == actor.staff_id:
            raise Refusal("You cannot disable yourself. Ask another administrator.")
        person = work.staff.save(replace(person, active=False))
        _end_sessions(by, person)
        by.audit(audit.STAFF_DISABLED, staff=person.id, username=person.username)
        work.commit()
    return person


def reset_password(book: Casebook, actor: Actor, username: str, password: str) -> Staff:
    """Give a person a new password, lift a lock and end their sessions: whoever knew the old one is out."""
    hashed = hash_password(password)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.STAFF_ADMIN)
        person = work.staff.find(username=username.strip().lower())
        if person is None:
            raise NotFound(f"There is nobody called {username}.")
        person = work.staff.save(replace(person, password_hash=hashed, failed_tries=0, locked_until=None))
        _end_sessions(by, person)
        by.audit(audit.STAFF_RESET, staff=person.id, username=person.username)
        work.commit()
    return person


def _end_sessions(by: Authority, person: Staff) -> None:
    for session in by.work.sessions.where(staff_id=person.id, ended_at=None):
        by.work.sessions.save(replace(session, ended_at=by.now))
