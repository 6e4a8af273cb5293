"""The language pipeline that Presidio runs on here: in memory, and never reaching for a network.

Three defaults of the libraries are turned off: tldextract fetching its suffix list, Presidio downloading a
spaCy model, and lemmas staying empty over a blank pipeline (context words then silently do nothing).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

# Read by tldextract when it is imported, which presidio_analyzer does: it must be set before.
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""

import spacy
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

LANGUAGE = "en"
_PIECE = re.compile(r"\w+|\s+|[^\w\s]+")


class OfflineNlpEngine(SpacyNlpEngine):
    """Presidio's spaCy engine over a pipeline held in memory; a word's lower-case form is its lemma."""

    def __init__(self, pipeline: Language | None = None) -> None:
        super().__init__(
            models=[{"lang_code": LANGUAGE, "model_name": "in memory"}],
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=[]),
        )
        self.nlp = {LANGUAGE: pipeline or blank()}  # type: ignore[assignment]

    def load(self) -> None:
        """Nothing to load: the pipeline was handed in or made blank, and nothing is fetched."""

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Split `text` into words; empty lemmas are filled so that context words are compared at all."""
        doc = self.get_nlp(language)(text)
        for token in doc:
            token.lemma_ = token.lemma_ or token.lower_
        return self._doc_to_nlp_artifact(doc, language)


def blank() -> Language:
    """A pipeline that only splits words from what stands between them.

    spaCy's own tokeniser peels punctuation off one mark at a time, which long runs of quotes make slow.
    """
    pipeline = spacy.blank(LANGUAGE)
    pipeline.tokenizer = _splitter(pipeline.vocab)
    return pipeline


def _splitter(vocab: Vocab) -> Callable[[str], Doc]:
    def split(text: str) -> Doc:
        pieces = _PIECE.findall(text)
        return Doc(vocab, words=pieces, spaces=[False] * len(pieces))

    return split
