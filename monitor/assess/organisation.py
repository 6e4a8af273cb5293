"""Who we are, as the assessment sees it: names by which people speak of us, and names that only look like ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation that listens; the fields are those of the `[organisation]` table of the configuration."""

    name: str = ""
    aliases: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    look_alikes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    nation: str = "england"

    @classmethod
    def from_mapping(cls, table: Mapping[str, Any]) -> Organisation:
        """The organisation of an `[organisation]` table; unknown keys are ignored.

        Raises:
            ValueError: a known key holds something else than text or a list of texts.
        """
        lists = {key: _texts(table, key) for key in ("aliases", "handles", "sites", "look_alikes", "domains")}
        return cls(name=_text(table, "name", ""), nation=_text(table, "nation", "england"), **lists)

    def towns(self) -> tuple[str, ...]:
        """First words shared by our name and others of our names: the bare town that may stand for us."""
        firsts = [
            words[0] for words in (name.split() for name in (self.name, *self.aliases, *self.sites)) if words
        ]
        return tuple(sorted({first for first in firsts if len(first) > 4 and firsts.count(first) > 1}))


def _text(table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"organisation.{key} must be a text")
    return value


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, ())
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"organisation.{key} must be a list of texts")
    return tuple(item for item in value if item.strip())
