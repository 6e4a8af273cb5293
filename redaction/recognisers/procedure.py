"""Procedures of a specific person; a procedure as a topic survives."""

from __future__ import annotations

from redaction.health import finder
from redaction.keep import KeepList, own_names
from redaction.rules import Recogniser

ENTITY = "PROCEDURE"


def recogniser(keep: KeepList) -> Recogniser:
    """Finds listed procedures that the words tie to a person."""
    return Recogniser(ENTITY, finder("procedures"), survives=own_names(keep))
