"""Listening, as the monitor records it: take a listener, commit a page with its cursor, or record a failure.

Posts, the poll and the advanced cursor are one transaction. A crash before it leaves the old cursor, and the
page is asked for again; a crash after it leaves nothing to do. `fence` refuses a monitor that was replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from casebook import audit
from casebook.actions.editing import keep_edit
from casebook.actions.noticing import failed_poll, keep_set_aside, notice_failure, notice_page
from casebook.actions.opening import add_to_case
from casebook.actions.seeing import note_seen
from casebook.authority import authorise
from casebook.book import SYSTEM, Actor, Casebook, policy_in_force
from casebook.errors import LeaseLost, Stale
from casebook.heard import Conversation, Heard, Lease, PageRecord, numbering_digest
from casebook.model import IncidentKind, Listener, Poll, WatchRow, cursor_row, new_id
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act

FARTHEST_WAIT = timedelta(days=1)
"""The farthest ahead that a network or a failure puts the next poll. What lies farther was written by a clock
that was wrong, and does not keep a listener waiting."""
LONGEST_LEASE = timedelta(hours=1)
"""No lease is taken for longer; one that seems to last longer was written by a clock that was wrong."""


def due(book: Casebook, *, watch: str = "", whatever_due: bool = False) -> list[str]:
    """Ids of listeners whose time has come and that nobody holds, the longest waiting first.

    Args:
        book: the casebook.
        watch: only the listener of this watch.
        whatever_due: also those whose time has not come.
    """
    now = book.clock()
    with book.store.read() as work:
        names = {row.id: row for row in work.watches.where(active=True)}
        found = [
            row
            for row in work.listeners.where()
            if row.watch_id in names
            and not row.stopped_why
            and (whatever_due or _time_has_come(row, now))
            and not lease_lives(row.lease_until, now)
            and (not watch or names[row.watch_id].name == watch)
        ]
    return [row.id for row in sorted(found, key=lambda row: row.next_due_at)]


def channels_of(book: Casebook, listener_ids: Iterable[str]) -> dict[str, str]:
    """Which channel each of these listeners is on."""
    with book.store.read() as work:
        return {i: work.watches.get(work.listeners.get(i).watch_id).channel for i in listener_ids}


def held(book: Casebook, watch: str = "") -> list[str]:
    """Names of watches (or this one alone) that some monitor is listening to at this moment."""
    now = book.clock()
    with book.store.read() as work:
        wanted = {row.id: row.name for row in work.watches.where(active=True) if watch in {"", row.name}}
        return [
            wanted[row.watch_id]
            for row in work.listeners.where()
            if row.watch_id in wanted and lease_lives(row.lease_until, now)
        ]


def lease_lives(until: datetime | None, now: datetime) -> bool:
    """Whether a lease holds now. One that seems to last longer than any is taken for was written by a wrong clock."""
    return until is not None and now < until <= now + LONGEST_LEASE


def _time_has_come(listener: Listener, now: datetime) -> bool:
    farthest = max(timedelta(seconds=listener.interval_s), FARTHEST_WAIT)
    return not now < listener.next_due_at <= now + farthest


def take(book: Casebook, listener_id: str, owner: str, lasts: timedelta) -> Lease | None:
    """Take a listener for polling; None when another monitor holds it."""
    now = book.clock()
    with book.store.write() as work:
        listener = work.listeners.get(listener_id)
        if lease_lives(listener.lease_until, now) and listener.lease_owner != owner:
            return None
        listener = work.listeners.save(
            replace(listener, lease_owner=owner, lease_until=now + lasts, fence=listener.fence + 1)
        )
        watch = work.watches.get(listener.watch_id)
        account = work.accounts.get(watch.account_id)
        work.commit()
    return Lease(
        listener_id=listener.id,
        watch=watch.name,
        channel=watch.channel,
        account=account.handle,
        query=dict(watch.query),
        cursor=_opened_cursor(book, listener),
        owner=owner,
        fence=listener.fence,
        interval_s=listener.interval_s,
        failures=listener.failures,
    )


def give_back(book: Casebook, owner: str) -> int:
    """Give back listeners that `owner` held in an earlier life, before it polls again; returns how many."""
    with book.store.write() as work:
        held = work.listeners.where(lease_owner=owner)
        for listener in held:
            work.listeners.save(replace(listener, lease_owner="", lease_until=None))
        if held:
            work.commit()
    return len(held)


def pause_walk(book: Casebook, lease: Lease) -> None:
    """Give a listener back in the middle of its walk: it is due at once, and goes on from its cursor.

    Raises:
        LeaseLost: another monitor took the listener over.
    """
    with book.store.write() as work:
        listener = _held(work, lease)
        work.listeners.save(replace(listener, next_due_at=book.clock(), lease_owner="", lease_until=None))
        work.commit()


def unheard(book: Casebook, channel: str, external_keys: list[str]) -> set[str]:
    """Which of these keyed ids are neither mentions nor our own replies yet."""
    with book.store.read() as work:
        return set(external_keys) - work.known(channel, external_keys)


def conversations(book: Casebook, channel: str, keys: Iterable[str]) -> dict[str, Conversation]:
    """For each conversation that has a case: the case, its sealed placeholder map and its corrections."""
    found: dict[str, Conversation] = {}
    with book.store.read() as work:
        for key in set(keys):
            case = work.cases.find(channel=channel, conversation_key=key)
            if case is not None:
                corrections = tuple(work.corrections.where(case_id=case.id))
                digest = numbering_digest(case.numbering)
                found[key] = Conversation(case.id, case.numbering, digest, corrections)
    return found


def record_page(book: Casebook, lease: Lease, page: PageRecord) -> int:
    """Commit a page: its new posts, the poll and the cursor together; returns how many posts were new.

    Posts that their authors changed, items that could not be understood and our own replies are kept and noted with
    it, and so is what the page says about coverage. A page with trouble is no success of its listener.

    Raises:
        LeaseLost: another monitor took the listener over; nothing was kept.
        Stale: a case's placeholder numbers moved on since the page was read; read it again.
    """
    now = book.clock()
    with book.store.write() as work:
        listener = _held(work, lease)
        watch = work.watches.get(listener.watch_id)
        new = _keep_posts(work, watch, page, now)
        aside = keep_set_aside(work, listener, watch.channel, page, now)
        note_seen(work, watch.channel, page.own, now)
        notice_page(work, listener, page, new=len(new), kept_aside=aside, now=now)
        poll = _poll(listener, page, len(new), now)
        work.polls.add(poll)
        work.listeners.save(_advanced(book, listener, page, now))
        _audit_page(work, watch.channel, listener.id, poll, new, now)
        work.commit()
    return len(new)


def _keep_posts(work: UnitOfWork, watch: WatchRow, page: PageRecord, now: datetime) -> list[Heard]:
    """Keep a page's posts in their order, as placeholder numbers grow with them; returns those that are new."""
    policy = policy_in_force(work)
    known = work.known(watch.channel, [heard.external_key for heard in page.heard])
    kept = _distinct(heard for heard in page.heard if heard.edited or heard.external_key not in known)
    _demand_current_numbers(work, watch.channel, kept)
    for heard in kept:
        if heard.edited:
            keep_edit(work, policy, heard, now)
        else:
            add_to_case(work, policy, watch.channel, watch.account_id, heard, now)
    return [heard for heard in kept if not heard.edited]


