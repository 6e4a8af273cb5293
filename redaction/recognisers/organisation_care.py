"""Named or numbered wards, surgeries, care homes, hospices and small clinics.

A speciality ("maternity ward") or a kind of place ("A&E") names nobody's whereabouts and survives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from redaction.keep import KeepList, survivors
from redaction.lists import words
from redaction.phrases import Phrases
from redaction.rules import Recogniser
from redaction.weighing import Hit

ENTITY = "ORGANISATION_CARE"

_NUMBERED = re.compile(
    r"(?<!\w)(?i:wards? (?:no\.? ?|number )?)(?:\d{1,3}[A-Za-z]?|[A-HJ-Z]\d{0,2}|[a-z]\d{1,2})(?![\w'])"
)
_KINDS = (
    r"ward|surgery|medical centre|health centre|medical practice|medical group|dental practice"
    r"|dental surgery|practice|care home"
    r"|nursing home|residential home|care centre|care village|hospice|clinic|pharmacy|children's home"
    r"|birth centre|walk[- ]in centre|day centre|rehab(?:ilitation)? unit|suite|lodge|unit"
)
_NAMED = re.compile(
    rf"(?<![\w'])(?P<name>(?:[A-Z][\w'-]{{1,25}} (?:(?:and|&|of) )?){{1,4}})(?P<kind>(?i:{_KINDS}))(?!\w)"
)
_DESCRIBES = re.compile(r"(?:ed|ive|ing|ful|ous|able|ible|ic|ical|ent|ant|er|est|less|ly)\Z", re.IGNORECASE)
"""Endings of describing words: "Restrictive practice" opens a sentence and names nothing."""
_CALLED = re.compile(r"(?<!\w)[Ww]ard (?P<name>[A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})?)(?!\w)")


def recogniser(keep: KeepList) -> Recogniser:
    """Finds named places of care."""
    return Recogniser(ENTITY, partial(find, kept=Phrases(keep.phrases())), survives=survivors(keep))


def find(text: str, kept: Phrases | None = None) -> Iterator[Hit]:
    """The name with its kind ("Rosewood Ward", "Ward 7"); leading everyday words stay outside."""
    for match in _NUMBERED.finditer(text):
        yield Hit(match.start(), match.end(), 0.7)
    for match in _NAMED.finditer(text):
        start = _own_start(text, match.start("name"), match.end("name"))
        if start is None or (kept and kept.search(text[start : match.end("name")])):
            continue
        described = match["kind"].islower() and _DESCRIBES.search(text[start : match.end("name")].strip())
        if not (described and _opens(text, start)):
            yield Hit(start, match.end(), 0.65)
    for match in _CALLED.finditer(text):
        if not _is_everyday(match["name"].split()[0]):
            yield Hit(match.start(), match.end(), 0.5)


def _own_start(text: str, start: int, end: int) -> int | None:
    """Where the proper name begins, once everyday and speciality words before it are left out."""
    for match in re.finditer(r"[\w'&-]+", text[start:end]):
        if not _is_everyday(match.group()):
            rest = re.findall(r"[\w'&-]+", text[start + match.start() : end])
            return None if all(_is_everyday(word) for word in rest) else start + match.start()
    return None


def _opens(text: str, start: int) -> bool:
    """Whether a word opens a sentence, where its capital says nothing."""
    return not re.search(r"[\w,] $", text[max(0, start - 2) : start])


def _is_everyday(word: str) -> bool:
    plain = word.lower().removesuffix("'s")
    return plain in words("everyday_words") or plain in words("specialities") or plain in words("role_words")
