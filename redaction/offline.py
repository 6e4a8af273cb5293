"""The language engine that Presidio runs on here: words by one pattern, the model's reading, and no network.

Presidio's own engines want a downloaded pipeline, leave lemmas empty over a blank one (context words then silently
do nothing), and over spaCy keep every word they ever saw in memory. tldextract, which Presidio imports, would
fetch its suffix list.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Read by tldextract when it is imported, which presidio_analyzer does: it must be set before.
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""

from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from redaction.encoder import Encoder, Reading
from redaction.lists import words
from redaction.weighing import Hit, proposals, thresholds

LANGUAGE = "en"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Read:
    """What the model makes of a text, beside Presidio's artefacts: read once, used by every recogniser."""

    reading: Reading
    proposals: Mapping[str, list[Hit]]
    """Entity → what the model alone would hide."""


class OfflineNlpEngine(NlpEngine):
    """Splits a text into words, whose lower-case forms are their lemmas, and has the model read it."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        """Build the engine.

        Args:
            encoder: the model that reads each text as well; without one, rules decide alone.
        """
        self._encoder = encoder

    def load(self) -> None:
        """Nothing to load, and nothing is fetched."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """The words of `text` and where they stand, and `read`: what the model makes of it."""
        found = list(_WORD.finditer(text))
        artefacts = NlpArtifacts(
            entities=[],
            tokens=[match.group() for match in found],  # type: ignore[arg-type]
            tokens_indices=[match.start() for match in found],
            lemmas=[match.group().lower() for match in found],
            nlp_engine=self,
            language=language,
        )
        artefacts.read = self._read(text)  # type: ignore[attr-defined]
        return artefacts

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **more: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Each text with its artefacts, one after the other."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """Whether `word` is so common that it says nothing as a context word."""
        return len(word) < 2 or word in words("function_words")

    def is_punct(self, word: str, language: str) -> bool:
        """Never: punctuation is not among the words."""
        return False

    def get_supported_entities(self) -> list[str]:
        """None by itself: entities come from the recognisers."""
        return []

    def get_supported_languages(self) -> list[str]:
        """English."""
        return [LANGUAGE]

    def _read(self, text: str) -> Read | None:
        if self._encoder is None:
            return None
        reading = self._encoder.read(text)
        return Read(reading, proposals(text, reading, thresholds()))
