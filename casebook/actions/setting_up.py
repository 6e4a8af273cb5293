"""Making a casebook, and what a listener needs: accounts and watches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from casebook import audit
from casebook.book import SYSTEM, Casebook
from casebook.errors import Refusal
from casebook.model import Account, Listener, Mode, Organisation, PolicyVersion, WatchRow, new_id
from casebook.unit_of_work import UnitOfWork
from policies.policy import Policy


def set_up(
    book: Casebook, name: str, mode: Mode, settings: Mapping[str, Any], policy: Policy
) -> Organisation:
    """Make the organisation of an empty casebook and put its first policy in force.

    Raises:
        Refusal: the casebook has its organisation already.
    """
    now = book.clock()
    with book.store.write() as work:
        if work.organisations.where():
            raise Refusal("This casebook is set up already. Nothing was changed.")
        organisation = work.organisations.add(
            Organisation(
                id=new_id(), name=name, mode=mode, settings=settings, sending_stopped=False, created_at=now
            )
        )
        work.policies.add(
            PolicyVersion(
                id=new_id(),
                version_hash=policy.version,
                name=policy.name,
                source=policy.text,
                activated_at=now,
                activated_by=SYSTEM,
            )
        )
        work.audit(now, audit.CASEBOOK_CREATED, actor=SYSTEM, mode=mode)
        work.audit(
            now, audit.POLICY_ACTIVATED, actor=SYSTEM, name=audit.word(policy.name), version=policy.version
        )
        work.commit()
    return organisation


def ensure_account(book: Casebook, channel: str, handle: str) -> Account:
    """The organisation's account of this handle, made when there is none."""
    with book.store.write() as work:
        found = work.accounts.find(channel=channel, handle=handle)
        if found is not None:
            return found
        account = work.accounts.add(
            Account(id=new_id(), channel=channel, handle=handle, created_at=book.clock())
        )
        work.audit(
            book.clock(), audit.ACCOUNT_ADDED, actor=SYSTEM, account=account.id, channel=audit.word(channel)
        )
        work.commit()
    return account


def ensure_watch(
    book: Casebook, name: str, channel: str, account: Account, query: Mapping[str, Any], interval_s: int
) -> WatchRow:
    """The watch of this name and channel with its listener, made or brought up to date."""
    with book.store.write() as work:
        watch = work.watches.find(name=name, channel=channel)
        if watch is None:
            watch = work.watches.add(
                WatchRow(id=new_id(), name=name, channel=channel, account_id=account.id, query=query)
            )
            work.listeners.add(
                Listener(
                    id=new_id(),
                    watch_id=watch.id,
                    interval_s=interval_s,
                    next_due_at=book.clock() - timedelta(seconds=1),
                )
            )
            _audit_watch(book, work, watch, "added")
            work.commit()
            return watch
        if dict(watch.query) != dict(query) or watch.account_id != account.id or not watch.active:
            watch = work.watches.save(replace(watch, query=query, account_id=account.id, active=True))
            _audit_watch(book, work, watch, "changed")
        listener = work.listeners.find(watch_id=watch.id)
        if listener is not None and listener.interval_s != interval_s:
            work.listeners.save(replace(listener, interval_s=interval_s))
        work.commit()
    return watch


def rest_watches(book: Casebook, wanted: Collection[tuple[str, str]]) -> int:
    """Listen no longer for watches that are not among `wanted` (name, channel); returns how many that were."""
    with book.store.write() as work:
        resting = [row for row in work.watches.where(active=True) if (row.name, row.channel) not in wanted]
        for row in resting:
            work.watches.save(replace(row, active=False))
            _audit_watch(book, work, row, "rested")
        if resting:
            work.commit()
    return len(resting)


def _audit_watch(book: Casebook, work: UnitOfWork, watch: WatchRow, how: str) -> None:
    work.audit(
        book.clock(),
        audit.WATCH_CHANGED,
        actor=SYSTEM,
        watch=watch.id,
        channel=audit.word(watch.channel),
        how=how,
    )
