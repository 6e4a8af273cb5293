"""Conditions of a specific person; a disease as a topic survives."""

from __future__ import annotations

import re

from redaction.health import finder
from redaction.keep import KeepList
from redaction.rules import RuleRecogniser, matches

ENTITY = "CONDITION"

_WEEKS = re.compile(
    r"(?<![\w.])\d{1,2}(?:\+\d)?[ -]?(?:weeks?|wks?|months?)[ -](?:pregnant|gone|gestation)(?!\w)",
    re.IGNORECASE,
)
"""How far a pregnancy is: whose, the words say themselves."""


def recogniser(keep: KeepList) -> RuleRecogniser:
    """Finds listed conditions that the words tie to a person."""
    listed = finder("conditions", yours=True)
    return RuleRecogniser(ENTITY, lambda text: [*listed(text), *matches(_WEEKS, text, 0.7)])
