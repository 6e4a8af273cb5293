"""The outbox, as the sender reads it: what is ready, what is uncertain, what nobody serves. Nothing changes here.

One row that cannot be opened stops no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from casebook.actions.hearing import FARTHEST_WAIT
from casebook.book import Casebook
from casebook.errors import CasebookError
from casebook.model import OutboxState, Outgoing, draft_row, mention_row
from casebook.ports import OutgoingReply
from casebook.unit_of_work import UnitOfWork
from redaction.sealing import open_text
from redaction.vault import VaultError

NO_CHANNEL = "no_channel"
"""A reply waits for a network that the monitor does not reach: nothing configures it any more."""


def ready(book: Casebook, channel: str) -> list[OutgoingReply]:
    """Approved replies of one channel whose time has come, oldest first, opened for sending. Nothing changes.

    One that cannot be opened is left out, and is listed by `unopenable`.
    """
    with book.store.read() as work:
        return opened_each(book, work, _queued(work, channel, book.clock()))[0]


def unopenable(book: Casebook, channel: str) -> list[str]:
    """Outbox ids of replies that would be `ready`, but whose sealed words cannot be opened."""
    with book.store.read() as work:
        return opened_each(book, work, _queued(work, channel, book.clock()))[1]


def unserved(book: Casebook, channels: Iterable[str]) -> list[str]:
    """Outbox ids of approved replies whose time has come, on a channel other than these."""
    now, served = book.clock(), set(channels)
    with book.store.read() as work:
        return [row.id for row in _queued(work, None, now) if row.channel not in served]


def unreached(book: Casebook) -> dict[str, int]:
    """How many approved replies wait on each channel that the monitor found it does not reach."""
    with book.store.read() as work:
        return dict(
            Counter(
                row.channel for row in work.outbox.where(state=OutboxState.QUEUED) if row.why == NO_CHANNEL
            )
        )


def channels_waiting(book: Casebook) -> set[str]:
    """The channels on which a reply is on its way, or may or may not be posted."""
    live = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNCERTAIN)
    with book.store.read() as work:
        return {row.channel for state in live for row in work.outbox.where(state=state)}


def _queued(work: UnitOfWork, channel: str | None, now: datetime) -> list[Outgoing]:
    """Queued replies whose time has come. A time farther off than any wait was written by a clock that was wrong."""
    only = {} if channel is None else {"channel": channel}
    found = work.outbox.where(state=OutboxState.QUEUED, **only)
    return [row for row in found if not now < row.not_before <= now + FARTHEST_WAIT]


def uncertain(book: Casebook, channel: str) -> list[OutgoingReply]:
    """Replies of one channel of which nobody knows whether they were posted, opened for a look at the network."""
    with book.store.read() as work:
        return opened_each(book, work, work.outbox.where(channel=channel, state=OutboxState.UNCERTAIN))[0]


def last_attempt_at(book: Casebook, outbox_id: str) -> datetime:
    """When the newest attempt began; far in the past where there was none."""
    with book.store.read() as work:
        starts = [attempt.started_at for attempt in work.attempts.where(outbox_id=outbox_id)]
    return max(starts, default=book.clock() - timedelta(days=365))


def opened_each(
    book: Casebook, work: UnitOfWork, rows: Iterable[Outgoing]
) -> tuple[list[OutgoingReply], list[str]]:
    """The replies that can be opened, and the ids of the rows that cannot: one such row stops no other."""
    opened: list[OutgoingReply] = []
    closed: list[str] = []
    for row in rows:
        try:
            opened.append(_opened(book, work, row))
        except (VaultError, CasebookError, LookupError, ValueError):
            closed.append(row.id)
    return opened, closed


def _opened(book: Casebook, work: UnitOfWork, row: Outgoing) -> OutgoingReply:
    draft, mention = work.drafts.get(row.draft_id), work.mentions.get(row.mention_id)
    case = work.cases.get(row.case_id)
    post = open_text(book.vault, mention_row(mention.id), mention.sealed) if mention.sealed else {}
    return OutgoingReply(
        outbox_id=row.id,
        attempt_id="",
        case_id=row.case_id,
        channel=row.channel,
        account=work.accounts.get(case.account_id).handle,
        mode=work.organisations.where()[0].mode,
        target_external_id=post.get("external_id", ""),
        text=open_text(book.vault, draft_row(draft.id), draft.sealed)["text"],
        post=post.get("text", ""),
        bundle_hash=row.bundle_hash,
        why=row.why,
        mention_id=row.mention_id,
    )
