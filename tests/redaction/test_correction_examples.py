"""Corrections as test cases: invented words of the same shape, placeholders for everything else."""

from __future__ import annotations

from redaction.examples import invent, kept_case, missed_case
from redaction.text import Finding
from training.corpus import parse

TEXT = "We waited long. Then KIT Sorrel rang 07700 900123 about {bed 12}!\nThanks, Kit Sorrel."
PHONE = Finding(TEXT.index("07700"), TEXT.index("07700") + 12, "PHONE_NUMBER", 0.9)


def test_a_missed_name_leaves_as_an_invented_one_of_the_same_shape() -> None:
    case = missed_case(TEXT, [PHONE], "kit sorrel", "PERSON")
    assert case is not None
    example = parse(case.text, "export")
    ((start, end, entity),) = example.spans
    given, family = example.text[start:end].split()
    assert entity == "PERSON"
    assert given.isupper()
    assert family.istitle()
    assert "sorrel" not in case.text.lower()
    assert example.text[:start] == "Then "
    assert example.text[end:] == " rang ⟦phone 1⟧ about (bed 12)!"


def test_numbers_leave_as_other_digits_in_the_same_places() -> None:
    made = invent("07700 900-123", "PHONE_NUMBER")
    assert [c if not c.isdigit() else "0" for c in made] == [
        c if not c.isdigit() else "0" for c in "07700 900-123"
    ]
    assert all(a != b for a, b in zip(made, "07700 900-123", strict=True) if b.isdigit())
    assert invent("AB1 2cd", "POSTCODE")[0].isupper()


def test_what_was_wrongly_hidden_leaves_in_clear_with_its_place() -> None:
    place = Finding(TEXT.index("long"), TEXT.index("long") + 4, "LOCATION", 0.5)
    case = kept_case(TEXT, [place, PHONE], "long")
    assert case is not None
    ((start, end),) = case.keep
    assert case.text == "We waited long."
    assert case.text[start:end] == "long"


def test_words_that_stand_nowhere_make_no_test_case() -> None:
    assert missed_case(TEXT, [], "nobody", "PERSON") is None
    assert kept_case(TEXT, [], "nobody") is None


def test_what_says_only_its_kind_stays_and_dates_stay_dates() -> None:
    assert invent("7 year old", "AGE").endswith(" year old")
    assert invent("ward 7", "ORGANISATION_CARE").startswith("ward ")
    day, month = invent("14 March", "DATE").split()
    assert 10 <= int(day) <= 12
    assert month != "March"
    assert month.istitle()
    assert invent("seventy", "AGE") != "seventy"
