"""The outbox, as the sender works it: look, begin (committed), call the network once, record what came of it.

A reply is `sending` only after its attempt row is committed. When the sender dies in between, or no answer comes,
the reply becomes `uncertain`: never sent again without a person, except where the network itself
refuses a second copy.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from casebook import audit
from casebook.actions.hearing import FARTHEST_WAIT, lease_lives
from casebook.authority import move
from casebook.book import SYSTEM, Casebook, policy_in_force
from casebook.errors import CasebookError, NotYetSafe, SendingStopped, Stale
from casebook.gatekeeping import bundle_hash, gate
from casebook.model import (
    CASE_MOVES,
    CaseEvent,
    CaseStatus,
    OutboxAttempt,
    OutboxState,
    Outgoing,
    address_row,
    draft_row,
    mention_row,
    new_id,
)
from casebook.ports import OutgoingReply
from casebook.stafftext import read_staff_text
from casebook.unit_of_work import UnitOfWork
from policies.approvals import approvals_needed
from policies.facts import ApprovalFacts, GateResult, Verdict
from redaction.sealing import open_text
from redaction.vault import VaultError

NO_CHANNEL = "no_channel"
"""A reply waits for a network that the monitor does not reach: nothing configures it any more."""
RESTORED = "restored_from_backup"
"""Why a reply is uncertain after a restore: whether it left meanwhile only the network knows."""
LOOKED_ONCE, NOT_FOUND = "looked_once", "not_found"
"""An uncertain reply was looked for on the network once, or twice: from then on it waits for a person."""


def ready(book: Casebook, channel: str) -> list[OutgoingReply]:
    """Approved replies of one channel whose time has come, oldest first, opened for sending. Nothing changes.

    One that cannot be opened is left out, and is listed by `unopenable`.
    """
    with book.store.read() as work:
        return _opened_each(book, work, _queued(work, channel, book.clock()))[0]


def unopenable(book: Casebook, channel: str) -> list[str]:
    """Outbox ids of replies that would be `ready`, but whose sealed words cannot be opened."""
    with book.store.read() as work:
        return _opened_each(book, work, _queued(work, channel, book.clock()))[1]


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
        return _opened_each(book, work, work.outbox.where(channel=channel, state=OutboxState.UNCERTAIN))[0]


def gate_again(book: Casebook, reply: OutgoingReply) -> GateResult:
    """Read and gate the exact text once more, under the policy in force; raises `NotYetSafe`."""
    reading = read_staff_text(book, reply.text)
    if reading.findings is None:
        raise NotYetSafe
    with book.store.read() as work:
        row = work.outbox.get(reply.outbox_id)
        return gate(book, work, policy_in_force(work), work.mentions.get(row.mention_id), reply.text, reading)


def begin(book: Casebook, reply: OutgoingReply, owner: str, lease: timedelta) -> OutgoingReply:
    """Commit an attempt, after checking once more that exactly this was approved. Then, and only then, call.

    Raises:
        SendingStopped: all sending is stopped.
        Stale: it is not queued any more, or what would be sent is not what was approved (then it is refused).
    """
    now = book.clock()
    with book.store.write() as work:
        if work.organisations.where()[0].sending_stopped:
            raise SendingStopped
        row = work.outbox.get(reply.outbox_id)
        if row.state is not OutboxState.QUEUED:
            raise Stale
        if (
            not _aimed_right(book, work, row, reply)
            or bundle_now(book, work, row, reply.text) != row.bundle_hash
        ):
            _finish(book, work, row, None, OutboxState.REFUSED, "not_what_was_approved")
            work.commit()
            raise Stale("What would be sent is not what was approved. Nothing was sent.")
        if _approvals_missing(work, row):
            _finish(book, work, row, None, OutboxState.REFUSED, "needs_more_approval")
            work.commit()
            raise Stale("Policy asks for more approvals than this reply has. Nothing was sent.")
        number = len(work.attempts.where(outbox_id=row.id)) + 1
        attempt = work.attempts.add(
            OutboxAttempt(id=new_id(), outbox_id=row.id, number=number, started_at=now)
        )
        work.outbox.save(
            replace(row, state=OutboxState.SENDING, lease_owner=owner, lease_until=now + lease, why="")
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
        work.commit()
    return replace(reply, attempt_id=attempt.id)


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
    """Mark a reply as posted, within the caller's transaction; `how` is "api", "read_back" or "by_hand"."""
    attempt = _close_attempt(work, row, "sent", now)
    address = json.dumps({"external_id": external_id, "url": url}).encode()
    key = book.vault.index(external_id, f"external|{row.channel}")
    work.outbox.save(
        replace(
            row,
            state=OutboxState.SENT,
            sent_at=now,
            lease_until=None,
            lease_owner="",
            why="",
            sealed_address=book.vault.seal(address, address_row(row.id)),
            reply_key=key,
        )
    )
    case = work.cases.get(row.case_id)
    if row.state is not OutboxState.CANCELLED and CaseStatus.ANSWERED in CASE_MOVES[case.status]:
        # Elsewhere a person has moved on meanwhile; that the reply is posted is recorded all the same.
        # A further post that arrived meanwhile is not answered by this reply: then the case stays open for it.
        status = CaseStatus.ANSWERED if case.mention_id == row.mention_id else CaseStatus.OPEN
        case = replace(case, status=status, holder_id="", held_until=None)
    work.cases.save(case)
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


def record_not_found(book: Casebook, outbox_id: str, *, resend: bool) -> None:
    """An uncertain reply is not to be seen on the network.

    With `resend` (only where the network refuses a second copy of the same attempt by itself) it is queued again;
    otherwise, and always after a restore, it waits for a person, who now knows that it was looked for.
    """
    with book.store.write() as work:
        row = work.outbox.get(outbox_id)
        if row.state is not OutboxState.UNCERTAIN:
            return
        if resend and row.why != RESTORED:
            work.outbox.save(replace(row, state=OutboxState.QUEUED, why="sent_again_same_key"))
        else:
            work.outbox.save(replace(row, why=NOT_FOUND if row.why == LOOKED_ONCE else LOOKED_ONCE))
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


def last_attempt_at(book: Casebook, outbox_id: str) -> datetime:
    """When the newest attempt began; far in the past where there was none."""
    with book.store.read() as work:
        starts = [attempt.started_at for attempt in work.attempts.where(outbox_id=outbox_id)]
    return max(starts, default=book.clock() - timedelta(days=365))


def _opened_each(
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
    )


def _aimed_right(book: Casebook, work: UnitOfWork, row: Outgoing, reply: OutgoingReply) -> bool:
    """Whether the reply names the very post that was approved as its target."""
    key = book.vault.index(reply.target_external_id, f"external|{row.channel}")
    return key == work.mentions.get(row.mention_id).external_key


def bundle_now(book: Casebook, work: UnitOfWork, row: Outgoing, text: str) -> str:
    """The bundle that sending `text` now would make; "" when the post is gone."""
    draft, mention = work.drafts.get(row.draft_id), work.mentions.get(row.mention_id)
    case = work.cases.get(row.case_id)
    if mention.gone:
        return ""
    return bundle_hash(
        mention=mention,
        account=work.accounts.get(case.account_id),
        mode=work.organisations.where()[0].mode,
        text_hash=book.vault.index(text, "content"),
        policy_version=draft.policy_version,
        way=mention.way,
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
