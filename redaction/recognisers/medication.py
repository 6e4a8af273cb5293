"""Medicines of a specific person; a medicine as a topic survives."""

from __future__ import annotations

from redaction.health import finder
from redaction.keep import KeepList
from redaction.rules import RuleRecogniser

ENTITY = "MEDICATION"


def recogniser(keep: KeepList) -> RuleRecogniser:
    """Finds listed medications that the words tie to a person."""
    return RuleRecogniser(ENTITY, finder("medications"))
