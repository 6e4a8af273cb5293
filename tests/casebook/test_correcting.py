"""Missed this, wrongly hidden, and taking it back: the whole case follows, the original stays, the audit knows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.correcting import missed, undo, wrongly_hidden
from casebook.actions.drafting import save_draft
from casebook.actions.exporting import export_cases
from casebook.actions.hiding import hide_again
from casebook.actions.noting import note
from casebook.actions.revealing import reveal
from casebook.audit import payload_of, verify
from casebook.book import Casebook
from casebook.corrections import list_corrections
from casebook.errors import NotAllowed, NotFound, ReaderUnavailable, Refusal
from casebook.model import Mention
from redaction.corrected import hide_in_shown
from redaction.text import folded
from tests.support.books import actor, hear, rehearsal_book, scripted
from tests.support.replies import submitted

REASON = "it is the name of a pub"


def posts(book: Casebook, case_id: str) -> list[Mention]:
    with book.store.read() as work:
        return sorted(work.mentions.where(case_id=case_id), key=lambda m: m.id)


def texts(book: Casebook, case_id: str) -> list[str]:
    return [post.text for post in posts(book, case_id)]


def summary(book: Casebook, case_id: str) -> str:
    return book.queries.case(case_id, book.clock()).row.summary


def entries(book: Casebook, kind: str) -> list[dict[str, str | int]]:
    return [payload_of(entry) for entry in book.store.audit_entries() if entry.kind == kind]


@pytest.fixture
def thread(book: Casebook) -> Mention:
    """Three posts of one conversation, in which Kit Sorrel stands in clear."""
    first = hear(book, "Kit Sorrel waited with Mrs Tavistock", conversation="c")
    hear(book, "poor KIT  sorrel, says Mrs Tavistock", conversation="c")
    hear(book, "thanks all, and kit sorrel's mum", conversation="c")
    return first


def test_missed_words_are_hidden_in_every_post_of_the_case_and_in_its_line(
    book: Casebook, thread: Mention
) -> None:
    done = missed(book, actor(book, "responder"), thread.case_id, thread.id, "kit  Sorrel", "PERSON")
    assert (done.posts, done.placeholder, done.read_again) == (3, "⟦name 2⟧", True)
    assert texts(book, thread.case_id) == [
        "⟦name 2⟧ waited with Mrs ⟦name 1⟧",
        "poor ⟦name 2⟧, says Mrs ⟦name 1⟧",
        "thanks all, and ⟦name 2⟧'s mum",
    ]
    assert summary(book, thread.case_id) == "thanks all, and ⟦name 2⟧'s mum"


def test_the_original_and_what_an_approval_binds_stay_as_they_were(book: Casebook, thread: Mention) -> None:
    missed(book, actor(book, "responder"), thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    after = posts(book, thread.case_id)[0]
    assert (after.sealed, after.content_hash) == (thread.sealed, thread.content_hash)
    opened = reveal(book, actor(book, "approver"), thread.case_id, thread.id, "needed for the complaint")
    assert opened["text"] == "Kit Sorrel waited with Mrs Tavistock"


def test_a_reply_that_waits_is_still_approved_after_a_correction(book: Casebook) -> None:
    waiting = submitted(book, post="The new waiting room that Kit Sorrel built looks bright.")
    missed(book, actor(book, "responder"), waiting.case_id, waiting.mention.id, "Kit Sorrel", "PERSON")
    assert (
        approve(book, actor(book, "approver"), waiting.draft.id, waiting.draft.bundle_hash).state
        == "approved"
    )


def test_what_staff_wrote_follows_and_comes_back(book: Casebook, thread: Mention) -> None:
    person = actor(book, "responder")
    claim(book, person, thread.case_id)
    note(book, person, thread.case_id, "Spoke to Kit Sorrel")
    draft = save_draft(book, person, thread.case_id, "Thank you, Kit Sorrel")
    assert missed(book, person, thread.case_id, thread.id, "Kit Sorrel", "PERSON").texts == 2

    def notes() -> list[str]:
        history = book.queries.case(thread.case_id, book.clock()).history
        return [event.text for event in history if event.kind == "note"]

    assert notes() == ["Spoke to ⟦name 2⟧"]
    with book.store.read() as work:
        assert work.drafts.get(draft.id).text == "Thank you, ⟦name 2⟧"
    note(book, person, thread.case_id, "Kit Sorrel rang again")
    assert notes()[1] == "⟦name 2⟧ rang again"
    undo(book, person, thread.case_id)
    assert notes() == ["Spoke to Kit Sorrel", "Kit Sorrel rang again"]


def test_the_audit_says_what_kind_of_thing_and_where_and_never_what(book: Casebook, thread: Mention) -> None:
    missed(book, actor(book, "responder"), thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    (entry,) = entries(book, "redaction.missed")
    assert (entry["entity"], entry["posts"], entry["mention"]) == ("PERSON", 3, thread.id)
    assert all(b"orrel" not in entry.entry for entry in book.store.audit_entries())
    verify(book.store.audit_entries())


def test_without_the_reader_the_words_are_hidden_all_the_same(book: Casebook, thread: Mention) -> None:
    scripted(book).gone = True
    done = missed(book, actor(book, "responder"), thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    assert (done.posts, done.read_again) == (3, False)
    assert "⟦name 1⟧" in texts(book, thread.case_id)[0]
    with pytest.raises(ReaderUnavailable):
        undo(book, actor(book, "responder"), thread.case_id)
    assert "orrel" not in "".join(texts(book, thread.case_id))


@pytest.mark.parametrize(
    ("words", "entity", "says"),
    [
        ("Nobody", "PERSON", "in no post"),
        ("Tavistock", "PERSON", "in no post"),
        ("Mrs Tavistock", "PERSON", "in no post"),
        ("  ", "PERSON", "Type the words"),
        ("?!", "PERSON", "two letters"),
        ("x" * 201, "PERSON", "200 characters"),
        ("⟦name 1⟧", "PERSON", "no placeholders"),
        ("Kit", "NOBODY", "no kind"),
    ],
)
def test_words_that_cannot_be_marked_change_nothing(
    book: Casebook, thread: Mention, words: str, entity: str, says: str
) -> None:
    person = actor(book, "responder")
    before = book.store.changed(), texts(book, thread.case_id)
    with pytest.raises(Refusal, match=says):
        missed(book, person, thread.case_id, thread.id, words, entity)
    assert (book.store.changed(), texts(book, thread.case_id)) == before


def test_a_post_of_another_case_or_one_not_read_is_refused(book: Casebook, thread: Mention) -> None:
    other = hear(book, "Kit Sorrel elsewhere")
    sealed = hear(book, "Kit Sorrel sealed", conversation="c", safe=False)
    person = actor(book, "responder")
    with pytest.raises(NotFound):
        missed(book, person, thread.case_id, other.id, "Kit Sorrel", "PERSON")
    with pytest.raises(Refusal, match="stays sealed"):
        missed(book, person, thread.case_id, sealed.id, "Kit Sorrel", "PERSON")
    missed(book, person, thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    assert texts(book, thread.case_id)[-1] == ""
    assert texts(book, other.case_id) == ["Kit Sorrel elsewhere"]


def test_a_missed_health_term_is_hidden_in_lists_and_open_on_the_desk(book: Casebook) -> None:
    post = hear(book, "my gout is back")
    missed(book, actor(book, "responder"), post.case_id, post.id, "gout", "CONDITION")
    assert texts(book, post.case_id) == ["my gout is back"]
    assert summary(book, post.case_id) == "my ⟦condition 1⟧ is back"


def test_what_was_wrongly_hidden_shows_in_the_whole_case(book: Casebook, thread: Mention) -> None:
    done = wrongly_hidden(book, actor(book, "approver"), thread.case_id, thread.id, "name 1", REASON)
    assert done.posts == 2
    assert texts(book, thread.case_id)[:2] == [
        "Kit Sorrel waited with Mrs Tavistock",
        "poor KIT  sorrel, says Mrs Tavistock",
    ]
    (entry,) = entries(book, "redaction.unhidden")
    assert (entry["entity"], entry["posts"]) == ("PERSON", 2)
    undo(book, actor(book, "responder"), thread.case_id)
    assert texts(book, thread.case_id)[0] == "Kit Sorrel waited with Mrs ⟦name 1⟧"


def test_hiding_again_does_not_wait_for_the_reader(book: Casebook, thread: Mention) -> None:
    wrongly_hidden(book, actor(book, "approver"), thread.case_id, thread.id, "⟦name 1⟧", REASON)
    scripted(book).gone = True
    undo(book, actor(book, "responder"), thread.case_id)
    assert "Tavistock" not in "".join(texts(book, thread.case_id))


def test_showing_again_needs_the_right_to_open_originals_and_a_reason(
    book: Casebook, thread: Mention
) -> None:
    before = texts(book, thread.case_id)
    with pytest.raises(NotAllowed):
        wrongly_hidden(book, actor(book, "responder"), thread.case_id, thread.id, "⟦name 1⟧", REASON)
    for shown_as, reason in (("⟦name 1⟧", "because"), ("⟦name 7⟧", REASON), ("nobody", REASON)):
        with pytest.raises(Refusal):
            wrongly_hidden(book, actor(book, "approver"), thread.case_id, thread.id, shown_as, reason)
    assert texts(book, thread.case_id) == before


def test_the_newest_correction_is_taken_back_first_and_each_once(book: Casebook, thread: Mention) -> None:
    person = actor(book, "responder")
    before = texts(book, thread.case_id)
    missed(book, person, thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    missed(book, person, thread.case_id, thread.id, "waited", "LOCATION")
    undo(book, person, thread.case_id)
    assert "waited" in texts(book, thread.case_id)[0]
    assert "orrel" not in texts(book, thread.case_id)[0]
    undo(book, person, thread.case_id)
    assert texts(book, thread.case_id) == before
    with pytest.raises(Refusal, match="no correction"):
        undo(book, person, thread.case_id)
    assert [row.taken_back for row in list_corrections(book)] == [True, True]
    hear(book, "and Kit Sorrel once more", conversation="c")
    assert hide_again(book, thread.case_id) == 0


def test_what_somebody_else_marked_shows_again_only_for_who_may_open_originals(
    book: Casebook, thread: Mention
) -> None:
    missed(book, actor(book, "responder"), thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    with pytest.raises(NotAllowed, match="Only who marked it"):
        undo(book, actor(book, "responder2"), thread.case_id)
    undo(book, actor(book, "approver"), thread.case_id)
    assert "Kit Sorrel" in texts(book, thread.case_id)[0]


def test_of_two_corrections_of_the_same_words_the_newer_one_holds(book: Casebook, thread: Mention) -> None:
    approver = actor(book, "approver")
    wrongly_hidden(book, approver, thread.case_id, thread.id, "⟦name 1⟧", REASON)
    missed(book, approver, thread.case_id, thread.id, "Tavistock", "PERSON")
    assert texts(book, thread.case_id)[0] == "Kit Sorrel waited with Mrs ⟦name 1⟧"


def test_hiding_earlier_posts_again_is_done_once_and_said(book: Casebook) -> None:
    first = hear(book, "tavistock was there", conversation="c")
    hear(book, "yes, Mrs Tavistock was", conversation="c")
    assert hide_again(book, first.case_id) == 1
    assert texts(book, first.case_id) == ["⟦name 1⟧ was there", "yes, Mrs ⟦name 1⟧ was"]
    before = book.store.changed()
    assert hide_again(book, first.case_id) == 0
    assert book.store.changed() == before
    assert entries(book, "redaction.hidden_again") == [{"posts": 1}]


def test_corrections_leave_as_test_cases_without_anybodys_words(book: Casebook, thread: Mention) -> None:
    approver = actor(book, "approver")
    missed(book, approver, thread.case_id, thread.id, "Kit Sorrel", "PERSON")
    wrongly_hidden(book, approver, thread.case_id, thread.id, "⟦name 1⟧", REASON)
    with pytest.raises(NotAllowed):
        export_cases(book, actor(book, "responder"))
    export = export_cases(book, approver)
    assert export.left_out == 1
    (case,) = export.cases
    assert case.text.startswith("{{PERSON:")
    assert "orrel" not in case.text
    everything = export_cases(book, approver, with_direct=True)
    assert [c.kind for c in everything.cases] == ["missed", "wrongly_hidden"]
    start, end = everything.cases[1].keep[0]
    assert everything.cases[1].text[start:end] == "Tavistock"
    assert entries(book, "redaction.exported")[0] == {"lines": 1, "left_out": 1, "direct": 0}


WORDS = st.text(alphabet="abcKÉß'7 ", min_size=3, max_size=12).filter(
    lambda w: sum(c.isalnum() for c in folded(w)) >= 2
)
AROUND = st.text(max_size=30)


@settings(max_examples=25)
@given(words=WORDS, around=st.lists(st.tuples(AROUND, AROUND), min_size=1, max_size=3))
def test_after_marking_no_post_of_the_case_shows_the_words(
    tmp_path_factory: pytest.TempPathFactory, words: str, around: list[tuple[str, str]]
) -> None:
    book = rehearsal_book(Path(tmp_path_factory.mktemp("marked")))
    originals = [f"{before} {words} {after}" for before, after in around]
    kept = [hear(book, text, conversation="c") for text in originals]
    person = actor(book, "approver")
    # It is refused only where a reading had hidden the words already, which the lines below tell from showing them.
    with suppress(Refusal):
        missed(book, person, kept[0].case_id, kept[0].id, words, "PERSON")
    for text in texts(book, kept[0].case_id):
        assert hide_in_shown(text, words, "!") == text
    opened = reveal(book, person, kept[0].case_id, kept[0].id, "to see that it stands")
    assert opened["text"] == originals[0]
    book.store.close()
