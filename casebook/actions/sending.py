"""The outbox, as the sender works it: look, begin (committed), call the network once, record what came of it.

A reply is `sending` only after its attempt row is committed. When the sender dies in between, or no answer comes,
the reply becomes `uncertain`: never sent again without a person, except where the network itself
refuses a second copy.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from casebook import audit
from casebook.actions import pacing
from casebook.actions.hearing import lease_lives
from casebook.actions.outgoing import NO_CHANNEL as NO_CHANNEL
from casebook.actions.outgoing import channels_waiting as channels_waiting
from casebook.actions.outgoing import last_attempt_at as last_attempt_at
from casebook.actions.outgoing import ready as ready
from casebook.actions.outgoing import uncertain as uncertain
from casebook.actions.outgoing import unopenable as unopenable
from casebook.actions.outgoing import unreached as unreached
from casebook.actions.outgoing import unserved as unserved
from casebook.actions.pacing import RESTORED as RESTORED
from casebook.actions.seeing import FIRST_LOOK
from casebook.answerability import way_of
from casebook.authority import move
from casebook.book import SYSTEM, Casebook, policy_in_force
from casebook.errors import NotYetSafe, SendingStopped, Stale
from casebook.gatekeeping import bundle_hash, gate
from casebook.model import (
    CASE_MOVES,
    Case,
    CaseEvent,
    CaseStatus,
    OutboxAttempt,
    OutboxState,
    Outgoing,
    address_row,
    new_id,
)
from casebook.ports import OutgoingReply
from casebook.stafftext import read_staff_text
from casebook.unit_of_work import UnitOfWork
from policies.approvals import approvals_needed
from policies.facts import ApprovalFacts, GateResult, Verdict

LOOKED_ONCE, NOT_FOUND = "looked_once", "not_found"
"""An uncertain reply was looked for on the network once, or twice: from then on it waits for a person."""
SAME_KEY = "sent_again_same_key"
"""A reply that was not found is sent again under its own key: the network refuses a second copy."""
_REFUSALS = {
    "complaint": "A formal complaint about this is open: it is answered there, never in public.",
    "not_what_was_approved": "What would be sent is not what was approved.",
    "needs_more_approval": "Policy asks for more approvals than this reply has.",
}


def gate_again(book: Casebook, reply: OutgoingReply) -> GateResult:
    """Read and gate the exact text once more, under the policy in force; raises `NotYetSafe`."""
    reading = read_staff_text(book, reply.text)
    if reading.findings is None:
        raise NotYetSafe
    with book.store.read() as work:
        row = work.outbox.get(reply.outbox_id)
        return gate(book, work, policy_in_force(work), work.mentions.get(row.mention_id), reply.text, reading)


def begin(
    book: Casebook, reply: OutgoingReply, owner: str, lease: timedelta, *, resend_within: float = 0.0
) -> OutgoingReply:
    """Commit an attempt, after checking once more that exactly this was approved. Then, and only then, call.

    Args:
        book: the casebook.
        reply: what was looked up and gated just now.
        owner: who calls.
        lease: for how long nobody else takes the attempt for abandoned.
        resend_within: seconds from the first attempt for which the network refuses a second copy by itself.

    Raises:
        SendingStopped: all sending is stopped.
        AnotherOnItsWay: a reply of the same account is being sent; this one stays queued.
        TooManyReplies: the account or the conversation has had its share; this one stays queued.
        Stale: it is not queued any more; or what would be sent is not what was approved (then it is refused); or a
            call of it had no clear answer, and only a person may send it again by now (then it is uncertain).
    """
    now = book.clock()
    with book.store.write() as work:
        if work.organisations.where()[0].sending_stopped:
            raise SendingStopped
        row = work.outbox.get(reply.outbox_id)
        if row.state is not OutboxState.QUEUED:
            raise Stale
        if why := _refused_for(book, work, row, reply):
            _finish(book, work, row, None, OutboxState.REFUSED, why)
            work.commit()
            raise Stale(f"{_REFUSALS[why]} Nothing was sent.")
        if not pacing.may_call_again(work, row, now, resend_within):
            _finish(book, work, row, None, OutboxState.UNCERTAIN, NOT_FOUND)
            work.commit()
            raise Stale("It may be on the network already. Look there, and decide.")
        pacing.demand_turn(work, policy_in_force(work), row, now)
        attempt = _new_attempt(work, row, owner, lease, now)
        work.commit()
    return replace(reply, attempt_id=attempt.id)


def _refused_for(book: Casebook, work: UnitOfWork, row: Outgoing, reply: OutgoingReply) -> str:
    """Why a reply may not be sent as it is, as one word; the empty string where it may."""
    if work.cases.get(row.case_id).complaint_live:
        return "complaint"
    if not _aimed_right(book, work, row, reply) or bundle_now(book, work, row, reply.text) != row.bundle_hash:
        return "not_what_was_approved"
    return "needs_more_approval" if _approvals_missing(work, row) else ""


def _new_attempt(
    work: UnitOfWork, row: Outgoing, owner: str, lease: timedelta, now: datetime
) -> OutboxAttempt:
    number = len(work.attempts.where(outbox_id=row.id)) + 1
    attempt = work.attempts.add(OutboxAttempt(id=new_id(), outbox_id=row.id, number=number, started_at=now))
    work.outbox.save(
        replace(
            row,
            state=OutboxState.SENDING,
            account_id=pacing.account_of(work, row),
            lease_owner=owner,
            lease_until=now + lease,
            why="",
        )
    )
    work.audit(
        now,
        audit.SENDING,
        actor=SYSTEM,
        case_id=row.case_id,
        outbox=row.id,
        attempt=attempt.id,
        number=number,
        bundle=row.bundle_hash,
    )
    return attempt


def _approvals_missing(work: UnitOfWork, row: Outgoing) -> bool:
    """Whether the policy in force asks for more approvals than were given: it, or the case, may have changed since."""
    draft, case = work.drafts.get(row.draft_id), work.cases.get(row.case_id)
    facts = ApprovalFacts(
        channel=row.channel, severity=case.severity, verdict=Verdict(draft.verdict), risks=case.risks
    )
    given = len(work.approvals.where(draft_id=draft.id, decision="approve", bundle_hash=row.bundle_hash))
    return given < approvals_needed(policy_in_force(work), facts)


def record_sent(book: Casebook, outbox_id: str, external_id: str, url: str, how: str) -> None:
    """A reply is posted: by the call that just returned ("api") or as read back from the network ("read_back")."""
    now = book.clock()
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state is OutboxState.SENT:
            return
        keep_sent(book, work, row, external_id, url, how, actor=SYSTEM, session="", now=now)
        work.commit()


def keep_sent(
    book: Casebook,
    work: UnitOfWork,
    row: Outgoing,
    external_id: str,
    url: str,
    how: str,
    *,
    actor: str,
    session: str,
    now: datetime,
) -> None:
    """Mark a reply as posted, within the caller's transaction.

    Args:
        book: the casebook.
        work: its transaction.
        row: the reply.
        external_id: the network's id of it, "" where only its address is known (posted by hand): then it is looked
            for on the network from a minute later on.
        url: its address.
        how: "api", "read_back", "by_hand", or "seen" for one that a person posted and the network shows.
        actor: who says so.
        session: their session, "" for the monitor.
        now: the time now.
    """
    attempt = _close_attempt(work, row, "sent", now)
    address = json.dumps({"external_id": external_id, "url": url}).encode()
    key = book.vault.index(external_id, f"external|{row.channel}") if external_id else ""
    work.outbox.save(
        replace(
            row,
            state=OutboxState.SENT,
            sent_at=now,
            seen_at=now if how in {"read_back", "seen"} else row.seen_at,
            looks=0,
            look_at=None if external_id else now + FIRST_LOOK,
            lease_until=None,
            lease_owner="",
            why="",
            sealed_address=book.vault.seal(address, address_row(row.id)),
            reply_key=key,
        )
    )
    work.cases.save(_answered(work.cases.get(row.case_id), row))
    work.events.add(
        CaseEvent(id=new_id(), case_id=row.case_id, at=now, staff_id=actor, kind="sent", facts={"how": how})
    )
    work.audit(
        now,
        audit.SENT,
        actor=actor,
        session=session,
        case_id=row.case_id,
        outbox=row.id,
        attempt=attempt,
        reply_key=key,
        how=how,
    )


def _answered(case: Case, row: Outgoing) -> Case:
    """The case after this reply was posted; elsewhere a person may have moved on meanwhile."""
    if row.state is OutboxState.CANCELLED or CaseStatus.ANSWERED not in CASE_MOVES[case.status]:
        return case
    # A further post that arrived meanwhile is not answered by this reply: then the case stays open for it.
    status = CaseStatus.ANSWERED if case.mention_id == row.mention_id else CaseStatus.OPEN
    return replace(case, status=status, holder_id="", held_until=None)


def record_refused(book: Casebook, outbox_id: str, why: str) -> None:
    """A reply was certainly not posted and will not be: the case is open again. `why` is one word."""
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state in {OutboxState.QUEUED, OutboxState.SENDING}:
            _finish(book, work, row, "refused", OutboxState.REFUSED, why)
            work.commit()


def record_waiting(book: Casebook, outbox_id: str, why: str, until: datetime, *, begun: bool = True) -> None:
    """A reply was certainly not posted, and may be tried again from `until` on (the network asked us to wait).

    With `begun` False the caller has begun no attempt: one in flight is another monitor's, and is left alone.
    """
    now = book.clock()
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state not in ({OutboxState.SENDING, OutboxState.QUEUED} if begun else {OutboxState.QUEUED}):
            return
        why = audit.word(why)
        attempt = _close_attempt(work, row, "not_sent", now, why)
        if attempt or row.why != why:
            work.audit(
                now,
                audit.NOT_SENT,
                actor=SYSTEM,
                case_id=row.case_id,
                outbox=row.id,
                attempt=attempt,
                why=why,
            )
        work.outbox.save(
            replace(
                row, state=OutboxState.QUEUED, not_before=until, why=why, lease_owner="", lease_until=None
            )
        )
        work.commit()


def record_uncertain(book: Casebook, outbox_id: str, why: str) -> None:
    """No clear answer came: the reply may or may not be posted, and will not be posted again by itself."""
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state is OutboxState.SENDING:
            _finish(book, work, row, "unknown", OutboxState.UNCERTAIN, why)
            work.commit()


def record_not_found(book: Casebook, outbox_id: str, *, resend_within: float = 0.0) -> None:
    """An uncertain reply is not to be seen on the network.

    Within `resend_within` seconds of its first attempt (for so long the network refuses a second copy by itself) it is
    queued again; later, and always after a restore, it waits for a person, who now knows that it was looked for.
    """
    now = book.clock()
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state is not OutboxState.UNCERTAIN:
            return
        if pacing.same_key_refused_twice(work, row, now, resend_within):
            work.outbox.save(replace(row, state=OutboxState.QUEUED, why=SAME_KEY))
        elif row.why != NOT_FOUND:
            work.outbox.save(replace(row, why=NOT_FOUND if row.why == LOOKED_ONCE else LOOKED_ONCE))
        else:
            return
        work.commit()


def recover(book: Casebook, owner: str) -> list[str]:
    """Make every reply whose sender died in the middle uncertain; returns their outbox ids.

    A reply is abandoned when its lease has run out, or was this `owner`'s own in an earlier life.
    """
    now = book.clock()
    found: list[str] = []
    with book.store.write() as work:
        for row in work.outbox.where(state=OutboxState.SENDING):
            if row.lease_owner == owner or not lease_lives(row.lease_until, now):
                _finish(book, work, row, "unknown", OutboxState.UNCERTAIN, "sender_stopped")
                found.append(row.id)
        if found:
            work.commit()
    return found


def _aimed_right(book: Casebook, work: UnitOfWork, row: Outgoing, reply: OutgoingReply) -> bool:
    """Whether the reply names the very post that was approved as its target."""
    key = book.vault.index(reply.target_external_id, f"external|{row.channel}")
    return key == work.mentions.get(row.mention_id).external_key


def bundle_now(book: Casebook, work: UnitOfWork, row: Outgoing, text: str) -> str:
    """The bundle that sending `text` now would make; "" when the post is gone or a complaint about it is open."""
    draft, mention = work.drafts.get(row.draft_id), work.mentions.get(row.mention_id)
    case = work.cases.get(row.case_id)
    if mention.gone or case.complaint_live:
        return ""
    return bundle_hash(
        mention=mention,
        account=work.accounts.get(case.account_id),
        mode=work.organisations.where()[0].mode,
        text_hash=book.vault.index(text, "content"),
        policy_version=draft.policy_version,
        way=way_of(work, mention, case).way,
    )


def _finish(
    book: Casebook, work: UnitOfWork, row: Outgoing, outcome: str | None, state: OutboxState, why: str
) -> None:
    now = book.clock()
    why = audit.word(why)
    attempt = _close_attempt(work, row, outcome, now, why) if outcome else ""
    work.outbox.save(replace(row, state=state, why=why, lease_owner="", lease_until=None))
    kind = audit.UNCERTAIN if state is OutboxState.UNCERTAIN else audit.NOT_SENT
    if state is OutboxState.REFUSED:
        work.cases.save(move(work.cases.get(row.case_id), CaseStatus.OPEN))
    work.events.add(
        CaseEvent(id=new_id(), case_id=row.case_id, at=now, staff_id=SYSTEM, kind=state, facts={"why": why})
    )
    work.audit(now, kind, actor=SYSTEM, case_id=row.case_id, outbox=row.id, attempt=attempt, why=why)


def _close_attempt(work: UnitOfWork, row: Outgoing, outcome: str, now: datetime, why: str = "") -> str:
    """End the attempt in flight; returns its id ("" where there is none).

    An attempt of unknown outcome stays that for ever, unless the reply turns out to be posted.
    """
    last = max(work.attempts.where(outbox_id=row.id), key=lambda attempt: attempt.number, default=None)
    if last is None or last.outcome not in ({"", "unknown"} if outcome == "sent" else {""}):
        return ""
    work.attempts.save(replace(last, outcome=outcome, ended_at=now, reason=why))
    return last.id
