"""Every recogniser has a table of what it finds and what survives it, read through the whole engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from redaction import recognisers
from redaction.keep import KeepList
from redaction.redactor import Redactor
from redaction.text import ENTITIES, Group

TABLES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "recogniser_tables.yaml").read_text(encoding="utf-8")
)
KEEP = KeepList.from_mapping(
    {
        "name": "Northvale Hospitals NHS Foundation Trust",
        "aliases": ["Northvale hospitals", "Northvale NHS"],
        "handles": ["@NorthvaleNHS"],
        "sites": ["Northvale General", "St Bride's", "Harrow Fold Community Hospital"],
        "domains": ["northvale.example"],
        "phones": ["01632 960000"],
    }
)
FINDS = [
    pytest.param(name, text, id=f"{name}-{n}")
    for name in TABLES
    for n, text in enumerate(TABLES[name]["finds"])
]
KEEPS = [
    pytest.param(name, text, id=f"{name}-{n}")
    for name in TABLES
    for n, text in enumerate(TABLES[name]["keeps"])
]


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(KEEP)


def test_every_recogniser_has_a_table_of_finds_and_keeps() -> None:
    found = {module.ENTITY for module in recognisers.modules()}
    assert found == set(ENTITIES)
    assert found == set(TABLES)
    assert all(table["finds"] and table["keeps"] for table in TABLES.values())


@pytest.mark.parametrize(("entity", "marked"), FINDS)
def test_a_recogniser_finds_the_marked_words(redactor: Redactor, entity: str, marked: str) -> None:
    text = marked.replace("⟪", "").replace("⟫", "")
    found = redactor.find(text)
    at = 0
    for match in re.finditer(r"⟪(.*?)⟫", marked):
        start = match.start() - at
        at += 2
        end = start + len(match[1])
        assert any(f.entity == entity for f in found), found
        letters = [i for i in range(start, end) if text[i].isalnum()]
        assert all(any(f.start <= i < f.end for f in found) for i in letters), found


@pytest.mark.parametrize(("entity", "marked"), FINDS)
def test_a_recogniser_hides_little_beside_the_marked_words(
    redactor: Redactor, entity: str, marked: str
) -> None:
    text = marked.replace("⟪", "").replace("⟫", "")
    spans, at = [], 0
    for match in re.finditer(r"⟪(.*?)⟫", marked):
        spans.append((match.start() - at, match.start() - at + len(match[1])))
        at += 2
    strays = [f for f in redactor.find(text) if not any(f.start < e and s < f.end for s, e in spans)]
    assert [f for f in strays if f.group is not Group.HEALTH] == []


@pytest.mark.parametrize(("entity", "text"), KEEPS)
def test_a_recogniser_leaves_these_alone(redactor: Redactor, entity: str, text: str) -> None:
    assert [f for f in redactor.find(text) if f.entity == entity] == []
