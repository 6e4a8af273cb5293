"""Hiding a whole case anew: every post, its line in lists, and what staff wrote, by what the case knows now.

Nothing is decided here. Whoever calls it holds the transaction, commits, and says in the audit what happened.
Originals stay as they are: only what is shown of them changes. Posts that could not be read stay sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from casebook.actions.opening import summary_of
from casebook.book import Casebook
from casebook.corrections import organisation_table
from casebook.errors import ReaderUnavailable
from casebook.model import Case, Draft, Mention, draft_row, event_row, numbering_row
from casebook.stafftext import read_staff_text
from casebook.unit_of_work import UnitOfWork
from redaction.sealing import hide_words, open_numbering, open_text, seal_again, seal_numbering
from redaction.text import Corrections, Finding, Numbering, Redacted
from redaction.vault import VaultError

Readings = Mapping[str, Sequence[Finding]]
"""What a new reading found, by the id of the post or the text of staff."""


@dataclass(frozen=True, slots=True)
class Remade:
    """What came of hiding a case anew."""

    case: Case
    numbering: Numbering
    posts: tuple[str, ...]
    """Ids of the posts that show something else now."""


def kept_posts(work: UnitOfWork, case_id: str) -> list[Mention]:
    """The posts of a case that are read and still kept, oldest first."""
    found = [m for m in work.mentions.where(case_id=case_id) if m.safe and m.sealed is not None]
    return sorted(found, key=lambda mention: (mention.posted_at, mention.id))


def findings_of(mention: Mention) -> list[Finding]:
    """What is known to identify somebody in a post."""
    return [Finding(start, end, entity, score) for start, end, entity, score in mention.findings]


def read_posts(book: Casebook, mentions: Iterable[Mention]) -> dict[str, tuple[Finding, ...]]:
    """Posts read once more, outside any transaction; those that cannot be read just now are left out."""
    found: dict[str, tuple[Finding, ...]] = {}
    for mention in mentions:
        if mention.sealed is None:
            continue
        try:
            words = open_text(book.vault, mention.row, mention.sealed)["text"]
            reading = book.reader.read(words, channel=mention.channel, fields={"language": mention.language})
        except ReaderUnavailable:
            return found
        except VaultError:
            continue
        if reading.findings is not None:
            found[mention.id] = tuple(reading.findings)
    return found


def remake_posts(
    book: Casebook,
    work: UnitOfWork,
    case: Case,
    corrections: Corrections,
    readings: Readings | None = None,
    doubted: str = "",
) -> Remade:
    """Hide every post of a case anew and save those that change; the case comes back changed and not saved.

    Args:
        book: the casebook.
        work: the transaction.
        case: the case, as it is in this transaction.
        corrections: what people have put right in it.
        readings: what a new reading found, by post; what was found before is hidden still.
        doubted: words that were marked once and taken back; what was kept for them counts no more.
    """
    organisation = organisation_table(work)
    numbering = open_numbering(book.vault, numbering_row(case.id), case.numbering)
    changed: list[str] = []
    for mention in kept_posts(work, case.id):
        assert mention.sealed is not None
        again = seal_again(
            book.vault,
            mention.row,
            mention.sealed,
            (readings or {}).get(mention.id, ()),
            numbering,
            corrections,
            organisation,
            stored=findings_of(mention),
            doubted=doubted if mention.id in (readings or {}) else "",
        )
        numbering = again.numbering
        newer = _shown_anew(mention, again)
        if newer != mention:
            work.mentions.save(newer)
        if (newer.text, newer.listed) == (mention.text, mention.listed):
            continue
        changed.append(mention.id)
        if case.summary == summary_of(mention):
            case = replace(case, summary=summary_of(newer))
    return Remade(_numbered(book, case, numbering), numbering, tuple(changed))


def _shown_anew(mention: Mention, again: Redacted) -> Mention:
    return replace(
        mention,
        text=again.text,
        listed=again.listed,
        findings=tuple((f.start, f.end, f.entity, f.score) for f in again.findings),
    )


def _numbered(book: Casebook, case: Case, numbering: Numbering) -> Case:
    return replace(case, numbering=seal_numbering(book.vault, numbering_row(case.id), numbering))


@dataclass(frozen=True, slots=True)
class StaffText:
    """A text of staff about a case, as it is shown: a note, a reason, a reply in lists."""

    id: str
    row: str
    shown: str
    sealed: bytes | None
    draft: Draft | None = None


def staff_texts(work: UnitOfWork, case_id: str) -> list[StaffText]:
    """What staff wrote about a case, where something of it is shown."""
    events = [
        StaffText(event.id, event_row(event.id), event.text, event.sealed)
        for event in work.events.where(case_id=case_id)
        if event.text
    ]
    drafts = [
        StaffText(draft.id, draft_row(draft.id), draft.text, draft.sealed, draft)
        for draft in work.drafts.where(case_id=case_id)
        if draft.text or draft.decided_why
    ]
    return events + drafts


def read_staff_texts(
    book: Casebook, texts: Iterable[StaffText], shows: str
) -> dict[str, tuple[Finding, ...]]:
    """Those of staff's texts that show this placeholder, read once more; what cannot be read is left out."""
    found: dict[str, tuple[Finding, ...]] = {}
    for text in texts:
        if text.sealed is None or shows not in text.shown:
            continue
        try:
            reading = read_staff_text(book, open_text(book.vault, text.row, text.sealed)["text"])
        except (ReaderUnavailable, VaultError):
            continue
        if reading.findings is not None:
            found[text.id] = tuple(reading.findings)
    return found


def hide_in_staff_texts(work: UnitOfWork, case_id: str, words: str, instead: str) -> int:
    """Hide words in what staff wrote about a case; returns in how many texts they stood in clear."""
    done = 0
    for text in staff_texts(work, case_id):
        shown = hide_words(text.shown, words, instead)
        why = hide_words(text.draft.decided_why, words, instead) if text.draft else ""
        if shown == text.shown and (text.draft is None or why == text.draft.decided_why):
            continue
        _reword(work, text, shown, why)
        done += 1
    return done


def remake_staff_texts(
    book: Casebook, work: UnitOfWork, remade: Remade, corrections: Corrections, readings: Readings
) -> tuple[int, Remade]:
    """Hide staff's texts that were read once more anew; returns how many changed, and the case renumbered."""
    organisation, numbering, done = organisation_table(work), remade.numbering, 0
    for text in staff_texts(work, remade.case.id):
        if text.sealed is None or text.id not in readings:
            continue
        again = seal_again(
            book.vault, text.row, text.sealed, readings[text.id], numbering, corrections, organisation
        )
        numbering = again.numbering
        if again.text != text.shown:
            _reword(work, text, again.text, text.draft.decided_why if text.draft else "")
            done += 1
    return done, Remade(_numbered(book, remade.case, numbering), numbering, remade.posts)


def _reword(work: UnitOfWork, text: StaffText, shown: str, why: str) -> None:
    if text.draft is None:
        work.reword(text.id, shown)
    else:
        work.drafts.save(replace(text.draft, text=shown, decided_why=why))
