"""A post that its author has changed: the new words are kept and read, the old ones stay as evidence.

What must stay true: nothing that was ever said is lost, though only its sealed form is kept (what is hidden in it could
not follow later corrections); an approval of a reply to the old words holds no more (it is
bound to the post's content); a change can make a case more urgent, never less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from casebook import audit
from casebook.actions.opening import due_again, is_settled, raised, summary_of, what_was_read
from casebook.book import SYSTEM, Casebook, policy_in_force
from casebook.errors import Stale
from casebook.heard import Heard, numbering_digest
from casebook.model import Case, CaseEvent, EarlierVersion, Mention, new_id
from casebook.unit_of_work import UnitOfWork
from policies.escalation import triage
from policies.facts import MentionFacts, Triage
from policies.policy import Policy


def keep_edit(work: UnitOfWork, policy: Policy, heard: Heard, now: datetime) -> bool:
    """Keep the edited words of a known post (`heard.mention_id`); within the caller's transaction. Was it changed?

    False where just these words are kept already.
    """
    before = work.mentions.get(heard.mention_id)
    if before.content_hash == heard.redacted.content_hash:
        if before.revision != heard.revision:
            work.mentions.save(replace(before, revision=heard.revision))
        return False
    work.earlier_versions.add(
        EarlierVersion(
            id=new_id(),
            mention_id=before.id,
            sealed=before.sealed,
            content_hash=before.content_hash,
            revision=before.revision,
            replaced_at=now,
        )
    )
    after = work.mentions.save(_edited(before, heard, now))
    case = work.cases.get(before.case_id)
    facts = MentionFacts(
        channel=before.channel,
        assessment=replace(heard.assessment, relevant=True),
        heard_at=now,
        safe=heard.redacted.safe,
    )
    others_safe = all(one.safe for one in work.mentions.where(case_id=case.id) if one.id != after.id)
    settled = is_settled(case)
    case = work.cases.save(_raised(policy, case, after, heard, triage(policy, facts), others_safe, now))
    work.events.add(
        CaseEvent(id=new_id(), case_id=case.id, at=now, staff_id=SYSTEM, kind="post_edited", facts={})
    )
    work.audit(now, audit.MENTION_EDITED, actor=SYSTEM, case_id=case.id, mention=after.id)
    if settled and not is_settled(case):
        work.audit(now, audit.REOPENED, actor=SYSTEM, case_id=case.id, why="edited_post")
    return True


def changed(book: Casebook, channel: str, revisions: Mapping[str, str]) -> dict[str, Mention]:
    """Which known posts, by keyed id, are kept in another version than the network now names ("" names none).

    A post that is no longer kept is not among them.
    """
    named = {key: revision for key, revision in revisions.items() if revision}
    if not named:
        return {}
    with book.store.read() as work:
        found = {key: work.mentions.find(channel=channel, external_key=key) for key in named}
    return {
        key: mention
        for key, mention in found.items()
        if mention is not None and mention.sealed is not None and mention.revision != named[key]
    }


def record_edit(book: Casebook, heard: Heard) -> bool:
    """Keep the edited words of a known post, in a transaction of its own. Was it changed?

    Raises:
        Stale: the case's placeholder numbers moved on since the post was read; read it again.
    """
    with book.store.write() as work:
        case = work.cases.get(heard.case_id)
        if numbering_digest(case.numbering) != heard.numbering_seen:
            raise Stale
        kept = keep_edit(work, policy_in_force(work), heard, book.clock())
        work.commit()
    return kept


def _edited(before: Mention, heard: Heard, now: datetime) -> Mention:
    return replace(
        before,
        why_unread=heard.why_unread,
        language=heard.language,
        revision=heard.revision,
        way=heard.way,
        way_reason=heard.way_reason,
        way_at=now,
        **what_was_read(heard.redacted, heard.assessment),
    )


def _raised(
    policy: Policy,
    case: Case,
    mention: Mention,
    heard: Heard,
    decided: Triage,
    others_safe: bool,
    now: datetime,
) -> Case:
    worse = decided.severity > case.severity
    again = is_settled(case) and (worse or not mention.safe)
    due_at = min(case.due_at, decided.due_at) if worse else case.due_at
    return replace(
        raised(case, decided, heard.assessment.risks, again=again),
        due_at=due_again(policy, case, decided, now) if again else due_at,
        summary=summary_of(mention) if case.mention_id == mention.id else case.summary,
        safe=others_safe and mention.safe,
        numbering=heard.numbering_after,
    )
