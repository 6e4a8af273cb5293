"""What must never be hidden: the organisation's own names, handles, sites, domains and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeepList:
    """The organisation's own public identity; it identifies no private person."""

    handles: tuple[str, ...] = ()
    """With or without the @; compared without it, in lower case."""
    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, organisation: Mapping[str, Any]) -> KeepList:
        """The keep-list of an `[organisation]` table: name, aliases, handles, sites, domains, phones.

        Unknown keys are ignored; a value that is not a list of strings counts as empty.
        """
        name = organisation.get("name")
        return cls(
            handles=_strings(organisation.get("handles")),
            names=((name,) if isinstance(name, str) and name else ()) + _strings(organisation.get("aliases")),
            sites=_strings(organisation.get("sites")),
            domains=tuple(domain.lower() for domain in _strings(organisation.get("domains"))),
            phones=_strings(organisation.get("phones")),
        )

    def has_handle(self, handle: str) -> bool:
        """Whether `handle` is one of the organisation's own."""
        wanted = handle.lstrip("@").lower()
        return any(own.lstrip("@").lower() == wanted for own in self.handles)

    def has_domain(self, domain: str) -> bool:
        """Whether `domain` is the organisation's, or below it."""
        wanted = domain.lower().rstrip(".")
        return any(wanted == own or wanted.endswith("." + own) for own in self.domains)

    def phrases(self) -> tuple[str, ...]:
        """Names and sites, longest first."""
        return tuple(sorted({*self.names, *self.sites}, key=len, reverse=True))


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for any of `phrases` as whole words, in any case and spacing; None when there are none."""
    parts = sorted(
        {r"\s+".join(re.escape(word) for word in p.split()) for p in phrases if p.strip()}, key=len
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(reversed(parts))})(?!\w)", re.IGNORECASE) if parts else None


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, str) and item.strip())
