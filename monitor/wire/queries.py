"""What networks' search languages have in common: quoted words, a longest query, and a watch in several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.channel import NotEntitled

LONGEST_QUERY = 512
"""In code points, on X (self-serve plans) and Reddit alike. Source: both networks' API documentation."""

Compose = Callable[[Sequence[str], Sequence[str]], str]
"""A network's query for words of which any is wanted, and words that exclude."""


class QueryTooLong(NotEntitled, ValueError):
    """The watch asks for more than the network takes in one query; a person must shorten it."""

    def __init__(self, length: int) -> None:
        super().__init__(f"query of {length} code points, at most {LONGEST_QUERY}")


@dataclass(frozen=True, slots=True)
class Split:
    """The wanted words, in groups of one query each, and the exclusions that every one of the queries repeats."""

    groups: tuple[tuple[str, ...], ...]
    exclusions: tuple[str, ...] = ()


def quoted(word: str) -> str:
    """`word` as an exact phrase; quotation marks and back-slashes inside it become spaces."""
    return '"' + " ".join(word.replace('"', " ").replace("\\", " ").split()) + '"'


def any_of(words: Iterable[str]) -> str:
    """A group that any of `words` satisfies, in brackets."""
    return "(" + " OR ".join(words) + ")"


def telling(exclusions: Iterable[str], words: Iterable[str]) -> list[str]:
    """The exclusions that a query has any use for: those with one of the wanted words in them.

    An exclusion takes away only what stands inside it (`monitor.matching`), and a network takes away the whole post
    wherever the exclusion stands in it. So the others would only make us miss posts.
    """
    wanted = [bare for word in words if (bare := " ".join(word.casefold().split()).lstrip("@#"))]
    folded = [(one, " ".join(one.casefold().split())) for one in exclusions]
    return [one for one, whole in folded if any(word in whole for word in wanted)]


def split(wanted: Sequence[str], exclusions: Sequence[str], compose: Compose) -> Split:
    """`wanted` in as few queries as the limit allows, each about as long as the others, no word cut.

    Exclusions that leave no room for a word are dropped, the last first: what they leave out is left out again by
    the local filter, so that a dropped one costs reads but lets nothing through.

    Raises:
        QueryTooLong: a word does not fit even without any exclusion.
    """
    words = tuple(dict.fromkeys(wanted))
    kept = tuple(dict.fromkeys(exclusions))
    while True:
        longest = max((len(compose([word], kept)) for word in words), default=0)
        if longest <= LONGEST_QUERY:
            return Split(_groups(words, partial(_with, compose, kept)), kept)
        if not kept:
            raise QueryTooLong(longest)
        kept = kept[:-1]


def _with(compose: Compose, exclusions: Sequence[str], wanted: Sequence[str]) -> str:
    return compose(wanted, exclusions)


def _groups(words: Sequence[str], compose: Callable[[Sequence[str]], str]) -> tuple[tuple[str, ...], ...]:
    for count in range(1, len(words) + 1):
        groups = _balanced(words, count)
        if all(len(compose(group)) <= LONGEST_QUERY for group in groups):
            return groups
    return ()


def _balanced(words: Sequence[str], count: int) -> tuple[tuple[str, ...], ...]:
    """The longest words first, each into the group that is shortest so far; the given order within a group."""
    groups: list[list[int]] = [[] for _ in range(count)]
    lengths = [0] * count
    for place in sorted(range(len(words)), key=lambda place: -len(words[place])):
        least = lengths.index(min(lengths))
        groups[least].append(place)
        lengths[least] += len(words[place]) + len(" OR ")
    return tuple(tuple(words[place] for place in sorted(group)) for group in groups)
