"""Coverage incidents: what may not have been heard, from when to when, and how it ended.

What must stay true: between two good polls there is either an ordinary interval or an incident that covers the time.
An outage ends by itself when there is a good poll again; what was lost lasts until a person closes it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from casebook import audit
from casebook.authority import Authority, authorise
from casebook.book import SYSTEM, Actor, Casebook
from casebook.corrections import organisation_table
from casebook.coverage import (
    LEAST_SILENCE,
    LOOK_BACK,
    NOT_WANTED,
    OUTAGES,
    SAYS,
    improbable,
    patience,
)
from casebook.errors import NotFound, Refusal, WrongState
from casebook.model import Incident, IncidentKind, Listener, incident_row, new_id
from casebook.ports import Reading
from casebook.stafftext import read_staff_text
from casebook.states import LASTING
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act
from redaction.sealing import seal_text

KEPT_SEALED = "a reason that is kept sealed, as it could not be read safely"
"""What stands for a person's reason that the redactor could not read."""
LONGEST_REASON = 400
"""Characters of a reason."""


def close_incident(book: Casebook, actor: Actor, incident_id: str, reason: str) -> Incident:
    """Close a coverage incident with a reason, in a person's own words; they are sealed and shown redacted.

    What still holds opens again by itself, except a silence, which is not told of again before something new came.

    Raises:
        NotAllowed, NotSignedIn: the person may not decide about listening.
        NotFound: there is no such incident.
        Refusal: the reason is missing or too long.
        WrongState: it is closed already.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Refusal(f"Give a reason of 1 to {LONGEST_REASON} characters. Nothing was changed.")
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.LISTEN)
        incident = work.incidents.get(incident_id)
        if incident.closed_at is not None:
            raise WrongState("This incident is closed already. Nothing was changed.")
        closed = work.incidents.save(_with_reason(by, incident, reason, reading))
        by.audit(
            audit.COVERAGE_CLOSED,
            incident=closed.id,
            listener=closed.listener_id,
            incident_kind=closed.kind,
            why="a_person_said_why",
        )
        work.commit()
    return closed


def find_incident(book: Casebook, ending: str) -> str:
    """The id of the one incident whose id ends so, as lists show it.

    Raises:
        NotFound: there is none, or more than one.
    """
    wanted = ending.strip().lower()
    found = [one.incident_id for one in book.queries.incidents() if one.incident_id.endswith(wanted)]
    if not wanted or not found:
        raise NotFound(f"There is no incident {ending!r}. “voicedesk coverage” lists them.")
    if len(found) > 1:
        raise NotFound(f"More than one incident ends in {ending!r}: give more of its id.")
    return found[0]


def _with_reason(by: Authority, incident: Incident, reason: str, reading: Reading) -> Incident:
    redacted = seal_text(
        by.book.vault,
        incident_row(incident.id),
        reason,
        reading.findings,
        organisation=organisation_table(by.work),
    )
    return replace(
        incident,
        to_at=incident.to_at or (by.now if incident.kind in OUTAGES else None),
        closed_at=by.now,
        closed_by=by.actor.staff_id,
        closed_why=redacted.text.strip() or KEPT_SEALED,
        sealed=redacted.sealed,
    )


def open_incident(
    work: UnitOfWork,
    listener: Listener,
    kind: IncidentKind,
    now: datetime,
    *,
    source: str = "",
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    says: str = "",
) -> Incident:
    """Open an incident in the caller's transaction, unless one that is open covers it; returns whichever it is.

    Of a kind that ends by itself there is one for each source. A gap, a limit or items set aside that follow on an
    open one of the same source make it longer.
    """
    alike = [
        one
        for one in work.incidents.where(listener_id=listener.id, closed_at=None)
        if (one.kind, one.source) == (kind, source)
    ]
    if kind not in LASTING and alike:
        return alike[0]
    for one in alike:
        if kind is not IncidentKind.GAP or _follows(one, from_at, to_at):
            return _made_longer(work, one, to_at)
    incident = work.incidents.add(
        Incident(
            id=new_id(),
            listener_id=listener.id,
            source=source,
            kind=kind,
            opened_at=now,
            from_at=from_at,
            to_at=to_at,
            says=says or SAYS[kind],
        )
    )
    channel = audit.word(work.watches.get(listener.watch_id).channel)
    work.audit(
        now,
        audit.COVERAGE_OPENED,
        actor=SYSTEM,
        incident=incident.id,
        listener=listener.id,
        channel=channel,
        incident_kind=kind,
    )
    return incident


def _follows(one: Incident, from_at: datetime | None, to_at: datetime | None) -> bool:
    """Whether a window begins within an open one, or where that ends."""
    if (one.from_at, one.to_at) == (from_at, to_at):
        return True
    if one.to_at is None or from_at is None:
        return False
    return (one.from_at is None or one.from_at <= from_at) and from_at <= one.to_at


def _made_longer(work: UnitOfWork, one: Incident, to_at: datetime | None) -> Incident:
    if to_at is None or (one.to_at is not None and to_at <= one.to_at):
        return one
    return work.incidents.save(replace(one, to_at=to_at))


def end_incidents(work: UnitOfWork, found: Iterable[Incident], why: str, now: datetime) -> None:
    """Let incidents end by themselves, for one of our own words, in the caller's transaction."""
    for one in found:
        work.incidents.save(
            replace(one, to_at=one.to_at or now, closed_at=now, closed_by=SYSTEM, closed_why=why)
        )
        work.audit(
            now,
            audit.COVERAGE_CLOSED,
            actor=SYSTEM,
            incident=one.id,
            listener=one.listener_id,
            incident_kind=one.kind,
            why=why,
        )


