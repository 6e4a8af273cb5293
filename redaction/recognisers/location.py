"""Streets and addresses, and villages, towns and cities; countries and hospitals named as such survive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from redaction.keep import KeepList, survivors
from redaction.lists import entries, words
from redaction.phrases import Phrases
from redaction.rules import Recogniser, after, before
from redaction.weighing import Hit

ENTITY = "LOCATION"

_KIND = (
    r"Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Close|Drive|Way|Crescent|Cres|Terrace"
    r"|Court|Gardens|Grove|Place|Square|Hill|Row"
    r"|Walk|Mews|Parade|Rise|View|Green|Park|Fold|Croft|Estate|Villas|Cottages|Gate|Bank"
)
_FLAT = r"(?:(?i:flat|apartment|apt|unit) \w{1,4},? )?"
_NUMBERED = re.compile(
    rf"(?<![\w£.]){_FLAT}\d{{1,4}}[A-Za-z]?(?:-\d{{1,4}})?,? (?:(?:[A-Z][\w'-]{{1,20}}"
    rf"|the|of|le) ){{1,4}}(?:{_KIND})\b(?! \d)(?:, [A-Z][\w\'-]{{2,20}}(?: [A-Z][\w\'-]{{2,20}})?(?![\w\'])){{0,2}}"
)
_NUMBERED_SMALL = re.compile(
    r"(?<![\w£.])\d{1,4}[a-z]? (?:[a-z'-]{3,20} ){1,2}(?:street|road|rd|avenue|ave"
    r"|lane|crescent|terrace|gardens|grove|drive|close)\b"
    r"(?! (?:to|from|the|of))"
)
_HOUSE_OF = re.compile(
    r"\b(?i:no\.?|number|at|of) (?P<place>\d{1,4}[A-Za-z]?,? [Tt]he [A-Z][\w'-]{2,20}"
    r"(?:, [A-Z][\w'-]{2,20}(?: [A-Z][\w'-]{2,20})?)?)"
)
_STREET = re.compile(
    r"(?<![\w'])(?:[A-Z][\w'-]{1,20} ){1,3}(?:Street|Road|Rd|Avenue|Ave|Lane|Crescent"
    r"|Terrace|Grove|Mews|Close|Gardens|Drive)\b"
)
_PLACED = re.compile(
    r"\b(?:live[sd]?|living|based|moved|lives|from|born|home|house|flat|near|outside)(?: (?:in"
    r"|at|to|near|back to|over in|out in))?"
    r" (?P<place>[A-Z][a-z'-]{2,20}(?: (?:upon|on|le|under|in)[ -][A-Z]?[a-z]{2,15}(?:-[a-z]+)?"
    r"| [A-Z][a-z'-]{2,20}){0,2})(?![\w'])"
)
_FROM_TO = re.compile(
    r"\bfrom [A-Z][\w' -]{2,40}? to (?P<place>[A-Z][a-z'-]{2,20}(?: [A-Z][a-z'-]{2,20})?)(?![\w'])"
)
_ENDING = re.compile(
    r"(?:ton|ham|ford|bury|borough|burgh|mouth|chester|caster|worth|pool|stead|combe"
    r"|thorpe|minster|wick|bridge|haven|dale|hurst|ley)\Z"
)
_LEADING = frozenset(
    (
        "on",
        "the",
        "at",
        "in",
        "from",
        "near",
        "my",
        "our",
        "to",
        "and",
        "of",
        "off",
        "down",
        "up",
        "along",
        "via",
    )
)
_NAME = re.compile(r"(?<![\w'])[A-Z][a-z]{5,20}(?![\w'])")
_IN = re.compile(r"\b(?:in|at|from|near|to|of|around|outside|via)\W{1,2}$")
_INSTITUTION = re.compile(
    r"^ (?:\w+ )?(?:general|royal|hospital|infirmary|university|nhs|trust|foundation"
    r"|teaching|district|icb|city hospital|fc"
    r"|united|rovers|city council|council|ambulance|medical school|college|school)\b"
)
_HOUSE = re.compile(r"(?:royal|university hospitals?(?: of)?|hospital(?: of)?|nhs|infirmary) $")


def recogniser(keep: KeepList) -> Recogniser:
    """Finds addresses and places."""
    return Recogniser(
        ENTITY,
        partial(find, kept=Phrases(keep.phrases()), towns=Phrases(entries("places"))),
        survives=survivors(keep),
    )


def find(text: str, kept: Phrases | None = None, towns: Phrases | None = None) -> Iterator[Hit]:
    """Addresses whole, streets, listed towns, and a capitalised name where the words put a place."""
    safe = [match.span() for match in kept.finditer(text)] if kept else []
    for hit in (*_addresses(text), *_places(text, towns)):
        if not any(start < hit.end and hit.start < end for start, end in safe):
            yield hit


def _addresses(text: str) -> Iterator[Hit]:
    for match in _NUMBERED.finditer(text):
        yield Hit(match.start(), match.end(), 0.85)
    for match in _HOUSE_OF.finditer(text):
        yield Hit(*match.span("place"), 0.8)
    for match in _NUMBERED_SMALL.finditer(text):
        yield Hit(match.start(), match.end(), 0.5)
    for match in _STREET.finditer(text):
        start = match.start()
        while (
            text[start : match.end()].split()[0].lower() in _LEADING
            and text.count(" ", start, match.end()) > 1
        ):
            start += text[start : match.end()].index(" ") + 1
        if not all(_everyday(word) for word in text[start : match.end()].split()[:-1]):
            yield Hit(start, match.end(), 0.7)


def _places(text: str, towns: Phrases | None) -> Iterator[Hit]:
    for match in towns.finditer(text) if towns else ():
        if match.group()[0].isupper() and not _institution(text, match.start(), match.end()):
            yield Hit(match.start(), match.end(), 0.6)
    for match in (*_PLACED.finditer(text), *_FROM_TO.finditer(text)):
        first = max(match["place"].split(), key=lambda word: not _everyday(word))
        start, end = match.span("place")
        known = (
            _everyday(first) or first.lower() in words("countries") or first.lower() in words("conditions")
        )
        if not known and not _institution(text, start, end):
            yield Hit(start, end, 0.5)
    for match in _NAME.finditer(text):
        placed = _ENDING.search(match.group()) and _IN.search(before(text, match.start(), 12))
        if placed and not _everyday(match.group()) and not _institution(text, match.start(), match.end()):
            yield Hit(match.start(), match.end(), 0.5)


def _institution(text: str, start: int, end: int) -> bool:
    """Whether the place is part of the name of a hospital or another public body."""
    return bool(_INSTITUTION.search(after(text, end)) or _HOUSE.search(before(text, start, 30)))


def _everyday(word: str) -> bool:
    plain = word.lower().removesuffix("'s")
    return plain in words("everyday_words") or plain in words("specialities") or plain in words("role_words")
