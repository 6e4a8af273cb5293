"""Conditions of a specific person; a disease as a topic survives."""

from __future__ import annotations

from redaction.health import finder
from redaction.keep import KeepList
from redaction.rules import RuleRecogniser

ENTITY = "CONDITION"


def recogniser(keep: KeepList) -> RuleRecogniser:
    """Finds listed conditions that the words tie to a person."""
    return RuleRecogniser(ENTITY, finder("conditions"))
