"""YAML read with the place of every key and value, and nothing else: no tags, aliases, dates or duplicates.

Values are text, whole numbers, decimals, true, false and null; anything else stays text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from policies.errors import Problem

Path = tuple[str | int, ...]
LARGEST = 512_000
"""Code points a policy file may have; ours have about a tenth of that."""
_DEEPEST = 24
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Both build plain nodes only; the C one, where PyYAML has it, is some ten times faster."""


@dataclass
class Placed:
    """Plain data, where each of its parts stands (line and column from 1), and what was wrong on the way."""

    source: str
    data: Any = None
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, words: str, *, at_key: bool = False) -> Problem:
        """A problem at `path`, or at the nearest part around it that has a place."""
        near = path
        places: Mapping[Path, tuple[int, int]] = self.keys if at_key else self.values
        while near and near not in places:
            near, places = near[:-1], self.values
        line, column = places.get(near, (1, 1))
        return Problem(self.source, line, column, dotted(path), words)


def dotted(path: Path) -> str:
    """A key path in words: `escalation[2].when.risks_any`."""
    return "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def read(text: str, source: str) -> Placed:
    """`text` with the place of everything in it; `problems` says what could not be taken. Never raises."""
    placed = Placed(source)
    if len(text) > LARGEST:
        placed.problems.append(Problem(source, 0, 0, "", f"is longer than {LARGEST:,} characters"))
        return placed
    try:
        refused = _refused(text)
        if refused is not None:
            placed.problems.append(Problem(source, *refused))
            return placed
        node = yaml.compose(text, _LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        words = str(getattr(error, "problem", None) or "cannot be read")
        placed.problems.append(Problem(source, line, column, "", f"is not YAML: {words}"))
        return placed
    placed.data = None if node is None else _value(node, (), placed)
    return placed


def _refused(text: str) -> tuple[int, int, str, str] | None:
    """Place, path and words of an alias or of nesting that is too deep, seen before anything is built."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        mark = event.start_mark
        here = (mark.line + 1, mark.column + 1, "") if mark else (0, 0, "")
        if depth > _DEEPEST:
            return (*here, "is nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            return (*here, "aliases (*name) are not allowed: write it out")
    return None


def _value(node: yaml.Node, path: Path, placed: Placed) -> Any:
    placed.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, placed)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, i), placed) for i, child in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, placed: Placed) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        here = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            placed.problems.append(Problem(placed.source, *here, dotted(path), "a key must be a word"))
            continue
        key = str(key_node.value)
        if key in data:
            first = placed.keys[(*path, key)][0]
            words = f"is written twice (first on line {first})"
            placed.problems.append(Problem(placed.source, *here, dotted((*path, key)), words))
            continue
        placed.keys[(*path, key)] = here
        data[key] = _value(value_node, (*path, key), placed)
    return data


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind in {"int", "float"}:
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text
    return text
