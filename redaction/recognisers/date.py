"""Days that can be put on a calendar; a month, a weekday or a year alone is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.dates import ANY_DAY, MAY_VERB, SHORT_DAY
from redaction.keep import KeepList, survivors
from redaction.rules import Recogniser, before, matches
from redaction.weighing import Hit

ENTITY = "DATE"

_NAMED = re.compile(
    r"\b(?:christmas (?:day|eve)|xmas (?:day|eve)|boxing day|new year'?s (?:day"
    r"|eve)|good friday|easter (?:sunday|monday)"
    r"|valentine'?s day|st (?:david|andrew|george|patrick)'?s day|hogmanay|halloween"
    r"|bonfire night|mother'?s day|father'?s day"
    r"|remembrance sunday|shrove tuesday|pancake day|ash wednesday|eid(?: al[- ]\w{3,5})|diwali|yom kippur)\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\b(?:on|dated?|since|from|until|till|by|of|mon|tues?|wed|thurs?|fri|sat|sun|\w{3,6}day)\W{0,3}(?:the )?$"
)
_ORDINAL = re.compile(
    r"(?<=\bthe )(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)\b(?! (?:floor|time|day|week|month|year|attempt|person|visit"
    r"|appointment|trimester|degree|ward|baby|child|one|century|in|occasion|nurse|doctor|call))",
    re.IGNORECASE,
)


_COUNTED = re.compile(r"\A\s*\(?\d{1,2}/\d{1,2}(?![\w/])|(?<![\w/])\d{1,2}/\d{1,2}\)?\s*\Z")
"""Which post of a thread this is ("2/4"), at its very beginning or end."""


def recogniser(keep: KeepList) -> Recogniser:
    """Finds calendar days."""
    kept = survivors(keep)

    def survives(text: str) -> list[tuple[int, int]]:
        return [*kept(text), *(match.span() for match in _COUNTED.finditer(text))]

    return Recogniser(ENTITY, find, survives=survives)


def find(text: str) -> Iterator[Hit]:
    """Full days, days with a month, feast days, and "on 3/12" or "on the 14th"."""
    for match in ANY_DAY.finditer(text):
        if not MAY_VERB.fullmatch(match.group()):
            yield Hit(match.start(), match.start() + len(match.group().rstrip(" .")), 0.7)
    yield from matches(_NAMED, text, 0.7)
    for match in SHORT_DAY.finditer(text):
        if match.group() != "24/7" and _ON.search(before(text, match.start(), 16)):
            yield Hit(match.start(), match.end(), 0.5)
    for match in _ORDINAL.finditer(text):
        if _ON.search(before(text, match.start(), 16)):
            yield Hit(match.start(), match.end(), 0.5)
