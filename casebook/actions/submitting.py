"""Sending a draft for approval, through the gate."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.actions.asking import leave_look_up
from casebook.answerability import demand_answerable
from casebook.authority import Authority, authorise, demand_held, move
from casebook.book import Actor, Casebook
from casebook.errors import GateBlocked, NotAllowed, Stale, WrongState
from casebook.gatekeeping import bundle_hash, gate
from casebook.model import CaseStatus, Draft, DraftState, Mention, draft_row
from casebook.stafftext import read_staff_text
from policies.approvals import approvals_needed
from policies.facts import Act, ApprovalFacts, GateResult, Verdict
from redaction.sealing import open_text


def submit(book: Casebook, actor: Actor, draft_id: str) -> Draft:
    """Ask for approval of one's own draft; from here on its text cannot change.

    The network is asked how the post can be answered now, so that whoever approves knows.

    Raises:
        GateBlocked: the gate stopped it (audited; the draft is kept to be rewritten).
        WrongState: it was submitted already, another reply waits in this case, or the post cannot be answered at all
            (it is gone, the network allows no answer, a formal complaint is open).
        Stale: it changed while it was read.
    """
    with book.store.read() as work:
        before = work.drafts.get(draft_id)
    text = open_text(book.vault, draft_row(draft_id), before.sealed)["text"]
    reading = read_staff_text(book, text)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.SUBMIT)
        draft = work.drafts.get(draft_id)
        if draft.author_id != actor.staff_id:
            raise NotAllowed("Only the person who wrote a draft can submit it. Nothing was changed.")
        if draft.state is not DraftState.WRITING:
            raise WrongState("This draft was submitted already. Nothing was changed.")
        if draft.text_hash != before.text_hash:
            raise Stale
        mention = work.mentions.get(draft.mention_id)
        way = demand_answerable(work, mention, work.cases.get(draft.case_id), "The draft was kept.").way
        result = gate(book, work, by.policy, mention, text, reading)
        draft = _with_verdict(draft, result)
        if result.verdict is Verdict.BLOCK:
            _keep_refusal(by, draft)
            work.commit()
            raise GateBlocked(result.findings)
        draft = _hand_over(by, draft, mention, way, result)
        leave_look_up(by, mention)
        work.commit()
    return draft


def _with_verdict(draft: Draft, result: GateResult) -> Draft:
    return replace(
        draft,
        verdict=result.verdict,
        reasons=result.reasons,
        findings=tuple((f.reason, f.hard, f.start, f.end, f.words) for f in result.findings),
        policy_version=result.policy_version,
    )


def _keep_refusal(by: Authority, draft: Draft) -> None:
    by.work.drafts.save(draft)
    by.event(draft.case_id, "blocked", reasons=",".join(draft.reasons))
    by.audit(
        audit.REFUSED_BY_GATE,
        draft.case_id,
        draft=draft.id,
        reasons=",".join(draft.reasons),
        policy=draft.policy_version,
        text_hash=draft.text_hash,
    )


def _hand_over(by: Authority, draft: Draft, mention: Mention, way: str, result: GateResult) -> Draft:
    work = by.work
    case = demand_held(by, work.cases.get(draft.case_id))
    facts = ApprovalFacts(
        channel=mention.channel, severity=case.severity, verdict=result.verdict, risks=case.risks
    )
    if work.drafts.where(case_id=case.id, state=DraftState.SUBMITTED):
        raise WrongState("Another reply in this case waits for approval already. Nothing was changed.")
    draft = work.drafts.save(
        replace(
            draft,
            state=DraftState.SUBMITTED,
            approvals_needed=approvals_needed(by.policy, facts),
            bundle_hash=bundle_hash(
                mention=mention,
                account=work.accounts.get(case.account_id),
                mode=work.organisations.where()[0].mode,
                text_hash=draft.text_hash,
                policy_version=result.policy_version,
                way=way,
            ),
        )
    )
    work.cases.save(move(case, CaseStatus.WAITING))
    by.event(case.id, "submitted", revision=draft.revision, verdict=draft.verdict)
    by.audit(
        audit.SUBMITTED,
        case.id,
        draft=draft.id,
        verdict=draft.verdict,
        reasons=",".join(draft.reasons),
        policy=draft.policy_version,
        text_hash=draft.text_hash,
        needs=draft.approvals_needed,
    )
    return draft
