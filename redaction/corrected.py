"""What a case knows beyond one reading of one text: its names, and what people have put right.

A reading sees one text alone. A name that was hidden once in a case is found again in its other posts
(`known_again`); words that a person marked as missed are hidden, and values marked as wrongly hidden are shown,
wherever they stand in the case (`corrected`). Pure functions; offsets are code points of the text that came in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from redaction.lists import words
from redaction.normal import Folded, bare, readings
from redaction.overlaps import NAME, inside, resolve
from redaction.text import ENTITIES, Corrections, Finding, Group, Numbering, Profile, folded, hidden_spans

Survivors = Callable[[str], list[tuple[int, int]]]
"""Where in a text stands what must never be hidden (`redaction.keep.survivors`)."""

_KNOWN, _MARKED = 0.5, 1.0
"""Scores: of what is known from another text, and of what a person marked."""
_SHORTEST_NUMBER = 4
"""Characters; a shorter number or handle of another post says too little to be looked for."""
_PARTICLES = frozenset(
    (
        "abu",
        "bin",
        "bint",
        "das",
        "del",
        "den",
        "der",
        "dos",
        "ferch",
        "ibn",
        "las",
        "los",
        "saint",
        "san",
        "van",
        "von",
    )
)
"""Words inside names that alone name nobody."""
_EXACT = {
    word: entity for entity, (group, word) in ENTITIES.items() if group is Group.DIRECT and entity != "PERSON"
}
"""The placeholder words of numbers, handles and addresses, which are found again exactly as they are."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """One way to read a text, in folded case with single blanks, and where each of its characters came from."""

    text: str
    places: tuple[int, ...]
    way: Folded

    def find(self, key: str) -> Iterator[tuple[int, int]]:
        """Where `key` stands as whole words, in offsets of the text that came in."""
        at = self.text.find(key)
        while at >= 0:
            end = at + len(key)
            if not self._joined(at) and not self._joined(end):
                yield self.way.span(self.places[at], self.places[end - 1] + 1)
            at = self.text.find(key, at + 1)

    def _joined(self, at: int) -> bool:
        return 0 < at < len(self.text) and self.text[at - 1].isalnum() and self.text[at].isalnum()


def _plain(way: Folded) -> _Plain:
    letters: list[str] = []
    places: list[int] = []
    for at, character in enumerate(way.text):
        if character.isspace():
            if letters and letters[-1] != " ":
                letters.append(" ")
                places.append(at)
            continue
        for letter in character.casefold():
            letters.append(letter)
            places.append(at)
    return _Plain("".join(letters), tuple(places), way)


def _ways(text: str) -> list[_Plain]:
    """Every way to read `text`, the unfolded one among them."""
    return [_plain(way) for way in (*readings(text), Folded(text, None, len(text)))]


def standing(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands in `text` as whole words, in any case and spacing; places may overlap."""
    return _standing(_ways(text), wanted)


def _standing(ways: Iterable[_Plain], wanted: str) -> list[tuple[int, int]]:
    keys = {folded(wanted), " ".join(wanted.casefold().split())} - {""}
    return sorted({place for way in ways for key in keys for place in way.find(key)})


def known_again(
    text: str,
    numbering: Numbering,
    safe: Survivors | None = None,
    forgotten: frozenset[str] = frozenset(),
) -> list[Finding]:
    """What the case has hidden before, wherever it stands in `text`.

    Names are found whole and by each of their words, in any case; a word that is also an everyday one only with a
    capital inside a sentence. Numbers, handles and addresses are found exactly as they are. Places, ages, dates and
    health terms are left to the reading: the same word may be harmless in another post.

    Args:
        text: the text that came in.
        numbering: what the case has hidden.
        safe: where what must never be hidden stands.
        forgotten: folded values that are not looked for.
    """
    names = [value for value in numbering.values(ENTITIES["PERSON"][1]) if value not in forgotten]
    numbers = [
        (entity, value)
        for word, entity in _EXACT.items()
        for value in numbering.values(word)
        if len(value) >= _SHORTEST_NUMBER and value not in forgotten
    ]
    if not names and not numbers:
        return []
    kept = safe(text) if safe else []
    ways = _ways(text)
    found = [(place, entity) for entity, value in numbers for place in _standing(ways, value)]
    found += [(place, "PERSON") for place in _names(ways, names)]
    return [
        Finding(start, end, entity, _KNOWN)
        for (start, end), entity in sorted(set(found))
        if not any(first <= start < last for first, last in kept)
    ]


