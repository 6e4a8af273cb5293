"""What the recognisers share: the Presidio recogniser they all are, and small ways of looking around a match.

Patterns here and in `recognisers/` have bounded repeats only, so that hostile text cannot make them slow.
A rule that raises makes the whole reading fail: nothing is skipped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult


class Hit(NamedTuple):
    """One stretch of folded text that a rule found, with how sure it is (0 to 1; 0.4 and more is hidden)."""

    start: int
    end: int
    score: float


GAP = r"[ \t.\-_/·]"
"""What people put between the groups of one identifier, in folded text (every dash is "-", every dot "." or "·").

For identifiers whose length or letters give them away; a price, a score or a date has groups as well.
"""

PAIRS = re.compile(r"\d[.·\-]\d{1,2}[ \t]\d[.·\-]\d{1,2}[ \t]")
"""How a list of prices or of scores begins ("0.50 0.75 1.20", "2-1 3-0 1-1"), which no identifier does."""

Find = Callable[[str], Iterable[Hit]]


class RuleRecogniser(EntityRecognizer):
    """A Presidio recogniser for one entity, made of one finding function over folded text."""

    def __init__(self, entity: str, find: Find) -> None:
        self._find = find
        super().__init__(supported_entities=[entity], name=f"voicedesk {entity}")

    def load(self) -> None:
        """Nothing to load: rules are plain functions."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """What `find` finds in `text`, as Presidio's results; errors pass through."""
        entity = self.supported_entities[0]
        if entity not in entities:
            return []
        return [RecognizerResult(entity, hit.start, hit.end, hit.score) for hit in self._find(text)]


def matches(pattern: re.Pattern[str], text: str, score: float, group: int | str = 0) -> Iterator[Hit]:
    """Every match of `group` of `pattern`."""
    for match in pattern.finditer(text):
        yield Hit(*match.span(group), score)


def before(text: str, start: int, width: int = 40) -> str:
    """The words just before a match, within its sentence, in lower case."""
    stretch = text[max(0, start - width) : start]
    return re.split(r"[!?\n]|\.\s", stretch)[-1].lower()


def after(text: str, end: int, width: int = 30) -> str:
    """The words just after a match, within its sentence, in lower case."""
    return re.split(r"[!?\n]|\.\s", text[end : end + width])[0].lower()


def digits(text: str) -> str:
    """The digits of `text`, with the letters that stand in for them (O, o, l, I) read as digits."""
    return re.sub(r"\D", "", text.translate(str.maketrans("OolI|", "00111")))
