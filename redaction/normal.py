"""Reading disguised text without losing the place: fold look-alikes, keep the way back.

What must stay true: every offset into the folded text leads to the offsets of the text that came in, in
code points, and folding takes time proportional to the length. Dropped characters (zero-width, stacked
marks, direction overrides) belong to the character before them, so that hiding a word hides them too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CONTROLS = {code: " " for code in (*range(0x20), 0x7F) if chr(code) not in "\n\t"}
_NEWLINES = "\u0085\u2028\u2029"
_QUOTES = {**dict.fromkeys("‘’‚‛`´ʼ′＇", "'"), **dict.fromkeys("“”„‟″＂«»", '"')}
_UNREADABLE = "\ufffd"
_TWINS = dict(
    zip(
        "аАеЕоОрРсСуУхХіІјЈѕЅһԁвВкКмМнНтТгαΑβΒεΕιΙκΚνΝοΟρΡτΤυΥχΧΗΜΖ",
        "aAeEoOpPcCyYxXiIjJsShdbBkKmMhHtTraAbBeEiIkKvNoOpPtTuYxXHMZ",
        strict=True,
    )
)
"""Cyrillic and Greek letters that look Latin; source: the intentional pairs of Unicode TR 39, by eye."""
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made plain for matching, and the way back to the text that came in."""

    text: str
    starts: tuple[int, ...] | None
    """Where each folded character came from; None when nothing moved."""
    length: int
    """Code points of the text that came in."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """`[start, end)` of the folded text as offsets of the text that came in."""
        if self.starts is None or end <= start:
            return start, end
        after = self.starts[end] if end < len(self.starts) else self.length
        return self.starts[start], max(self.starts[end - 1] + 1, after)


def fold(text: str) -> Folded:
    """`text` with look-alike digits, letters, quotes, dashes and spaces made plain and marks dropped."""
    if text.isascii():
        return Folded(text.translate(_CONTROLS), None, len(text))
    parts: list[str] = []
    starts: list[int] = []
    for index, char in enumerate(text):
        plain = char if char.isascii() and char.isprintable() else _plain(char)
        parts.append(plain)
        starts.extend([index] * len(plain))
    return Folded(_untwin("".join(parts)), tuple(starts), len(text))


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """What one character stands for; "" for one that only decorates or hides."""
    if char in "\n\t":
        return char
    if char in _NEWLINES:
        return "\n"
    if char in _QUOTES:
        return _QUOTES[char]
    category = unicodedata.category(char)
    simple = {
        "Mn": "",
        "Me": "",
        "Cf": "",
        "Cc": " ",
        "Zs": " ",
        "Pd": "-",
        "Cs": _UNREADABLE,
        "Co": _UNREADABLE,
    }
    if category in simple:
        return simple[category]
    if category == "Nd":
        return str(unicodedata.digit(char))
    return unicodedata.normalize("NFKC", char) or _UNREADABLE


def _untwin(text: str) -> str:
    """Words that mix Latin letters with their Cyrillic or Greek twins, made Latin; one for one."""
    latin = len(_LATIN.findall(text))
    mostly_latin = latin * 2 > sum(char.isalpha() for char in text)

    def made_latin(match: re.Match[str]) -> str:
        word = match.group()
        mixed = _LATIN.search(word) is not None
        disguised = mostly_latin and len(word) > 1 and all(char in _TWINS for char in word)
        return "".join(_TWINS.get(char, char) for char in word) if mixed or disguised else word

    return _WORD.sub(made_latin, text)


def bare(word: str) -> str:
    """`word` in lower case without accents, for looking it up in a list."""
    if word.isascii():
        return word.lower()
    split = unicodedata.normalize("NFKD", word)
    return "".join(char for char in split if not unicodedata.combining(char)).lower()
