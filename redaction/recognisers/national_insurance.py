"""National Insurance numbers: two letters, six digits, one letter of A to D.

Source of the letters never used: HMRC National Insurance Manual NIM39110. A number with a wrong prefix is
hidden too when the words before it say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.rules import GAP, Recogniser, before, denied, others_numbers
from redaction.weighing import Hit

ENTITY = "NATIONAL_INSURANCE"

_SHAPE = re.compile(
    rf"(?<!\w)([A-Za-z]{{2}}){GAP}{{0,3}}(?:[\dOoIl]{{2}}{GAP}{{0,3}}){{3}}(?:[A-Da-d]|(?<=\w))(?!\w)"
)
_PREFIX = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]")
_SAYS_SO = re.compile(r"\bnational insurance|\bn\.?i\.?\s{0,2}(?:no|num|#|:|is)|\bnino\b|\bni\W{0,3}$")


def recogniser(keep: KeepList) -> Recogniser:
    """Finds National Insurance numbers."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """Numbers of the right shape and prefix, and any of the shape that the words call one."""
    for match in _SHAPE.finditer(text):
        written = match.group()
        if sum(char.isdigit() for char in written) < 4:
            continue
        if _SAYS_SO.search(before(text, match.start(), 45)):
            yield Hit(match.start(), match.end(), 0.95)
        elif denied(text, match.end()):
            continue
        elif _PREFIX.match(match[1].upper()) and written[-1].isalpha() and written[-1].upper() in "ABCD":
            yield Hit(match.start(), match.end(), 0.8)
