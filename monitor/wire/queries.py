"""What networks' search languages have in common: quoted words, and a longest query."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.channel import NotEntitled

LONGEST_QUERY = 512
"""In code points, on X (self-serve plans) and Reddit alike. Source: both networks' API documentation."""


class QueryTooLong(NotEntitled, ValueError):
    """The watch asks for more than the network takes in one query; a person must split it."""

    def __init__(self, length: int) -> None:
        super().__init__(f"query of {length} code points, at most {LONGEST_QUERY}")


def quoted(word: str) -> str:
    """`word` as an exact phrase; quotation marks and back-slashes inside it become spaces."""
    return '"' + " ".join(word.replace('"', " ").replace("\\", " ").split()) + '"'


def any_of(words: Iterable[str]) -> str:
    """A group that any of `words` satisfies, in brackets."""
    return "(" + " OR ".join(words) + ")"


def within_limit(query: str) -> str:
    """`query`, unless it is longer than networks accept.

    Raises:
        QueryTooLong: it is; nothing is cut off quietly.
    """
    if len(query) > LONGEST_QUERY:
        raise QueryTooLong(len(query))
    return query
