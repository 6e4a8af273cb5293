from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.escalation import triage
from policies.facts import Assessment, MentionFacts
from policies.loader import load_pack
from policies.schema import EscalationRule, MentionExample
from policies.vocabulary import SEVERITY_FLOORS, Risk

HEARD = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
POLICY = load_pack("nhs-england")


def _facts(example: MentionExample) -> MentionFacts:
    seen = Assessment(
        severity=example.severity,
        sentiment=example.sentiment,
        intent=example.intent,
        risks=tuple(example.risks),
        relevant=example.relevant,
    )
    return MentionFacts(example.channel, seen, HEARD, example.safe)


def _mention(
    severity: int = 0, risks: tuple[str, ...] = (), intent: str = "story", safe: bool = True
) -> MentionFacts:
    return MentionFacts("x", Assessment(severity=severity, risks=risks, intent=intent), HEARD, safe)


@pytest.mark.parametrize("rule", POLICY.rules.escalation, ids=lambda rule: rule.name)
def test_every_rule_fires_and_holds_back_on_its_own_examples(rule: EscalationRule) -> None:
    for example in rule.examples.fires:
        assert rule.name in triage(POLICY, _facts(example)).rules
    for example in rule.examples.holds:
        assert rule.name not in triage(POLICY, _facts(example)).rules


def test_a_post_that_is_not_yet_safe_goes_to_its_own_queue_within_the_hour() -> None:
    answer = triage(POLICY, _mention(safe=False))
    assert answer.queue == "not_yet_safe"
    assert answer.due_at == HEARD + timedelta(minutes=60)


def test_a_medical_emergency_is_always_five_and_due_at_once() -> None:
    answer = triage(POLICY, _mention(1, ("medical_emergency_now",)))
    assert (answer.severity, answer.queue) == (5, "crisis")
    assert answer.due_at == HEARD + timedelta(minutes=5)
    assert any("999" in words for words in answer.must_do)


def test_praise_is_routine_and_fires_nothing() -> None:
    answer = triage(POLICY, _mention(intent="compliment"))
    assert (answer.severity, answer.queue, answer.rules, answer.must_do) == (0, "general", (), ())


def test_rules_that_fire_together_add_up_and_the_first_names_the_queue() -> None:
    answer = triage(POLICY, _mention(4, ("suicide", "data_breach"), "complaint"))
    assert answer.queue == "crisis"
    assert {"safeguarding_team", "data_protection_officer"} <= set(answer.tell)
    assert len(answer.rules) == len(set(answer.rules)) >= 4


mentions = st.builds(
    lambda severity, risks, intent: _mention(severity, tuple(risks), intent),
    st.integers(0, 5),
    st.sets(st.sampled_from([str(r) for r in Risk])),
    st.sampled_from(["story", "complaint", "legal_threat", "compliment"]),
)


@given(mentions)
def test_floors_always_hold_and_nothing_is_lowered(facts: MentionFacts) -> None:
    answer = triage(POLICY, facts)
    assert facts.assessment.severity <= answer.severity <= 5
    for risk, least in SEVERITY_FLOORS.items():
        if risk in facts.assessment.risks:
            assert answer.severity >= least


@given(mentions, st.sampled_from([str(r) for r in Risk]))
def test_one_more_risk_or_a_higher_severity_never_waits_longer(facts: MentionFacts, risk: str) -> None:
    seen = facts.assessment
    now = triage(POLICY, facts)
    worse = triage(POLICY, _mention(min(5, seen.severity + 1), (*seen.risks, risk), seen.intent))
    assert worse.due_at <= now.due_at
    assert worse.severity >= now.severity


def test_a_look_alike_is_set_apart_unless_somebody_is_in_danger() -> None:
    chat = Assessment(relevant=False, intent="complaint", severity=1)
    danger = Assessment(relevant=False, severity=5, risks=("suicide",))
    assert triage(POLICY, MentionFacts("x", chat, HEARD)).queue == "not_about_us"
    assert triage(POLICY, MentionFacts("x", danger, HEARD)).queue == "crisis"
