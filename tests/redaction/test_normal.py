"""Folding makes disguises plain and always finds the way back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.normal import fold


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
    folded = fold(text)
    places = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