def _names(ways: list[_Plain], names: list[str]) -> Iterator[tuple[int, int]]:
    for name in names:
        if len(name.split()) > 1:
            yield from _standing(ways, name)
    known = {bare(part) for name in names for part in NAME.findall(name)} - _PARTICLES
    short = {name for name in names if len(name) == 2 and name.isalpha()}
    common = (known & (words("everyday_words") | words("ambiguous_names"))) | short
    for way in (plain.way for plain in ways):
        for match in _WORD.finditer(way.text):
            word = bare(match.group())
            if word in common and not _written_as_a_name(way.text, match):
                continue
            if word in known or word in short:
                yield way.span(*match.span())


_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,40}(?:['-][^\W\d_]{2,40}){0,4}(?![^\W\d_])")


def _written_as_a_name(text: str, match: re.Match[str]) -> bool:
    """Whether a word has its capital inside a sentence, where it says something."""
    return match.group()[0].isupper() and inside(text, match.start())


def corrected(
    text: str,
    findings: Iterable[Finding],
    numbering: Numbering,
    corrections: Corrections,
    safe: Survivors | None = None,
) -> tuple[Finding, ...]:
    """The findings of one reading, with what the case knows and what people have put right in it."""
    found = [*findings, *known_again(text, numbering, safe, corrections.forgotten)]
    if corrections.missed:
        ways = _ways(text)
        found += [
            Finding(start, end, entity, _MARKED)
            for wanted, entity in corrections.missed.items()
            for start, end in _standing(ways, wanted)
        ]
    return tuple(resolve(_without(text, found, corrections)))


def _without(text: str, findings: list[Finding], corrections: Corrections) -> list[Finding]:
    """The findings without those that hide a value that is to be shown."""
    if not corrections.shown:
        return findings

    def to_show(finding: Finding) -> bool:
        group = corrections.shown.get(folded(text[finding.start : finding.end]))
        return group is not None and (group is Group.HEALTH) is (finding.group is Group.HEALTH)

    # A placeholder may stand for several findings that overlap: all of them hide the one value.
    opened = [span for span in hidden_spans(findings, Profile.DESK) if to_show(span)]
    return [
        finding
        for finding in findings
        if not to_show(finding)
        and (
            finding.group is Group.HEALTH
            or not any(span.start <= finding.start and finding.end <= span.end for span in opened)
        )
    ]


def still_held(text: str, stored: Iterable[Finding], doubted: str) -> list[Finding]:
    """The stored findings of a text, without those that may come from `doubted` words that were taken back.

    What was only known from other texts goes, too: whoever asks has read the text again and knows what the case knows.
    """
    return [
        found
        for found in stored
        if not doubted or (found.score > _KNOWN and folded(text[found.start : found.end]) != folded(doubted))
    ]


def stands_in_clear(text: str, findings: Iterable[Finding], wanted: str, profile: Profile) -> int:
    """How often `wanted` stands in `text` wholly in clear, where `findings` are hidden by `profile`."""
    hidden = hidden_spans(findings, profile)
    return sum(
        not any(span.start < end and start < span.end for span in hidden)
        for start, end in standing(text, wanted)
    )


def hide_in_shown(shown: str, wanted: str, instead: str) -> str:
    """`shown`, a text with placeholders, with `wanted` replaced wherever it stands in clear in it."""
    parts: list[str] = []
    for part in re.split(r"(⟦[^⟦⟧]{1,60}⟧)", shown):
        if part.startswith("⟦"):
            parts.append(part)
            continue
        at = 0
        for start, end in standing(part, wanted):
            if start >= at:
                parts.append(part[at:start] + instead)
            at = max(at, end)
        parts.append(part[at:])
    return "".join(parts)
