"""Whether a post is one that a watch means: the same rule for every network, whatever its search makes of the query.

Pure. What must stay true:

* what the network itself says is addressed to us is always caught;
* letters count without case, accents, width, apostrophes and hyphens; whole words count, never parts of them;
* an exclusion takes away what stands inside it and nothing else: a post that speaks of "Northvale FC" and of
  "Northvale General" is caught by the second;
* the time taken grows with the length of the post, whoever wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from monitor.channel import RawPost, Watch

DIRECT = "addressed to us"
EVERYTHING = "everything of its places"
NOTHING = "none of the watch's words"


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a watch means a post, and why, in words of the configuration: no word of the post is in it."""

    caught: bool
    why: str


def matches(watch: Watch, post: RawPost) -> Match:
    """Whether `watch` means `post`.

    A term is found as whole words in a row, or written together as a hashtag. In a term of several words a plural
    or possessive s may be there or not; a term of one word may have one in the post. A handle is found with or
    without its server. A watch without terms, handles and hashtags means everything that no exclusion is in.
    """
    if post.direct:
        return Match(True, DIRECT)
    return matches_words(watch, (post.title, post.warning, post.text, *post.poll, post.alt_text, post.quoted))


def matches_words(watch: Watch, parts: Iterable[str]) -> Match:
    """The same for a post that is at hand as its words alone; no phrase reaches from one part into the next."""
    wanted, unwanted = _compiled(watch)
    everything = not (watch.terms or watch.handles or watch.hashtags)
    excluded = ""
    for part in parts:
        folded = _fold(part)
        out = None
        for hit in wanted.found_in(folded):
            out = out or _Spans(unwanted.found_in(folded))
            around = out.around(hit)
            if not around:
                return Match(True, hit.label)
            excluded = excluded or around
        if everything:
            excluded = excluded or _Spans(unwanted.found_in(folded)).first
    if everything and not excluded:
        return Match(True, EVERYTHING)
    return Match(False, excluded or NOTHING)


def rules_out_nothing(watch: Watch) -> tuple[str, ...]:
    """Exclusions in which no word of the watch stands: they take nothing away from it."""
    wanted, _ = _compiled(watch)
    if not wanted.any:
        return ()
    return tuple(word for word in watch.exclusions if not any(wanted.found_in(_fold(word))))


def means_nothing(watch: Watch) -> tuple[str, ...]:
    """Terms, handles, hashtags and exclusions without a letter or digit: they are found nowhere."""
    words = (*watch.terms, *watch.handles, *watch.hashtags, *watch.exclusions)
    return tuple(word for word in words if not any(char.isalnum() for char in _fold(word).text))


# Folding


@dataclass(frozen=True, slots=True)
class _Folded:
    text: str
    starts: Sequence[int]
    """Where each character came from: spans of the two readings of a hyphen must be comparable."""


_APOSTROPHES = "'‘’‚‛`´ʼʹʻʽ′＇"
_DROPPED = frozenset({"Mn", "Mc", "Me", "Cf", "Cs"})


def _fold(text: str) -> _Folded:
    if text.isascii():
        return _Folded(text.lower().replace("`", "'"), range(len(text)))
    parts = [_plain(char) for char in text]
    starts = [at for at, part in enumerate(parts) for _ in part]
    return _Folded("".join(parts), starts)


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """What one character counts as: without case, accent and width; "" where it only decorates or hides."""
    if char in _APOSTROPHES:
        return "'"
    if unicodedata.category(char) == "Pd":
        return "-"
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(part for part in decomposed if unicodedata.category(part) not in _DROPPED)


# Words

