"""The engine: Presidio's analyser, offline, over our recognisers.

What must stay true: nothing reaches for the network; an error of the engine or of one recogniser is an
error of the whole reading (`RedactionFailed`), never an empty answer; no message and no log holds the text;
time grows with the length of the text alone, since it is read in windows; a text in which characters hide is
read up to three times, and what any reading finds is found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from redaction import recognisers
from redaction.encoder import Encoder
from redaction.errors import RedactionFailed, UnsupportedLanguage
from redaction.keep import KeepList
from redaction.language import can_read, identify
from redaction.normal import Folded, readings
from redaction.offline import LANGUAGE, OfflineNlpEngine
from redaction.overlaps import again, resolve, whole_words
from redaction.phrases import Phrases
from redaction.text import ENTITIES, Finding

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry  # isort: skip
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer  # isort: skip
from presidio_analyzer.pattern_recognizer import REGEX_TIMEOUT_SECONDS  # isort: skip
from presidio_analyzer.predefined_recognizers import UkNinoRecognizer  # isort: skip

THRESHOLD = 0.4
"""Results below this are guesses of a bare pattern and are dropped."""
WINDOW, OVERLAP = 4000, 400
"""How much is read at once, and how much two windows share, in code points."""
PARAGRAPH = 60
"""A shorter paragraph shows no language reliably, in code points."""


class Redactor:
    """Finds what identifies somebody in a text. Built once a process: it takes about a second."""

    def __init__(
        self, keep: KeepList, extra: Sequence[EntityRecognizer] = (), encoder: Encoder | None = None
    ) -> None:
        """Build the engine.

        Args:
            keep: what must never be hidden.
            extra: further recognisers, beside those of the folder.
            encoder: the model to read with; the one that ships where none is given.

        Raises:
            OSError: a file of the model is missing.
        """
        self._keep = Phrases(keep.phrases())
        built = [module.recogniser(keep) for module in recognisers.modules()]
        registry = RecognizerRegistry(
            recognizers=[*built, *_presidio_uk(), *extra], supported_languages=[LANGUAGE]
        )
        self._engine = AnalyzerEngine(
            registry=registry,
            nlp_engine=OfflineNlpEngine(encoder=encoder or Encoder(threads=1)),
            default_score_threshold=THRESHOLD,
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_ContextWhereAsked(context_matching_mode="whole_word"),
        )

    def find(self, text: str, language: str = "") -> tuple[Finding, ...]:
        """Everything that identifies somebody, in order, without overlaps; offsets are code points of `text`.

        Args:
            text: what came in, however hostile.
            language: the network's own guess (BCP 47), "" for none.

        Raises:
            UnsupportedLanguage: the text is clearly in a language that cannot be read.
            RedactionFailed: the engine failed; the message tells nothing of the text.
        """
        ways = readings(text)
        _refuse_unreadable(ways, language)
        try:
            found = [_in_place(way, finding) for way in ways for finding in self._read(way.text)]
        except Exception:  # noqa: BLE001 - whatever broke, the reading failed
            # The original error may quote the text, so it is neither chained nor named.
            raise RedactionFailed from None
        return tuple(resolve(found))

    def _read(self, text: str) -> list[Finding]:
        found: list[Finding] = []
        for start, end in windows(text):
            began = time.monotonic()
            results = self._engine.analyze(text[start:end], LANGUAGE)
            if time.monotonic() - began >= REGEX_TIMEOUT_SECONDS:
                # Presidio skips a pattern that ran out of time and only logs it; what it skipped is unknown.
                raise RedactionFailed
            found.extend(
                Finding(
                    start + result.start,
                    start + result.end,
                    result.entity_type,
                    round(float(result.score), 3),
                )
                for result in results
            )
        if any(finding.entity not in ENTITIES for finding in found):
            raise RedactionFailed
        whole = resolve(whole_words(text, found))
        return resolve([*whole, *again(text, whole, self._keep)])


class _ContextWhereAsked(LemmaContextAwareEnhancer):
    """Presidio's context words, without copying every result of a text in which no recogniser asks for them."""

    def enhance_using_context(
        self, text: str, raw_results: Any, nlp_artifacts: Any, recognizers: Any, context: Any = None
    ) -> Any:
        asked = {recogniser.id for recogniser in recognizers if recogniser.context}
        if not any(_made_by(result) in asked for result in raw_results):
            return raw_results
        return super().enhance_using_context(text, raw_results, nlp_artifacts, recognizers, context)


def _made_by(result: Any) -> str:
    return str((result.recognition_metadata or {}).get("recognizer_identifier", ""))


def windows(text: str) -> Iterator[tuple[int, int]]:
    """Stretches to read one by one, cut where a paragraph or a word ends, sharing `OVERLAP` code points."""
    start = 0
    while len(text) - start > WINDOW:
        stop = start + WINDOW
        cut = max(text.rfind("\n", start + WINDOW // 2, stop), text.rfind(" ", start + WINDOW // 2, stop))
        end = cut if cut > 0 else stop
        yield start, end
        start = end - OVERLAP
        space = text.find(" ", start, end)
        start = space + 1 if space >= 0 else start
    yield start, len(text)


def _refuse_unreadable(ways: Sequence[Folded], hint: str) -> None:
    """Refuse a text, or a paragraph of it, that is clearly in a language we cannot read."""
    whole = identify(ways[0].text, hint)
    if not can_read(whole.code):
        raise UnsupportedLanguage(whole.code)
    parts = ways[0].text.split("\n")
    paragraphs = [part for part in parts if len(part) >= PARAGRAPH] if len(parts) > 1 else []
    for part in (*paragraphs, *(way.text for way in ways[1:])):
        guess = identify(part)
        if guess.sure and not can_read(guess.code):
            raise UnsupportedLanguage(guess.code)


def _in_place(folded: Folded, finding: Finding) -> Finding:
    start, end = folded.span(finding.start, finding.end)
    return Finding(start, end, finding.entity, finding.score)


def _presidio_uk() -> list[EntityRecognizer]:
    """Presidio's own UK recognisers that add to ours.

    Ours stand in place of three: its NHS number takes any ten digits with a valid check digit for proof, its
    postcode scores 0.1 without context, and its vehicle registration reads "AB12 was" as certain.
    """
    return [UkNinoRecognizer(supported_entity="NATIONAL_INSURANCE")]
