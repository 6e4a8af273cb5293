"""NHS numbers and Scottish CHI numbers: ten digits, in whatever spacing, when the words say so.

The modulus-11 check digit is a hint alone: one random ten-digit number in eleven passes it, and people
mistype their own. Words decide; without any, a valid number is hidden, to be on the safe side.
Source of the check: NHS Data Model and Dictionary, "NHS number".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.rules import GAP, PAIRS, Recogniser, after, before, denied, digits, others_numbers
from redaction.weighing import Hit

ENTITY = "NHS_NUMBER"

_TEN = re.compile(
    rf"(?:(?<![\w+])|(?<=nhs)|(?<=NHS)|(?<=number)|(?<=NUMBER))"
    rf"[\dOolI](?:(?:{GAP}|\n){{0,3}}(?:\d|[OolI](?=[\dOolI \-]))|[OolI]){{9}}(?![\dA-Za-z])"
)
_LOOSE = re.compile(r"(?<![\w+])\d(?:[^\w\n]{0,3}\d){9}(?!\w)")
"""Whatever stands between the digits, where the words right before say "NHS number"."""
_SPOKEN_WORD = r"(?:oh|o|zero|nought|one|two|three|four|five|six|seven|eight|nine|\d{1,4})"
_SPOKEN = re.compile(
    rf"\b(?:(?:double|triple|treble)[ -])?{_SPOKEN_WORD}"
    rf"(?:[ ,.\-]{{1,3}}(?:(?:double|triple|treble)[ -])?{_SPOKEN_WORD}){{4,11}}\b",
    re.IGNORECASE,
)
_JUST_SAID = re.compile(r"\b(?:nhs|chi|health)\s{0,2}(?:no|num|number|nr|id|#)\b[^\d]{0,20}\Z|\bchi\W{0,4}\Z")
_SHAPED = re.compile(rf"\d{{3}}{GAP}\d{{3}}{GAP}\d{{4}}")
_TOPIC = re.compile(r"\bnhs (?:no|num)", re.IGNORECASE)
_SAYS_SO = re.compile(
    r"\bnhs\s{0,2}(?:no\b|num|nr|id|#|:|is|was)|\bnhs\W{0,4}$|\bchi\b|\bhealth (?:service )?number"
    r"|\bpatient (?:no|num|id)"
    r"|\bnhsno\b|\bn\.h\.s\b|\bnhs\s{0,2}number"
)
_SAYS_AFTER = re.compile(
    r"^\W{0,4}(?:is|was|that'?s|\(|-|,)?\s{0,2}(?:is )?(?:my|his|her|their|the|our)?\s{0,2}(?:nhs|chi)\b"
)
_SAYS_OTHER = re.compile(
    r"\b(?:order|invoice|tracking|parcel|lab|sample|specimen|barcode|isbn|account|acct|card|serial|model|part|batch|lot"
    r"|charity|company|vat|receipt|transaction|ticket)\b"
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds NHS numbers."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """Ten-digit numbers that are NHS numbers by the words around them, or by their check digit."""
    spoken_of = _TOPIC.search(text) is not None
    for match in _TEN.finditer(text):
        number = digits(match.group())
        if sum(char.isdigit() for char in match.group()) < 6:
            continue
        said = before(text, match.start(), 50)
        just = text[max(0, match.start() - 24) : match.start()].lower()  # "NHS no. 943 …" ends no sentence
        if _SAYS_SO.search(said) or _JUST_SAID.search(just) or _SAYS_AFTER.search(after(text, match.end())):
            yield Hit(match.start(), match.end(), 0.95)
        elif PAIRS.match(match.group()) or denied(text, match.end()):
            continue
        elif valid(number) and not _SAYS_OTHER.search(said) and not _is_phone(match.group()):
            yield Hit(match.start(), match.end(), 0.6)
        elif spoken_of and _SHAPED.fullmatch(match.group()) and not _is_phone(match.group()):
            yield Hit(match.start(), match.end(), 0.5)  # a second one in a text that speaks of NHS numbers
    for match in _SPOKEN.finditer(text):
        if _SAYS_SO.search(before(text, match.start(), 50)) and re.search(
            r"[a-z]{2}", match.group(), re.IGNORECASE
        ):
            yield Hit(match.start(), match.end(), 0.9)
    for match in _LOOSE.finditer(text):
        if _JUST_SAID.search(before(text, match.start(), 40)):
            yield Hit(match.start(), match.end(), 0.9)


def valid(number: str) -> bool:
    """Whether ten digits carry a correct modulus-11 check digit (a run of one digit never counts)."""
    if len(number) != 10 or len(set(number)) == 1:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(number[9])


def _is_phone(written: str) -> bool:
    return written.startswith("0") and " " in written
