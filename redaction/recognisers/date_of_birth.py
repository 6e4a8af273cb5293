"""Dates of birth: a day that the words call one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.dates import ANY_DAY, SIX_OR_EIGHT
from redaction.keep import KeepList
from redaction.rules import Recogniser, after, before, others_numbers
from redaction.weighing import Hit

ENTITY = "DATE_OF_BIRTH"

_BORN = re.compile(
    r"(?:\bd\.?o\.?b\b\.?|\bdate of birth|\bborn(?: on)?(?: the)?|\bbirth ?da(?:y|te)(?: is| was)?|\bb\.)"
    r"[\s:(=\-]{0,4}(?:is|was|on|the)?\s{0,2}$"
)
_SPOKEN_OF = re.compile(r"\bd\.?o\.?b\b|\bdate of birth|\bbirth certificate|\bborn (?:in|at) [\w' -]{2,30}$")
"""Words of birth further off in the same sentence."""
_AFTER = re.compile(r"^\W{0,3}(?:\(?dob\b|is (?:my|his|her) (?:birthday|date of birth|dob))")


def recogniser(keep: KeepList) -> Recogniser:
    """Finds dates of birth."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """Days right after (or before) words of birth."""
    for pattern in (ANY_DAY, SIX_OR_EIGHT):
        for match in pattern.finditer(text):
            lead = before(text, match.start(), 60)
            if _BORN.search(lead) or _SPOKEN_OF.search(lead) or _AFTER.search(after(text, match.end())):
                yield Hit(match.start(), match.end(), 0.95)
