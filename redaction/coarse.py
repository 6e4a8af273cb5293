"""What may be said of a hidden value where a text is shared: an age's band, a date's month, a place's region.

Source of the coarsening: ICO, "Anonymisation: managing data protection risk", on banding and generalising; ages of
90 and over are one band, as the oldest are few (HIPAA safe harbour, 45 CFR 164.514(b)(2)(i)(C)).
A value that cannot be read coarsely stays wholly hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from redaction.lists import lines, phrase_words

_SMALL = (
    *("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {name: 10 * at for at, name in enumerate(_DECADES, 2)}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_FEASTS = {
    "christmas": "December",
    "boxing": "December",
    "new year's eve": "December",
    "new year": "January",
    "hogmanay": "December",
    "valentine": "February",
    "halloween": "October",
    "bonfire night": "November",
    "burns night": "January",
}
"""Days that always fall into one month."""
_BABY = re.compile(r"\b(?:days?|weeks?|wks?|months?|mths?|mo)\b|(?<=\d)(?:wks?|mths?|mo)\b", re.IGNORECASE)
_BANDS = ((0, 0, "under 1"), (1, 4, "1 to 4"), (5, 11, "5 to 11"), (12, 17, "12 to 17"), (18, 29, "18 to 29"))


def coarse(entity: str, words: str) -> str:
    """What may stand in the placeholder of a shared text: "age 80 to 89", "date in March 2025", "place in Wales".

    "" where nothing may be said: other entities, and values that cannot be read.
    """
    if entity not in _TOLD:
        return ""
    shape, read = _TOLD[entity]
    said = read(words)
    return shape.format(said) if said else ""


def _band(words: str) -> str:
    years = _number(words)
    if years is None or years > 120:
        return ""
    if _BABY.search(words) and not re.search(r"year|yr|\byo\b| and ", words, re.IGNORECASE):
        months = years if re.search(r"mo|mth", words, re.IGNORECASE) else 0
        years = months // 12
    for low, high, name in _BANDS:
        if low <= years <= high:
            return name
    return "90 or over" if years >= 90 else f"{years // 10 * 10} to {years // 10 * 10 + 9}"


def _number(words: str) -> int | None:
    found = re.search(r"\d{1,3}", words)
    if found:
        return int(found[0])
    if "hundred" in words.lower():
        return None
    total = None
    for word in re.findall(r"[a-z]+", words.lower()):
        value = _TENS.get(word, _SMALL.index(word) if word in _SMALL else None)
        total = total if value is None else (total or 0) + value
    return total


def _month(words: str) -> str:
    year = re.search(r"\b(?:19|20)\d{2}\b", words)
    after = f" {year[0]}" if year else ""
    lower = words.lower()
    for feast, month in _FEASTS.items():
        if feast in lower:
            return month + after
    for month in _MONTHS:
        if re.search(rf"(?<![a-z]){month[:3].lower()}(?:{month[3:].lower()}|t)?(?![a-z])", lower):
            return month + after
    return _numbered_month(words)


def _numbered_month(words: str) -> str:
    """The month of "2025-03-12", "12/03/25" or "12/3": day before month, as the UK writes it."""
    parts = [int(part) for part in re.findall(r"\d+", words)]
    if len(parts) >= 3 and parts[0] > 31:
        year, month = parts[0], parts[1]
    elif len(parts) >= 3:
        # A year of two digits may belong to either century.
        month, year = parts[1], parts[2] if parts[2] > 99 else 0
    elif len(parts) == 2:
        month, year = parts[1], 0
    else:
        return ""
    if not 1 <= month <= 12:
        return ""
    return f"{_MONTHS[month - 1]} {year}" if year else _MONTHS[month - 1]


def _region(words: str) -> str:
    """The region of the last known town in a place or address; "" for one that is not known."""
    regions = _regions()
    named = [regions[word] for word in phrase_words(words, frozenset(regions))]
    if not named:
        return ""
    return f"the {named[-1]}" if re.match(r"(?:North|South|East|West)\b", named[-1]) else named[-1]


@cache
def _regions() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines("regions"):
        region, _, towns = line.partition(" = ")
        found.update({town.strip().lower(): region for town in towns.split(",")})
    return found


_TOLD: dict[str, tuple[str, Callable[[str], str]]] = {
    "AGE": ("age {}", _band),
    "DATE": ("date in {}", _month),
    "LOCATION": ("place in {}", _region),
}
"""Entity → how it is told, and what reads a value coarsely."""
