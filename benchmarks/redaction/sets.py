"""The development texts that redaction is scored on, each with what of it is marked and how its labels map to ours.

Where a set trains the model with one half, only its other half is scored here. The words of real people in the
sets outside the project are read and counted, never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redaction.text import ENTITIES
from training.corpus import committed, is_development, is_development_half

SHARED = Path(__file__).parents[3] / "shared" / "data" / "redaction"


@dataclass(frozen=True, slots=True)
class Marked:
    """One text: what must be hidden (start, end, entity) and what must survive (start, end, kind)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    keep: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedSet:
    """A set of texts. `known` names the entities that it marks at all; `whole` says that it marks everything."""

    name: str
    texts: tuple[Marked, ...]
    known: frozenset[str]
    mapping: str
    """Which labels of the set count as which of ours, in words."""

    @property
    def whole(self) -> bool:
        """Whether everything personal is marked, so that any other finding is a fault."""
        return self.known == frozenset(ENTITIES)


def our_own() -> list[MarkedSet]:
    """The texts written for the project: the eighth kept aside, and the practice posts."""
    from monitor.practice.loading import load

    aside = tuple(Marked(e.text, e.spans) for e in committed() if is_development(e))
    practice = tuple(
        Marked(post.text, tuple(post.marked()))
        for post in load().posts
        if post.language in {"", "en"} and post.spans is not None
    )
    every = frozenset(ENTITIES)
    return [
        MarkedSet("texts kept aside", aside, every, "our own labels"),
        MarkedSet("practice posts", practice, every, "our own labels"),
    ]


_TITLE = re.compile(r"(?:dr|doctor|mr|mrs|ms|miss|prof|professor|nurse|sister)\.? ", re.IGNORECASE)
_NAMES = {"PERSON": "PERSON"}
_CLINICAL = {
    "PERSON": "PERSON",
    "UK_NHS": "NHS_NUMBER",
    "DATE_TIME": "DATE",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "POSTCODE": "POSTCODE",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "MEDICAL_RECORD_NUMBER": "HOSPITAL_NUMBER",
    "UK_NINO": "NATIONAL_INSURANCE",
}
_QUERIES = {
    "PERSON": "PERSON",
    "MEDICAL_RECORD_NUMBER": "HOSPITAL_NUMBER",
    "ID": "HOSPITAL_NUMBER",
    "US_SSN": "HOSPITAL_NUMBER",
    "PHONE_NUMBER": "PHONE_NUMBER",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "DATE_TIME": "DATE",
}
_OUTSIDE: tuple[tuple[str, str, Mapping[str, str], bool], ...] = (
    ("NHS comments (real)", "nhs_fft_feedback/data.jsonl", _NAMES, True),
    ("Broad Twitter (real)", "broad_twitter_corpus/data.jsonl", {**_NAMES, "USERNAME": "USERNAME"}, True),
    ("WNUT17 (real)", "wnut17/data.jsonl", _NAMES, True),
    ("Tweebank (real)", "tweebank_ner/data.jsonl", _NAMES, True),
    ("PsyTAR (real)", "psytar_patient_posts/data.jsonl", {}, False),
    ("NHS.UK fixtures", "nhsuk_moderation_tests/data.jsonl", _NAMES, False),
    ("redacta UK notes", "redacta_uk_clinical/data.jsonl", _CLINICAL, False),
    ("ASQ-PHI queries", "asq_phi/data.jsonl", _QUERIES, False),
    ("synth_v2", "presidio_research/synth_dataset_v2.jsonl", _NAMES, False),
)
"""Name, file, the set's labels that mean one of ours, and whether its other half trains the model."""


def outside(folder: Path = SHARED) -> list[MarkedSet]:
    """The sets outside the project that are here; none where the folder is absent."""
    found = []
    for name, path, mapping, halved in _OUTSIDE:
        if (folder / path).exists():
            rows = [json.loads(line) for line in (folder / path).read_text(encoding="utf-8").splitlines()]
            aside = [row for row in rows if not halved or is_development_half(row["id"])]
            told = ", ".join(f"{theirs} = {ours}" for theirs, ours in mapping.items()) or "nothing marked"
            texts = tuple(_marked(row, mapping) for row in aside)
            found.append(MarkedSet(name, texts, frozenset(mapping.values()), told))
    return found


def _marked(row: Mapping[str, Any], mapping: Mapping[str, str]) -> Marked:
    spans = tuple(_untitled(row["text"], *s, mapping) for s in row["spans"] if s[2] in mapping)
    keep = tuple((k[0], k[1], str(k[2])) for k in row.get("keep", ()))
    if row.get("hard_negative"):
        keep = ((0, len(row["text"]), "hard negative"),)
    return Marked(row["text"], spans, keep)


def _untitled(text: str, start: int, end: int, kind: str, mapping: Mapping[str, str]) -> tuple[int, int, str]:
    """A span by our names, a title at its beginning left outside, as the labelling guide has it."""
    title = _TITLE.match(text, start, end) if mapping[kind] == "PERSON" else None
    return (title.end() if title else start, end, mapping[kind])


Finder = Callable[[str], list[tuple[int, int, str]]]
"""What finds: a text in, (start, end, entity) out, entities by our names where there is one."""
