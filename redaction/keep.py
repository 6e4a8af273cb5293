"""What must never be hidden: the organisation's own names, handles, sites, domains and phone numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redaction.eponyms import eponyms
from redaction.lists import entries, words
from redaction.phrases import Phrases


@dataclass(frozen=True, slots=True)
class KeepList:
    """The organisation's own public identity; it identifies no private person."""

    handles: tuple[str, ...] = ()
    """With or without the @; compared without it, in lower case."""
    names: tuple[str, ...] = ()
    """Its own, and those of others that look alike (a football club, another town): public as well."""
    sites: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, organisation: Mapping[str, Any]) -> KeepList:
        """The keep-list of an `[organisation]` table.

        Read are name, aliases, look_alikes, handles, sites, domains and phones.
        Unknown keys are ignored; a value that is not a list of strings counts as empty.
        """
        name = organisation.get("name")
        return cls(
            handles=_strings(organisation.get("handles")),
            names=(
                *((name,) if isinstance(name, str) and name else ()),
                *_strings(organisation.get("aliases")),
                *_strings(organisation.get("look_alikes")),
            ),
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
        """Names and sites, and the first two words of a longer site, as people shorten it; longest first."""
        short = {" ".join(name.split()[:2]) for name in self.sites if _shortens(name)}
        return tuple(sorted({*self.names, *self.sites, *short}, key=len, reverse=True))


def own_names(keep: KeepList) -> Callable[[str], list[tuple[int, int]]]:
    """Where in a text the organisation's own names stand.

    For health terms this is all that survives: an eponym ("Parkinson's") is what somebody has there.
    """
    phrases = Phrases(keep.phrases())
    return lambda text: [match.span() for match in phrases.finditer(text)]


def survivors(keep: KeepList) -> Callable[[str], list[tuple[int, int]]]:
    """Where in a text names stand that no model may hide: the organisation's own, public names, countries."""
    phrases = Phrases((*keep.phrases(), *entries("kept_names"), *entries("countries")))

    def find(text: str) -> list[tuple[int, int]]:
        return [*(match.span() for match in phrases.finditer(text)), *eponyms(text)]

    return find


def _shortens(site: str) -> bool:
    """Whether the first two words of a longer site are no person's name and no ordinary address."""
    first, *rest = site.split()
    given = first.lower() in words("given_names") or first.lower() in words("ambiguous_names")
    return (
        len(rest) > 1
        and not given
        and rest[0].lower() not in {"park", "road", "street", "hill", "green", "lane"}
    )


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item for item in value if isinstance(item, str) and item.strip())
