"""The errors of this room.

Drawn before they are defined::

    PoliciesError            one base
    ├── PolicyError          a pack cannot be used; `problems` lists everything wrong with it at once
    └── PhraseError          one phrase is written wrongly (the loader turns it into a problem with its line)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PoliciesError(Exception):
    """Something is wrong with the rules."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file. Lines and columns count from 1; 0 where there is no place to point at."""

    source: str
    line: int
    column: int
    path: str
    words: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}:{self.column}" if self.line else self.source
        return f"{place}: {self.path}: {self.words}" if self.path else f"{place}: {self.words}"


class PolicyError(PoliciesError):
    """This policy cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems) or self.__doc__)


class PhraseError(PoliciesError):
    """This phrase is written wrongly."""
