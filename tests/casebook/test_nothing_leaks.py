"""What identifies somebody is put through every act, and then looked for in every value of the opened database."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from casebook.actions.answering import open_requests, record_answer, record_second_reading, unread_mentions
from casebook.actions.approving import approve, reject
from casebook.actions.asking import ask_network
from casebook.actions.claiming import claim
from casebook.actions.closing import close
from casebook.actions.drafting import save_draft
from casebook.actions.escalating import escalate
from casebook.actions.hearing import record_failure
from casebook.actions.noting import note
from casebook.actions.resolving import handoff_text, record_handoff, resolve_uncertain
from casebook.actions.revealing import reveal
from casebook.actions.sending import begin, ready, record_sent, record_uncertain
from casebook.actions.submitting import submit
from casebook.actions.triaging import triage
from casebook.book import Casebook
from casebook.errors import CasebookError
from casebook.model import mention_row
from casebook.store import tables
from redaction.sealing import seal_text
from tests.support.books import actor, clock_of, hear, scripted, take_listener
from tests.support.reading import assess, findings_in
from tests.support.replies import LEASE, SENDER
from tests.support.stores import fetch

NAME, PHONE, EMAIL = "Quillfeather", "01632 960457", "quill.f@northvale.example"
IDENTIFYING = (NAME, PHONE, EMAIL, "author-canary", "external-canary", "reply-canary", "conversation-canary")
"""What must never stand in clear anywhere: not in the opened database, a log or an error."""
ORDINARY = "marmalade"
"""A word that identifies nobody: it may stand in columns of redacted text, and nowhere else."""
POST = f"Mrs {NAME} waited with {ORDINARY} on {PHONE}, write to {EMAIL}"
REPLY = f"Thank you for the {ORDINARY}. We are glad that the new room works well."
WORDED = {
    ("mention", "text"),
    ("mention", "listed"),
    ("case_file", "summary"),
    ("case_event", "text"),
    ("draft", "text"),
    ("draft", "decided_why"),
}
"""Columns that hold text made by the redactor."""


@contextmanager
def refused(said: list[str]) -> Iterator[None]:
    """Expect a refusal, and keep everything that it says."""
    with pytest.raises(CasebookError) as raised:
        yield
    said.append("".join(traceback.format_exception_only(raised.value)))
    said.append(repr(raised.value) + repr(raised.value.__cause__) + repr(vars(raised.value)))


def live_a_full_life(book: Casebook) -> list[str]:
    """Put the canaries through every act, refusals included; returns what the refusals said."""
    said: list[str] = []
    people = {
        name: actor(book, name) for name in ("responder", "approver", "approver2", "manager", "governance")
    }
    mention = hear(
        book, POST, author="author-canary", external="external-canary", conversation="conversation-canary"
    )
    hear(book, f"Dr {NAME} again, {ORDINARY}", conversation="conversation-canary", author="author-canary")
    _work(book, people, mention.case_id, mention.id, said)
    _answer(book, people, mention.case_id, said)
    _answer_by_hand(book, people)
    _read_again(book)
    lease = take_listener(book)
    record_failure(book, lease, "transient", started_at=book.clock(), retry_at=book.clock())
    return said


def _work(book: Casebook, people: dict, case_id: str, mention_id: str, said: list[str]) -> None:  # type: ignore[type-arg]
    responder = people["responder"]
    claim(book, responder, case_id)
    triage(book, responder, case_id, severity=1)
    note(book, responder, case_id, POST)
    escalate(book, responder, case_id, "manager", POST)
    reveal(book, people["approver"], case_id, mention_id, POST)
    with refused(said):
        reveal(book, responder, case_id, mention_id, POST)
    with refused(said):
        note(book, people["responder"], "no-such-case", POST)
    scripted(book).gone = True
    with refused(said):
        note(book, responder, case_id, POST)
    scripted(book).gone = False
    request = ask_network(book, responder, case_id, "look_up")
    assert len(open_requests(book)) == 1
    record_answer(book, request.id, {"outcome": "there"})


def _answer(book: Casebook, people: dict, case_id: str, said: list[str]) -> None:  # type: ignore[type-arg]
    responder, approver = people["responder"], people["approver"]
    blocked = save_draft(book, responder, case_id, f"Your mother Mrs {NAME} was our patient, {ORDINARY}.")
    with refused(said):
        submit(book, responder, blocked.id)
    with refused(said):
        save_draft(book, responder, case_id, POST + "\u202e")
    with refused(said):
        save_draft(book, approver, case_id, POST)
    first = submit(book, responder, save_draft(book, responder, case_id, REPLY).id)
    with refused(said):
        approve(book, approver, first.id, "0" * 64)
    reject(book, approver, first.id, POST)
    second = submit(book, responder, save_draft(book, responder, case_id, REPLY).id)
    approve(book, approver, second.id, second.bundle_hash)
    reply = begin(book, ready(book, "practice")[0], SENDER, LEASE)
    record_uncertain(book, reply.outbox_id, "timeout")
    with refused(said):
        resolve_uncertain(book, people["manager"], reply.outbox_id, "posted", f"mailto:{EMAIL}")
    resolve_uncertain(book, people["manager"], reply.outbox_id, "not_posted")
    reply = begin(book, ready(book, "practice")[0], SENDER, LEASE)
    record_sent(book, reply.outbox_id, "reply-canary", "https://northvale.example/reply-canary", "api")
    close(book, responder, case_id, "answered")


def _answer_by_hand(book: Casebook, people: dict) -> None:  # type: ignore[type-arg]
    responder = people["responder"]
    case_id = hear(book, POST, way="handoff", author="author-canary").case_id
    claim(book, responder, case_id)
    draft = submit(book, responder, save_draft(book, responder, case_id, REPLY).id)
    approve(book, people["approver"], draft.id, draft.bundle_hash)
    outbox_id = book.queries.case(case_id, book.clock()).drafts[0].outbox_id
    assert handoff_text(book, responder, outbox_id)[0] == REPLY
    record_handoff(book, responder, outbox_id, "https://northvale.example/reply-canary")


def _read_again(book: Casebook) -> None:
    hear(book, POST, safe=False, author="author-canary")
    for mention, fields, numbering in unread_mentions(book):
        words = fields["text"]
        redacted = seal_text(
            book.vault, mention_row(mention.id), words, findings_in(words), numbering, fields
        )
        record_second_reading(book, mention.id, redacted, assess(words), "")


def values(book: Casebook) -> Iterator[tuple[str, str, str]]:
    """Every value of every table as text: (table, column, value)."""
    for name, table in tables.metadata.tables.items():
        columns = list(table.columns.keys())
        quoted = ", ".join(f'"{column}"' for column in columns)
        for row in fetch(book.store, f"SELECT {quoted} FROM {name}"):  # type: ignore[arg-type]
            for column, value in zip(columns, row, strict=True):
                yield name, column, value.decode("latin-1") if isinstance(value, bytes) else str(value)


@pytest.fixture
def lived(book: Casebook, caplog: pytest.LogCaptureFixture) -> tuple[Casebook, list[str], str]:
    """A casebook after a full life, what its refusals said, and everything that was logged meanwhile."""
    caplog.set_level(logging.DEBUG)
    clock_of(book).advance(minutes=1)
    said = live_a_full_life(book)
    return book, said, caplog.text


def test_nothing_that_identifies_somebody_stands_in_clear(lived: tuple[Casebook, list[str], str]) -> None:
    book, said, logged = lived
    for table, column, value in values(book):
        for canary in IDENTIFYING:
            assert canary.lower() not in value.lower(), (table, column)
    for canary in IDENTIFYING:
        assert canary not in logged
        assert not any(canary in words for words in said)
    assert len(said) > 10


def test_ordinary_words_stand_only_where_redacted_text_may(lived: tuple[Casebook, list[str], str]) -> None:
    book, said, logged = lived
    found = {(table, column) for table, column, value in values(book) if ORDINARY in value}
    assert found == WORDED
    assert ORDINARY not in logged
    assert not any(ORDINARY in words for words in said)


def test_the_audit_holds_no_words_at_all(lived: tuple[Casebook, list[str], str]) -> None:
    book, _, _ = lived
    for entry in book.store.audit_entries():
        said = entry.entry.decode("ascii")
        assert " " not in said
        assert ORDINARY not in said


def test_what_is_sealed_opens_again(lived: tuple[Casebook, list[str], str]) -> None:
    book, _, _ = lived
    with book.store.read() as work:
        mentions = work.mentions.where()
    sealed = [book.vault.open(m.sealed, m.row) for m in mentions if m.sealed]
    assert any(NAME.encode() in words for words in sealed)


def test_no_row_prints_the_words_it_holds(lived: tuple[Casebook, list[str], str]) -> None:
    book, _, _ = lived
    with book.store.read() as work:
        for rows in (work.mentions, work.cases, work.events, work.drafts, work.outbox, work.listeners):
            printed = repr(rows.where())
            assert ORDINARY not in printed
            assert NAME not in printed
    case_id = book.queries.case_id(1)
    assert ORDINARY not in repr(book.queries.case(case_id, book.clock()))


DEEDS: tuple[Callable[[Casebook], object], ...] = (
    lambda book: book.queries.case("no-such-case", book.clock()),
    lambda book: book.queries.case_id(999),
)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_missing_is_said_without_naming_it(
    book: Casebook, deed: Callable[[Casebook], object]
) -> None:
    with pytest.raises(CasebookError):
        deed(book)
