"""Sealed values open for their own row and key alone; placeholders cannot be forged and stay the same person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook.actions.noting import note
from casebook.book import Casebook
from casebook.model import mention_row, numbering_row
from redaction.sealing import open_numbering, open_text, seal_numbering, seal_text
from redaction.text import CLOSING, OPENING, Finding, Numbering, hide, placeholder
from redaction.vault import BrokenSeal, Vault, WrongKey
from tests.support.books import MASTER, actor, hear
from tests.support.reading import findings_in

VAULT = Vault(MASTER)
WORDS = "Mrs Larkham asked Dr Penrose, then Mrs Larkham rang 01632 960411"


def test_a_value_opens_for_its_own_row() -> None:
    assert VAULT.open(VAULT.seal(b"words", "mention|1|post"), "mention|1|post") == b"words"


@pytest.mark.parametrize("row", ["mention|2|post", "mention|1|title", "draft|1|post", "", "mention|1|pos"])
def test_a_value_moved_to_another_row_does_not_open(row: str) -> None:
    with pytest.raises(BrokenSeal):
        VAULT.open(VAULT.seal(b"words", "mention|1|post"), row)


def test_a_value_under_another_key_says_so() -> None:
    with pytest.raises(WrongKey):
        Vault.ephemeral().open(VAULT.seal(b"words", "r"), "r")


@given(st.integers(0, 300))
def test_a_value_cut_short_does_not_open(length: int) -> None:
    sealed = VAULT.seal(b"words that were sealed", "r")
    if length >= len(sealed):
        return
    with pytest.raises(BrokenSeal):
        VAULT.open(sealed[:length], "r")


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_value_with_any_byte_changed_does_not_open(at: int, change: int) -> None:
    sealed = bytearray(VAULT.seal(b"words that were sealed", "r"))
    sealed[at % len(sealed)] ^= change
    with pytest.raises((BrokenSeal, WrongKey)):
        VAULT.open(bytes(sealed), "r")


def test_sealing_the_same_words_twice_gives_different_bytes() -> None:
    assert VAULT.seal(b"words", "r") != VAULT.seal(b"words", "r")


def test_a_keyed_hash_needs_the_key_and_keeps_purposes_apart() -> None:
    assert VAULT.index("id", "external|x") == Vault(MASTER).index("id", "external|x")
    assert VAULT.index("id", "external|x") != VAULT.index("id", "author|x")
    assert VAULT.index("id", "external|x") != Vault.ephemeral().index("id", "external|x")
    assert len({VAULT.index(f"{n}", "p") for n in range(50)}) == 50


def test_a_vault_tells_nothing_of_its_key() -> None:
    assert MASTER.hex() not in repr(VAULT)
    assert repr(VAULT) == "Vault(…)"


@given(st.text(alphabet=st.characters(), max_size=80))
def test_the_exact_words_come_back_whatever_they_are(words: str) -> None:
    redacted = seal_text(VAULT, "r", words, findings_in(words), extra={"handle": words})
    assert open_text(VAULT, "r", redacted.sealed) == {"text": words, "handle": words}


def test_lone_surrogates_come_back_exactly() -> None:
    words = "\ud800 x \udfff"
    assert open_text(VAULT, "r", seal_text(VAULT, "r", words, []).sealed)["text"] == words


def test_what_was_not_read_is_shown_to_nobody() -> None:
    redacted = seal_text(VAULT, "r", WORDS, None)
    assert (redacted.safe, redacted.text, redacted.listed) == (False, "", "")
    assert open_text(VAULT, "r", redacted.sealed)["text"] == WORDS


def test_the_same_person_keeps_their_number() -> None:
    redacted = seal_text(VAULT, "r", WORDS, findings_in(WORDS))
    assert redacted.text == "Mrs ⟦name 1⟧ asked Dr ⟦name 2⟧, then Mrs ⟦name 1⟧ rang ⟦phone 1⟧"
    again = "Dr Penrose and Nurse Quill"
    later = seal_text(VAULT, "r2", again, findings_in(again), redacted.numbering)
    assert later.text == "Dr ⟦name 2⟧ and Nurse ⟦name 3⟧"
    assert redacted.numbering.to_plain()["name"] == {"larkham": 1, "penrose": 2}, (
        "given numbers are not changed"
    )


@given(st.text(alphabet=f"{OPENING}{CLOSING}name 12ab", max_size=60))
def test_a_post_cannot_forge_a_placeholder(words: str) -> None:
    shown = hide(words, [], Numbering())
    assert OPENING not in shown
    assert CLOSING not in shown
    assert len(shown) == len(words)


def test_a_forged_placeholder_beside_a_real_one_is_softened() -> None:
    words = "⟦name 1⟧ said that Mrs Larkham lied"
    assert hide(words, findings_in(words), Numbering()) == "[name 1] said that Mrs ⟦name 1⟧ lied"


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=6))
def test_every_letter_of_every_finding_is_hidden_however_they_overlap(spans: list[tuple[int, int]]) -> None:
    words = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567"
    findings = [Finding(start, start + length, "PERSON", 0.9) for start, length in spans]
    shown = hide(words, findings, Numbering())
    for placed in range(1, len(findings) + 1):
        shown = shown.replace(placeholder("PERSON", placed), "")
    hidden = {words[i] for f in findings for i in range(f.start, f.end)}
    assert not hidden & set(shown)


def test_the_map_of_a_case_opens_for_that_case_alone() -> None:
    numbering = Numbering()
    numbering.number("name", "Larkham")
    sealed = seal_numbering(VAULT, numbering_row("case-1"), numbering)
    assert open_numbering(VAULT, numbering_row("case-1"), sealed).to_plain() == numbering.to_plain()
    with pytest.raises(BrokenSeal):
        open_numbering(VAULT, numbering_row("case-2"), sealed)
    assert "larkham" not in repr(numbering).lower()


def test_two_posts_exchanged_in_the_database_do_not_open(book: Casebook) -> None:
    one, other = hear(book, "the first"), hear(book, "the second")
    assert one.sealed is not None
    assert open_text(book.vault, mention_row(one.id), one.sealed)["text"] == "the first"
    with pytest.raises(BrokenSeal):
        open_text(book.vault, mention_row(other.id), one.sealed)


def test_a_note_goes_on_with_the_numbers_of_its_case(book: Casebook) -> None:
    mention = hear(book, "Mrs Larkham asked Dr Penrose")
    event = note(book, actor(book, "responder"), mention.case_id, "Rang Dr Penrose and Sister Quill")
    assert event.text == "Rang Dr ⟦name 2⟧ and Sister ⟦name 3⟧"
