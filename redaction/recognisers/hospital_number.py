"""Hospital, unit, case, complaint, incident and donor references, known by the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.rules import Recogniser, before, matches, others_numbers
from redaction.weighing import Hit

ENTITY = "HOSPITAL_NUMBER"

_KIND = (
    r"hospital|hosp|unit|patient|case|complaint|incident|datix|donor|pals|referral|appointment|appt|booking|episode"
    r"|safeguarding|claim|ombudsman|phso|ticket|clinic|crn|urn|booking|prescription"
    r"|admission|record|medical record|chart"
)
_NUMBER = r"(?:number|numbers|num|no\.?|nr|id|ref\.?|reference|code|#)"
_WRITTEN = (
    r"(?P<token>(?:[A-Za-z]{1,6}[-/·]){0,3}(?:[A-Za-z]{1,6}[-/· ]?)?\d[\w]{0,12}(?:[-/·]\w{1,12}){0,4}"
    r"|[A-Za-z]{1,6}\d[\w-]{1,14})(?!\w)"
)
_GAP = r"(?:\s{0,2}(?:is|was|:|=|-|#|\()){0,2}\s{0,2}"
_REFERENCE = re.compile(
    rf"\b(?:mrn|crn|urn|datix|ref\.?|reference|case|complaint|incident)(?!\w){_GAP}{_WRITTEN}", re.IGNORECASE
)
_STRONG = re.compile(
    rf"\b(?:(?:{_KIND})\s{{1,2}}{_NUMBER}(?:\s{{1,2}}{_NUMBER})?)(?!\w){_GAP}{_WRITTEN}", re.IGNORECASE
)
_QUOTED = re.compile(
    r"\bquot(?:e|ing)(?: (?:your|the|this|our|my))?(?: (?:case|complaint|patient|hospital|unit))?"
    rf"(?: {_NUMBER}){{0,2}}(?!\w){_GAP}{_WRITTEN}",
    re.IGNORECASE,
)
_BARE_MRN = re.compile(r"(?<![\w-])(?:MRN|RX\d|[A-Z]{3}|[A-Z]{2}\d)-\d{5,8}(?![\w-])")
_ANY = re.compile(r"(?<![\w£.-])[A-Za-z]{0,4}[-/]?\d{5,10}[A-Za-z]?(?![\w%])")
_SAID_AFTER = re.compile(
    r"\W{0,4}(?:(?:is|was|that'?s|which is|as) ){0,2}(?:my|his|her|their|our|the|mum'?s|dad'?s)?\s?"
    r"(?:mrn|(?:hospital|patient|unit|case|complaint|datix) (?:number|no|id|ref))\b"
)
_LICENCE = re.compile(r"\b[A-Z9]{5}\d[0156]\d[0-3]\d{2}[A-Z9]{2}[A-Z0-9]{3}\b")
_NOT_OURS = re.compile(
    r"\b(?:order|invoice|model|isbn|ofsted|cqc|bus|flight|train|lab|laboratory|sample|specimen|parcel|tracking)\b"
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds references that lead to one record."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """The reference itself; the words "MRN" and "ref" stay outside."""
    for pattern, score in ((_STRONG, 0.85), (_REFERENCE, 0.7)):
        for match in pattern.finditer(text):
            other = _NOT_OURS.search(before(text, match.start(), 20))
            if _is_reference(match["token"]) and not other:
                yield Hit(*match.span("token"), score)
    for match in _QUOTED.finditer(text):
        if _is_quotable(match["token"]):
            yield Hit(*match.span("token"), 0.6)
    for match in _ANY.finditer(text):
        if _SAID_AFTER.match(text[match.end() : match.end() + 60].lower()):
            yield Hit(match.start(), match.end(), 0.8)
    yield from matches(_BARE_MRN, text, 0.6)
    yield from matches(_LICENCE, text, 0.6)


def _is_quotable(token: str) -> bool:
    """Letters and four digits, or six digits: people quote years and prices too."""
    count = sum(char.isdigit() for char in token)
    return count >= (4 if token[0].isalpha() else 6)


def _is_reference(token: str) -> bool:
    """Long enough to name a record: "case 2" and "incident 5 minutes ago" are none."""
    count = sum(char.isdigit() for char in token)
    return count >= 4 or (count >= 2 and len(token) >= 5 and not token[0].isdigit())
