"""Replies that a person posted by hand, looked for on the network, as the monitor does it.

One that was recorded as posted is looked for at growing distances and, where it is never seen, the case says so. One
that waits to be posted by hand and is found there was posted by somebody who did not record it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from casebook import audit
from casebook.actions.outgoing import opened_each
from casebook.actions.seeing import LOOKS, mark_seen, tell
from casebook.actions.sending import keep_sent
from casebook.book import SYSTEM, Casebook
from casebook.model import OutboxState, Outgoing, address_row
from casebook.ports import OutgoingReply
from redaction.vault import VaultError


def to_look_for(book: Casebook, channel: str) -> list[OutgoingReply]:
    """Replies of one channel that a person posted or was to post, whose time to be looked for has come, opened.

    One that cannot be opened is left out.
    """
    with book.store.read() as work:
        rows = [row for row in work.to_look_for(book.clock(), channel) if _may_be_there(row)]
        return opened_each(book, work, rows)[0]


def _may_be_there(row: Outgoing) -> bool:
    return row.state is OutboxState.BY_HAND or (row.state is OutboxState.SENT and row.seen_at is None)


def record_seen(book: Casebook, outbox_id: str, external_id: str, url: str) -> bool:
    """A reply that a person posted was found on the network; whether that was new.

    False, too, where what was found is another reply of ours.
    """
    now = book.clock()
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        key = book.vault.index(external_id, f"external|{row.channel}")
        other = work.outbox.find(channel=row.channel, reply_key=key)
        if not _may_be_there(row) or (other is not None and other.id != row.id):
            return False
        if row.state is OutboxState.BY_HAND:
            keep_sent(book, work, row, external_id, url, "seen", actor=SYSTEM, session="", now=now)
            row = work.outbox.get(outbox_id)
        address = json.dumps({"external_id": external_id, "url": _recorded(book, row) or url}).encode()
        sealed = book.vault.seal(address, address_row(row.id))
        mark_seen(work, replace(row, reply_key=key, sealed_address=sealed), "looked_for", now)
        work.commit()
    return True


def record_not_seen(book: Casebook, outbox_id: str) -> None:
    """A reply that a person posted, or was to post, is not to be seen: look again later, or never after the last look.

    After the last one the case says that a reply recorded as posted was never seen.
    """
    now = book.clock()
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if not _may_be_there(row):
            return
        began = row.sent_at or row.queued_at
        later = next((began + step for step in LOOKS if began + step > now), None)
        row = work.outbox.save(replace(row, looks=row.looks + 1, look_at=later))
        if later is None and row.state is OutboxState.SENT:
            tell(work, row, "never_seen", {"looks": row.looks}, now)
            work.audit(
                now, audit.NEVER_SEEN, actor=SYSTEM, case_id=row.case_id, outbox=row.id, looks=row.looks
            )
        work.commit()


def put_off(book: Casebook, outbox_id: str, until: datetime | None) -> None:
    """Look for a reply at another time (None: never), because the network could not be asked now."""
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if _may_be_there(row):
            work.outbox.save(replace(row, look_at=until))
            work.commit()


def _recorded(book: Casebook, row: Outgoing) -> str:
    """The address that a person gave, "" where there is none, or it cannot be opened."""
    if row.sealed_address is None:
        return ""
    try:
        return str(json.loads(book.vault.open(row.sealed_address, address_row(row.id))).get("url", ""))
    except (VaultError, ValueError):
        return ""
