"""What a page or a failure says about coverage: incidents opened and ended in the same transaction as the poll."""

from __future__ import annotations

from datetime import datetime

from casebook.actions.covering import end_incidents, open_incident, outage_open
from casebook.coverage import CAUGHT_UP, HEARD_AGAIN, OUTAGES, patience
from casebook.heard import PageRecord
from casebook.model import Incident, IncidentKind, Listener, Poll, SetAside, new_id
from casebook.unit_of_work import UnitOfWork


def notice_page(
    work: UnitOfWork, listener: Listener, page: PageRecord, *, new: int, kept_aside: int, now: datetime
) -> None:
    """Open and end what a page gives reason for; call it before the poll and the listener are written.

    Args:
        work: the caller's transaction.
        listener: as it was before the page.
        page: what came.
        new: how many of its posts are new.
        kept_aside: how many items were set aside that were not kept before.
        now: the time.
    """
    if page.trouble is None:
        _notice_absence(work, listener, page, now)
    else:
        _notice_trouble(work, listener, page, now)
    _notice_losses(work, listener, page, now)
    if kept_aside:
        open_incident(
            work,
            listener,
            IncidentKind.SET_ASIDE,
            now,
            source=page.source,
            from_at=page.started_at,
            to_at=now,
        )
    _end(work, listener, page, new, now)


def notice_failure(
    work: UnitOfWork, listener: Listener, kind: IncidentKind, says: str, started_at: datetime, now: datetime
) -> None:
    """Open the incident of a poll that failed as a whole: from the last good poll on, nothing is heard."""
    since = listener.last_success_at or work.ledger.first_asked(listener.id) or started_at
    open_incident(work, listener, kind, now, from_at=since, says=says)


def failed_poll(listener: Listener, outcome: str, started_at: datetime, now: datetime) -> Poll:
    """The record of a poll that failed as a whole, in one word."""
    return Poll(
        id=new_id(),
        listener_id=listener.id,
        started_at=started_at,
        finished_at=now,
        asked={},
        saw=0,
        new=0,
        complete=False,
        outcome=outcome,
    )


def keep_set_aside(
    work: UnitOfWork, listener: Listener, channel: str, page: PageRecord, now: datetime
) -> int:
    """Keep items that could not be understood, each once; returns how many were not kept before."""
    kept = 0
    for item in page.set_aside:
        if work.items_set_aside.find(channel=channel, digest=item.digest) is None:
            kept += 1
            work.items_set_aside.add(
                SetAside(
                    id=item.item_id,
                    listener_id=listener.id,
                    channel=channel,
                    digest=item.digest,
                    why=item.why,
                    at=now,
                    sealed=item.sealed,
                )
            )
    return kept


def _notice_absence(work: UnitOfWork, listener: Listener, page: PageRecord, now: datetime) -> None:
    """A good page after too long: what lay between was not heard at the time."""
    since = listener.last_success_at or work.ledger.first_asked(listener.id)
    if since is None or now - since <= patience(listener.interval_s) or outage_open(work, listener):
        return
    open_incident(work, listener, IncidentKind.NOT_HEARD, now, from_at=since)


def _notice_trouble(work: UnitOfWork, listener: Listener, page: PageRecord, now: datetime) -> None:
    """One source of a watch failed: at once where its failure says so, else when it failed for too long."""
    assert page.trouble is not None
    ledger = work.ledger
    well = ledger.last_well(listener.id, source=page.source)
    since = well or ledger.first_asked(listener.id, source=page.source) or page.started_at
    if page.trouble.incident is not None:
        open_incident(
            work,
            listener,
            page.trouble.incident,
            now,
            source=page.source,
            from_at=since,
            says=page.trouble.says,
        )
    elif page.source and now - since > patience(listener.interval_s):
        open_incident(work, listener, IncidentKind.NOT_HEARD, now, source=page.source, from_at=since)


def _notice_losses(work: UnitOfWork, listener: Listener, page: PageRecord, now: datetime) -> None:
    """What the network did not give: a limit, or a gap."""
    kinds: list[tuple[IncidentKind, str]] = []
    if page.cap:
        kinds.append((IncidentKind.CAP, page.cap))
    if (page.gap and page.gap != page.cap) or not (page.complete or page.cap or page.trouble):
        kinds.append((IncidentKind.GAP, page.gap))
    for kind, says in kinds:
        start, end = lost(work, listener, page)
        open_incident(work, listener, kind, now, source=page.source, from_at=start, to_at=end, says=says)


def lost(work: UnitOfWork, listener: Listener, page: PageRecord) -> tuple[datetime | None, datetime]:
    """The time of which a page did not give everything, never too short.

    It begins with the last good poll of the same source before this walk, or with what the network was asked for where
    that is earlier; an outage that is not caught up yet is part of it. Where the network could be asked only from a
    later time on, it ends there.
    """
    before = work.ledger.last_well(listener.id, source=page.source, but_walk=page.walk or "-")
    waiting = [one.from_at for one in _open(work, listener) if one.kind is IncidentKind.NOT_HEARD]
    before = min((at for at in (before, *waiting) if at is not None), default=None)
    start, end = page.window_from, page.window_to or page.started_at
    if before is None or start is None:
        return before or start, end
    if start - before > patience(listener.interval_s):
        return before, start
    return min(before, start), max(end, before)


def _end(work: UnitOfWork, listener: Listener, page: PageRecord, new: int, now: datetime) -> None:
    found = _open(work, listener)
    if page.trouble is None:
        ended = [one for one in found if _ended_by(one, page)]
        ended += [one for one in found if one.kind is IncidentKind.SILENCE and new]
        end_incidents(work, ended, HEARD_AGAIN, now)
    if page.more or not (page.trouble is None or _heard_since(listener, found)):
        return
    for one in found:
        if _is_absence(one):
            end_incidents(work, [one], HEARD_AGAIN if _missed(work, listener, one) else CAUGHT_UP, now)


def _ended_by(one: Incident, page: PageRecord) -> bool:
    """A good page ends the outages of its source, and of the whole except the absence, which ends with the walk."""
    return one.kind in OUTAGES and one.source in {"", page.source} and not _is_absence(one)


def _is_absence(one: Incident) -> bool:
    return one.kind is IncidentKind.NOT_HEARD and not one.source


def _missed(work: UnitOfWork, listener: Listener, absence: Incident) -> bool:
    """Whether something of an absence was not caught up: a gap or a limit reaches into it, or a source is out."""
    known = work.incidents.where(listener_id=listener.id)
    return any(
        (one.kind in {IncidentKind.GAP, IncidentKind.CAP} and _reaches_into(one, absence))
        or (one.kind in OUTAGES and bool(one.source) and one.closed_at is None)
        for one in known
    )


def _reaches_into(one: Incident, absence: Incident) -> bool:
    return one.to_at is None or absence.from_at is None or one.to_at > absence.from_at


def _heard_since(listener: Listener, found: list[Incident]) -> bool:
    """Whether some source answered since the absence was noticed."""
    last = listener.last_success_at
    return last is not None and all(last >= one.opened_at for one in found if _is_absence(one))


def _open(work: UnitOfWork, listener: Listener) -> list[Incident]:
    return work.incidents.where(listener_id=listener.id, closed_at=None)
