"""Ages of people; the age of a building or the length of a wait is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList, survivors
from redaction.rules import Recogniser, after, before, matches
from redaction.weighing import Hit

ENTITY = "AGE"

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER = rf"(?:\d{{1,3}}(?:\.5|½)?|(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS}|a hundred)"
_OLD = re.compile(
    rf"(?<![\w.£])(?:{_NUMBER}[ -]{{0,2}}(?:years?|yrs?|months?|mths?|weeks?|wks?|days?)[ -]{{0,2}}old"
    rf"|{_NUMBER}[ -]?(?:y/?o|yr ?old|yrold)|{_NUMBER} (?:years|yrs) of age)s?(?!\w)",
    re.IGNORECASE,
)
_AGED = re.compile(
    rf"\b(?:aged?|turn(?:ed|s|ing))(?: (?:of|just|only|about|at))?[: ]{{1,2}}(?P<n>{_NUMBER})(?![\w:%/])",
    re.IGNORECASE,
)
_WHO = (
    r"(?:he|she|i|they|who|mum|mom|dad|nan|nana|gran|grandma|grandad|mother|father"
    r"|son|daughter|wife|husband|partner|brother"
    r"|sister|baby|boy|girl|patient|lady|man|woman|child|uncle|aunt|auntie|grandmother"
    r"|grandfather|friend|neighbour|lad|lass|bloke|next door)"
)
_IS = re.compile(
    rf"\b{_WHO}(?:'s|'m| is| am| was| were|s)(?: (?:only|just|nearly|almost|now|about))?,? (?P<n>{_NUMBER})"
    r"(?=\s{0,2}(?:[.,;!?)]|$|and\b|myself\b|now\b|but\b|with\b|so\b|years?(?! (?:later"
    r"|ago|in))\b))(?! (?:in|out|of|hours|minutes))",
    re.IGNORECASE,
)
_COMMA = re.compile(rf"\b{_WHO} ?[,(] ?(?P<n>\d{{1,3}})(?= ?[,)])", re.IGNORECASE)
_NETWORK = re.compile(r"(?<![\w£])(?:\d{1,2} ?[MFmf]|[MF]\d{2})(?=[ ,)\]/.]|$)")
_DECADE = re.compile(
    r"\bin (?:(?:my|his|her|their) )(?:early |mid |late |mid-)?(?P<n>[1-9]0'?s|(?:twen"
    r"|thir|for|fif|six|seven|eigh|nine)ties)\b",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"^\W{0,3}(?:\w+ )?(?:building|hospital|machine|equipment|scanner|car|system"
    r"|computer|bed|mattress|boiler|lift|kit|ward"
    r"|unit|institution|technology|policy|guideline|ambulance|chair|wheelchair|phone"
    r"|house|news|post|thread|article|data)"
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds ages of people."""
    return Recogniser(ENTITY, find, survives=survivors(keep))


def find(text: str) -> Iterator[Hit]:
    """Ages: "7 year old" whole; "aged 84", "she is 84" and "mum, 84," the number."""
    for match in _OLD.finditer(text):
        if not _THINGS.search(after(text, match.end())):
            yield Hit(match.start(), match.end(), 0.8)
    for pattern in (_AGED, _IS, _COMMA, _DECADE):
        yield from matches(pattern, text, 0.6, "n")
    for match in _NETWORK.finditer(text):
        if (
            before(text, match.start(), 12)
            .rstrip()
            .endswith(("(", "i'm", "i am", "am", "im", "[", "i", "me", "my"))
        ):
            yield Hit(match.start(), match.end(), 0.6)