_WORD = re.compile(r"[^\W_]+(?:['-]+[^\W_]+)*'?")
_HYPHENED = re.compile(r"[^\W_]-")
_TAG = re.compile(r"#(\w+)")
_HANDLE = re.compile(r"(?<![\w.@])(?:@|u/)(\w+(?:[.-]\w+)*)(?:@(\w+(?:[.-]\w+)*))?")
_HOST = re.compile(r"(?<![\w.@-])\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+")
_SPACELESS = "\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
"""Scripts written without spaces, and the parts of Hangul: each letter counts as a word."""
_PIECE = re.compile(f"[{_SPACELESS}]|[^{_SPACELESS}]+")
_SHORT = 3
"""A word of so few letters has no s to lose: "NHS", "bus"."""


@dataclass(frozen=True, slots=True)
class _Token:
    whole: str
    stem: str
    """Without a possessive or plural s."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    label: str


def _tokens(folded: _Folded, *, joined: bool) -> list[_Token]:
    """The words in order; what a hyphen joins is one word (`joined`) or several."""
    found: list[_Token] = []
    for match in _WORD.finditer(folded.text):
        word = match.group()
        if word.isascii() and word.isalnum():
            found.append(_Token(word, _stem(word), *_place(folded, match.start(), match.end() - 1)))
            continue
        for at, piece in [(match.start(), word)] if joined else _split(match):
            for part in _PIECE.finditer(piece):
                found += _token(part.group(), at + part.start(), folded)
    return found


def _split(match: re.Match[str]) -> Iterator[tuple[int, str]]:
    at = match.start()
    for piece in match.group().split("-"):
        if piece:
            yield at, piece
        at += len(piece) + 1


def _token(word: str, at: int, folded: _Folded) -> list[_Token]:
    whole = word.replace("'", "").replace("-", "")
    if not whole:
        return []
    bare = word[:-2] if word.endswith("'s") else word.rstrip("'")
    end = at + len(word) - 1
    return [_Token(whole, _stem(bare.replace("'", "").replace("-", "")), *_place(folded, at, end))]


def _place(folded: _Folded, first: int, last: int) -> tuple[int, int]:
    return folded.starts[first], folded.starts[last] + 1


def _stem(word: str) -> str:
    plural = len(word) > _SHORT and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word


# What is looked for


@dataclass(slots=True)
class _Wanted:
    """Everything that is looked for, so that one pass over a text finds all of it."""

    words: dict[str, str] = field(default_factory=dict)
    """One word → label."""
    rows: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    """First stem → rows of stems with their labels."""
    tags: dict[str, str] = field(default_factory=dict)
    users: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """User → servers ("" for any) with labels."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Handles that are names of hosts, as on Bluesky: found without "@", too."""

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.rows or self.tags or self.users or self.hosts)

    def found_in(self, folded: _Folded) -> Iterator[_Hit]:
        """Every place where something is found, in no order."""
        yield from self._handles(folded)
        yield from self._tags(folded)
        if not self._may_have_words(folded.text):
            return
        yield from self._rows(_tokens(folded, joined=False))
        if _HYPHENED.search(folded.text):
            yield from self._rows(_tokens(folded, joined=True))

    def _may_have_words(self, text: str) -> bool:
        """Whether it is worth while to take the text apart: most posts of a feed hold none of the words."""
        plain = text.replace("'", "").replace("-", "")
        return any(word in plain for word in self.words) or any(stem in plain for stem in self.rows)

    def _rows(self, tokens: Sequence[_Token]) -> Iterator[_Hit]:
        for at, token in enumerate(tokens):
            label = self.words.get(token.whole) or self.words.get(token.stem)
            if label:
                yield _Hit(token.start, token.end, label)
            for stems, name in self.rows.get(token.stem, ()):
                row = tokens[at : at + len(stems)]
                if tuple(one.stem for one in row) == stems:
                    yield _Hit(token.start, row[-1].end, name)

    def _tags(self, folded: _Folded) -> Iterator[_Hit]:
        for match in _TAG.finditer(folded.text) if self.tags else ():
            whole = match.group(1).replace("_", "")
            label = self.tags.get(match.group(1)) or self.tags.get(whole) or self.tags.get(_stem(whole) + "*")
            if label:
                yield _Hit(*_place(folded, match.start(1), match.end(1) - 1), label)

    def _handles(self, folded: _Folded) -> Iterator[_Hit]:
        for match in _HANDLE.finditer(folded.text) if self.users or self.hosts else ():
            label = self.hosts.get(match.group(1), "") or self._user(match.group(1), match.group(2) or "")
            if label:
                yield _Hit(*_place(folded, match.start(), match.end() - 1), label)
        for match in _HOST.finditer(folded.text) if self.hosts else ():
            label = self.hosts.get(match.group(), "")
            if label:
                yield _Hit(*_place(folded, match.start(), match.end() - 1), label)

    def _user(self, user: str, server: str) -> str:
        """The label of an account; what follows a dot or hyphen may be the next word."""
        for name in (user, re.split("[.-]", user, maxsplit=1)[0]):
            for at, label in self.users.get(name, ()):
                if not (at and server) or at == server:
                    return label
        return ""

    def phrase(self, words: str, label: str) -> None:
        """Look for these words in a row, and for the hashtag that they make."""
        folded = _fold(words)
        for tokens in (_tokens(folded, joined=False), _tokens(folded, joined=True)):
            self._row(tokens, label)

    def _row(self, tokens: Sequence[_Token], label: str) -> None:
        if len(tokens) == 1:
            self.words.setdefault(tokens[0].whole, label)
        elif tokens:
            stems = tuple(token.stem for token in tokens)
            row = (stems, label)
            rows = self.rows.setdefault(stems[0], [])
            if row not in rows:
                rows.append(row)
            self.tags.setdefault("".join(token.whole for token in tokens), label)
            self.tags.setdefault("".join([*(token.whole for token in tokens[:-1]), stems[-1]]) + "*", label)

    def hashtag(self, tag: str, label: str) -> None:
        """Look for exactly this hashtag."""
        text = _fold(tag).text.strip().lstrip("#")
        if text:
            self.tags.setdefault(text, label)

    def handle(self, handle: str, label: str) -> None:
        """Look for this account, with or without its server."""
        text = _fold(handle).text.strip()
        text = text.removeprefix("/").removeprefix("u/").lstrip("@")
        user, _, server = text.partition("@")
        if user and "." in user and not server:
            self.hosts.setdefault(user, label)
        elif user:
            self.users.setdefault(user, []).append((server, label))


