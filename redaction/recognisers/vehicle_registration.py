"""Vehicle registrations: the current shape by itself, older shapes when the words speak of a vehicle.

Source of the shapes: DVLA INF104. The age number of the current shape runs 02 to 29 and 51 to 79.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.rules import GAP, Recogniser, after, before, others_numbers
from redaction.weighing import Hit

ENTITY = "VEHICLE_REGISTRATION"

_CURRENT = re.compile(rf"(?<!\w)([A-Za-z]{{2}})(\d{{2}}){GAP}?([A-Za-z]{{3}})(?!\w)")
_OLDER = re.compile(
    rf"(?<!\w)(?:[A-Za-z]\d{{1,3}}{GAP}?[A-Za-z]{{3}}|[A-Za-z]{{3}}{GAP}?\d{{1,3}}{GAP}?[A-Za-z]"
    rf"|[A-Za-z]{{1,3}}{GAP}?\d{{1,4}})(?!\w)"
)
_VEHICLE = re.compile(r"\b(?:reg|registration|number ?plate|plate|vrn|numberplate|licence plate)\b")
_NEAR = re.compile(
    r"\b(?:car|van|vehicle|parked|parking|driver|taxi|ambulance|fined?|motorbike|blue badge)\b"
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds vehicle registrations."""
    return Recogniser(ENTITY, find, survives=others_numbers)


def find(text: str) -> Iterator[Hit]:
    """Registrations: in capitals by shape, in small letters or older shapes by the words around."""
    for match in _CURRENT.finditer(text):
        year = int(match[2])
        near = before(text, match.start(), 60) + " " + after(text, match.end())
        said = bool(_VEHICLE.search(near) or _NEAR.search(near))
        if said or (match.group().isupper() and (2 <= year <= 29 or 51 <= year <= 79)):
            yield Hit(match.start(), match.end(), 0.8 if said else 0.6)
    for match in _OLDER.finditer(text):
        if _VEHICLE.search(before(text, match.start(), 30)) and any(char.isdigit() for char in match.group()):
            yield Hit(match.start(), match.end(), 0.6)
