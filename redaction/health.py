"""When a health term is about a specific person, and not about a disease as a topic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from redaction.lists import entries
from redaction.phrases import Phrases
from redaction.rules import after
from redaction.weighing import Hit

_KIN = (
    r"mum|mom|mam|mother|dad|father|son|daughter|husband|wife|partner|brother|sister"
    r"|baby|child|nan|nana|gran|grandma|grandad|grandmother"
    r"|grandfather|uncle|aunt|auntie|friend|neighbour|boy|girl|lad|nephew|niece"
    r"|cousin|boyfriend|girlfriend|twins?|fiancee?"
)
_TIED = re.compile(
    rf"\b(?:my|mine|his|her|their|our|i|i'm|im|i've|ive|i'd|me|him|he|he's|she|she's"
    rf"|who|{_KIN}|diagnosed|misdiagnosed|took|taking|prescribed|given|mr|mrs|ms|miss)\b(?!.*\b(?:you|your|people"
    rf"|they all)\b)",
    re.IGNORECASE | re.DOTALL,
)
_TIED_AFTER = re.compile(r"\b(?:i|i'm|i've|me|my|him|her)\b")
_TOPIC_AFTER = re.compile(
    r"^(?:'s)?[ -](?:clinics?|wards?|units?|departments?|teams?|services?|nurses?"
    r"|awareness|research|charit|campaign|fundrais|screening|centres?|consultants?"
    r"|specialists?|care pathway|society|uk\b|leaflet|statistics|rates|patients"
    r"|sufferers|week\b|month\b|day\b|prevention|vaccin|support group|list\b|waiting list"
    r"|suite)"
)
_TOPIC_BEFORE = re.compile(
    r"\b(?:about|awareness of|research into|campaign (?:for|on)|work(?:s|ed|ing)? (?:in"
    r"|on|for)|fundraising for|charity for|talk on|info on|information on|anti|for all"
    r"|raising money for|in|the) $",
    re.IGNORECASE,
)


_YOURS = re.compile(r"\byour (?:[\w-]{1,15} )?$", re.IGNORECASE)


def finder(name: str, yours: bool = False) -> Callable[[str], Iterator[Hit]]:
    """Finds the terms of list `name` where the same sentence ties them to a person just before (or "my … "').

    Args:
        name: a list of `redaction/data`.
        yours: whether "your" right before a term ties it to a person, as a reply to that person would.
    """
    phrases = Phrases(entries(name))
    exact = frozenset(entry for entry in entries(name) if len(entry) <= 4 and entry.isupper())
    folded = frozenset(entry.lower() for entry in exact)

    def find(text: str) -> Iterator[Hit]:
        for match in phrases.finditer(text):
            written = match.group()
            if written.lower() in folded and written not in exact:
                continue
            lead = re.split(r"[.!?\n]", text[max(0, match.start() - 70) : match.start()])[-1]
            if _TOPIC_AFTER.match(after(text, match.end(), 24)):
                continue
            tied_after = _TIED_AFTER.search(after(text, match.end(), 40)) is not None
            addressed = yours and _YOURS.search(lead)
            if tied_after or addressed or (_TIED.search(lead) and not _TOPIC_BEFORE.search(lead)):
                yield Hit(match.start(), match.end(), 0.9 if addressed else 0.6)

    return find
