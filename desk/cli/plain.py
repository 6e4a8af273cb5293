"""Foreign text on a plain terminal, and times and lengths in words.

Whatever came from outside (and what staff wrote, which may quote it) passes `visible` before it is printed: a
terminal obeys control characters, and a person believes what invisible ones rearrange. Texts of more than a line
are indented, so that no post can imitate a line of the desk's own.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

_MOST_MARKS = 4
"""Combining marks shown on one letter; stacks of them cover the lines above."""
_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
SEVERITIES = ("routine", "the same week", "two working days", "the same day", "within the hour", "now")
"""How soon a person must look, by severity, 0 first."""


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with nothing in it that a terminal obeys or a reader cannot see.

    Control characters become their pictures (␛), others of no width their code (‹U+202E›). A line end stays one
    where `lines` is true and becomes ⏎ otherwise.
    """
    kept: list[str] = []
    marks = 0
    for character in text.replace("\r\n", "\n"):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(_shown(character, lines))
    return "".join(kept)


def indented(text: str, by: str = "    ") -> str:
    """Several lines of foreign text, made visible and set in, so that they cannot pass for ours."""
    return "\n".join(by + line for line in visible(text, lines=True).split("\n"))


def until(due: datetime, now: datetime) -> str:
    """A deadline in words: "due in 40 minutes", "overdue by 2 hours"."""
    if due <= now:
        return f"overdue by {length(now - due)}"
    return f"due in {length(due - now)}"


def length(of: timedelta) -> str:
    """A length of time in words, in its largest unit."""
    minutes = int(of.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    for size, word in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return counted(minutes // size, word)
    raise AssertionError("a minute is the smallest unit")


def counted(number: int, word: str, plural: str = "") -> str:
    """A number with its word: "1 case", "2 cases", "2 entries"."""
    return f"{number} {word}" if number == 1 else f"{number} {plural or word + 's'}"


def stamp(at: datetime) -> str:
    """A time as people and scripts can both read it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _shown(character: str, lines: bool) -> str:
    if character == "\n":
        return "\n" if lines else " ⏎ "
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in _HIDDEN and character not in _JOINERS:
        return f"‹U+{code:04X}›"
    return character
