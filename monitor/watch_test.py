"""What a watch would catch: tried on posts that are at hand, or on what a network shows now. Nothing is kept.

Raw posts live inside `ask` alone; what leaves it is redacted by the Reader's findings, with everything hidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from casebook.ports import Reader
from monitor.channel import Channel, Cursor, RawPost, Watch
from monitor.composing import compose
from monitor.failures import word_for
from monitor.matching import Match, matches, matches_words
from monitor.spending import NOTHING, Spend
from redaction.text import Numbering, Profile, hide

LINES = 10
"""Examples shown of each kind."""
PAGES = 2
"""Pages asked of a network at most."""
LARGEST = 16 * 1024 * 1024
"""Bytes that a file of examples may have."""
NOT_SAFE = "not yet safe: this text could not be read for personal data"


class BadExamples(ValueError):
    """The file holds something else than one JSON object with a text on each line."""


@dataclass(frozen=True, slots=True)
class Example:
    """One post in its redacted words, and which word of the watch decided."""

    why: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """How many posts a watch would catch and how many not, with the first few of each.

    `sealed` ones could not be read for personal data, so nobody can tell.
    """

    caught: int = 0
    passed_over: int = 0
    sealed: int = 0
    caught_examples: tuple[Example, ...] = ()
    passed_over_examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a network showed: posts tried, pages, posts of our own, items that could not be read, and what was asked."""

    tried: Tried
    pages: int = 0
    own: int = 0
    unread: int = 0
    more: bool = False
    gaps: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    """Sources that failed, each with one word for why."""
    cost: Spend = NOTHING


class _Tally:
    """Counts, and keeps the first few of each kind."""

    def __init__(self) -> None:
        self._count = {True: 0, False: 0}
        self._kept: dict[bool, list[Example]] = {True: [], False: []}
        self.sealed = 0

    def wants(self, match: Match) -> bool:
        """Whether an example of this kind is still wanted."""
        return len(self._kept[match.caught]) < LINES

    def add(self, match: Match, shown: str = "") -> None:
        """Count one, and keep it where it is shown and still wanted."""
        self._count[match.caught] += 1
        if shown and self.wants(match):
            self._kept[match.caught].append(Example(match.why, shown))

    def total(self) -> Tried:
        """All of it."""
        return Tried(
            caught=self._count[True],
            passed_over=self._count[False],
            sealed=self.sealed,
            caught_examples=tuple(self._kept[True]),
            passed_over_examples=tuple(self._kept[False]),
        )


def try_on_kept(watch: Watch, posts: Iterable[tuple[bool, str, str]]) -> Tried:
    """Try a watch on posts as the casebook keeps them.

    Args:
        watch: the watch.
        posts: for each post whether it is safe to show, its redacted words, and its words with everything hidden.
    """
    tally = _Tally()
    for safe, text, listed in posts:
        if safe:
            tally.add(matches_words(watch, [text]), listed)
        else:
            tally.sealed += 1
    return tally.total()


def try_on_examples(watch: Watch, texts: Iterable[str], reader: Reader) -> Tried:
    """Try a watch on texts in clear; those that are shown are read and hidden first.

    Raises:
        casebook.errors.ReaderUnavailable: they cannot be read.
    """
    tally = _Tally()
    for text in texts:
        match = matches_words(watch, [text])
        tally.add(match, _hidden(text, reader, "", "") if tally.wants(match) else "")
    return tally.total()


def ask(watch: Watch, channel: Channel, reader: Reader, *, pages: int = PAGES) -> Asked:
    """Ask a network as a new listener would, for at most `pages` pages; no cursor moves and nothing is kept.

    Raises:
        monitor.channel.ChannelError: the network failed.
        casebook.errors.ReaderUnavailable: what came cannot be read.
    """
    tally, found = _Tally(), Asked(Tried())
    cursor: Cursor = {}
    own = unread = calls = micros = 0
    gaps: list[str] = []
    troubles: list[str] = []
    for number in range(1, pages + 1):
        page = channel.fetch(watch, cursor)
        own += _try(watch, page.posts, tally, reader, channel.capabilities.name)
        unread += len(page.unread)
        calls, micros = calls + page.cost.calls, micros + page.cost.micros
        gaps += [gap for gap in (page.gap, page.cap) if gap]
        troubles += [f"{page.trouble.source}: {word_for(page.trouble.error)}"] if page.trouble else []
        cursor = page.cursor
        found = Asked(
            tally.total(), number, own, unread, page.more, tuple(gaps), tuple(troubles), Spend(calls, micros)
        )
        if not page.more:
            break
    return found


def _try(watch: Watch, posts: Iterable[RawPost], tally: _Tally, reader: Reader, name: str) -> int:
    """Try the posts of a page; returns how many of them are our own, which no watch is about."""
    own = 0
    for post in posts:
        if post.ours:
            own += 1
            continue
        match = matches(watch, post)
        tally.add(match, _hidden(compose(post), reader, name, post.language) if tally.wants(match) else "")
    return own


def _hidden(text: str, reader: Reader, channel: str, language: str) -> str:
    reading = reader.read(text, channel=channel, fields={"language": language})
    if reading.findings is None:
        return NOT_SAFE
    return hide(text, reading.findings, Numbering(), Profile.LIST)


def examples_in(incoming: BinaryIO) -> Iterator[str]:
    """The texts of a file of examples: one JSON object with a "text" on each line.

    Raises:
        BadExamples: a line is something else; the error names the line and quotes nothing of it.
    """
    body = incoming.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise BadExamples(f"The file is larger than {LARGEST // 1024 // 1024} MB.")
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            yield _text(line, number)


def _text(line: bytes, number: int) -> str:
    found: Any
    try:
        found = json.loads(line.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError):
        found = None
    text = found.get("text") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise BadExamples(f'Line {number} is not {{"text": "…"}}.')
    return text
