"""What people have put right in a case, as later readings need it, and as lists show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casebook.book import Casebook
from casebook.model import Correction, CorrectionKind, correction_row
from casebook.unit_of_work import UnitOfWork
from redaction.sealing import open_text
from redaction.text import ENTITIES, Corrections, Group, folded
from redaction.vault import Vault


def in_order(rows: Iterable[Correction]) -> list[Correction]:
    """Corrections, the oldest first."""
    return sorted(rows, key=lambda row: (row.at, row.id))


def last_standing(rows: Iterable[Correction]) -> Correction | None:
    """The newest correction that nobody has taken back."""
    every = in_order(rows)
    undone = {row.undoes for row in every}
    standing = [row for row in every if row.kind is not CorrectionKind.TAKEN_BACK and row.id not in undone]
    return standing[-1] if standing else None


def words_of(vault: Vault, row: Correction) -> str:
    """The words that a correction is about; "" when they were erased.

    Raises:
        redaction.vault.VaultError: they do not open.
    """
    return "" if row.sealed is None else open_text(vault, correction_row(row.id), row.sealed)["text"]


def corrections_of(vault: Vault, rows: Iterable[Correction]) -> Corrections:
    """What a case's corrections come to: of two about the same words the newer one holds."""
    every = in_order(rows)
    undone = {row.undoes for row in every}
    missed: dict[str, tuple[str, str]] = {}
    shown: dict[str, Group] = {}
    forgotten: set[str] = set()
    for row in every:
        words = words_of(vault, row)
        key = folded(words)
        if not key or row.kind is CorrectionKind.TAKEN_BACK:
            continue
        if row.id in undone:
            if row.kind is CorrectionKind.MISSED and key not in missed:
                forgotten.add(key)
        elif row.kind is CorrectionKind.MISSED:
            missed[key] = (words, row.entity)
            shown.pop(key, None)
            forgotten.discard(key)
        else:
            missed.pop(key, None)
            shown[key] = ENTITIES[row.entity][0]
            forgotten.add(key)
    return Corrections(missed=dict(missed.values()), shown=shown, forgotten=frozenset(forgotten))


def corrections_in(book: Casebook, case_id: str) -> Corrections:
    """What people have put right in this case so far."""
    with book.store.read() as work:
        return corrections_of(book.vault, work.corrections.where(case_id=case_id))


def organisation_table(work: UnitOfWork) -> Mapping[str, Any]:
    """The `[organisation]` table as the casebook keeps it: its names are nobody's."""
    found = work.organisations.where()
    table = found[0].settings.get("organisation", {}) if found else {}
    return table if isinstance(table, Mapping) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """One correction in a list; it holds no words."""

    correction_id: str
    case_number: int
    kind: str
    entity: str
    at: datetime
    who: str
    taken_back: bool


def list_corrections(book: Casebook, case_id: str = "") -> list[CorrectionView]:
    """Corrections of one case, or of all, the oldest first; taking back is told with what it took back."""
    names = book.queries.names()
    with book.store.read() as work:
        rows = in_order(work.corrections.where(**({"case_id": case_id} if case_id else {})))
        numbers = {case: work.cases.get(case).number for case in {row.case_id for row in rows}}
    undone = {row.undoes for row in rows}
    return [
        CorrectionView(
            correction_id=row.id,
            case_number=numbers[row.case_id],
            kind=row.kind.value,
            entity=row.entity,
            at=row.at,
            who=names.get(row.staff_id, ""),
            taken_back=row.id in undone,
        )
        for row in rows
        if row.kind is not CorrectionKind.TAKEN_BACK
    ]
