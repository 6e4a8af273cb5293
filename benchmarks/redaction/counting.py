"""Counting what a finder found of a set, and how sure one may be of a share.

A span counts as found when all its letters and digits are hidden, under whatever name. A finding is right when it
touches anything marked.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.redaction.sets import Finder, Marked, MarkedSet
from redaction.text import ENTITIES, Group

DIRECT = frozenset(entity for entity, (group, _) in ENTITIES.items() if group is Group.DIRECT)
NUMBERS = DIRECT - {"PERSON", "USERNAME", "URL"}


@dataclass(slots=True)
class Share:
    """So many of so many."""

    part: int = 0
    of: int = 0

    def add(self, good: bool) -> None:
        """Count one more, good or not."""
        self.part, self.of = self.part + good, self.of + 1

    @property
    def value(self) -> float:
        """The share, 0 to 1; not a number where there was nothing to count."""
        return self.part / self.of if self.of else math.nan

    @property
    def at_least(self) -> float:
        """The lower bound of the share, 95 % sure to one side. Source: Wilson's score interval, z = 1.645."""
        if not self.of:
            return math.nan
        z, n, p = 1.645, self.of, self.value
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - spread) / (1 + z * z / n))

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.at_least:.3f}; {self.part}/{self.of})" if self.of else "–"


@dataclass(slots=True)
class Tally:
    """What one finder did on one set."""

    recall: dict[str, Share] = field(default_factory=dict)
    precision: dict[str, Share] = field(default_factory=dict)
    clean_hidden: Share = field(default_factory=Share)
    """Letters and digits outside every mark that were hidden."""
    leaking: Share = field(default_factory=Share)
    """Texts with a direct identifier of which one was not wholly hidden."""
    touched: Share = field(default_factory=Share)
    """Texts with nothing marked in which anything was hidden."""
    touched_as_name: Share = field(default_factory=Share)
    """Texts that name nobody in which something was hidden as a name."""
    kept: dict[str, Share] = field(default_factory=dict)

    def of(self, table: dict[str, Share], names: Iterable[str]) -> Share:
        """The sum over `names` of a table of shares."""
        chosen = [table[name] for name in names if name in table]
        return Share(sum(s.part for s in chosen), sum(s.of for s in chosen))


def count(marked: MarkedSet, find: Finder) -> Tally:
    """Run `find` over every text of a set."""
    tally = Tally()
    for text in marked.texts:
        _count_text(tally, marked, text, find(text.text))
    return tally


def _count_text(tally: Tally, marked: MarkedSet, one: Marked, found: list[tuple[int, int, str]]) -> None:
    text = one.text
    hidden = {at for start, end, _ in found for at in range(start, end)}
    personal = {at for start, end, _ in one.spans for at in range(start, end)}
    leaks = False
    for start, end, entity in one.spans:
        covered = all(at in hidden or not text[at].isalnum() for at in range(start, end))
        tally.recall.setdefault(entity, Share()).add(covered)
        leaks = leaks or (not covered and entity in DIRECT)
    if any(entity in DIRECT for *_, entity in one.spans):
        tally.leaking.add(leaks)
    for start, end, entity in found:
        if marked.whole or entity in marked.known:
            touches = any(at in personal for at in range(start, end))
            tally.precision.setdefault(entity, Share()).add(touches)
    if marked.whole:
        clean = [at for at, letter in enumerate(text) if letter.isalnum() and at not in personal]
        tally.clean_hidden.part += sum(at in hidden for at in clean)
        tally.clean_hidden.of += len(clean)
        if not one.spans:
            tally.touched.add(bool(found))
    if not any(entity == "PERSON" for *_, entity in one.spans):
        tally.touched_as_name.add(any(entity == "PERSON" for *_, entity in found))
    for start, end, kind in one.keep:
        whole = not any(at in hidden and text[at].isalnum() for at in range(start, end))
        tally.kept.setdefault(kind, Share()).add(whole)
