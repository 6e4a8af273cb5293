"""Dates of birth: a day that the words call one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.dates import ANY_DAY, SIX_OR_EIGHT
from redaction.keep import KeepList
from redaction.rules import Hit, RuleRecogniser, after, before

ENTITY = "DATE_OF_BIRTH"

_BORN = re.compile(
    r"(?:\bd\.?o\.?b\b\.?|\bdate of birth|\bborn(?: on)?(?: the)?|\bbirth ?da(?:y|te)(?: is| was)?|\bb\.)"
    r"[\s:(=\-]{0,4}(?:is|was|on|the)?\s{0,2}$"
)
_AFTER = re.compile(r"^\W{0,3}(?:\(?dob\b|is (?:my|his|her) (?:birthday|date of birth|dob))")


def recogniser(keep: KeepList) -> RuleRecogniser:
    """Finds dates of birth."""
    return RuleRecogniser(ENTITY, find)


def find(text: str) -> Iterator[Hit]:
    """Days right after (or before) words of birth."""
    for pattern in (ANY_DAY, SIX_OR_EIGHT):
        for match in pattern.finditer(text):
            if _BORN.search(before(text, match.start())) or _AFTER.search(after(text, match.end())):
                yield Hit(match.start(), match.end(), 0.95)