@lru_cache(maxsize=256)
def _compiled(watch: Watch) -> tuple[_Wanted, _Wanted]:
    """What a watch looks for, and what takes away."""
    wanted, unwanted = _Wanted(), _Wanted()
    for term in watch.terms:
        wanted.phrase(term, f"term “{term}”")
    for handle in watch.handles:
        wanted.handle(handle, f"handle {handle}")
    for tag in watch.hashtags:
        wanted.hashtag(tag, f"hashtag #{tag.lstrip('#')}")
    for words in watch.exclusions:
        unwanted.phrase(words, f"exclusion “{words}”")
    return wanted, unwanted


class _Spans:
    """The places of exclusions, joined where they overlap, so that what lies around a place is found in a few steps."""

    def __init__(self, hits: Iterable[_Hit]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._labels: list[str] = []
        for hit in sorted(hits, key=lambda one: one.start):
            if self._ends and hit.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], hit.end)
            else:
                self._starts.append(hit.start)
                self._ends.append(hit.end)
                self._labels.append(hit.label)

    @property
    def first(self) -> str:
        """The first exclusion, "" where there is none."""
        return self._labels[0] if self._labels else ""

    def around(self, hit: _Hit) -> str:
        """The exclusion in which the whole of `hit` lies, "" where it lies in none."""
        at = bisect_right(self._starts, hit.start) - 1
        return self._labels[at] if at >= 0 and hit.end <= self._ends[at] else ""