def record_thread(book: Casebook, case_id: str, heard: Iterable[Heard]) -> int:
    """Keep posts of a case's own conversation that no listener brought; returns how many were new.

    Raises:
        Stale: the case's placeholder numbers moved on since the posts were read; read them again.
    """
    now = book.clock()
    with book.store.write() as work:
        case = work.cases.get(case_id)
        own = [post for post in _distinct(heard) if post.conversation_key == case.conversation_key]
        known = work.known(case.channel, [post.external_key for post in own])
        new = [post for post in own if post.external_key not in known]
        _demand_current_numbers(work, case.channel, new)
        for post in new:
            add_to_case(work, policy_in_force(work), case.channel, case.account_id, post, now)
        if new:
            work.audit(
                now,
                audit.THREAD_KEPT,
                actor=SYSTEM,
                case_id=case.id,
                new=len(new),
                unsafe=sum(not post.redacted.safe for post in new),
            )
            work.commit()
    return len(new)


def record_failure(
    book: Casebook,
    lease: Lease,
    outcome: str,
    *,
    started_at: datetime,
    retry_at: datetime,
    stop: bool = False,
    incident: IncidentKind | None = None,
    says: str = "",
    cursor: Mapping[str, object] | None = None,
) -> None:
    """Record that a poll failed and when to try again.

    Args:
        book: the casebook.
        lease: of the listener.
        outcome: one word.
        started_at: when the poll began.
        retry_at: when the next one begins.
        stop: a person must act before there is another.
        incident: the coverage incident that this opens at once, unless one of its kind is open.
        says: what it says, in a sentence of ours.
        cursor: where the next poll begins, where that is not where this one began.
    """
    now = book.clock()
    with book.store.write() as work:
        listener = _held(work, lease)
        if incident is not None:
            notice_failure(work, listener, incident, says, started_at, now)
        work.polls.add(failed_poll(listener, outcome, started_at, now))
        listener = replace(
            listener,
            failures=listener.failures + 1,
            next_due_at=retry_at,
            lease_owner="",
            lease_until=None,
            stopped_why=outcome if stop else "",
        )
        if cursor is not None:
            listener = replace(listener, cursor=_sealed_cursor(book, listener, cursor))
        work.listeners.save(listener)
        if stop:
            why = audit.word(outcome)
            work.audit(now, audit.LISTENER_STOPPED, actor=SYSTEM, listener=listener.id, why=why)
        work.commit()


