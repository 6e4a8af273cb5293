"""Corrections as test cases for whoever improves the redaction: invented words, no one's data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.corrections import in_order, words_of
from casebook.model import Correction, CorrectionKind
from casebook.remaking import findings_of
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act
from redaction.sealing import case_of
from redaction.text import ENTITIES, Group
from redaction.vault import VaultError


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedCase:
    """One correction as a test case."""

    kind: str
    entity: str
    text: str
    """One sentence, marked as training texts are: `{{PERSON:Kanta}}` must be hidden."""
    keep: tuple[tuple[int, int], ...]
    """What must stay in clear, in code points of `text`."""


@dataclass(frozen=True, slots=True)
class Export:
    """Test cases, and how many corrections were left out: direct identifiers in clear, or no longer kept."""

    cases: tuple[ExportedCase, ...]
    left_out: int


def export_cases(book: Casebook, actor: Actor, *, with_direct: bool = False) -> Export:
    """Every correction that holds as a test case. The audit says that it was done before anything is given out.

    Missed words are replaced by invented ones. Words that were wrongly hidden leave in clear, so where they were
    hidden as a direct identifier they leave only `with_direct`.

    Raises:
        NotAllowed: the person may not open originals, which this reads.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.REVEAL)
        standing = list(_standing(work))
        cases = [case for row in standing if (case := _exported(book, work, row, with_direct)) is not None]
        left_out = len(standing) - len(cases)
        by.audit(audit.EXPORTED_CORRECTIONS, lines=len(cases), left_out=left_out, direct=int(with_direct))
        work.commit()
    return Export(tuple(cases), left_out)


def _standing(work: UnitOfWork) -> Iterator[Correction]:
    rows = in_order(work.corrections.where())
    undone = {row.undoes for row in rows}
    return (row for row in rows if row.kind is not CorrectionKind.TAKEN_BACK and row.id not in undone)


def _exported(book: Casebook, work: UnitOfWork, row: Correction, with_direct: bool) -> ExportedCase | None:
    """A correction as a test case; None where it may not leave or is no longer kept."""
    shown = row.kind is CorrectionKind.WRONGLY_HIDDEN
    if shown and ENTITIES[row.entity][0] is Group.DIRECT and not with_direct:
        return None
    mention = work.mentions.get(row.mention_id)
    try:
        words = words_of(book.vault, row)
        if not words or mention.sealed is None:
            return None
        missed_as = "" if shown else row.entity
        found = case_of(book.vault, mention.row, mention.sealed, findings_of(mention), words, missed_as)
    except VaultError:
        return None
    if found is None:
        return None
    return ExportedCase(kind=row.kind.value, entity=row.entity, text=found.text, keep=found.keep)
