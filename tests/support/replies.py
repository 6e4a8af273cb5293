"""A reply's way through the desk in single steps, for tests that begin somewhere along it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.sending import begin, ready
from casebook.actions.submitting import submit
from casebook.book import Casebook
from casebook.model import Draft, Mention, Outgoing
from casebook.ports import OutgoingReply
from tests.support.books import actor, hear

POST = "The new waiting room at Northvale General looks bright."
REPLY = "Thank you for taking the time to tell us. We are glad that the new room works well."
LEASE = timedelta(minutes=2)
SENDER = "sender-1"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A reply that waits for approval."""

    mention: Mention
    draft: Draft

    @property
    def case_id(self) -> str:
        """The case that it belongs to."""
        return self.mention.case_id


def written(book: Casebook, text: str = REPLY, *, post: str = POST, way: str = "api") -> Submitted:
    """A post heard, claimed by the responder, and a draft saved."""
    mention = hear(book, post, way=way)
    responder = actor(book, "responder")
    claim(book, responder, mention.case_id)
    return Submitted(mention, save_draft(book, responder, mention.case_id, text))


def submitted(book: Casebook, text: str = REPLY, *, post: str = POST, way: str = "api") -> Submitted:
    """The same, sent for approval."""
    before = written(book, text, post=post, way=way)
    return Submitted(before.mention, submit(book, actor(book, "responder"), before.draft.id))


def approved(book: Casebook, text: str = REPLY, *, post: str = POST, way: str = "api") -> Outgoing:
    """The same, approved by another person: its row in the outbox."""
    waiting = submitted(book, text, post=post, way=way)
    approve(book, actor(book, "approver"), waiting.draft.id, waiting.draft.bundle_hash)
    return outgoing(book, waiting.draft.id)


def begun(book: Casebook) -> OutgoingReply:
    """An approved reply whose attempt is committed: the network would be called now."""
    row = approved(book)
    reply = next(r for r in ready(book, row.channel) if r.outbox_id == row.id)
    return begin(book, reply, SENDER, LEASE)


def outgoing(book: Casebook, draft_id: str) -> Outgoing:
    """The outbox row of a draft."""
    with book.store.read() as work:
        row = work.outbox.find(draft_id=draft_id)
    assert row is not None
    return row


def outbox_row(book: Casebook, outbox_id: str) -> Outgoing:
    """The outbox row of this id, as it is now."""
    with book.store.read() as work:
        return work.outbox.get(outbox_id)
