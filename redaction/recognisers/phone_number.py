"""Telephone numbers, in digits or spelled out; lines that anybody may ring are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from redaction.keep import KeepList
from redaction.lists import words
from redaction.rules import GAP, PAIRS, Recogniser, before, denied, digits, matches, others_numbers
from redaction.weighing import Hit

ENTITY = "PHONE_NUMBER"

_DIGIT = r"[\dOolI]"
_UK = re.compile(
    rf"(?<![\w+])\(?[0Oo]{_DIGIT}?(?:(?:{GAP}|[()]){{0,3}}(?:\d|[OolI](?=\d))|[OolI]){{8,10}}(?!\w)"
)
_ABROAD = re.compile(rf"(?<!\w)(?:\+|00)[ ]?[1-9](?:(?:{GAP}|[()]){{0,3}}\d){{7,13}}(?!\w)")
_AMERICAN = re.compile(r"(?<![\w+.-])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])")
_ASKED = re.compile(r"(?<![\w£$#/:.])\d{3,4}[ .\-_·]?\d{3,4}(?![\w%/:])")
_LOOSE = re.compile(r"(?<![\w+])0\d{2,4}(?:[^\w\n]{1,3}\d{2,4}){2,3}(?!\w)")
"""Whatever stands between the groups, where the words right before say "call"."""
_CALL = re.compile(
    r"\b(?:call|ring|phone|text|tel|telephone|mobile|mob|landline|whatsapp|bleep|extension|ext)\b"
    r"(?:\s+(?:me|us|him|her|them|on|number|no|is|back|at|mum|dad|:)){0,4}\W{0,3}$"
)
_WORDS = r"(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|hundred|thousand|\d{1,4})"
_SPOKEN = re.compile(
    rf"\b(?:(?:double|triple|treble)[ -])?{_WORDS}(?:[ ,.\-]{{1,3}}(?:(?:double"
    rf"|triple|treble)[ -])?{_WORDS}){{6,14}}\b",
    re.IGNORECASE,
)
_STARTS_NOUGHT = re.compile(r"(?:(?:double|triple|treble)[ -])?(?:oh|o|zero|nought|0|plus)\b", re.IGNORECASE)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds private telephone numbers."""
    own = {_national(phone) for phone in keep.phones} | {
        _national(phone) for phone in words("official_phones")
    }
    kept = frozenset(own)

    def survives(text: str) -> list[tuple[int, int]]:
        public = [m.span() for m in _UK.finditer(text) if _national(m.group()) in kept]
        return [*others_numbers(text), *public]

    return Recogniser(ENTITY, partial(find, kept=kept), survives)


def find(text: str, kept: frozenset[str] = frozenset()) -> Iterator[Hit]:
    """Numbers by shape, by "call me on", and spelled out; those in `kept` survive."""
    for pattern, score in ((_UK, 0.75), (_ABROAD, 0.75)):
        for match in pattern.finditer(text):
            written = match.group()
            if PAIRS.match(written) or denied(text, match.end(), "phone"):
                continue
            if sum(char.isdigit() for char in written) >= 6 and _is_number(written, kept):
                yield Hit(match.start() + (written[0] == "(" and ")" not in written), match.end(), score)
    # Shaped like an NHS number as well: which of the two matters less than that it is hidden.
    yield from (hit for hit in matches(_AMERICAN, text, 0.45) if not denied(text, hit.end))
    for match in _LOOSE.finditer(text):
        plain = re.sub(r"\D", " ", match.group())
        if _is_number(plain, kept) and _CALL.search(before(text, match.start(), 40)):
            yield Hit(match.start(), match.end(), 0.7)
    for match in _ASKED.finditer(text):
        if digits(match.group()) not in kept and _CALL.search(before(text, match.start(), 40)):
            yield Hit(match.start(), match.end(), 0.5)
    for match in _SPOKEN.finditer(text):
        if _STARTS_NOUGHT.match(match.group()) and not PAIRS.match(match.group()):
            yield Hit(match.start(), match.end(), 0.7)


def _is_number(written: str, kept: frozenset[str]) -> bool:
    national = _national(written)
    return national not in kept and (10 <= len(national) <= 11 or not national.startswith("0"))


def _national(written: str) -> str:
    """A number's digits as dialled within the country."""
    found = digits(written)
    for prefix in ("00440", "0044", "440", "44"):
        if found.startswith(prefix) and ("+" in written or prefix.startswith("00")):
            return "0" + found[len(prefix) :]
    return found
