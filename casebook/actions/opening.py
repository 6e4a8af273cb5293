"""How a heard post becomes part of a case: a new one, or the conversation's own, opened again if need be."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from casebook import audit
from casebook.book import SYSTEM
from casebook.heard import Heard
from casebook.model import Case, CaseEvent, CaseStatus, Mention, new_id
from casebook.unit_of_work import UnitOfWork
from policies.escalation import looked_at_minutes, triage
from policies.facts import Assessment, MentionFacts, Triage
from policies.policy import Policy
from redaction.text import Redacted

SUMMARY_LENGTH = 200
"""Code points of redacted text kept for lists."""


def add_to_case(
    work: UnitOfWork, policy: Policy, channel: str, account_id: str, heard: Heard, now: datetime
) -> Mention:
    """Add a post to its conversation's case, making the case where there is none; within the caller's transaction."""
    case = work.cases.find(channel=channel, conversation_key=heard.conversation_key)
    # A further post of a conversation about us is about us, though it need not say our name again.
    seen = heard.assessment if case is None else replace(heard.assessment, relevant=True)
    facts = MentionFacts(channel=channel, assessment=seen, heard_at=now, safe=heard.redacted.safe)
    decided = triage(policy, facts)
    case = (
        _open(work, channel, account_id, heard, decided, now)
        if case is None
        else _join(work, policy, case, heard, decided, now)
    )
    return work.mentions.add(_mention(heard, case.id, channel, now))


def summary_of(redacted: Redacted | Mention) -> str:
    """One line for lists, by the share profile; "" while not yet safe."""
    return " ".join(redacted.listed.split())[:SUMMARY_LENGTH]


def _open(
    work: UnitOfWork, channel: str, account_id: str, heard: Heard, decided: Triage, now: datetime
) -> Case:
    case = work.cases.add(
        Case(
            id=heard.case_id,
            number=work.next_case_number(),
            channel=channel,
            account_id=account_id,
            conversation_key=heard.conversation_key,
            status=CaseStatus.NEW,
            queue=decided.queue,
            severity=decided.severity,
            suggested_severity=decided.severity,
            due_at=decided.due_at,
            opened_at=now,
            summary=summary_of(heard.redacted),
            mention_id=heard.mention_id,
            tell=decided.tell,
            must_do=decided.must_do,
            rules=decided.rules,
            risks=heard.assessment.risks,
            safe=heard.redacted.safe,
            numbering=heard.numbering_after,
        )
    )
    work.audit(
        now,
        audit.CASE_OPENED,
        actor=SYSTEM,
        case_id=case.id,
        number=case.number,
        queue=audit.word(case.queue),
        severity=case.severity,
        rules=",".join(audit.word(rule) for rule in case.rules)[:400],
    )
    return case


def _join(work: UnitOfWork, policy: Policy, case: Case, heard: Heard, decided: Triage, now: datetime) -> Case:
    """A further post: it can raise the severity, never lower it, and opens what was answered or closed.

    An older post that turns up later (the beginning of a thread) is not what a reply would answer, and opens the
    case again only when it makes it worse or could not be read.
    """
    worse = decided.severity > case.severity
    newest = heard.posted_at >= work.mentions.get(case.mention_id).posted_at
    again = is_settled(case) and (newest or worse or not heard.redacted.safe)
    due_at = due_again(policy, case, decided, now) if again else min(case.due_at, decided.due_at)
    case = replace(
        raised(case, decided, heard.assessment.risks, again=again),
        due_at=due_at,
        summary=(newest and summary_of(heard.redacted)) or case.summary,
        mention_id=heard.mention_id if newest else case.mention_id,
        safe=case.safe and heard.redacted.safe,
        numbering=heard.numbering_after,
    )
    work.events.add(
        CaseEvent(id=new_id(), case_id=case.id, at=now, staff_id=SYSTEM, kind="post_joined", facts={})
    )
    if again:
        work.audit(now, audit.REOPENED, actor=SYSTEM, case_id=case.id, why="new_post")
    return work.cases.save(case)


def is_settled(case: Case) -> bool:
    """Whether nobody works on the case any more; something new may open it again."""
    return case.status in {CaseStatus.ANSWERED, CaseStatus.CLOSED}


def raised(case: Case, decided: Triage, risks: tuple[str, ...], *, again: bool) -> Case:
    """The case as something new in it leaves it: never milder, with whatever else must be done; open, where `again`."""
    worse = decided.severity > case.severity
    return replace(
        case,
        status=CaseStatus.OPEN if again else case.status,
        severity=max(case.severity, decided.severity),
        suggested_severity=max(case.suggested_severity, decided.severity),
        queue=decided.queue if worse else case.queue,
        tell=tuple(dict.fromkeys(case.tell + decided.tell)),
        must_do=tuple(dict.fromkeys(case.must_do + decided.must_do)),
        rules=tuple(dict.fromkeys(case.rules + decided.rules)),
        risks=tuple(dict.fromkeys(case.risks + risks)),
        triaged=case.triaged and not worse,
        closed_why="" if again else case.closed_why,
    )


def due_again(policy: Policy, case: Case, decided: Triage, now: datetime) -> datetime:
    """When a case that is opened again is due: as soon as the worst that was ever said in it asks for."""
    severity = max(case.severity, decided.severity)
    return min(decided.due_at, now + timedelta(minutes=looked_at_minutes(policy, severity)))


def _mention(heard: Heard, case_id: str, channel: str, now: datetime) -> Mention:
    return Mention(
        id=heard.mention_id,
        case_id=case_id,
        channel=channel,
        external_key=heard.external_key,
        conversation_key=heard.conversation_key,
        author_key=heard.author_key,
        why_unread=heard.why_unread,
        language=heard.language,
        posted_at=heard.posted_at,
        heard_at=now,
        way=heard.way,
        way_reason=heard.way_reason,
        way_at=now,
        revision=heard.revision,
        **what_was_read(heard.redacted, heard.assessment),
    )


def what_was_read(redacted: Redacted, assessment: Assessment) -> dict[str, Any]:
    """The fields of a mention that one reading of its words fills."""
    return {
        "sealed": redacted.sealed,
        "content_hash": redacted.content_hash,
        "safe": redacted.safe,
        "text": redacted.text,
        "listed": redacted.listed,
        "findings": tuple((f.start, f.end, f.entity, f.score) for f in redacted.findings),
        "assessment": plain_assessment(assessment),
    }


def plain_assessment(assessment: Assessment) -> dict[str, Any]:
    """An assessment as plain data; its reasons are offsets, so it holds no text."""
    return asdict(assessment)
