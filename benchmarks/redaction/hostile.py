"""Texts made to be slow: every rule of every recogniser over repeated fragments, at one length and at four times it.

A pattern that backtracks shows as time that grows faster than the text. `python -m benchmarks.redaction.hostile`
prints the worst.
"""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass

from redaction import recognisers
from redaction.keep import KeepList
from redaction.rules import Recogniser

FRAGMENTS = (
    *("1", "0", "12", "9 ", "1 2 ", "0-", "1.", "1/", "07", "+44", "(", "O", "l", "double ", "one ", "oh "),
    *(
        "a",
        "A",
        "ab ",
        "Ab ",
        "a.",
        "A-",
        "A.",
        "'",
        '"',
        "@",
        "@a",
        "a@",
        " at ",
        " dot ",
        "_",
        "www.",
        "http://",
    ),
    *(
        "Mr ",
        "nurse ",
        "called ",
        "my ",
        "ward ",
        "Ward 7 ",
        "St ",
        "Road ",
        "aged ",
        "7 year ",
        "3rd ",
        "May ",
        "of ",
    ),
    *(
        "LS1 ",
        "AB12",
        "NHS number ",
        "ref ",
        "MRN",
        "I am ",
        "from ",
        "in ",
        "and ",
        ", ",
        "\n",
        " ",
        "-",
        "é",
        "⟦",
    ),
)
LENGTH, TIMES = 2_000, 4


@dataclass(frozen=True, slots=True)
class Growth:
    """How one rule behaves on its worst text."""

    entity: str
    shape: str
    per_thousand_ms: float
    """At the longer length."""
    growth: float
    """Time for each character at the longer length over that at the shorter: 1 is linear, `TIMES` quadratic."""


def shapes(count: int, seed: int = 11) -> list[str]:
    """Fragments alone, in pairs, and random mixes of three and four."""
    chance = random.Random(seed)
    pairs = [a + b for a, b in itertools.permutations(FRAGMENTS, 2)]
    mixes = ["".join(chance.choices(FRAGMENTS, k=chance.choice((3, 4)))) for _ in range(count)]
    return [*FRAGMENTS, *chance.sample(pairs, min(count, len(pairs))), *mixes]


def worst(count: int = 300) -> list[Growth]:
    """The slowest shape of each recogniser, per thousand characters."""
    found = []
    tried = shapes(count)
    for module in recognisers.modules():
        recogniser = module.recogniser(KeepList())
        each = [_growth(recogniser, module.ENTITY, shape) for shape in tried]
        found.append(max(each, key=lambda g: g.per_thousand_ms))
    return found


def _growth(recogniser: Recogniser, entity: str, shape: str) -> Growth:
    long = (shape * (LENGTH * TIMES // len(shape) + 1))[: LENGTH * TIMES]
    taken = _time(recogniser, long)
    short = _time(recogniser, long[:LENGTH]) if taken > 0.01 else taken / TIMES
    return Growth(entity, shape, taken * 1e6 / len(long), taken / TIMES / max(short, 1e-6))


def _time(recogniser: Recogniser, text: str) -> float:
    began = time.perf_counter()
    recogniser.analyze(text, recogniser.supported_entities, None)
    return time.perf_counter() - began


if __name__ == "__main__":
    for one in sorted(worst(), key=lambda g: -g.per_thousand_ms):
        print(
            f"{one.entity:<22}{one.per_thousand_ms:>9.2f} ms per 1,000  growth {one.growth:>5.2f}  {one.shape!r}"
        )
