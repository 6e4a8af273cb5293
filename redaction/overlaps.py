"""Making one clear list of what several recognisers found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from redaction.lists import words
from redaction.normal import bare
from redaction.phrases import Phrases
from redaction.text import Finding, Group
from redaction.weighing import GUESS

NAME = re.compile(r"[^\W\d_]{3,40}(?:['-][^\W\d_]{2,40}){0,4}")
"""A word of a name as it is looked for elsewhere: three letters and more, with what a hyphen or an apostrophe adds."""
_NEARNESS = {Group.HEALTH: 0, Group.QUASI: 1, Group.DIRECT: 2}
_CONNECTED = re.compile(r"[^\W_]")


def whole_words(text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding stretched to the borders of the words it touches, without blanks at its ends."""
    for finding in findings:
        start, end = finding.start, finding.end
        while start > 0 and _joined(text, start):
            start -= 1
        while end < len(text) and _joined(text, end):
            end += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        while end > start and text[start].isspace():
            start += 1
        if end > start:
            yield Finding(start, end, finding.entity, finding.score)


def _joined(text: str, at: int) -> bool:
    """Whether a border at `at` would cut a run of letters or digits, and not at a change of script."""
    return (
        bool(_CONNECTED.match(text[at - 1]) and _CONNECTED.match(text[at]))
        and text[at].isascii() == text[at - 1].isascii()
    )


def resolve(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, those inside a stronger or longer one dropped.

    What names somebody less directly never swallows what does so more: the desk shows health terms and hides names,
    and a date of birth is more than a date. Findings that overlap in part both stay; `hide` hides their union.
    """
    kept: list[Finding] = []
    for finding in sorted(set(findings), key=lambda f: (f.start, -f.end, -f.score)):
        at = len(kept)
        doomed = False
        while at and kept[at - 1].end > finding.start:
            at -= 1
            other = kept[at]
            if _swallows(other, finding):
                kept[at] = _surer(other, finding)
                doomed = True
                break
            if _swallows(finding, other):
                finding = _surer(finding, other)
                del kept[at]
        if not doomed:
            kept.append(finding)
    return sorted(kept)


def _surer(outer: Finding, inner: Finding) -> Finding:
    """The longer stretch; a guess takes the name of the surer finding inside it."""
    if inner.group is outer.group and outer.score <= GUESS < inner.score:
        return Finding(outer.start, outer.end, inner.entity, inner.score)
    return outer


def _swallows(outer: Finding, inner: Finding) -> bool:
    if not (outer.start <= inner.start and inner.end <= outer.end):
        return False
    if _NEARNESS[outer.group] != _NEARNESS[inner.group]:
        return _NEARNESS[outer.group] > _NEARNESS[inner.group]
    same = (outer.start, outer.end) == (inner.start, inner.end)
    return not same or outer.score >= inner.score


def again(text: str, findings: Sequence[Finding], keep: Phrases | None) -> Iterator[Finding]:
    """The names found once, wherever else they stand, in any case; an everyday word only as it was written."""
    names: set[str] = set()
    for finding in findings:
        if finding.entity == "PERSON":
            names.update(match.group() for match in NAME.finditer(text[finding.start : finding.end]))
    plain = {bare(name) for name in names}
    if not plain:
        return
    common = plain & (words("everyday_words") | words("ambiguous_names"))
    safe = [match.span() for match in keep.finditer(text)] if keep else []
    for match in NAME.finditer(text):
        word = bare(match.group())
        as_written = match.group() in names and match.group()[0].isupper() and inside(text, match.start())
        if word not in plain or (word in common and not as_written):
            continue
        if not any(start <= match.start() < end for start, end in safe):
            yield Finding(match.start(), match.end(), "PERSON", 0.5)


def inside(text: str, start: int) -> bool:
    """Whether a word stands inside a sentence, where its capital says something."""
    return bool(re.search(r"[\w,] $", text[max(0, start - 2) : start]))
