"""Whether a text is about us: our names and sites against names that only look like ours."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.assess.organisation import Organisation
from policies.facts import Reason

_HEALTH = re.compile(
    r"\b(?:hospitals?|wards?|nurses?|doctors?|consultants?|midwi(?:fe|ves)|a&e|a and e"
    r"|maternity|patients?|appointments?|clinics?|gp|ambulances?"
    r"|operations?|discharged?|surgery|nhs|trolley|outpatients|icu|paramedics?|waiting list"
    r"|triage|scans?|x-?rays?|receptionists?|treatment|trust"
    r"|visiting|blood tests?|prescription|pharmacy|pals|stroke unit|urgent care"
    r"|minor injuries|staff|vaccin\w+|jabs?|care)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:[A-Z][\w']{2,20} ){1,3}(?:Hospitals?|Infirmary|NHS Foundation Trust|NHS Trust"
    r"|General|University Hospitals?)\b"
)
_GAME = re.compile(
    r"\b(?:match|goal|goals|striker|kick[- ]?off|league|fixture|keeper|away end"
    r"|full time|half time|penalty|midfield|season ticket|choir|bell[- ]?ringing"
    r"|sermon|vicar|evensong|mass|parish|wedding|new jersey|\bnj\b|estate agent|for sale|bedroom (?:house|flat))\b",
    re.IGNORECASE,
)


def relevance(text: str, organisation: Organisation) -> tuple[bool, bool, tuple[Reason, ...]]:
    """Whether `text` is about us, whether that is sure, and the names that say so."""
    look_alikes = (
        [match.span() for match in _names(organisation.look_alikes).finditer(text)]
        if organisation.look_alikes
        else []
    )
    ours = [
        match.span()
        for match in _names(
            (organisation.name, *organisation.aliases, *organisation.sites, *organisation.handles)
        ).finditer(text)
        if not _overlaps(match.span(), look_alikes)
    ]
    reasons = tuple(Reason("organisation", start, end) for start, end in ours)
    other = not ours and bool(look_alikes)
    if other or (ours and _is_game(text) and not _HEALTH.search(_blank(text, ours))):
        return False, bool(look_alikes), tuple(Reason("look_alike", start, end) for start, end in look_alikes)
    if ours:
        return True, True, reasons
    town = _names(organisation.towns()).search(text) if organisation.towns() else None
    if town:
        return bool(_HEALTH.search(text)) and not _is_game(text), False, (Reason("town", *town.span()),)
    elsewhere = _ELSEWHERE.search(text)
    if elsewhere:
        return False, False, (Reason("another_organisation", *elsewhere.span()),)
    return bool(_HEALTH.search(text)), False, ()


@lru_cache(maxsize=64)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    parts = sorted(
        {
            r"[\s,]{1,3}".join(map(re.escape, name.replace(",", " ").split()))
            for name in names
            if name.strip()
        },
        key=len,
    )
    either = "|".join(reversed(parts)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def _is_game(text: str) -> bool:
    return bool(_GAME.search(text))


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
