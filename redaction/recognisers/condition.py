"""Conditions of a specific person; a disease as a topic survives."""

from __future__ import annotations

import re

from redaction.health import finder
from redaction.keep import KeepList, own_names
from redaction.rules import Recogniser, matches

ENTITY = "CONDITION"

_WEEKS = re.compile(
    r"(?<![\w.])\d{1,2}(?:\+\d)?[ -]?(?:weeks?|wks?|months?)[ -](?:pregnant|gone|gestation)(?!\w)",
    re.IGNORECASE,
)
"""How far a pregnancy is: whose, the words say themselves."""


def recogniser(keep: KeepList) -> Recogniser:
    """Finds listed conditions that the words tie to a person."""
    listed = finder("conditions", yours=True)
    return Recogniser(
        ENTITY, lambda text: [*listed(text), *matches(_WEEKS, text, 0.7)], survives=own_names(keep)
    )
