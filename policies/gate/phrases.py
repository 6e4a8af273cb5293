"""The phrase language: how a manager writes wording that the gate looks for, without regular expressions.

=============== ==================================================================================
``your stay``   these words, one after the other, in any case
``(a|b c)``     either of these
``[so]``        this or nothing
``apologis*``   a word that begins so
``...``         up to five other words in the same sentence; ``..`` up to two
``{relative}``  any phrase of the list of that name
``<link>``      any link; likewise ``<email>``, ``<phone>``, ``<handle>``
``_``           any one word of the same sentence
``#``           any whole number
=============== ==================================================================================

Phrases are compiled to regular expressions over `policies.gate.fold.Folded.line`, in which no repetition
is unbounded except inside one word (possessive): matching cannot backtrack catastrophically.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policies.errors import PhraseError
from policies.gate.fold import Folded, fold

_PIECE = re.compile(r"\s*(?:(\.{2,3})|([()\[\]|])|\{([^{}]*)\}|(<[a-z]+>)|(#)|([^\s()\[\]|{}<>#]+))")
_OTHER_WORD = r"(?: (?![.!?] )[^ ]++)"
_TOKENS = frozenset({"<link>", "<email>", "<phone>", "<handle>"})
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Matcher:
    """Several phrases compiled into one pattern."""

    pattern: re.Pattern[str] = field(repr=False)

    def find(self, text: Folded, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Where the phrases stand between two places of `text.line`, left to right, not overlapping."""
        until = len(text.line) if end is None else end
        return (match.span() for match in self.pattern.finditer(text.line, start, until))

    def within(self, text: Folded, start: int = 0, end: int | None = None) -> bool:
        """Whether any of the phrases stands between two places of `text.line`."""
        return self.pattern.search(text.line, start, len(text.line) if end is None else end) is not None


def compile_phrases(phrases: Sequence[str], lists: Mapping[str, Sequence[str]]) -> Matcher:
    """One matcher for all `phrases`.

    Raises:
        PhraseError: a phrase is written wrongly, or names a list that is not there.
    """
    return Matcher(re.compile("(?:" + "|".join(_pattern(p, lists, 0) for p in phrases) + ")(?= )"))


def _pattern(phrase: str, lists: Mapping[str, Sequence[str]], depth: int) -> str:
    if depth > _DEEPEST:
        raise PhraseError("lists refer to each other too deeply, or in a circle")
    out: list[str] = []
    open_marks: list[str] = []
    at, phrase = 0, phrase.strip()
    while at < len(phrase):
        piece = _PIECE.match(phrase, at)
        if piece is None:
            raise PhraseError(f"cannot be read from {phrase[at : at + 12]!r} on")
        at = piece.end()
        gap, mark, name, token, number, word = piece.groups()
        if gap and not out:
            raise PhraseError("cannot begin with dots")
        if gap:
            out.append(_OTHER_WORD + ("{0,5}?" if gap == "..." else "{0,2}?"))
        elif mark:
            out.append(_mark(mark, open_marks))
        elif name is not None:
            out.append(_list(name, lists, depth))
        else:
            out.append(_word(token or number or word))
    if open_marks:
        raise PhraseError(f"a {open_marks[-1]} is never closed")
    if not out:
        raise PhraseError("is empty")
    return "".join(out)


def _mark(mark: str, open_marks: list[str]) -> str:
    if mark in "([":
        open_marks.append(mark)
        return "(?:"
    if mark == "|":
        if not open_marks:
            raise PhraseError("a | stands outside brackets")
        return "|"
    if not open_marks or open_marks.pop() + mark not in {"()", "[]"}:
        raise PhraseError(f"a {mark} closes nothing")
    return ")" if mark == ")" else ")?"


def _list(name: str, lists: Mapping[str, Sequence[str]], depth: int) -> str:
    if name not in lists:
        raise PhraseError(f"there is no list called {name!r}")
    return "(?:" + "|".join(_pattern(phrase, lists, depth + 1) for phrase in lists[name]) + ")"


def _word(word: str) -> str:
    if word == "_":
        return _OTHER_WORD
    if word == "#":
        return r" [0-9]++"
    if word in _TOKENS or word in {".", "!", "?", "'s", "'d"}:
        return " " + re.escape(word)
    stem = word.removesuffix("*")
    line = fold(stem).line.rstrip()
    if not line or "<" in line:
        raise PhraseError(f"{word!r} holds no word")
    return re.escape(line).replace(r"\ ", " ") + ("[^ ]*+" if word.endswith("*") else "")
