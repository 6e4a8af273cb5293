"""Names that stand for a sign, a score or a syndrome and for nobody met: "Framingham risk score", "Ludwig's angina".

The noun after the name decides, so no list of eponyms can be complete or has to be. Nouns that people have of their own
("Kanta's fracture") are left out, or asked of a list.
"""

from __future__ import annotations

import re

from redaction.lists import words

_NAME = r"(?<![\w'])[A-Z][^\W\d_]{2,20}(?:[- ][A-Z][^\W\d_]{2,20}){0,2}"
_PLAIN = re.compile(
    rf"(?P<name>{_NAME})(?= (?i:(?:risk )?(?:scores?|signs?|reflex|criteria|classification|scale|index(?! finger)"
    r"|staging|equation|man(?:o?e)uv(?:re|er)|phenomenon|syndrome|protocol|nomogram|triad|stain|catheter|collar|splint|forceps)(?![\w-])))"
)
_POSSESSIVE = re.compile(
    rf"(?P<name>{_NAME}'s?)(?= (?i:syndrome|phenomenon|contracture|sign|triad|reflex|thyroiditis|o?esophagus"
    r"|encephalopathy|criteria)(?![\w-]))"
)
_WELL_KNOWN = re.compile(
    r"(?<![\w'])(?P<name>(?:Ludwig|Prinzmetal|Vincent|Bell|Todd|Erb|Fournier|Huntington|Sydenham|Friedreich|Virchow|Douglas"
    r"|Heberden|Bouchard|Osler|Schmorl)'s?)(?= (?i:angina|palsy|gangrene|ataxia|chorea|nodes?|space)(?![\w-]))"
)
"""Before nouns that people have of their own ("Chukwuma's angina"), only these."""


def eponyms(text: str) -> list[tuple[int, int]]:
    """Where such names stand."""
    found = [m for pattern in (_PLAIN, _POSSESSIVE, _WELL_KNOWN) for m in pattern.finditer(text)]
    return [match.span("name") for match in found if not _somebody(match["name"])]


def _somebody(name: str) -> bool:
    """A given name and more: "Tracey Ashworth protocol is to ignore everyone"."""
    return " " in name and name.split()[0].lower() in words("given_names")
