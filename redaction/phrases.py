"""Looking for any of many phrases as whole words, in any case and spacing, in one walk over the words of a text.

One alternation of hundreds of phrases is tried at every place of a text; here only those that begin with the word which
stands there are tried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

_WORD = re.compile(r"\w+")


class Phrases:
    """Finds phrases leftmost first, the longest where several begin at one place, without overlaps."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Sort the phrases by their first word; one that begins with no word is looked for by itself."""
        by_first: defaultdict[str, set[str]] = defaultdict(set)
        for phrase in phrases:
            parts = phrase.split()
            if parts:
                first = _WORD.match(parts[0])
                key = first[0].lower() if first else ""
                by_first[key].add(r"\s+".join(re.escape(part) for part in parts))
        self._by_first = {key: _any_of(found) for key, found in by_first.items()}

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._by_first)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every place where a phrase stands."""
        at = 0
        for start, pattern in self._places(text):
            found = pattern.match(text, start) if start >= at else None
            if found:
                at = found.end()
                yield found

    def search(self, text: str) -> re.Match[str] | None:
        """The first place, or None."""
        return next(self.finditer(text), None)

    def _places(self, text: str) -> Iterator[tuple[int, re.Pattern[str]]]:
        """Where a phrase may begin, in order, and which may."""
        odd = self._by_first.get("")
        places = [
            (m.start(), p) for m in _WORD.finditer(text) if (p := self._by_first.get(m.group().lower()))
        ]
        if odd:
            places += [(m.start(), odd) for m in odd.finditer(text)]
            places.sort(key=lambda place: place[0])
        return iter(places)


@lru_cache(maxsize=2)
def _words(text: str) -> tuple[tuple[int, str], ...]:
    """Where the words of a text begin, and each in lower case; a dozen lists look through one text in a row."""
    return tuple((match.start(), match.group().lower()) for match in _WORD.finditer(text))


def _any_of(parts: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
