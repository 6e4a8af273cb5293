"""What the monitor records about single posts: answers to the desk's requests, second readings, posts that are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from casebook import audit
from casebook.actions.opening import summary_of, what_was_read
from casebook.book import SYSTEM, Casebook, policy_in_force
from casebook.errors import Stale
from casebook.model import Case, Mention, NetworkRequest, mention_row, numbering_row
from policies.escalation import triage
from policies.facts import Assessment, MentionFacts
from redaction.sealing import open_numbering, open_text, seal_numbering
from redaction.text import Numbering, Redacted
from redaction.vault import VaultError


def open_requests(book: Casebook) -> list[tuple[NetworkRequest, Mention, str]]:
    """Requests that wait for an answer, with the post they are about and its external id, oldest first.

    The id is "" where the post is no longer kept, or its sealed fields cannot be opened.
    """
    with book.store.read() as work:
        found = [(row, work.mentions.get(row.mention_id)) for row in work.requests.where(answered_at=None)]
    return [(row, mention, _external_id(book, mention)) for row, mention in found]


def _external_id(book: Casebook, mention: Mention) -> str:
    try:
        return sealed_fields(book, mention).get("external_id", "")
    except (VaultError, ValueError):
        return ""


def record_answer(book: Casebook, request_id: str, answer: Mapping[str, str | int]) -> None:
    """Answer a request; `answer["outcome"]` is one word. A second answer to the same request is dropped."""
    now = book.clock()
    with book.store.write() as work:
        request = work.requests.get(request_id)
        if request.answered_at is not None:
            return
        work.requests.save(replace(request, answered_at=now, answer=dict(answer)))
        work.audit(
            now,
            audit.ANSWERED,
            actor=SYSTEM,
            case_id=request.case_id,
            request=request.id,
            outcome=audit.word(str(answer.get("outcome", ""))),
        )
        work.commit()


def record_state(
    book: Casebook, mention_id: str, *, gone: str = "", way: str = "", way_reason: str = ""
) -> None:
    """Keep how a post stands now on its network: gone and how, and whether it can be answered there."""
    now = book.clock()
    with book.store.write() as work:
        mention = work.mentions.get(mention_id)
        work.mentions.save(
            replace(
                mention,
                gone=gone,
                way=way or mention.way,
                way_reason=way_reason if way else mention.way_reason,
                way_at=now,
            )
        )
        work.commit()


def unread_mentions(
    book: Casebook, limit: int = 50, after: str = ""
) -> Iterator[tuple[Mention, dict[str, str], Numbering]]:
    """Posts kept sealed because the engine failed, opened for a second reading (by the monitor alone).

    Each is opened when its turn comes, with the numbers its case has given by then. One that cannot be opened is
    passed over.

    Args:
        book: the casebook.
        limit: this many posts at most.
        after: begin behind the post with this id, and go on from the first one after the last.
    """
    with book.store.read() as work:
        found = [m for m in work.mentions.where(safe=False, why_unread="engine") if m.sealed is not None]
    found.sort(key=lambda mention: (mention.id <= after, mention.id))
    for mention in found[:limit]:
        with book.store.read() as work:
            numbering = work.cases.get(mention.case_id).numbering
        try:
            fields = sealed_fields(book, mention)
            given = open_numbering(book.vault, numbering_row(mention.case_id), numbering)
        except (VaultError, ValueError):
            continue
        yield mention, fields, given


def record_second_reading(
    book: Casebook, mention_id: str, redacted: Redacted, assessment: Assessment, why_unread: str
) -> None:
    """Keep a second reading of a sealed post, and triage its case by it.

    Raises:
        Stale: it is not of this post, or placeholder numbers were given in the case since it began; read again.
    """
    now = book.clock()
    with book.store.write() as work:
        mention = work.mentions.get(mention_id)
        case = work.cases.get(mention.case_id)
        if mention.safe:
            return
        _demand_same_post(book, mention, case, redacted)
        mention = work.mentions.save(
            replace(
                mention,
                why_unread=why_unread,
                **what_was_read(redacted, assessment),
            )
        )
        decided = triage(
            policy_in_force(work),
            MentionFacts(
                channel=mention.channel, assessment=assessment, heard_at=mention.heard_at, safe=redacted.safe
            ),
        )
        others = [m for m in work.mentions.where(case_id=case.id) if m.id != mention.id]
        work.cases.save(
            replace(
                case,
                severity=max(case.severity, decided.severity) if case.triaged or others else decided.severity,
                suggested_severity=decided.severity,
                queue=case.queue if case.triaged else decided.queue,
                due_at=min(case.due_at, decided.due_at) if others else decided.due_at,
                tell=tuple(dict.fromkeys(decided.tell + case.tell)),
                must_do=tuple(dict.fromkeys(decided.must_do + case.must_do)),
                risks=tuple(dict.fromkeys(case.risks + assessment.risks)),
                rules=tuple(dict.fromkeys(decided.rules + case.rules)),
                summary=summary_of(redacted) if case.mention_id == mention.id else case.summary,
                safe=redacted.safe and all(m.safe for m in others),
                numbering=seal_numbering(book.vault, numbering_row(case.id), redacted.numbering),
            )
        )
        outcome = "safe" if redacted.safe else "sealed"
        work.audit(
            now, audit.MENTION_READ_AGAIN, actor=SYSTEM, case_id=case.id, mention=mention.id, outcome=outcome
        )
        work.commit()


def _demand_same_post(book: Casebook, mention: Mention, case: Case, redacted: Redacted) -> None:
    if redacted.row != mention.row or redacted.content_hash != mention.content_hash:
        raise Stale
    given = open_numbering(book.vault, numbering_row(case.id), case.numbering).to_plain()
    seen = redacted.numbering.to_plain()
    if any(values.items() - seen.get(name, {}).items() for name, values in given.items()):
        raise Stale


def sealed_fields(book: Casebook, mention: Mention) -> dict[str, str]:
    """A post's exact words and identifying fields, for the monitor; {} when it is no longer kept."""
    return open_text(book.vault, mention_row(mention.id), mention.sealed) if mention.sealed else {}
