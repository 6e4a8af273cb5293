"""How the desk starts a program of its own beside it: from the installed package, with a short environment.

The children read posts and drafts in clear, so they must be ours: `-P` keeps the current folder out of where Python
looks for code, and PYTHONPATH is not handed on. What the environment holds for other programs (passwords of
databases, tokens) is none of theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

HANDED_ON = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "TERM", "VIRTUAL_ENV", "SystemRoot"})
"""The variables a child gets, beside those that begin with LC_."""


def argv_of(module: str, *words: str) -> list[str]:
    """The command that runs one of our modules, whatever lies in the current folder."""
    return [sys.executable, "-P", "-m", module, *words]


def environment_of(ours: Mapping[str, str], **more: str) -> dict[str, str]:
    """What of `ours` a child may know, and `more`, which is meant for it."""
    kept = {name: value for name, value in ours.items() if name in HANDED_ON or name.startswith("LC_")}
    return {**kept, **more}