def start_again(book: Casebook, actor: Actor, listener_id: str) -> None:
    """Let a stopped listener listen again, at once. One that listens is left as it is.

    Raises:
        NotAllowed, NotSignedIn: the person may not decide what is listened to.
        NotFound: there is no such listener.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.LISTEN)
        listener = work.listeners.get(listener_id)
        if not listener.stopped_why:
            return
        _start(work, listener, by.now)
        by.audit(audit.LISTENER_STARTED, listener=listener.id, why=audit.word(listener.stopped_why))
        work.commit()


def try_stopped(book: Casebook) -> int:
    """Let every stopped listener try once more, as a monitor does when a person starts it; returns how many.

    Each stopped because a person had to act (credentials, entitlement), and starting the monitor may follow
    just that. Where nothing has changed, the first poll stops it again.
    """
    now = book.clock()
    with book.store.write() as work:
        stopped = [row for row in work.listeners.where() if row.stopped_why]
        for listener in stopped:
            _start(work, listener, now)
            why = audit.word(listener.stopped_why)
            work.audit(now, audit.LISTENER_STARTED, actor=SYSTEM, listener=listener.id, why=why)
        if stopped:
            work.commit()
    return len(stopped)


def _start(work: UnitOfWork, listener: Listener, now: datetime) -> None:
    work.listeners.save(replace(listener, stopped_why="", failures=0, next_due_at=now))


def _held(work: UnitOfWork, lease: Lease) -> Listener:
    listener = work.listeners.get(lease.listener_id)
    if listener.fence != lease.fence or listener.lease_owner != lease.owner:
        raise LeaseLost
    return listener


def _opened_cursor(book: Casebook, listener: Listener) -> dict[str, object]:
    if listener.cursor is None:
        return {}
    cursor: dict[str, object] = json.loads(book.vault.open(listener.cursor, cursor_row(listener.id)))
    return cursor


def _distinct(heard: Iterable[Heard]) -> list[Heard]:
    first: dict[str, Heard] = {}
    for post in heard:
        # The first stands: placeholder numbers of a later post of the page go on from it.
        first.setdefault(post.external_key, post)
    return list(first.values())


def _demand_current_numbers(work: UnitOfWork, channel: str, new: list[Heard]) -> None:
    for key, seen in {heard.conversation_key: heard.numbering_seen for heard in new}.items():
        case = work.cases.find(channel=channel, conversation_key=key)
        if numbering_digest(case.numbering if case else None) != seen:
            raise Stale


def _poll(listener: Listener, page: PageRecord, new: int, now: datetime) -> Poll:
    return Poll(
        id=new_id(),
        listener_id=listener.id,
        started_at=page.started_at,
        finished_at=now,
        asked=page.asked,
        saw=page.saw,
        new=new,
        complete=page.complete and page.trouble is None,
        outcome=page.trouble.outcome if page.trouble else "ok",
        gap=page.gap,
        walk=page.walk,
        page=page.page,
        source=page.source,
        window_from=page.window_from,
        window_to=page.window_to,
        newest_at=page.newest_at,
        oldest_at=page.oldest_at,
        cap=page.cap,
        passed_over=page.passed_over,
        set_aside=len(page.set_aside),
        calls=page.calls,
        micros=page.micros,
    )


def _advanced(book: Casebook, listener: Listener, page: PageRecord, now: datetime) -> Listener:
    listener = replace(listener, cursor=_sealed_cursor(book, listener, page.cursor))
    if page.trouble is None:
        listener = replace(listener, failures=0, last_success_at=now)
    if page.more:
        return replace(listener, lease_until=now + timedelta(seconds=120))
    return replace(
        listener, next_due_at=now + timedelta(seconds=listener.interval_s), lease_owner="", lease_until=None
    )


def _sealed_cursor(book: Casebook, listener: Listener, cursor: Mapping[str, object]) -> bytes:
    return book.vault.seal(json.dumps(dict(cursor)).encode(), cursor_row(listener.id))


def _audit_page(
    work: UnitOfWork, channel: str, listener_id: str, poll: Poll, new: list[Heard], now: datetime
) -> None:
    if new:
        work.audit(
            now,
            audit.HEARD,
            actor=SYSTEM,
            channel=channel,
            listener=listener_id,
            saw=poll.saw,
            new=len(new),
            unsafe=sum(not heard.redacted.safe for heard in new),
            poll=poll.id,
        )
    if poll.gap:
        work.audit(now, audit.GAP, actor=SYSTEM, channel=channel, listener=listener_id, poll=poll.id)
