"""Nearest right spellings, and pydantic's complaints put into a manager's words."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable
from enum import Enum
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from policies.positions import Path

_QUOTED = re.compile(r"'([^']*)'")


def nearest(word: str, known: Iterable[str]) -> str:
    """What to add to an error: the nearest known word, else the known words where they are few, else nothing."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known here: {', '.join(names)}" if 0 < len(names) <= 24 else ""


def explain(error: ErrorDetails, model: type[BaseModel]) -> tuple[Path, str, bool]:
    """Where an error is, what is wrong in plain words, and whether the key itself is meant."""
    loc, kind = tuple(error["loc"]), error["type"]
    if loc and loc[-1] == "[key]":
        key = str(loc[-2])
        return loc[:-1], f"{key!r} is not a name known here{nearest(key, _expected(error))}", True
    if kind == "extra_forbidden":
        return loc, f"there is no such key{nearest(str(loc[-1]), _fields(model, loc[:-1]))}", True
    if kind == "missing":
        return loc, "is missing", False
    if kind in {"enum", "literal_error"}:
        given = str(error["input"])[:60]
        return loc, f"{given!r} is not a name known here{nearest(given, _expected(error))}", False
    return loc, error["msg"].removeprefix("Value error, "), False


def _expected(error: ErrorDetails) -> list[str]:
    return _QUOTED.findall(str((error.get("ctx") or {}).get("expected", "")))


def _fields(model: type[BaseModel], path: Path) -> list[str]:
    """The keys allowed at `path`, found by walking the model's annotations."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            found = here.model_fields.get(str(part))
            here = found.annotation if found else None
        else:
            here = _inner(here)
        here = _bare(here)
    if isinstance(here, type) and issubclass(here, BaseModel) and not issubclass(here, Enum):
        return list(here.model_fields)
    return []


def _bare(hint: Any) -> Any:
    """`hint` without `Annotated` and without `| None`."""
    while hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    if get_origin(hint) in {Union, types.UnionType}:
        return _bare(next((h for h in get_args(hint) if h is not type(None)), None))
    return hint


def _inner(hint: Any) -> Any:
    arguments = [a for a in get_args(hint) if a is not Ellipsis]
    return arguments[-1] if arguments else None