def outage_open(work: UnitOfWork, listener: Listener) -> bool:
    """Whether an open incident says already that the whole of a watch is not heard since its last good poll."""
    since = listener.last_success_at
    return any(
        one.kind in OUTAGES
        and not one.source
        and (one.from_at is None or since is None or one.from_at <= since)
        for one in work.incidents.where(listener_id=listener.id, closed_at=None)
    )


def watch_over(book: Casebook, *, silences: bool = True) -> int:
    """Look at every listener and open what nobody has noticed yet; returns how many incidents were opened.

    A watch that had no good poll for three intervals is not heard; one that is listened to and brings nothing for
    improbably long is silent. What is no longer in the configuration is not waited for any more.

    Args:
        book: the casebook.
        silences: look for silences, too; it reads four weeks of polls, and need not be done each minute.
    """
    with book.store.read() as work:
        wanted = {row.id for row in work.watches.where(active=True)}
        listeners = work.listeners.where()
        late = [one.id for one in listeners if one.watch_id in wanted and _missed(book, work, one)]
        silent = [
            one.id for one in listeners if silences and one.watch_id in wanted and _silent(book, work, one)
        ]
        resting = [one.id for one in listeners if one.watch_id not in wanted and _waited_for(work, one)]
    if late or silent or resting:
        return _notice(book, late, silent, resting)
    return 0


def _notice(book: Casebook, late: list[str], silent: list[str], resting: list[str]) -> int:
    """Write down what was found, where it still holds: a poll may have succeeded in between."""
    now, opened = book.clock(), 0
    with book.store.write() as work:
        for listener in (work.listeners.get(key) for key in late):
            if since := _missed(book, work, listener):
                open_incident(work, listener, IncidentKind.NOT_HEARD, now, from_at=since)
                opened += 1
        for listener in (work.listeners.get(key) for key in silent):
            if since := _silent(book, work, listener):
                open_incident(work, listener, IncidentKind.SILENCE, now, from_at=since)
                opened += 1
        for listener in (work.listeners.get(key) for key in resting):
            end_incidents(work, _waited_for(work, listener), NOT_WANTED, now)
        work.commit()
    return opened


def _missed(book: Casebook, work: UnitOfWork, listener: Listener) -> datetime | None:
    """Since when a listener is not heard, where that is too long and no incident says so."""
    since = listener.last_success_at or work.ledger.first_asked(listener.id)
    if since is None or book.clock() - since <= patience(listener.interval_s) or outage_open(work, listener):
        return None
    return since


def _silent(book: Casebook, work: UnitOfWork, listener: Listener) -> datetime | None:
    """Since when a listener brings nothing, where that is improbable and nobody was told."""
    now, until = book.clock(), listener.last_success_at
    last_new = work.ledger.last_new(listener.id)
    first = work.ledger.first_asked(listener.id)
    if until is None or last_new is None or first is None or until - last_new < LEAST_SILENCE:
        return None
    if any(one.from_at == last_new for one in _silences(work, listener)):
        return None
    since = max(first, now - LOOK_BACK)
    return last_new if improbable(work.ledger.busy(listener.id, since), since, last_new, until) else None


def _silences(work: UnitOfWork, listener: Listener) -> list[Incident]:
    return work.incidents.where(listener_id=listener.id, kind=IncidentKind.SILENCE)


def _waited_for(work: UnitOfWork, listener: Listener) -> list[Incident]:
    """Open incidents that end by themselves."""
    found = work.incidents.where(listener_id=listener.id, closed_at=None)
    return [one for one in found if one.kind not in LASTING]
