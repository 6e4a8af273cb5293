"""The Reader never raises, never shows what it could not read, and tells nothing of a text."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from casebook.ports import Reader as Port
from monitor.assess import Organisation
from monitor.reader import Reader, build_reader
from policies.facts import Assessment
from redaction.errors import RedactionFailed
from redaction.text import Finding, Numbering, hide

NORTHVALE: Mapping[str, Any] = {
    "name": "Northvale Hospitals NHS Foundation Trust",
    "aliases": ["Northvale hospitals", "Northvale NHS"],
    "handles": ["@NorthvaleNHS"],
    "sites": ["Northvale General", "St Bride's", "Harrow Fold Community Hospital"],
    "look_alikes": ["Northvale FC", "Northvale, New Jersey", "St Bride's church"],
    "domains": ["northvale.example"],
    "nation": "england",
}


class Failing:
    """A redactor whose engine is broken."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def find(self, text: str, language: str = "") -> tuple[Finding, ...]:
        raise self._error


@pytest.fixture(scope="module")
def reader() -> Port:
    return build_reader(NORTHVALE)


def test_a_post_is_read_for_who_is_in_it_and_what_it_means(reader: Port) -> None:
    text = "They gave my nan Edith the wrong dose of insulin at St Bride's on 3 May. Ring me on 07911 123456"
    reading = reader.read(text, channel="x")
    assert reading.findings is not None
    assert hide(text, reading.findings, Numbering()) == (
        "They gave my nan ⟦name 1⟧ the wrong dose of insulin at St Bride's on ⟦date 1⟧. Ring me on ⟦phone 1⟧"
    )
    assert reading.assessment.severity == 4
    assert "patient_safety_incident" in reading.assessment.risks
    assert "privacy_exposure_by_poster" in reading.assessment.risks
    assert reading.why_unread == ""


@pytest.mark.parametrize("error", [RedactionFailed(), ValueError("Edith"), MemoryError(), RecursionError()])
def test_an_engine_that_fails_leaves_the_post_unread_but_judged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Reader(Failing(error), Organisation.from_mapping(NORTHVALE))
    with caplog.at_level(logging.DEBUG):
        reading = broken.read("Edith is not breathing, please help, St Bride's")
    assert reading.findings is None
    assert reading.why_unread == "engine"
    assert reading.assessment.severity == 5
    assert caplog.text == ""


def test_an_assessment_that_fails_still_gives_the_findings(
    reader: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> Assessment:
        raise ValueError("broken")

    monkeypatch.setattr("monitor.reader.assess", broken)
    reading = reader.read("nurse Karen was kind")
    assert reading.findings is not None
    assert [f.entity for f in reading.findings] == ["PERSON"]
    assert reading.assessment.unsure


def test_a_language_we_cannot_read_stays_sealed_and_unsure(reader: Port) -> None:
    reading = reader.read(
        "Dziękuję bardzo, ale moja mama czekała na lekarza i nie było nikogo przez cały dzień"
    )
    assert (reading.findings, reading.why_unread) == (None, "language")
    assert reading.assessment.language == "pl"
    assert reading.assessment.unsure


def test_the_networks_guess_decides_a_short_text(reader: Port) -> None:
    assert reader.read("Diolch!", fields={"language": "cy"}).why_unread == "language"
    assert reader.read("Thanks!", fields={"language": "en"}).why_unread == ""
    assert reader.read("Thanks!", fields={"language": "und"}).why_unread == ""


def test_hostile_text_is_answered(reader: Port) -> None:
    for text in ("", "\x00", "\ud800", "\u202e" * 500, "[@click=x]" * 500, "Aa1 " * 5000):
        assert reader.read(text).assessment is not None


def test_a_broken_organisation_table_is_named() -> None:
    with pytest.raises(ValueError, match=r"organisation\.sites"):
        build_reader({"sites": "Northvale General"})
