"""Every rule of the assessment carries examples that fire and that stay quiet, and they hold."""

from __future__ import annotations

import pytest
import yaml

from monitor.assess import rules
from monitor.assess.rules import Rule, fire, load, without_idioms

FILES = ("risks", "severity", "intents")
ALL = [pytest.param(rule, id=f"{name}-{rule.name}") for name in FILES for rule in load(name)]


def fires(rule: Rule, text: str) -> bool:
    return any(fire([rule], without_idioms(text)))


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_fires_on_its_own_examples(rule: Rule) -> None:
    assert rule.fires
    assert [text for text in rule.fires if not fires(rule, text)] == []


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_stays_quiet_on_its_own_counter_examples(rule: Rule) -> None:
    assert rule.quiet
    assert [text for text in rule.quiet if fires(rule, text)] == []


def test_no_idiom_raises_a_risk() -> None:
    path = rules._FOLDER / "idioms.yaml"
    examples = yaml.safe_load(path.read_text(encoding="utf-8"))["examples"]
    alarmed = [text for text in examples if any(fire(load("risks"), without_idioms(text)))]
    assert alarmed == []


def test_blanking_idioms_moves_nothing() -> None:
    text = "Could murder a tea. Northvale General, ward 6."
    assert len(without_idioms(text)) == len(text)
    assert without_idioms(text).endswith("Northvale General, ward 6.")


def test_a_rule_with_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"risks\.yaml, rule odd"):
        rules._rule("risks", {"name": "odd", "label": "x", "any": ["x"], "sevrity": 3}, {})


def test_every_risk_of_the_labels_has_a_rule() -> None:
    named = {rule.label for rule in load("risks")}
    assert named == {
        "self_harm", "suicide", "safeguarding_child", "safeguarding_adult", "domestic_abuse", "adverse_drug_reaction",
        "patient_safety_incident", "infection_outbreak", "threat_to_staff", "abuse_of_staff", "discrimination",
        "data_breach", "misinformation", "fraud_impersonation", "medical_emergency_now", "privacy_exposure_by_poster",
    }  # fmt: skip
