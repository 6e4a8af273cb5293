"""No character that shows as nothing or as a blank, put inside an identifier, makes it leak."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.keep import KeepList
from redaction.redactor import Redactor

TABLES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "recogniser_tables.yaml").read_text(encoding="utf-8")
)
HIDDEN = [
    *"\x00\x07\x08\t\r\x1b\x7f\x85\x9b",
    *"\u00a0\u1680\u2000\u2009\u200a\u202f\u205f\u3000\u2800\u3164\u115f\u1160\uffa0",
    *"\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u202e\u2028\u2029\u2060\u2065\u2066\ufeff\ufff9\ufffc\ufffd",
    *"\u0301\u0335\u20dd\u20e3\ufe0f\ue000\ud800\U000e0041\U000e0100",
]
PLACES = [
    (entity, marked.replace("⟪", "").replace("⟫", ""), start, start + len(match[1]))
    for entity, table in TABLES.items()
    for marked in table["finds"]
    for count, match in enumerate(re.finditer(r"⟪(.*?)⟫", marked))
    for start in [match.start() - 2 * count]
    if len(match[1]) > 1
]
"""Entity, text, and where the identifier stands in it."""


@cache
def _redactor() -> Redactor:
    return Redactor(KeepList())


def _shown(text: str, start: int, end: int) -> str:
    """What is left in clear of `[start, end)`: letters, digits, and what hides among them."""
    found = _redactor().find(text)
    return "".join(
        text[at]
        for at in range(start, end)
        if (text[at].isalnum() or text[at] in HIDDEN) and not any(f.start <= at < f.end for f in found)
    )


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(HIDDEN), st.integers(0, 200))
def test_a_hidden_character_at_any_inner_place_leaks_nothing(
    place: tuple[str, str, int, int], hidden: str, where: int
) -> None:
    _, text, start, end = place
    at = start + 1 + where % (end - start - 1)
    assert _shown(text[:at] + hidden + text[at:], start, end + 1) == ""


@pytest.mark.parametrize("entity", TABLES)
def test_an_empty_braille_cell_at_every_inner_place_leaks_nothing(entity: str) -> None:
    for _, text, start, end in (place for place in PLACES if place[0] == entity):
        for at in range(start + 1, end):
            assert _shown(text[:at] + "\u2800" + text[at:], start, end + 1) == ""


def test_a_text_read_three_ways_gives_each_place_once() -> None:
    text = "my name is Ja\ufffdne Okafor"
    assert [text[f.start : f.end] for f in _redactor().find(text)] == ["Ja\ufffdne Okafor"]


@pytest.mark.parametrize("hidden", ["\x07", "\u2800", "\u200b", "a\u2028", "9\u3164", "\u0335"])
@pytest.mark.timeout(60)
def test_long_runs_of_hidden_characters_are_read_to_the_end(hidden: str) -> None:
    text = hidden * (40_000 // len(hidden)) + " NHS number 943\u2800476\u28005919"
    assert _shown(text, len(text) - 12, len(text)) == ""
