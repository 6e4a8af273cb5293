"""A shared text tells an age's band, a date's month and a place's region, and nothing finer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.coarse import coarse
from redaction.lists import entries
from redaction.text import Finding, Numbering, Profile, hide


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("7 year old", "age 5 to 11"),
        ("eighty-two", "age 80 to 89"),
        ("44F", "age 40 to 49"),
        ("six months old", "age under 1"),
        ("18 months", "age 1 to 4"),
        ("20 years and 2 months old", "age 18 to 29"),
        ("84 and 6 months", "age 80 to 89"),
        ("3 week old", "age under 1"),
        ("17", "age 12 to 17"),
        ("18", "age 18 to 29"),
        ("91", "age 90 or over"),
        ("a hundred and four", ""),
        ("no age at all", ""),
        ("845", ""),
    ],
)
def test_an_age_becomes_a_band(words: str, told: str) -> None:
    assert coarse("AGE", words) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("3rd of March", "date in March"),
        ("12/04/2026", "date in April 2026"),
        ("12.4.26", "date in April"),
        ("2025-03-12", "date in March 2025"),
        ("14th Feb", "date in February"),
        ("Sat 3rd May 2025", "date in May 2025"),
        ("Boxing Day", "date in December"),
        ("New Year's Eve 2024", "date in December 2024"),
        ("3/12", "date in December"),
        ("4 Marchmont Street", ""),
        ("Good Friday", ""),
        ("the other day", ""),
    ],
)
def test_a_date_becomes_its_month(words: str, told: str) -> None:
    assert coarse("DATE", words) == told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Cardiff", "place in Wales"),
        ("12 Mill Lane, Leeds", "place in Yorkshire and the Humber"),
        ("king's lynn", "place in the East of England"),
        ("High Wycombe", "place in the South East"),
        ("Sowerfield", ""),
        ("Wales Street", ""),
    ],
)
def test_a_place_becomes_its_region_and_an_unknown_one_stays_hidden(words: str, told: str) -> None:
    assert coarse("LOCATION", words) == told


def test_every_known_place_has_one_region() -> None:
    assert [place for place in entries("places") if not coarse("LOCATION", place)] == []


def test_nobody_is_told_coarsely_by_name() -> None:
    assert coarse("PERSON", "London Brown") == ""


def test_a_shared_text_tells_bands_and_a_list_does_not() -> None:
    text = "Mum, 84, of Leeds, fell on 3 March 2025"
    found = [
        Finding(5, 7, "AGE", 0.9),
        Finding(12, 17, "LOCATION", 0.9),
        Finding(27, 39, "DATE", 0.9),
    ]
    shared = hide(text, found, Numbering(), Profile.SHARE)
    assert (
        shared == "Mum, ⟦age 80 to 89⟧, of ⟦place in Yorkshire and the Humber⟧, fell on ⟦date in March 2025⟧"
    )
    listed = hide(text, found, Numbering(), Profile.LIST)
    assert listed == "Mum, ⟦age 1⟧, of ⟦place 1⟧, fell on ⟦date 1⟧"


@given(st.integers(0, 120), st.sampled_from(["{} year old", "aged {}", "{}", "{}F"]))
def test_a_band_always_holds_the_age_and_never_names_it_alone(age: int, shape: str) -> None:
    told = coarse("AGE", shape.format(age))
    if told == "age 90 or over":
        assert age >= 90
    elif told == "age under 1":
        assert age == 0
    else:
        low, high = (int(part) for part in told.removeprefix("age ").split(" to "))
        assert low <= age <= high
        assert high - low >= 3
