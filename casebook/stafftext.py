"""Text written by staff: passed through the redactor on saving; what it finds is sealed and marked."""

from __future__ import annotations

from dataclasses import replace

from casebook.authority import Authority
from casebook.book import Casebook
from casebook.corrections import corrections_of, organisation_table
from casebook.model import Case, CaseEvent, event_row, new_id, numbering_row
from casebook.ports import Reading
from casebook.unit_of_work import UnitOfWork
from redaction.sealing import open_numbering, seal_numbering, seal_text
from redaction.text import Redacted


def read_staff_text(book: Casebook, text: str) -> Reading:
    """Read a note, a reason or a draft. Call it before the transaction: reading takes milliseconds."""
    return book.reader.read(text, channel="staff", fields={"language": "en"})


def seal_in_case(
    book: Casebook, work: UnitOfWork, case: Case, row: str, text: str, reading: Reading
) -> tuple[Redacted, Case]:
    """Seal staff text under the case's own placeholder numbers; returns it with the case's renewed map.

    What the case knows, and what people have put right in it, holds for staff's words as for posts.
    """
    numbering = open_numbering(book.vault, numbering_row(case.id), case.numbering)
    redacted = seal_text(
        book.vault,
        row,
        text,
        reading.findings,
        numbering,
        corrections=corrections_of(book.vault, work.corrections.where(case_id=case.id)),
        organisation=organisation_table(work),
    )
    renewed = seal_numbering(book.vault, numbering_row(case.id), redacted.numbering)
    return redacted, replace(case, numbering=renewed)


def add_worded_event(
    by: Authority, case: Case, kind: str, text: str, reading: Reading, **facts: str | int
) -> tuple[CaseEvent, Case]:
    """Add a line with staff's words to a case's history. Words that could not be read are kept sealed."""
    event_id = new_id()
    redacted, case = seal_in_case(by.book, by.work, case, event_row(event_id), text, reading)
    event = CaseEvent(
        id=event_id,
        case_id=case.id,
        at=by.now,
        staff_id=by.actor.staff_id,
        kind=kind,
        facts={**facts, "safe": int(redacted.safe)},
        text=redacted.text,
        sealed=redacted.sealed,
    )
    return by.work.events.add(event), case
