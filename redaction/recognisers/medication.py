"""Medicines of a specific person; a medicine as a topic survives."""

from __future__ import annotations

from redaction.health import finder
from redaction.keep import KeepList, own_names
from redaction.rules import Recogniser

ENTITY = "MEDICATION"


def recogniser(keep: KeepList) -> Recogniser:
    """Finds listed medications that the words tie to a person."""
    return Recogniser(ENTITY, finder("medications"), survives=own_names(keep))
