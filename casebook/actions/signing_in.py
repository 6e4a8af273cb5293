"""Signing in and out. A session is a random token kept by the terminal; only its hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from casebook import audit
from casebook.authority import roles_of, signed_in
from casebook.book import SYSTEM, Actor, Casebook
from casebook.errors import NotSignedIn, RehearsalOnly, SignInFailed
from casebook.model import Mode, SessionRow, Staff, new_id
from casebook.passwords import matches, waste_time
from casebook.unit_of_work import UnitOfWork

SESSION_LASTS = timedelta(hours=10)
"""The absolute length of a session: a working day and no more."""
FREE_TRIES = 5
"""Wrong passwords before a growing delay begins."""


def sign_in(book: Casebook, username: str, password: str) -> tuple[Actor, str]:
    """Sign in by name and password; returns the actor and the session's token.

    Raises:
        SignInFailed: wrong name or password, disabled, or too many tries (`again_at` says until when). Which of them
            it was is not told.
    """
    now = book.clock()
    with book.store.read() as work:
        person = work.staff.find(username=username.strip().lower())
    # The slow hash runs outside any transaction, and for unknown names too, so that time tells nothing.
    checked = person.password_hash if person else ""
    right = matches(checked, password) if person else waste_time(password)
    with book.store.write() as work:
        person = work.staff.find(username=username.strip().lower())
        locked = person is not None and person.locked_until is not None and person.locked_until > now
        if person is None or not person.active or locked or not right or person.password_hash != checked:
            _count_failure(work, person, now, count=not locked)
            work.commit()
            raise SignInFailed(again_at=person.locked_until if person and locked else None)
        if person.failed_tries:
            work.staff.save(replace(person, failed_tries=0, locked_until=None))
        actor, token = _start(work, person, "password", now)
        work.commit()
    return actor, token


def rehearse_as(book: Casebook, username: str) -> tuple[Actor, str]:
    """Sign in by role, without a password: only where the casebook was made for a rehearsal.

    Raises:
        RehearsalOnly: it is a real casebook (the database refuses the session too).
        SignInFailed: there is nobody of that name.
    """
    now = book.clock()
    with book.store.write() as work:
        organisation = work.organisations.where()
        if not organisation or organisation[0].mode is not Mode.REHEARSAL:
            raise RehearsalOnly
        person = work.staff.find(username=username)
        if person is None or not person.active:
            raise SignInFailed
        actor, token = _start(work, person, "rehearsal", now)
        work.commit()
    return actor, token


def resume(book: Casebook, token: str) -> Actor:
    """The actor behind a session's token; raises `NotSignedIn` when it has ended."""
    now = book.clock()
    with book.store.read() as work:
        session = work.sessions.find(token_hash=_hash(token))
        if session is None:
            raise NotSignedIn
        person = work.staff.get(session.staff_id)
        actor = _actor(person, session.id)
        signed_in(work, actor, now)
    return actor


def sign_out(book: Casebook, actor: Actor) -> None:
    """End the session; ending one that has ended already does nothing."""
    now = book.clock()
    with book.store.write() as work:
        session = work.sessions.find(id=actor.session_id)
        if session is None or session.ended_at is not None:
            return
        work.sessions.save(replace(session, ended_at=now))
        work.audit(now, audit.SIGNED_OUT, actor=actor.staff_id, session=session.id)
        work.commit()


def _start(work: UnitOfWork, person: Staff, kind: str, now: datetime) -> tuple[Actor, str]:
    token = secrets.token_urlsafe(32)
    session = work.sessions.add(
        SessionRow(
            id=new_id(),
            staff_id=person.id,
            token_hash=_hash(token),
            kind=kind,
            started_at=now,
            seen_at=now,
            ends_at=now + SESSION_LASTS,
        )
    )
    work.audit(now, audit.SIGNED_IN, actor=person.id, session=session.id, how=kind)
    return _actor(person, session.id), token


def _count_failure(work: UnitOfWork, person: Staff | None, now: datetime, *, count: bool) -> None:
    tries = 0
    if person is not None and count:
        tries = person.failed_tries + 1
        delay = timedelta(seconds=min(2 ** max(0, tries - FREE_TRIES), 900)) if tries >= FREE_TRIES else None
        work.staff.save(
            replace(person, failed_tries=tries, locked_until=now + delay if delay else person.locked_until)
        )
    work.audit(now, audit.SIGN_IN_FAILED, actor=SYSTEM, staff=person.id if person else "unknown", tries=tries)


def _actor(person: Staff, session_id: str) -> Actor:
    return Actor(person.id, person.username, person.display_name, roles_of(person), session_id)


def _hash(token: str) -> str:
    return hashlib.sha256(b"voicedesk/session\0" + token.encode()).hexdigest()
