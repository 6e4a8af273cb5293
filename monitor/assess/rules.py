"""Rules as data: what a label's words are, what stops them, and examples of both.

A rule fires where one of its `any` patterns matches a sentence that none of its `unless` patterns matches.
`with` patterns must match somewhere in the text as well. `past` lowers the severity where the sentence (or
the whole text) puts the matter in the past. Every rule carries examples that fire and that do not; a test
runs them all. Patterns have bounded repeats only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "data"
_SENTENCE = re.compile(r"[^.!?\n]{1,600}[.!?]{0,3}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a data file."""

    name: str
    label: str
    severity: int
    any: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    requires: tuple[re.Pattern[str], ...]
    past: int | None
    fires: tuple[str, ...]
    quiet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired, where, and how severe it makes the text."""

    rule: Rule
    start: int
    end: int
    severity: int


@cache
def load(name: str) -> tuple[Rule, ...]:
    """The rules of data file `name`, read once.

    Raises:
        ValueError: the file breaks a rule of this format; the message names file and rule.
    """
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    shorthand = {key: str(value) for key, value in (data.get("words") or {}).items()}
    return tuple(_rule(name, entry, shorthand) for entry in data["rules"])


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of `text` begins and ends; very long ones are cut."""
    return [match.span() for match in _SENTENCE.finditer(text)]


def fire(rules: Sequence[Rule], text: str) -> Iterator[Fired]:
    """Every rule that fires on `text`, each once for each sentence it fires in."""
    stretches = sentences(text)
    settled = any(pattern.search(text) for pattern in past_patterns())
    for rule in rules:
        if not all(pattern.search(text) for pattern in rule.requires):
            continue
        for start, end in stretches:
            found = next((match for pattern in rule.any if (match := pattern.search(text, start, end))), None)
            if found is None or any(pattern.search(text, start, end) for pattern in rule.unless):
                continue
            lowered = rule.past is not None and settled
            yield Fired(
                rule, *found.span(), rule.past if lowered and rule.past is not None else rule.severity
            )


@lru_cache(maxsize=1)
def past_patterns() -> tuple[re.Pattern[str], ...]:
    """What puts a crisis in the past: "years ago", "safe now", "in recovery"."""
    data = yaml.safe_load((_FOLDER / "past.yaml").read_text(encoding="utf-8"))
    return _compiled(data["past"], {})


@lru_cache(maxsize=1)
def idioms() -> tuple[re.Pattern[str], ...]:
    """Figures of speech that mean none of what they say."""
    data = yaml.safe_load((_FOLDER / "idioms.yaml").read_text(encoding="utf-8"))
    return _compiled(data["idioms"], {})


def without_idioms(text: str) -> str:
    """`text` with figures of speech blanked out, every other offset standing."""
    for pattern in idioms():
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return text


def _rule(file: str, entry: Mapping[str, Any], shorthand: Mapping[str, str]) -> Rule:
    name = str(entry.get("name", "?"))
    unknown = set(entry) - {"name", "label", "severity", "any", "unless", "with", "past", "fires", "quiet"}
    if unknown or not entry.get("any") or not entry.get("label"):
        raise ValueError(
            f"{file}.yaml, rule {name}: {'unknown ' + ', '.join(sorted(unknown)) if unknown else 'needs label and any'}"
        )
    return Rule(
        name=name,
        label=str(entry["label"]),
        severity=int(entry.get("severity", 0)),
        any=_compiled(entry["any"], shorthand),
        unless=_compiled(entry.get("unless", ()), shorthand),
        requires=_compiled(entry.get("with", ()), shorthand),
        past=entry.get("past"),
        fires=tuple(entry.get("fires", ())),
        quiet=tuple(entry.get("quiet", ())),
    )


def _compiled(patterns: Sequence[str], shorthand: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    expanded = (
        re.sub(r"<(\w+)>", lambda m: f"(?:{shorthand[m[1]]})" if m[1] in shorthand else m[0], p)
        for p in patterns
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in expanded)
