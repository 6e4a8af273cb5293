r"""Marked posts as text and spans, and how they are split: development is never training.

A marked post is one line; a line break in it is written ``\\n``; what identifies somebody stands in double braces with
its entity, ``{{PERSON:Kanta}}``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redaction.text import ENTITIES

TEXTS = Path(__file__).parent / "texts"
_MARK = re.compile(r"\{\{([A-Z_]+):((?:[^}]|\}(?!\}))*)\}\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its spans (start, end, entity). `known` names the entities that were marked at all in its set."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    source: str
    known: frozenset[str] = frozenset(ENTITIES)


def parse(line: str, source: str) -> Example:
    """A marked line as an example.

    Raises:
        ValueError: a brace is left over, or an entity is none of ours.
    """
    text, spans, at = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()].replace("\\n", "\n")
        entity, words = mark[1], mark[2].replace("\\n", "\n")
        if entity not in ENTITIES or not words.strip():
            raise ValueError(f"{source}: {entity!r} cannot be marked")
        spans.append((len(text), len(text) + len(words), entity))
        text, at = text + words, mark.end()
    text += line[at:].replace("\\n", "\n")
    if "{{" in text or "}}" in text:
        raise ValueError(f"{source}: braces do not balance")
    return Example(text, tuple(spans), source)


def committed() -> list[Example]:
    """Every post of `texts/`, in order of file and line."""
    found = []
    for path in sorted(TEXTS.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if line.strip() and not line.startswith("#"):
                found.append(parse(line, f"{path.stem}:{number}"))
    return found


def is_development(example: Example) -> bool:
    """Whether a post is kept aside for development: one in eight, by a hash of its text."""
    return int(hashlib.sha256(example.text.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 8 == 0


_OUTSIDE = {
    "nhs_fft_feedback": {"PERSON": "PERSON"},
    "broad_twitter_corpus": {"PERSON": "PERSON", "USERNAME": "USERNAME"},
    "wnut17": {"PERSON": "PERSON"},
    "tweebank_ner": {"PERSON": "PERSON"},
}
"""Sets outside the project that help with names, and which of their labels mean the same as ours."""


_MOST = {"nhs_fft_feedback": 3000, "broad_twitter_corpus": 1800, "wnut17": 1600, "tweebank_ner": 900}
"""How many posts of each set train at most: those that name somebody first, then others."""


def outside(folder: Path, *, development: bool) -> list[Example]:
    """Examples of the sets outside the project, in which only some entities are marked.

    Each set is halved by a hash of its ids: one half trains, the other is development.
    """
    found: list[Example] = []
    for name, mapping in _OUTSIDE.items():
        path = folder / name / "data.jsonl"
        if path.exists():
            rows = [row for row in _rows(path) if is_development_half(row["id"]) is development]
            # A stable sort: within each kind the order of the file stands.
            rows.sort(key=lambda row: not any(span[2] in mapping for span in row["spans"]))
            most = len(rows) if development else _MOST[name]
            found += [_example(row, name, mapping) for row in rows[:most]]
    return found


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def is_development_half(identity: object) -> bool:
    """Whether a text of a set outside the project is in the half that never trains, by a hash of its id."""
    return hashlib.sha256(str(identity).encode()).digest()[0] % 2 == 1


def _example(row: dict, name: str, mapping: dict[str, str]) -> Example:
    spans = tuple((start, end, mapping[kind]) for start, end, kind in row["spans"] if kind in mapping)
    return Example(row["text"], spans, name, frozenset(mapping.values()))
