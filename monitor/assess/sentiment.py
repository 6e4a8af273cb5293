"""How a text feels about its matter, from -2 to 2: meaning, not surface, so sarcasm counts as blame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
_STOP = re.compile(r"[.!?;,\n]|\bbut\b|\bhowever\b", re.IGNORECASE)
REACH = 3
"""How many words before a praise or a blame a negator still turns it round."""


@dataclass(frozen=True, slots=True)
class Feeling:
    """`value` from -2 (very bad) to 2 (very good), and what it was made of."""

    value: int
    praise: int
    blame: int
    sarcastic: bool


@dataclass(frozen=True, slots=True)
class _Lexicon:
    praise: frozenset[str]
    blame: frozenset[str]
    strong: frozenset[str]
    negators: frozenset[str]
    sarcasm: tuple[re.Pattern[str], ...]


def feel(text: str) -> Feeling:
    """The feeling of `text` (idioms blanked out)."""
    lexicon = _lexicon()
    praise = blame = strong = 0
    for part in _STOP.split(text):
        words = [word.lower() for word in _WORD.findall(part)]
        for index, word in enumerate(words):
            turned = not lexicon.negators.isdisjoint(words[max(0, index - REACH) : index])
            good, bad = word in lexicon.praise, word in lexicon.blame
            praise += (good and not turned) or (bad and turned and word not in lexicon.strong)
            blame += (bad and not turned) or (good and turned)
            strong += word in lexicon.strong and not turned
    sarcastic = any(pattern.search(text) for pattern in lexicon.sarcasm)
    return Feeling(_value(praise, blame, strong, sarcastic), praise, blame, sarcastic)


def _value(praise: int, blame: int, strong: int, sarcastic: bool) -> int:
    if sarcastic:
        return -2 if blame + strong > 1 else -1
    if blame > praise:
        return -2 if strong or blame - praise >= 3 else -1
    if praise > blame:
        return 2 if praise - blame >= 2 else 1
    return -1 if strong else 0


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    data = yaml.safe_load((Path(__file__).parent / "data" / "sentiment.yaml").read_text(encoding="utf-8"))
    return _Lexicon(
        praise=frozenset(str(data["praise"]).split()),
        blame=frozenset(str(data["blame"]).split()),
        strong=frozenset(str(data["strong"]).split()),
        negators=frozenset(str(data["negators"]).split()),
        sarcasm=tuple(re.compile(pattern, re.IGNORECASE) for pattern in data["sarcasm"]),
    )
