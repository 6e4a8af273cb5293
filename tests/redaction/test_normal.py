"""Folding makes disguises plain and always finds the way back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.normal import fold, readings


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("９４３", "943"),
        ("٩٤٣", "943"),
        ("𝐊𝐚𝐫𝐞𝐧", "Karen"),
        ("Kаren", "Karen"),
        ("K\u200bar\u00aden", "Karen"),
        ("Ka\u0301ren", "Karen"),
        ("ﬁve", "five"),
        ("“a” – b’s", '"a" - b\'s'),
        ("a\u00a0b\u2009c", "a b c"),
        ("a\u2028b", "a\nb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2800b\u3164c\u115fd\u1160e\uffa0f\tg", "a b c d e f g"),
        ("Ja\x07n\x00e\x9b", "Jane"),
        ("Ja\u2060n\U000e0041e\u2065", "Jane"),
        ("9·4•3‧4∙7・6", "9·4·3·4·7·6"),
        ("1−2∕3⁄4＿5", "1-2/3/4_5"),
        ("9\u0335\u03514\u20dd", "94"),
        ("1\ufe0f\u20e3", "1"),
        ("Żaneta", "Żaneta"),
    ],
)
def test_disguised_text_is_made_plain(disguised: str, plain: str) -> None:
    assert fold(disguised).text == plain


def test_a_word_of_another_script_keeps_its_letters() -> None:
    assert fold("Спасибо вам").text == "Спасибо вам"


def test_a_span_takes_the_hidden_characters_after_it_along() -> None:
    folded = fold("x Ka\u200bren\u200b y")
    assert folded.span(2, 7) == (2, 9)


def test_one_half_of_a_ligature_is_the_whole_of_it() -> None:
    assert fold("ﬁ").span(0, 1) == (0, 1)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_every_place_leads_back_into_the_text(text: str) -> None:
    for folded in readings(text):
        places = [folded.span(at, at + 1) for at in range(len(folded.text))]
        assert all(0 <= start < end <= len(text) for start, end in places)
        assert places == sorted(places)


@pytest.mark.parametrize("text", ["", "plain\nwords\r\nhere", "naïve “café” – 👩🏽‍⚕️ 1️⃣ ❤️‍🔥", "hos\u00adpital"])
def test_a_text_that_hides_nothing_in_doubt_has_one_reading(text: str) -> None:
    assert [way.text for way in readings(text)] == [fold(text).text]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ja\u200bne", ["Jane", "Ja ne"]),
        ("Ja\x07ne", ["Jane", "Ja ne"]),
        ("Ja\u2800ne", ["Ja ne", "Jane"]),
        ("Ja\u2028ne", ["Ja\nne", "Jane", "Ja ne"]),
        ("Ja\ufffdne", ["Ja\ufffdne", "Jane", "Ja ne"]),
        ("Jane.\u3164", ["Jane. ", "Jane."]),
    ],
)
def test_a_hidden_character_is_read_as_nothing_and_as_a_space(text: str, read: list[str]) -> None:
    assert [way.text for way in readings(text)] == read


def test_every_reading_leads_back_to_the_hidden_characters_too() -> None:
    for way in readings("x Ja\u2800ne y"):
        start = way.text.index("Ja")
        assert way.span(start, way.text.index("ne") + 2) == (2, 7)
