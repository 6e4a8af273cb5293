"""What the rules found and what the model thinks of it, weighed into one decision for each entity.

A rule that is sure stands alone. One that guesses needs some support from the model; the model alone must be
surer, and surer still of words that are everyday words. How sure is data: `data/thresholds.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from redaction.lists import words
from redaction.normal import bare
from redaction.text import ENTITIES, Group

if TYPE_CHECKING:
    from redaction.encoder import Reading

_FILE = Path(__file__).parent / "data" / "thresholds.yaml"

NUMBERS = frozenset(entity for entity, (group, _) in ENTITIES.items() if group is Group.DIRECT) - {
    "PERSON",
    "USERNAME",
    "URL",
}
"""Entities that are numbers and addresses, which rules tell apart better than the model."""
GUESS = 0.41
"""The score of what is hidden on the model's word alone, where a rule's word counts for more."""


class Hit(NamedTuple):
    """One stretch of folded text that a rule found, with how sure it is (0 to 1; 0.4 and more is hidden)."""

    start: int
    end: int
    score: float


Survives = Callable[[str], Sequence[tuple[int, int]]]
"""Stretches of a text that the model alone may not hide."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How sure is sure enough for one entity; the words of `data/thresholds.yaml`."""

    alone: float
    everyday: float
    beside: float
    sure: float


@cache
def thresholds() -> Mapping[str, Thresholds]:
    """The shipped thresholds of every entity."""
    import yaml

    table: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {entity: Thresholds(**table[entity]) for entity in ENTITIES}


def proposals(text: str, reading: Reading, limits: Mapping[str, Thresholds]) -> Mapping[str, list[Hit]]:
    """What the model alone would hide, by entity: neighbouring words of one entity together.

    A word counts by how likely it is any entity at all, under the name of the likeliest one: which entity of one
    group it is matters less than that it names somebody.
    """
    found: dict[str, list[Hit]] = {entity: [] for entity in ENTITIES}
    if not len(reading.starts):
        return found
    best = reading.chances[:, 1:].argmax(axis=1)
    hidden = 1.0 - reading.chances[:, 0]
    names = tuple(ENTITIES)
    lowest = min(limit.alone for limit in limits.values()) / 2
    run: list[int] = []
    for row in [*(int(at) for at in (hidden >= lowest).nonzero()[0]), -1]:
        if run and (row < 0 or not _continues(text, reading, run[-1], row, best)):
            _close(text, reading, run, names[best[run[0]]], hidden, limits, found)
            run = []
        run.append(row)
    return found


def _continues(text: str, reading: Reading, last: int, row: int, best: Any) -> bool:
    gap = text[int(reading.ends[last]) : int(reading.starts[row])]
    near = row == last + 1 and len(gap) <= 3 and "\n" not in gap
    return near and best[row] == best[last] and reading.begins[row] < 0.5


def _close(
    text: str,
    reading: Reading,
    run: Sequence[int],
    entity: str,
    hidden: Any,
    limits: Mapping[str, Thresholds],
    found: dict[str, list[Hit]],
) -> None:
    limit = limits[entity]
    kept = [row for row in run if hidden[row] >= limit.alone / 2]
    while (
        kept
        and not text[int(reading.starts[kept[0]])].isalnum()
        and text[int(reading.starts[kept[0]])] not in "@+("
    ):
        kept.pop(0)
    while kept and not text[int(reading.ends[kept[-1]]) - 1].isalnum():
        kept.pop()
    while kept and _possessive(text, int(reading.starts[kept[0]]), int(reading.ends[kept[0]])):
        kept.pop(0)
    if not kept:
        return
    strongest = max(float(hidden[row]) for row in kept)
    start, end = int(reading.starts[kept[0]]), int(reading.ends[kept[-1]])
    needed = limit.everyday if all_everyday(text[start:end], entity) else limit.alone
    if strongest >= needed:
        # A rule knows better which number it is; the model's word only adds what no rule has found.
        sure = GUESS if entity in NUMBERS else max(strongest, GUESS)
        found[entity].append(Hit(start, end, round(sure, 3)))


def _possessive(text: str, start: int, end: int) -> bool:
    """Whether a word is the s of "Crohn's", which begins nothing."""
    return text[start:end].lower() == "s" and text[max(0, start - 1) : start] in {"'", "’"}


def all_everyday(stretch: str, entity: str = "PERSON") -> bool:
    """Whether every word of `stretch` is an everyday word, a role or a speciality.

    An everyday word that is a given name as well ("Will", "Hope") may be a name where names are looked for, and is an
    everyday word elsewhere.
    """
    plain = [bare(word) for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", stretch)]
    return bool(plain) and all(_everyday(word, entity) for word in plain)


def _everyday(word: str, entity: str) -> bool:
    if word in words("role_words") or word in words("roles") or word in words("specialities"):
        return True
    if word in words("ambiguous_names"):
        return entity != "PERSON"
    if word in words("countries"):
        return True  # "Jordan was rude": a name only where the model is very sure
    return word in words("everyday_words")


def weigh(
    hits: Iterable[Hit],
    proposed: Iterable[Hit],
    reading: Reading | None,
    limit: Thresholds,
    safe: Sequence[tuple[int, int]] = (),
) -> Iterator[Hit]:
    """The hits that stand, then what the model alone finds outside `safe`.

    Without a reading (no model at hand) every hit of a rule stands.
    """
    for hit in hits:
        if reading is None or hit.score >= limit.sure or reading.support(hit.start, hit.end) >= limit.beside:
            yield hit
    for hit in proposed:
        if not any(start <= hit.start and hit.end <= end for start, end in safe):
            yield hit
