"""Where things stand in a TOML file: the line of a key, so that an error can point at it.

`tomllib` gives values without places. This reads only headers and the first key of a line, which is all that a
configuration file written by people needs; a key inside an inline table gets the line of that table.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\".' ]+?)\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every table and key found; entries of `[[name]]` are numbered from 0."""
    found: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if header := _HEADER.match(line):
            table = _opened(header.group(1), _parts(header.group(2)), counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key.group(1))), number)
            inside = _left_open(line)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest part around it that has one; 0 where nothing has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 0)


def _opened(brackets: str, name: Path, counts: dict[Path, int]) -> Path:
    if brackets == "[":
        return name
    counts[name] = counts.get(name, -1) + 1
    return (*name, counts[name])


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _left_open(line: str) -> str:
    """The quotes that a multi-line string begun on this line still waits for."""
    return next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")
