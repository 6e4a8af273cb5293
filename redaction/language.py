"""Which language a text is in, by script and by the small words every sentence needs.

No language library is used: profiles are short lists of function words in `data/languages.yaml`. The answer
is honest about doubt: a short text, or one without small words, is `sure=False` and the network's hint
decides, then English. Which languages can be read for personal data is data as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

ENOUGH_LETTERS = 20
"""Below this many letters, small words say nothing reliable."""
DIFFERENT_WORDS = 3
"""How many different small words another language must show before it is believed."""
_SAMPLE = 6000
_NOISE = re.compile(r"https?://\S{1,500}|[@#][\w.\-@]{1,100}|/?u/[\w-]{1,40}")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Guess:
    """A language (BCP 47) and whether the text itself shows it clearly."""

    code: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Profiles:
    readable: frozenset[str]
    words: dict[str, frozenset[str]]
    letters: dict[str, frozenset[str]]
    scripts: dict[str, str]
    urdu: frozenset[str]
    ukrainian: frozenset[str]


def can_read(code: str) -> bool:
    """Whether texts in this language can be read for personal data."""
    return code.split("-")[0].lower() in _profiles().readable


def identify(text: str, hint: str = "") -> Guess:
    """The language of `text` (folded); `hint` is the network's own guess, "" for none."""
    sample = _NOISE.sub(" ", text[:_SAMPLE])
    letters = sum(char.isalpha() for char in sample)
    base = hint.split("-")[0].lower()
    known = base if base in _profiles().words or base in _profiles().scripts.values() else ""
    if letters < ENOUGH_LETTERS:
        return Guess(known or "en", False)
    return _by_script(sample, letters) or _by_words(sample, known)


def _by_script(sample: str, letters: int) -> Guess | None:
    """The language of a text that is mostly not in Latin letters."""
    counts = Counter(_script(char) for char in sample if char.isalpha())
    script, most = counts.most_common(1)[0]
    if script == "LATIN" or most * 2 < letters:
        return None
    if script == "ARABIC":
        return Guess("ur" if any(char in _profiles().urdu for char in sample) else "ar", True)
    if script == "CYRILLIC":
        return Guess("uk" if any(char in _profiles().ukrainian for char in sample) else "ru", True)
    return Guess(_profiles().scripts.get(script, "und"), True)


def _by_words(sample: str, hint: str) -> Guess:
    """The language whose small words, and own letters, the text has most of.

    Another language must show itself by several different words that English has not, and English by few.
    """
    words = [word.lower() for word in _WORD.findall(sample)]
    english = sum(word in _profiles().words["en"] for word in words) / max(1, len(words))
    best, share = "en", 0.0
    for code, small in _profiles().words.items():
        own_letters = _profiles().letters.get(code, frozenset())
        shown = [word for word in words if word in small or not own_letters.isdisjoint(word)]
        if code != "en" and len(set(shown)) >= DIFFERENT_WORDS and len(shown) / len(words) > share:
            best, share = code, len(shown) / len(words)
    if share >= 0.15 and share > 1.5 * english:
        return Guess(best, True)
    if english >= 0.2:
        return Guess("en", True)
    return Guess(hint if hint and english < 0.1 else "en", False)


@lru_cache(maxsize=8192)
def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").split()[0].split("-")[0]


@lru_cache(maxsize=1)
def _profiles() -> _Profiles:
    path = Path(__file__).parent / "data" / "languages.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    english = frozenset(str(data["words"]["en"]).split()) | {"o", "am", "an", "os", "go"}
    return _Profiles(
        readable=frozenset(data["readable"]),
        words={
            code: frozenset(str(words).split()) - (english if code != "en" else frozenset())
            for code, words in data["words"].items()
        },
        letters={code: frozenset(letters) for code, letters in data["letters"].items()},
        scripts=dict(data["scripts"]),
        urdu=frozenset(data["urdu_letters"]),
        ukrainian=frozenset(data["ukrainian_letters"]),
    )
