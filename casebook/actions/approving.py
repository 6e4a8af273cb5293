"""Approving or rejecting somebody else's reply. An approval binds exactly what the approver saw."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.actions.asking import leave_look_up
from casebook.actions.seeing import FIRST_LOOK
from casebook.answerability import is_fresh, not_fresh, way_of
from casebook.authority import Authority, authorise, move
from casebook.book import Actor, Casebook
from casebook.errors import GateBlocked, OwnWork, Refusal, Stale, WrongState
from casebook.gatekeeping import bundle_hash, gate
from casebook.model import (
    Approval,
    CaseStatus,
    Draft,
    DraftState,
    Mention,
    OutboxState,
    Outgoing,
    draft_row,
    new_id,
)
from casebook.stafftext import add_worded_event, read_staff_text
from casebook.unit_of_work import UnitOfWork
from policies.approvals import approvals_needed
from policies.capability import API
from policies.facts import Act, ApprovalFacts, GateResult, Verdict
from policies.policy import Policy
from redaction.sealing import open_text


def approve(book: Casebook, actor: Actor, draft_id: str, seen_bundle: str) -> Draft:
    """Approve one exact bundle (`seen_bundle` is the hash that was on the approver's screen).

    The text is read and gated again under the policy in force. With the last approval needed the reply goes
    to the outbox, or waits to be posted by hand where the network does not allow it by API.

    Raises:
        OwnWork: it is the actor's own (the database refuses it too).
        Stale: text, post, account, way or policy is not what was seen, or the case has become so serious that it
            needs more approvals than were asked for; the draft returns to its author.
        GateBlocked: the gate stops it now.
        NotFresh: how the post can be answered was last asked too long ago; it is being asked again.
        WrongState: it does not wait for approval, or this person decided about it already.
    """
    with book.store.read() as work:
        before = work.drafts.get(draft_id)
    text = open_text(book.vault, draft_row(draft_id), before.sealed)["text"]
    reading = read_staff_text(book, text)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.APPROVE)
        draft = _waiting(work, draft_id, actor)
        mention = work.mentions.get(draft.mention_id)
        if draft.bundle_hash != seen_bundle or draft.text_hash != before.text_hash:
            raise Stale("This is not the reply that you were shown. Nothing was approved; look at it again.")
        if why := _no_longer_what_was_submitted(work, by.policy, draft, mention):
            _void(by, draft, why)
            work.commit()
            raise Stale(f"{_SENTENCES[why]} Nothing was approved; the draft went back to its author.")
        result = gate(book, work, by.policy, mention, text, reading)
        if result.verdict is Verdict.BLOCK:
            _void(by, draft, "gate")
            work.commit()
            raise GateBlocked(result.findings)
        if _needs_now(by, draft, result) > draft.approvals_needed:
            _void(by, draft, "severity")
            work.commit()
            raise Stale(f"{_SENTENCES['severity']} Nothing was approved; the draft went back to its author.")
        _demand_fresh(by, mention)
        _decide(by, draft, "approve")
        given = len(work.approvals.where(draft_id=draft.id, decision="approve"))
        if given >= draft.approvals_needed:
            draft = _let_go(by, draft, mention)
        work.commit()
    return draft


def reject(book: Casebook, actor: Actor, draft_id: str, reason: str) -> Draft:
    """Send a reply back to its author with a reason.

    Raises:
        Refusal: the reason is missing.
        OwnWork, WrongState: as for `approve`.
    """
    if not reason.strip():
        raise Refusal("Say in a few words what should change. Nothing was changed.")
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.REJECT)
        draft = _waiting(work, draft_id, actor)
        _decide(by, draft, "reject")
        event, case = add_worded_event(
            by, work.cases.get(draft.case_id), "rejected", reason, reading, revision=draft.revision
        )
        draft = work.drafts.save(replace(draft, state=DraftState.REJECTED, decided_why=event.text))
        work.cases.save(move(case, CaseStatus.OPEN))
        by.audit(audit.REJECTED, draft.case_id, draft=draft.id, event=event.id)
        work.commit()
    return draft


_SENTENCES = {
    "complaint": "A formal complaint about this is open: it is answered there, never in public.",
    "policy": "The policy has changed since this was submitted.",
    "post": "The post has changed or gone since this was submitted.",
    "severity": "The case has become more serious since this was submitted.",
    "way": "How this post can be answered has changed since this was submitted.",
}


def _demand_fresh(by: Authority, mention: Mention) -> None:
    """Refuse while the network's word on how the post can be answered is old, and have it asked again."""
    way = way_of(by.work, mention, by.work.cases.get(mention.case_id)).way
    if is_fresh(by.work, by.policy, mention, way, by.now):
        return
    if leave_look_up(by, mention):
        by.work.commit()
    raise not_fresh(mention, by.now)


def _waiting(work: UnitOfWork, draft_id: str, actor: Actor) -> Draft:
    draft = work.drafts.get(draft_id)
    if draft.author_id == actor.staff_id:
        raise OwnWork
    if draft.state is not DraftState.SUBMITTED:
        raise WrongState(f"This draft is {draft.state}; it does not wait for approval. Nothing was changed.")
    if work.approvals.find(draft_id=draft_id, approver_id=actor.staff_id) is not None:
        raise WrongState(
            "You have decided about this draft already; another person must. Nothing was changed."
        )
    return draft


def _no_longer_what_was_submitted(work: UnitOfWork, policy: Policy, draft: Draft, mention: Mention) -> str:
    """The word for what changed since `submit`, or the empty string."""
    if draft.policy_version != policy.version:
        return "policy"
    if mention.gone:
        return "post"
    case = work.cases.get(draft.case_id)
    if case.complaint_live:
        return "complaint"

    def bundle(way: str) -> str:
        return bundle_hash(
            mention=mention,
            account=work.accounts.get(case.account_id),
            mode=work.organisations.where()[0].mode,
            text_hash=draft.text_hash,
            policy_version=policy.version,
            way=way,
        )

    if bundle(way_of(work, mention, case).way) == draft.bundle_hash:
        return ""
    return "way" if draft.bundle_hash in map(bundle, ("api", "handoff")) else "post"


def _needs_now(by: Authority, draft: Draft, result: GateResult) -> int:
    case = by.work.cases.get(draft.case_id)
    return approvals_needed(
        by.policy,
        ApprovalFacts(channel=case.channel, severity=case.severity, verdict=result.verdict, risks=case.risks),
    )


def _void(by: Authority, draft: Draft, why: str) -> None:
    by.work.drafts.save(replace(draft, state=DraftState.VOID))
    by.work.cases.save(move(by.work.cases.get(draft.case_id), CaseStatus.OPEN))
    by.event(draft.case_id, "voided", why=why)
    by.audit(audit.VOIDED, draft.case_id, draft=draft.id, why=why)


def _decide(by: Authority, draft: Draft, decision: str) -> None:
    approval = by.work.approvals.add(
        Approval(
            id=new_id(),
            draft_id=draft.id,
            author_id=draft.author_id,
            approver_id=by.actor.staff_id,
            decision=decision,
            bundle_hash=draft.bundle_hash,
            policy_version=draft.policy_version,
            at=by.now,
        )
    )
    if decision == "approve":
        by.event(draft.case_id, "approved", revision=draft.revision)
        by.audit(
            audit.APPROVED,
            draft.case_id,
            draft=draft.id,
            bundle=draft.bundle_hash,
            policy=draft.policy_version,
            approval=approval.id,
        )


def _let_go(by: Authority, draft: Draft, mention: Mention) -> Draft:
    work = by.work
    draft = work.drafts.save(replace(draft, state=DraftState.APPROVED))
    case = work.cases.get(draft.case_id)
    by_hand = way_of(work, mention, case).way != API
    work.outbox.add(
        Outgoing(
            id=new_id(),
            draft_id=draft.id,
            case_id=draft.case_id,
            mention_id=mention.id,
            channel=mention.channel,
            bundle_hash=draft.bundle_hash,
            state=OutboxState.BY_HAND if by_hand else OutboxState.QUEUED,
            queued_at=by.now,
            not_before=by.now,
            account_id=case.account_id,
            # Whoever posts it may forget to record the address: then it is found all the same.
            look_at=by.now + FIRST_LOOK if by_hand else None,
        )
    )
    work.cases.save(move(case, CaseStatus.APPROVED))
    return draft
