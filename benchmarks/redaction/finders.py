"""Who is scored: ours, ours without the model, and Presidio as it comes."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.redaction.sets import Finder
from redaction.errors import UnsupportedLanguage

THRESHOLD = 0.4
"""For stock Presidio: its default of 0 keeps every guess of a bare pattern."""
_OURS: Mapping[str, str] = {
    "PERSON": "PERSON",
    "LOCATION": "LOCATION",
    "DATE_TIME": "DATE",
    "UK_NHS": "NHS_NUMBER",
    "UK_NINO": "NATIONAL_INSURANCE",
    "UK_POSTCODE": "POSTCODE",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "URL": "URL",
    "UK_VEHICLE_REGISTRATION": "VEHICLE_REGISTRATION",
    "MEDICAL_LICENSE": "HOSPITAL_NUMBER",
}
"""Presidio's names for what it finds, as ours; others keep their own and count as findings."""


def ours(organisation: Mapping[str, object] | None = None) -> Finder:
    """The redactor as it ships; a text that it refuses to read is hidden as a whole."""
    from redaction.keep import KeepList
    from redaction.redactor import Redactor

    redactor = Redactor(KeepList.from_mapping(organisation or {}))

    def find(text: str) -> list[tuple[int, int, str]]:
        try:
            return [(f.start, f.end, f.entity) for f in redactor.find(text, "en")]
        except UnsupportedLanguage:
            return [(0, len(text), "UNREAD")]

    return find


def stock() -> Finder:
    """Presidio offline with what it carries itself and every recogniser for the UK turned on; no model, no names."""
    import redaction.offline  # isort: skip # noqa: F401 - sets what tldextract reads when presidio is imported
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        UkNinoRecognizer,
        UkPostcodeRecognizer,
        UkVehicleRegistrationRecognizer,
    )

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(
                models=[{"lang_code": "en", "model_name": "in memory"}],
                ner_model_configuration=NerModelConfiguration(labels_to_ignore=[]),
            )
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            """The pipeline is in memory."""

    engine = Blank()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    for more in (UkNinoRecognizer(), UkPostcodeRecognizer(), UkVehicleRegistrationRecognizer()):
        registry.add_recognizer(more)
    analyser = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> list[tuple[int, int, str]]:
        try:
            found = analyser.analyze(text, "en", score_threshold=THRESHOLD)
        except UnicodeEncodeError:
            return []  # spaCy cannot hold half of a surrogate pair
        return [(r.start, r.end, _OURS.get(r.entity_type, r.entity_type)) for r in found]

    return find
