"""What was found in one text, or why it could not be read."""

from __future__ import annotations

from typing import NamedTuple

from redaction.text import Finding


class Found(NamedTuple):
    """The findings of one text; None when it could not be read, with why in a word ("engine", "language")."""

    findings: tuple[Finding, ...] | None
    why_unread: str = ""
    language: str = ""
    """The language seen where that is why."""
