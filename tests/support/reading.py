"""A Reader that knows a few shapes by heart, and can be told to fail in every way that the real one can."""

from __future__ import annotations

import re
from collections.abc import Mapping

from casebook.errors import ReaderUnavailable
from casebook.ports import Reading
from monitor.found import Found
from policies.facts import Assessment
from redaction.text import Finding

_SHAPES = (
    ("EMAIL_ADDRESS", re.compile(r"\b[\w.+-]{1,40}@[\w-]{1,40}\.[\w.-]{2,40}\b")),
    ("PHONE_NUMBER", re.compile(r"\b0\d{3,4}[ ]?\d{3}[ ]?\d{3,4}\b")),
    ("PERSON", re.compile(r"\b(?:Mrs|Mr|Ms|Miss|Dr|Sister|Nurse) ([A-Z][a-z]{2,20})\b")),
)
_KEYWORDS: tuple[tuple[str, Assessment], ...] = (
    (
        "not breathing",
        Assessment(severity=5, sentiment=-2, intent="concern", risks=("medical_emergency_now",)),
    ),
    ("end my life", Assessment(severity=5, sentiment=-2, intent="concern", risks=("suicide",))),
    (
        "wrong tablets",
        Assessment(severity=4, sentiment=-2, intent="complaint", risks=("patient_safety_incident",)),
    ),
    ("journalist", Assessment(severity=1, intent="media_enquiry")),
    ("waited", Assessment(severity=2, sentiment=-1, intent="complaint")),
    ("thank", Assessment(sentiment=2, intent="thanks")),
    ("buy followers", Assessment(relevant=False, intent="spam", needs_reply="never")),
)


class ScriptedReader:
    """Finds e-mail addresses, phone numbers and titled names; judges by the first keyword that occurs.

    `unreadable` makes every text unreadable (findings None); `gone` makes every call raise
    `ReaderUnavailable`. `asked` counts the texts read.
    """

    def __init__(self) -> None:
        self.unreadable = False
        self.gone = False
        self.asked = 0

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        """Read one text, as `casebook.ports.Reader` promises."""
        self.asked += 1
        if self.gone:
            raise ReaderUnavailable
        if self.unreadable:
            return Reading(None, Assessment(), "engine")
        return Reading(tuple(findings_in(text)), assess(text))

    def find(self, text: str, *, fields: Mapping[str, str] | None = None) -> Found:
        """The findings of one text, as `monitor.filters.Finder` promises."""
        reading = self.read(text, fields=fields)
        return Found(reading.findings, reading.why_unread)


def findings_in(text: str) -> list[Finding]:
    """Every shape found in `text`, in order."""
    found = []
    for entity, shape in _SHAPES:
        for match in shape.finditer(text):
            start, end = match.span(match.lastindex or 0)
            found.append(Finding(start, end, entity, 0.9))
    return sorted(found)


def assess(text: str) -> Assessment:
    """What the first keyword found says; a neutral story where there is none."""
    lowered = text.lower()
    return next((judged for word, judged in _KEYWORDS if word in lowered), Assessment())
