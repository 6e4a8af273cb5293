"""Words that others wrote, made fit for a terminal. Everything foreign is shown through here, and only here.

A post can hold escape codes, look like markup, reorder the line it stands in or hide what it says. `clean`
takes that away and counts it; `shown` gives the `Content` that widgets take, in which nothing is read as
markup; `exact` shows a reply before it is approved, with every unusual character marked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import chain

from textual.content import Content
from textual.widgets import Static

LONGEST = 4_000
"""Code points shown of one text in one view: the longest post of any network fits, and drawing stays quick."""
MARKS_A_LETTER = 4
CLUSTER = 16
"""Code points in one grapheme; more belongs to no writing system and only makes terminals slow."""

PLACEHOLDER = re.compile(r"⟦[^⟦⟧\n]{1,40}⟧")
_PLAIN = re.compile(r"[\n\t -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac⟦⟧]*\Z")
_HIDDEN = frozenset(
    chain(
        (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
        *(range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070), range(0xFFF0, 0xFFFC)),
        *(range(0x180B, 0x180E), range(0xFE00, 0xFE10), range(0xE0000, 0xE0FFF)),
    )
)
_ZWNJ, _ZWJ, _EMOJI_STYLE = "\u200c", "\u200d", "\ufe0f"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text that is safe to draw, and how many characters were taken out or replaced to make it so."""

    text: str
    removed: int = 0
    cut: int = 0
    """Code points left off at the end."""


def clean(text: str, longest: int = LONGEST) -> Cleaned:
    """`text` without what could steer a terminal, reorder a line or hide; at most `longest` code points.

    Surrogates become U+FFFD; control characters become a visible mark; bidirectional, zero-width and tag
    characters go; joiners stay inside emoji and between letters of scripts that need them.
    """
    kept, cut = text[:longest], max(0, len(text) - longest)
    if _PLAIN.match(kept):
        return Cleaned(kept, 0, cut)
    normal = unicodedata.normalize("NFC", kept.replace("\r\n", "\n"))
    out: list[str] = []
    removed = marks = cluster = 0
    for at, character in enumerate(normal):
        safe = _safe(normal, at, character)
        category = unicodedata.category(character)
        joins = category in {"Mn", "Me", "Mc", "Cf"} or (at > 0 and normal[at - 1] == _ZWJ)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        cluster = cluster + 1 if joins else 1
        if marks > MARKS_A_LETTER or cluster > CLUSTER:
            safe = ""
        removed += safe != character
        out.append(safe)
    return Cleaned("".join(out), removed, cut)


def _safe(text: str, at: int, character: str) -> str:
    """What is drawn for one character: itself, a visible mark, or nothing."""
    code = ord(character)
    if character in "\n\t":
        return character
    if character in {_ZWJ, _ZWNJ, _EMOJI_STYLE}:
        return character if _joins_something(text, at, character) else ""
    if code in _HIDDEN:
        return ""
    category = unicodedata.category(character)
    if category == "Cc":
        return "␡" if code == 0x7F else chr(0x2400 + code) if code < 0x20 else "\ufffd"
    if category in {"Cs", "Co", "Cn"}:
        return "\ufffd"
    if category in {"Zl", "Zp"}:
        return "\n"
    return "" if category == "Cf" else character


def _joins_something(text: str, at: int, character: str) -> bool:
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if character == _EMOJI_STYLE:
        return _is_emoji(before) or before in {*"0123456789#*"}
    letters = _joined_script(before) and _joined_script(after)
    return letters or (character == _ZWJ and _is_emoji(before) and _is_emoji(after))


def _is_emoji(character: str) -> bool:
    if not character:
        return False
    return (
        character == _EMOJI_STYLE
        or 0x1F000 <= ord(character) <= 0x1FAFF
        or unicodedata.category(character) in {"So", "Sk"}
    )


def _joined_script(character: str) -> bool:
    """Whether a letter is of a script in which joiners change how it is written (Arabic, Indic)."""
    if not character:
        return False
    code = ord(character)
    return 0x0600 <= code <= 0x08FF or 0x0900 <= code <= 0x0DFF or 0xFB50 <= code <= 0xFDFF


def shown(text: str, *, longest: int = LONGEST, placeholders: bool = True, style: str = "") -> Content:
    """Foreign text as `Content`: cleaned, nothing in it read as markup, placeholders drawn as marks."""
    cleaned = clean(text, longest)
    content = Content(cleaned.text)
    if style:
        content = content.stylize(style)
    if placeholders:
        for found in PLACEHOLDER.finditer(content.plain):
            content = content.stylize("italic $mark-text on $mark", *found.span())
    return content + Content("…") if cleaned.cut else content


def line(text: str, longest: int = 300, style: str = "") -> Content:
    """Foreign text on one line: names, handles, summaries."""
    return shown(" ".join(text.split()), longest=longest, style=style)


def badge(text: str) -> Content:
    """What was taken out of `text` or left off it, in words; empty when nothing was."""
    cleaned = clean(text)
    words = []
    if cleaned.removed:
        words.append(f"{cleaned.removed} hidden or control characters removed")
    if cleaned.cut:
        words.append(f"{cleaned.cut} more characters not shown")
    return Content.styled(f"({'; '.join(words)})", "italic $text-warning") if words else Content("")


class Foreign(Static):
    """The one widget for a foreign text as a block: the text, and below it what was taken out."""

    def __init__(self, text: str = "", *, placeholders: bool = True, id: str | None = None) -> None:  # noqa: A002
        super().__init__(self._drawn(text, placeholders), id=id)

    def show(self, text: str, *, placeholders: bool = True) -> None:
        """Draw another text."""
        self.update(self._drawn(text, placeholders))

    @staticmethod
    def _drawn(text: str, placeholders: bool) -> Content:
        note = badge(text)
        body = shown(text, placeholders=placeholders)
        return Content.assemble(body, "\n", note) if note else body


_USUAL = re.compile(r"[ -~£€’‘“”–—…éèêëáàâäíìîïóòôöúùûüçñŵŷÉÁÍÓÚŴŶ]")


def exact(text: str) -> Content:
    """A reply character for character: line ends and unusual characters marked, look-alikes named below."""
    parts: list[Content] = []
    named: dict[str, str] = {}
    for character in text:
        if character == "\n":
            parts.append(Content.styled("⏎", "dim") + Content("\n"))
        elif _USUAL.match(character):
            parts.append(Content(character))
        elif unicodedata.category(character)[0] in "CZM":
            parts.append(Content.styled(f"‹U+{ord(character):04X}›", "reverse"))
        else:
            named[character] = unicodedata.name(character, f"U+{ord(character):04X}").lower()
            parts.append(Content.styled(character, "reverse"))
    content = Content("").join(parts)
    if not named:
        return content
    names = "; ".join(f"{character} is {name}" for character, name in list(named.items())[:8])
    return Content.assemble(content, "\n", (f"Unusual: {names}", "italic $text-warning"))
