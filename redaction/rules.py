"""What the recognisers share: the Presidio recogniser they all are, and small ways of looking around a match.

Patterns here and in `recognisers/` have bounded repeats only, so that hostile text cannot make them slow.
A rule that raises makes the whole reading fail: nothing is skipped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from presidio_analyzer import EntityRecognizer, RecognizerResult

from redaction.weighing import Hit, Survives, thresholds, weigh

GAP = r"[ \t.\-_/·]"
"""What people put between the groups of one identifier, in folded text (every dash is "-", every dot "." or "·").

For identifiers whose length or letters give them away; a price, a score or a date has groups as well.
"""

PAIRS = re.compile(r"\d[.·\-]\d{1,2}[ \t]\d[.·\-]\d{1,2}[ \t]")
"""How a list of prices or of scores begins ("0.50 0.75 1.20", "2-1 3-0 1-1"), which no identifier does."""

Find = Callable[[str], Iterable[Hit]]


class Recogniser(EntityRecognizer):
    """A Presidio recogniser for one entity: a finding function over folded text, weighed with the model.

    The model's reading of the text comes with Presidio's artefacts (`offline.Read`); without one, the rules decide.
    """

    def __init__(self, entity: str, find: Find, survives: Survives | None = None) -> None:
        self._find = find
        self._survives = survives or (lambda text: ())
        super().__init__(supported_entities=[entity], name=f"voicedesk {entity}")

    def load(self) -> None:
        """Nothing to load: rules are plain functions, and the model is read once for all."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """What is found in `text`, as Presidio's results; errors pass through."""
        entity = self.supported_entities[0]
        if entity not in entities:
            return []
        read = getattr(nlp_artifacts, "read", None)
        proposed = read.proposals[entity] if read else ()
        hits = weigh(
            self._find(text),
            proposed,
            read.reading if read else None,
            thresholds()[entity],
            self._survives(text) if proposed else (),
        )
        return [RecognizerResult(entity, hit.start, hit.end, hit.score) for hit in hits]


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


_DENIED = re.compile(
    r"^[\s,;–-]{0,3}\(?\s?(?:which |that |this |it )?(?:(?:is|was|'?s) )?not an? (?:valid |real )?"
    r"(?P<kind>nhs|chi|ni|national insurance|nino|hospital|patient|phone)(?: (?:number|no))?\s?(?:$|[.)\n])"
)


def denied(text: str, end: int, *kinds: str) -> bool:
    """Whether the words right after a number say that it is none of `kinds` (any, where none is given).

    "(not an NHS number)" is such a word; "not my NHS number" is none: it may be somebody else's.
    """
    match = _DENIED.search(text[end : end + 50].lower())
    return match is not None and (not kinds or match["kind"] in kinds)


_NOT_A_PERSONS = re.compile(
    r"\b(?:order|invoice|tracking|parcel|lab|laboratory|sample|specimen|barcode|isbn|serial|model|batch|lot|protocol"
    r"|charity|company|vat|receipt|flight|train|bus|form|version|item|part|catalogue|route|voucher|asset)"
    r"(?: (?:sample|reference|ref|number|no|nr|code|id|is|was)\.?){0,3}[ :#.]{1,3}"
    r"(?P<n>[A-Z]{0,6}[-/ ]?\d[\w/.\-]{0,20}(?: \d[\w/.\-]{0,12}){0,4})",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?<!\w)(?:\d{1,2}[.·\-]\d{1,2}[ \t,]{1,3}){2,40}\d{1,2}[.·\-]\d{1,2}(?!\w)")
"""Prices or scores in a row."""
_NEVER_ISSUED = re.compile(
    r"(?<!\w)(?:BG|GB|KN|NK|NT|TN|ZZ)[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D](?!\w)", re.IGNORECASE
)
"""National Insurance prefixes that are not used. Source: HMRC, National Insurance Manual, NIM39110."""
_ANY_NUMBER = re.compile(r"(?<!\w)[A-Za-z]{0,6}[-/ ]?\d[\d\-/. ]{2,24}[A-Za-z]?(?!\w)")


def others_numbers(text: str) -> list[tuple[int, int]]:
    """Where numbers stand that the words call nobody's: orders, samples, prices in a row, "(not an NHS number)"."""
    found = [match.span("n") for match in _NOT_A_PERSONS.finditer(text)]
    found += [match.span() for pattern in (_LISTED, _NEVER_ISSUED) for match in pattern.finditer(text)]
    found += [match.span() for match in _ANY_NUMBER.finditer(text) if denied(text, match.end())]
    return found


def digits(text: str) -> str:
    """The digits of `text`, with the letters that stand in for them (O, o, l, I) read as digits."""
    return re.sub(r"\D", "", text.translate(str.maketrans("OolI|", "00111")))
