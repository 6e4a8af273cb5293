"""What a case knows beyond one reading: names found again, words marked as missed, values shown again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.corrected import corrected, hide_in_shown, known_again, standing, stands_in_clear
from redaction.keep import KeepList, survivors
from redaction.text import Corrections, Finding, Group, Numbering, Profile, folded, hide

KNOWN = Numbering(
    {
        "name": {"adaeze okonjo": 1, "will": 2, "al": 3, "pieter van der aa": 4},
        "phone": {"07700 900123": 1},
        "place": {"harrowby": 1},
        "reference": {"12": 1},
    }
)


def found_again(text: str, **more: object) -> list[str]:
    return [text[f.start : f.end] for f in known_again(text, KNOWN, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("thanks ADAEZE  Okonjo", ["ADAEZE", "ADAEZE  Okonjo", "Okonjo"]),
        ("okonjo's ward", ["okonjo"]),
        ("Ok\u200bonjo again", ["Ok\u200bonjo"]),
        ("Okonjos and Okonjoson", []),
        ("Will it ever end, and will they come", []),
        ("we asked Will about it", ["Will"]),
        ("we met al fresco, then asked Al", ["Al"]),
        ("ring 07700  900123", ["07700  900123"]),
        ("bed 12 in Harrowby", []),
        ("the van der line, Pieter", ["Pieter"]),
    ],
)
def test_what_the_case_has_hidden_is_found_again_by_its_kind(text: str, found: list[str]) -> None:
    assert found_again(text) == found


def test_what_is_forgotten_or_never_anybodys_is_not_found_again() -> None:
    assert found_again("thanks Okonjo", forgotten=frozenset({"adaeze okonjo"})) == []
    safe = survivors(KeepList(sites=("Okonjo Wing Hospital",)))
    assert found_again("at Okonjo Wing Hospital", safe=safe) == []
    assert found_again("at Okonjo Wing Hospital with Okonjo", safe=safe) == ["Okonjo"]


def test_words_stand_wherever_they_are_whole_in_any_case_spacing_or_disguise() -> None:
    assert standing("jane  SMITH, Jane\nSmith's, jane smithson", "Jane Smith") == [(0, 11), (13, 23)]
    disguised = standing("J\u0430ne and Ja\u200bne and Jane\u0301", "jane")
    assert {start for start, _ in disguised} == {0, 9, 19}
    assert standing("Janet", "jane") == []
    assert standing("anything", "\u200b") == []


def test_missed_words_are_hidden_and_shown_ones_are_not() -> None:
    text = "Tell Kit at Harrowby"
    place = Finding(12, 20, "LOCATION", 0.8)
    put_right = Corrections(missed={"kit": "PERSON"}, shown={"harrowby": Group.QUASI})
    found = corrected(text, [place], Numbering(), put_right)
    assert hide(text, found, Numbering()) == "Tell ⟦name 1⟧ at Harrowby"
    both = [place, Finding(9, 20, "ORGANISATION_CARE", 0.7)]
    shown = Corrections(shown={"at harrowby": Group.QUASI})
    assert corrected(text, both, Numbering(), shown) == ()


def test_a_shown_identifier_never_opens_a_health_term_of_the_same_words() -> None:
    term = Finding(0, 5, "CONDITION", 0.8)
    assert corrected("Graves", [term], Numbering(), Corrections(shown={"grave": Group.DIRECT})) == (term,)


def test_only_words_wholly_in_clear_count_as_seen() -> None:
    half = [Finding(5, 10, "PERSON", 0.9)]
    assert stands_in_clear("Jane Smith", half, "Jane Smith", Profile.DESK) == 0
    assert stands_in_clear("Jane Smith", half, "Jane", Profile.DESK) == 1
    health = [Finding(0, 4, "CONDITION", 0.9)]
    assert stands_in_clear("gout", health, "gout", Profile.DESK) == 1
    assert stands_in_clear("gout", health, "gout", Profile.LIST) == 0


def test_words_are_hidden_between_placeholders_and_never_inside_them() -> None:
    assert hide_in_shown("⟦name 1⟧ is a name; Name", "name", "⟦name 2⟧") == "⟦name 1⟧ is a ⟦name 2⟧; ⟦name 2⟧"


@given(
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    words=st.text(alphabet="abzАéß7 '-", min_size=2, max_size=12).filter(lambda w: len(folded(w)) > 1),
)
def test_missed_words_stand_nowhere_afterwards(before: str, after: str, words: str) -> None:
    text = f"{before} {words} {after} {words.upper()}"
    found = corrected(text, [], Numbering(), Corrections(missed={words: "PERSON"}))
    for start, end in standing(text, words):
        assert any(f.start <= start and end <= f.end for f in found)
    assert all(0 <= f.start < f.end <= len(text) for f in found)


def test_disguised_values_share_a_number_and_older_maps_keep_theirs() -> None:
    numbering = Numbering({"name": {"jane": 1, "ja\u200bne": 2, "rhys": 3}})
    assert numbering.number("name", "J\u0430NE") == 1
    assert numbering.number("name", "Rhys") == 3
    assert numbering.number("name", "Kit") == 4
    assert numbering.value_of("name", 4) == "kit"
    assert numbering.of("name", "nobody") == 0
