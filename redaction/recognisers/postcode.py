"""UK postcodes, by shape and by the areas that exist.

Source of the shape: Royal Mail, "What is the postcode address file", via BS 7666. Letters never used in the
second half: C I K M O V.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.lists import words
from redaction.rules import GAP, Recogniser, before, matches, others_numbers
from redaction.weighing import Hit

ENTITY = "POSTCODE"

_FULL = re.compile(
    r"(?<![\w£$])([A-Za-z]{1,2})([0-9Oo][0-9A-HJKPR-Ya-hjkpr-y]?)"
    rf"{GAP}{{0,3}}([0-9Oo][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{{2}})(?!\w)"
)
_MISTYPED = re.compile(
    rf"(?<![\w£$])([A-Za-z]{{1,2}})[0-9OoIl][0-9A-Za-z]?{GAP}{{1,3}}[0-9OoIl][A-Za-z]{{2}}(?!\w)"
)
"""The same shape with letters that no postcode has: mistyped, or read out wrongly."""
_NO_PLACE = re.compile(r"(?<!\w)ZZ99[ ]{0,2}\d[A-Z]{2}(?!\w)", re.IGNORECASE)
"""Postcodes for people without one. Source: ODS "ZZ99" pseudo postcodes."""
_OUTWARD = re.compile(r"(?<!\w)([A-Za-z]{1,2})\d{1,2}[A-Za-z]?(?!\w)")
_ORDINAL = re.compile(r"1st|2nd|3rd|[04-9]th", re.IGNORECASE)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds postcodes."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """Full postcodes of an area that exists, mistyped ones, and first halves that the words call a postcode."""
    areas = words("postcode_areas")
    for match in _FULL.finditer(text):
        if (
            match[1].lower() in areas
            and _has_digits(match[2], match[3])
            and not (_ORDINAL.fullmatch(match[3]) and not match[3].isupper())
        ):
            yield Hit(match.start(), match.end(), 0.9)
    for match in _MISTYPED.finditer(text):
        shouted = match.group().isupper() or "postcode" in before(text, match.start(), 25)
        if match[1].lower() in areas and shouted and any(char.isdigit() for char in match.group()):
            yield Hit(match.start(), match.end(), 0.5)
    yield from matches(_NO_PLACE, text, 0.9)
    for match in _OUTWARD.finditer(text):
        if match[1].lower() in areas and "postcode" in before(text, match.start(), 25):
            yield Hit(match.start(), match.end(), 0.6)


def _has_digits(outward: str, inward: str) -> bool:
    """A letter O may stand for one nought, not for every digit, and only in capitals: "no one" is no postcode."""
    written = outward + inward
    return (
        any(char.isdigit() for char in written)
        and (written[0].isdigit() or inward[0] != "o")
        and outward[0] != "o"
    )
