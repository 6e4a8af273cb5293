"""Closing a case and opening it again, with a reply on its way or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebook.actions import closing, resolving, revealing, sending, signing_in, staffing
from casebook.actions.claiming import claim
from casebook.actions.triaging import triage
from casebook.errors import Held, NotAllowed, NotHeld, NotSignedIn, WrongState
from casebook.gatekeeping import normal_reply
from casebook.model import CaseStatus
from tests.support.books import PASSWORD, actor, hear, real_book
from tests.support.replies import approved, submitted


def status(book, case_id):
    return book.queries.case(case_id, book.clock()).row.status


def test_a_closed_case_can_be_opened_again(book):
    case_id = hear(book, "thank you").case_id
    closing.close(book, actor(book, "responder"), case_id, "no_reply_needed")
    assert status(book, case_id) is CaseStatus.CLOSED
    closing.reopen(book, actor(book, "responder"), case_id)
    assert status(book, case_id) is CaseStatus.OPEN
    assert book.queries.case(case_id, book.clock()).closed_why == ""


@pytest.mark.parametrize("begun", [False, True])
def test_a_case_whose_reply_is_on_its_way_is_neither_opened_nor_closed(book, begun):
    draft = approved(book)
    if begun:
        sending.begin(book, sending.ready(book, "practice")[0], "monitor-1", timedelta(minutes=2))
    for act in (closing.reopen, lambda *a: closing.close(*a, "never_answer")):
        with pytest.raises(WrongState):
            act(book, actor(book, "responder"), draft.case_id)
    assert status(book, draft.case_id) is CaseStatus.APPROVED


def test_a_reply_taken_back_lets_the_case_be_closed(book):
    draft = approved(book)
    [row] = book.queries.replies()
    resolving.withdraw(book, actor(book, "responder"), row.outbox_id)
    closing.close(book, actor(book, "responder"), draft.case_id, "never_answer")
    assert status(book, draft.case_id) is CaseStatus.CLOSED
    assert sending.ready(book, "practice") == []


def test_a_case_that_waits_for_approval_is_not_opened_again(book):
    draft = submitted(book)
    with pytest.raises(WrongState):
        closing.reopen(book, actor(book, "manager"), draft.case_id)
    assert status(book, draft.case_id) is CaseStatus.WAITING


def test_somebody_elses_answered_case_is_not_opened_again(book):
    case_id = hear(book, "thank you").case_id
    closing.close(book, actor(book, "responder"), case_id, "no_reply_needed")
    claim(book, actor(book, "responder2"), case_id)
    closing.close(book, actor(book, "responder2"), case_id, "no_reply_needed")
    closing.reopen(book, actor(book, "responder"), case_id)
    claim(book, actor(book, "responder"), case_id)
    with pytest.raises(Held):
        closing.close(book, actor(book, "responder2"), case_id, "spam")


def test_a_new_password_ends_the_sessions_of_the_old_one(tmp_path):
    book = real_book(tmp_path)
    _, token = signing_in.sign_in(book, "responder", PASSWORD)
    staffing.reset_password(book, actor(book, "administrator"), "responder", "a quite different set of words")
    with pytest.raises(NotSignedIn):
        signing_in.resume(book, token)


@pytest.mark.parametrize(
    "text",
    [
        "a\u200bb", "a\u202eb", "a\x1bb", "a\u2800b", "a\u3164b", "a\u034fb", "a" + "\U000e0101" * 3, "a\ufe00",
        "a\u200d", "a\u200db", "x" + "\u0301" * 9, "a\ue000", "\ud800",
    ],
)  # fmt: skip
def test_a_reply_with_what_nobody_can_see_is_refused(text):
    from casebook.errors import HiddenCharacters

    with pytest.raises(HiddenCharacters):
        normal_reply(text)


@pytest.mark.parametrize(
    "text", ["Thank you 👍🏽", "👩‍⚕️ and 👨‍👩‍👧", "1️⃣ first", "naïve café", "Ŵyl Dewi", "two\nlines", "❤️"]
)
def test_a_reply_with_emoji_and_accents_is_kept_as_it_is(text):
    assert normal_reply(text) == text


def test_an_urgent_case_is_neither_closed_nor_made_milder_in_passing(book):
    case_id = hear(book, "I want to end my life").case_id
    who = actor(book, "responder")
    with pytest.raises(NotHeld):
        closing.close(book, who, case_id, "no_reply_needed")
    with pytest.raises(NotHeld):
        triage(book, who, case_id, severity=2)
    claim(book, who, case_id)
    triage(book, who, case_id, severity=4)
    closing.close(book, who, case_id, "passed_on")
    assert status(book, case_id) is CaseStatus.CLOSED


def test_a_further_post_of_a_conversation_is_about_us_and_due_as_the_worst_of_it(book):
    first = hear(book, "I want to end my life", conversation="c1")
    who = actor(book, "responder")
    claim(book, who, first.case_id)
    closing.close(book, who, first.case_id, "passed_on")
    hear(book, "buy followers", conversation="c1")
    view = book.queries.case(first.case_id, book.clock())
    assert view.row.status is CaseStatus.OPEN
    assert view.row.due_at - book.clock() <= timedelta(minutes=5)
    assert view.row.queue == "crisis"
    assert not any("not about us" in words for words in view.must_do)


def test_a_refusal_says_which_role_may(book):
    with pytest.raises(NotAllowed, match="approver or governance officer"):
        revealing.reveal(book, actor(book, "responder"), "0" * 32, "0" * 32, "a reason long enough")
