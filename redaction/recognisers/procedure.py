"""Procedures of a specific person; a procedure as a topic survives."""

from __future__ import annotations

from redaction.health import finder
from redaction.keep import KeepList
from redaction.rules import RuleRecogniser

ENTITY = "PROCEDURE"


def recogniser(keep: KeepList) -> RuleRecogniser:
    """Finds listed procedures that the words tie to a person."""
    return RuleRecogniser(ENTITY, finder("procedures"))
