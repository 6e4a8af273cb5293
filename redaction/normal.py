"""Reading disguised text without losing the place: fold look-alikes, keep the way back.

What must stay true: every offset into the folded text leads to the offsets of the text that came in, in
code points, and folding takes time proportional to the length. Dropped characters (zero-width, controls,
stacked marks, direction overrides) belong to the character before them, so that hiding a word hides them too.

A character that shows as nothing, or as a blank, may stand for a space or may split a word, and nobody can
tell which from the character alone. So a text that holds one has more than one reading (`readings`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_NEWLINES = "\v\f\x1c\x1d\x1e\u0085\u2028\u2029"
_QUOTES = {**dict.fromkeys("‘’‚‛`´ʼ′＇", "'"), **dict.fromkeys("“”„‟″＂«»", '"')}
_DOTS = dict.fromkeys("·•‧∙⋅・･᛫⸱●◦▪‣⁃", "·")
_STROKES = {**dict.fromkeys("−˗", "-"), **dict.fromkeys("∕⁄⧸", "/")}
_BLANKS = "\u2800\u3164\u115f\u1160\uffa0"
"""Letters and symbols by category that print as blank space: the empty braille cell, the Hangul fillers."""
_UNREADABLE = "\ufffd"
_NOTHING = re.compile(r"[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
"""Code points that print as nothing, assigned or not. Source: Default_Ignorable_Code_Point, Unicode 15."""
_SOFT_HYPHEN = "\u00ad"
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
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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


def readings(text: str) -> tuple[Folded, ...]:
    """Every way that `text` may be meant, the likeliest first; one only, unless characters hide in it.

    The first is `fold(text)`. In the second, whatever shows as nothing or as an unusual blank is not there,
    which undoes a split word; in the third, what hides inside a word is a space, which undoes a joined one.
    """
    first = fold(text)
    if not any(_hides(char) for char in set(text)):
        return (first,)
    closed = _folded(text, lambda at: "" if _hides(text[at]) else _plainly(text, at))
    opened = _folded(text, lambda at: " " if _splits(text, at) else _plainly(text, at))
    return tuple({way.text: way for way in (first, closed, opened)}.values())


def fold(text: str) -> Folded:
    """`text` with look-alike digits, letters, quotes, dashes and spaces made plain and what hides dropped."""
    if text.isascii() and not _CONTROL.search(text):
        return Folded(text.replace("\t", " "), None, len(text))
    return _folded(text, lambda at: _plainly(text, at))


def _folded(text: str, plainly: Callable[[int], str]) -> Folded:
    """`text` with each character replaced by what `plainly` says of its place."""
    parts: list[str] = []
    starts: list[int] = []
    for at in range(len(text)):
        plain = plainly(at)
        parts.append(plain)
        starts.extend([at] * len(plain))
    return Folded(_untwin("".join(parts)), tuple(starts), len(text))


def _plainly(text: str, at: int) -> str:
    """What the character at `at` stands for, in the reading that is likeliest."""
    char = text[at]
    if char == "\r":
        return "" if text[at + 1 : at + 2] == "\n" else "\n"
    return char if " " <= char <= "~" else _plain(char)


def _splits(text: str, at: int) -> bool:
    """Whether something hides at `at` between two parts of a word, where it may stand for a space."""
    char = text[at]
    if not _hides(char) or char == _SOFT_HYPHEN:
        return False
    around = text[max(0, at - 1) : at], text[at + 1 : at + 2]
    return all(near != "" and (near.isalnum() or _hides(near) or _plain(near) == "") for near in around)


@lru_cache(maxsize=8192)
def _hides(char: str) -> bool:
    """Whether `char` shows as nothing, as an unusual blank, or as the box of an unreadable character."""
    if " " <= char <= "~" or char == "\n":
        return False
    blank = char in _BLANKS or char in "\ufffc\ufffd"
    return blank or unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp"}


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """What one character stands for; "" for one that only decorates or hides."""
    if char == "\n" or char in _NEWLINES:
        return "\n"
    if char == "\t" or char in _BLANKS:
        return " "
    shaped = _QUOTES.get(char) or _DOTS.get(char) or _STROKES.get(char)
    if shaped:
        return shaped
    category = unicodedata.category(char)
    if _NOTHING.match(char) or category in {"Mn", "Mc", "Me", "Cf", "Cc"}:
        return ""
    simple = {"Zs": " ", "Pd": "-", "Pc": "_", "Cs": _UNREADABLE, "Co": _UNREADABLE}
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
