"""A policy as the rest of the desk holds it: the exact text, its version, the typed rules, ready to use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.gate.phrases import Matcher
from policies.schema import Pack, PhraseRule


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A phrase rule with its phrases compiled."""

    rule: PhraseRule
    phrases: Matcher | None
    together: tuple[Matcher, ...]
    ignoring: Matcher | None
    unless: Matcher | None
    hard_with: Matcher | None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in force. Made by `policies.loader` alone; equal texts have equal versions."""

    source: str
    text: str = field(repr=False)
    rules: Pack = field(repr=False)
    wording: tuple[ReadyRule, ...] = field(repr=False, compare=False)
    lists: Mapping[str, Matcher] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The pack's own name ("nhs-england")."""
        return self.rules.pack

    @property
    def title(self) -> str:
        """The pack's title, for people."""
        return self.rules.title

    @property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of the exact text, phrase files included."""
        return version_of(self.text)


def version_of(text: str) -> str:
    """The version that a policy with this exact text has."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
