"""Writing a note on a case."""

from __future__ import annotations

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import CaseEvent
from casebook.stafftext import add_worded_event, read_staff_text
from policies.facts import Act


def note(book: Casebook, actor: Actor, case_id: str, text: str) -> CaseEvent:
    """Add a note. Identifiers in it are sealed and marked; a note that could not be read is kept sealed.

    Raises:
        Refusal: the note is empty.
    """
    if not text.strip():
        raise Refusal("The note is empty. Nothing was changed.")
    reading = read_staff_text(book, text)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.NOTE)
        event, case = add_worded_event(by, work.cases.get(case_id), "note", text, reading)
        work.cases.save(case)
        by.audit(audit.NOTED, case_id, event=event.id)
        work.commit()
    return event
