"""Corrections as test cases that hold nobody's data: one sentence, placeholders, and invented words.

A test case is marked as training texts are (`{{PERSON:Kanta}}`). The words that were missed are replaced by invented
ones of the same shape and kind; everything else that was found stands as its placeholder. What nothing found stands
as it was written, so a person must read each line before it goes anywhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from redaction.corrected import standing
from redaction.lists import entries
from redaction.text import CLOSING, ENTITIES, OPENING, Finding, Numbering, Profile, hidden_spans, placeholder

_BREAK = re.compile(r"(?<=[.!?\u2026])\s+|\s*\n\s*")
_LISTS = {
    "LOCATION": ("places",),
    "ORGANISATION_CARE": ("places",),
    "CONDITION": ("conditions",),
    "MEDICATION": ("medications",),
    "PROCEDURE": ("procedures",),
}
_ALIKE = (
    ("january", "february", "march", "april", "june", "july", "august", "september", "october", "november"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    ("two", "three", "four", "five", "six", "seven", "eight", "nine"),
)
"""Words of ages and dates that stand for one another."""
_STAYS = {
    "AGE": ("year", "years", "yr", "yrs", "month", "months", "week", "weeks", "old", "aged", "a", "of", "and"),
    "DATE": ("st", "nd", "rd", "th", "the", "of", "day", "eve", "night"),
    "LOCATION": ("street", "road", "row", "lane", "avenue", "close", "court", "way", "the", "of", "near", "upon"),
    "ORGANISATION_CARE": (
        "ward", "unit", "surgery", "practice", "clinic", "centre", "care", "home", "house", "hospice", "health", "the",
    ),
    "URL": ("http", "https", "www", "com", "co", "uk", "org", "net"),
    "EMAIL_ADDRESS": ("dot", "at", "com", "co", "uk", "org", "net"),
}  # fmt: skip
"""Words of each kind that say what it is and not which."""
_PART = re.compile(r"[^\W\d_]+|\d+|[\W_]+")


@dataclass(frozen=True, slots=True)
class TestCase:
    """One sentence as a test case."""

    __test__ = False

    text: str
    """Marked as training texts are."""
    keep: tuple[tuple[int, int], ...] = ()
    """What must stay in clear, in code points of `text`."""


def missed_case(text: str, findings: Sequence[Finding], words: str, entity: str) -> TestCase | None:
    """The first sentence in which `words` stand, with invented words in their place; None where they stand nowhere."""
    places = standing(text, words)
    if not places:
        return None
    invented = invent(text[places[0][0] : places[0][1]], entity)
    return _case(text, findings, places, f"{{{{{entity}:{invented}}}}}")


def kept_case(text: str, findings: Sequence[Finding], words: str) -> TestCase | None:
    """The first sentence in which `words` stand, in clear; None where they stand nowhere."""
    places = standing(text, words)
    return _case(text, findings, places, "") if places else None


def _case(
    text: str, findings: Sequence[Finding], places: Sequence[tuple[int, int]], instead: str
) -> TestCase:
    first = places[0]
    hidden = [
        span
        for span in hidden_spans(findings, Profile.LIST)
        if not any(start < span.end and span.start < end for start, end in places)
    ]
    start, end = _sentence(text, first, [(span.start, span.end) for span in hidden] + list(places))
    numbering = Numbering()
    pieces = [(span.start, span.end, span.entity) for span in hidden]
    pieces += [(at, to, "") for at, to in _apart(places)]
    out, at, keep = "", start, []
    for begin, stop, entity in sorted(pieces):
        if begin < start or stop > end:
            continue
        out += _plain(text[at:begin])
        if entity:
            number = numbering.number(ENTITIES[entity][1], text[begin:stop])
            out += placeholder(entity, number)
        elif instead:
            out += instead
        else:
            keep.append((len(out), len(out) + len(_plain(text[begin:stop]))))
            out += _plain(text[begin:stop])
        at = stop
    return TestCase(out + _plain(text[at:end]), tuple(keep))


def _apart(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, of those that overlap the first."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found


def _sentence(text: str, around: tuple[int, int], whole: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Where the sentence around a place begins and ends; no break inside a stretch of `whole` counts."""
    start, end = 0, len(text)
    for found in _BREAK.finditer(text):
        if any(first < found.end() and found.start() < last for first, last in whole):
            continue
        if found.end() <= around[0]:
            start = found.end()
        elif found.start() >= around[1]:
            end = found.start()
            break
    return start, end


def _plain(text: str) -> str:
    """Text in one line, without brackets and braces that mean something here; one for one."""
    for sign, instead in ((OPENING, "["), (CLOSING, "]"), ("{", "("), ("}", ")"), ("\n", " "), ("\r", " ")):
        text = text.replace(sign, instead)
    return text


def invent(words: str, entity: str) -> str:
    """Invented words of the same kind and shape: names from lists, digits for digits, letters for letters."""
    chance = random.SystemRandom()
    parts: list[str] = _PART.findall(words)
    lists = ("given_names", "surnames") if entity == "PERSON" else _LISTS.get(entity, ())
    said = 0
    for at, part in enumerate(parts):
        if part.isdigit():
            parts[at] = _digits(part, entity, chance)
        elif part[0].isalpha() and part.casefold() not in _STAYS.get(entity, ()):
            name = lists[min(said, len(lists) - 1)] if lists and len(part) > 1 else ""
            parts[at] = _shaped(_other(part, name, chance), part)
            said += 1
    return "".join(parts)


_IN_A_DATE = {1: range(1, 10), 2: range(10, 13), 4: range(1950, 2010)}
"""Numbers that make a day or a month, and a year, by how many digits they have."""


def _digits(digits: str, entity: str, chance: random.Random) -> str:
    """Other digits, as many; in a date such as a calendar has."""
    calendar = _IN_A_DATE.get(len(digits)) if entity in {"DATE", "DATE_OF_BIRTH"} else None
    if calendar is not None:
        return chance.choice([str(number) for number in calendar if str(number) != digits])
    return "".join(chance.choice([other for other in "0123456789" if other != digit]) for digit in digits)


def _other(word: str, name: str, chance: random.Random) -> str:
    listed = entries(name) if name else next((row for row in _ALIKE if word.casefold() in row), ())
    known = [entry for entry in listed if entry.isalpha() and entry.casefold() != word.casefold()]
    if known:
        return chance.choice(known)
    return "".join(chance.choice("abdefghiklmnoprstuvw".replace(c.lower(), "") or "x") for c in word)


def _shaped(word: str, like: str) -> str:
    """`word` in capitals as `like` has them."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[0].isupper() else word.lower()
