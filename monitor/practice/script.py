"""The practice posts as plain types.

What is expected of a post stands beside it, by the names of the labelling guide, so that the posts double as
a small development set. A post's `spans` are complete: every stretch that identifies somebody, by its exact
words, wherever those words stand alone in the text. `spans` left out means that the post was not marked.
`keep` names stretches that must stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from monitor.practice.errors import ScriptError


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post: an id on this network, a handle with its @, a display name."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a careful reader makes of a post, by the names of the labelling guide."""

    severity: int
    intent: str
    sentiment: int
    needs_reply: str
    risks: tuple[str, ...] = ()
    relevant: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the author says back, `after` seconds from our first reply to the post."""

    after: float
    text: str = field(repr=False)
    labels: Expected | None = None


@dataclass(frozen=True, slots=True)
class ScriptedPost:
    """One post of the script. Times are seconds after the start; before it they are negative."""

    id: str
    at: float
    author: Author
    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    alt_text: str = field(default="", repr=False)
    quoted: str = field(default="", repr=False)
    in_reply_to: str = ""
    conversation: str = ""
    """The id of the conversation; the post's own id where it begins one."""
    language: str = ""
    deleted_at: float | None = None
    edited_at: float | None = None
    edited_text: str = field(default="", repr=False)
    locked: bool = False
    """Nobody can reply any more."""
    limited: bool = False
    """The author chose who may reply, and the programming interface is not among them."""
    answers: tuple[Answer, ...] = ()
    labels: Expected | None = None
    """None for the organisation's own posts, which nobody triages."""
    spans: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    keep: tuple[str, ...] = field(default=(), repr=False)

    def marked(self) -> tuple[tuple[int, int, str], ...]:
        """Each stretch that `spans` names: start, end (code points of `text`, end exclusive), entity."""
        found: list[tuple[int, int, str]] = []
        for words, entity in sorted(self.spans or (), key=lambda span: -len(span[0])):
            for start, end in standing_alone(words, self.text):
                if all(end <= other[0] or start >= other[1] for other in found):
                    found.append((start, end, entity))
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Script:
    """Every post, in the order in which they arrive."""

    posts: tuple[ScriptedPost, ...]

    def __post_init__(self) -> None:
        check_order(self.posts)


def standing_alone(words: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `words` stands in `text` with no letter or digit running on at either end."""
    for match in re.finditer(re.escape(words), text):
        start, end = match.span()
        runs_in = start > 0 and text[start - 1].isalnum() and words[0].isalnum()
        runs_on = end < len(text) and text[end].isalnum() and words[-1].isalnum()
        if not (runs_in or runs_on):
            yield start, end


def script_of(posts: Iterable[ScriptedPost]) -> Script:
    """A script of `posts` in order of arrival, each reply put into the conversation it answers.

    Raises:
        ScriptError: an id or a moment is used twice, or a reply comes before what it answers.
    """
    placed: dict[str, ScriptedPost] = {}
    for post in sorted(posts, key=lambda post: post.at):
        parent = placed.get(post.in_reply_to)
        if post.in_reply_to and parent is None:
            raise ScriptError(f"post {post.id}: it answers a post that is not there before it")
        root = post.conversation or (parent.conversation if parent else post.id)
        if post.id in placed:
            raise ScriptError(f"post {post.id}: the id is used twice")
        placed[post.id] = replace(post, conversation=root)
    return Script(tuple(placed.values()))


def check_order(posts: Sequence[ScriptedPost]) -> None:
    """Raise `ScriptError` unless each post arrives after the one before it."""
    for before, after in pairwise(posts):
        if after.at <= before.at:
            raise ScriptError(f"post {after.id}: it arrives no later than {before.id}")
