"""What only a person can decide about a reply: an uncertain one, one to be posted by hand, one to be taken back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from casebook import audit
from casebook.actions.sending import bundle_now, keep_sent
from casebook.authority import Authority, authorise, move
from casebook.book import Actor, Casebook
from casebook.errors import Refusal, SendingStopped, Stale, WrongState
from casebook.model import CaseStatus, OutboxState, Outgoing, draft_row, mention_row
from policies.capability import COMPLAINT
from policies.facts import Act
from redaction.sealing import open_text

DECISIONS = {
    "posted": "it is there: record its address",
    "not_posted": "it is not there: send it again",
    "give_up": "leave it unsent",
}
"""What a person may decide about an uncertain reply after looking at the network."""


def resolve_uncertain(book: Casebook, actor: Actor, outbox_id: str, decision: str, url: str = "") -> Outgoing:
    """Decide about a reply of which nobody knows whether it was posted.

    Raises:
        Refusal: the decision is not one of `DECISIONS`, or "posted" comes without an address.
        WrongState: it is not uncertain any more.
    """
    if decision not in DECISIONS:
        raise Refusal(f"Decide one of: {', '.join(DECISIONS)}. Nothing was changed.")
    if decision == "posted":
        _demand_address(url)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.RESOLVE_UNCERTAIN)
        row = work.outbox.get(outbox_id)
        if row.state is not OutboxState.UNCERTAIN:
            raise WrongState(f"This reply is {row.state}, not uncertain. Nothing was changed.")
        by.audit(audit.RESOLVED, row.case_id, outbox=row.id, decision=decision)
        if decision == "posted":
            _sent_by_hand(by, row, url)
        elif decision == "not_posted":
            work.outbox.save(
                replace(row, state=OutboxState.QUEUED, not_before=by.now, why="sent again by decision")
            )
        else:
            _give_up(by, row)
        by.event(row.case_id, "resolved", decision=decision)
        work.commit()
        return work.outbox.get(outbox_id)


def record_handoff(book: Casebook, actor: Actor, outbox_id: str, url: str) -> Outgoing:
    """Record the address of an approved reply that a person posted by hand. It is then looked for on the network.

    Raises:
        Refusal: the address is not one.
        WrongState: this reply does not wait to be posted by hand.
    """
    _demand_address(url)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.HANDOFF)
        row = work.outbox.get(outbox_id)
        if row.state is not OutboxState.BY_HAND:
            raise WrongState(f"This reply is {row.state}; it does not wait to be posted by hand.")
        _sent_by_hand(by, row, url)
        work.commit()
        return work.outbox.get(outbox_id)


def handoff_text(book: Casebook, actor: Actor, outbox_id: str) -> tuple[str, str]:
    """The exact approved text to copy, and the address of the post to open it at.

    Raises:
        WrongState: this reply does not wait to be posted by hand.
        SendingStopped: all sending is stopped, by hand too.
        Stale: post, account or way are not what was approved any more, or a formal complaint is open; take the reply
            back.
    """
    with book.store.read() as work:
        authorise(book, work, actor, Act.HANDOFF)
        row = work.outbox.get(outbox_id)
        if row.state is not OutboxState.BY_HAND:
            raise WrongState(f"This reply is {row.state}; it does not wait to be posted by hand.")
        if work.organisations.where()[0].sending_stopped:
            raise SendingStopped
        draft, mention = work.drafts.get(row.draft_id), work.mentions.get(row.mention_id)
        text = open_text(book.vault, draft_row(draft.id), draft.sealed)["text"]
        if work.cases.get(row.case_id).complaint_live:
            raise Stale(f"Do not post it: {COMPLAINT}. Take the reply back.")
        if bundle_now(book, work, row, text) != row.bundle_hash:
            raise Stale("The post has changed or gone since this reply was approved. Take the reply back.")
    post = open_text(book.vault, mention_row(mention.id), mention.sealed) if mention.sealed else {}
    return text, post.get("permalink", "")


def withdraw(book: Casebook, actor: Actor, outbox_id: str) -> Outgoing:
    """Take an approved reply back before anybody posts it; the case is open again.

    Raises:
        WrongState: it is on its way, posted, or not waiting any more.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.HANDOFF)
        row = work.outbox.get(outbox_id)
        if row.state not in {OutboxState.QUEUED, OutboxState.BY_HAND}:
            raise WrongState(f"This reply is {row.state}; it cannot be taken back. Nothing was changed.")
        work.outbox.save(replace(row, state=OutboxState.CANCELLED, why="taken back", look_at=None))
        work.cases.save(move(work.cases.get(row.case_id), CaseStatus.OPEN))
        by.event(row.case_id, "withdrawn")
        by.audit(audit.WITHDRAWN, row.case_id, outbox=row.id)
        work.commit()
        return work.outbox.get(outbox_id)


def _sent_by_hand(by: Authority, row: Outgoing, url: str) -> None:
    keep_sent(
        by.book,
        by.work,
        row,
        "",
        url,
        "by_hand",
        actor=by.actor.staff_id,
        session=by.actor.session_id,
        now=by.now,
    )


def _give_up(by: Authority, row: Outgoing) -> None:
    by.work.outbox.save(replace(row, state=OutboxState.CANCELLED, why="given up"))
    by.work.cases.save(move(by.work.cases.get(row.case_id), CaseStatus.OPEN))


def _demand_address(url: str) -> None:
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https", "practice"} or not parts.netloc or len(url) > 500:
        raise Refusal("Give the address of the posted reply, beginning with https://. Nothing was changed.")
