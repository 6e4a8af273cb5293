"""Where a mention goes and how soon a person must look: floors first, then every rule that fires.

Rules only ever add: severity is the highest that the assessment, a floor or a rule gives, and the deadline
is the earliest. A post that is "not yet safe" has no assessment worth trusting; its own rule gives it an
early deadline.
"""

from __future__ import annotations

from datetime import timedelta

from policies.facts import MentionFacts, Triage
from policies.policy import Policy
from policies.schema import EscalationRule, When


def triage(policy: Policy, facts: MentionFacts) -> Triage:
    """Queue, severity and deadline of one mention, whom to tell, what must be done, and which rules said so."""
    fired = [rule for rule in policy.rules.escalation if fires(rule.when, facts)]
    severity = _severity(policy, facts, fired)
    minutes = [looked_at_minutes(policy, severity)]
    minutes += [rule.look_within_minutes for rule in fired if rule.look_within_minutes is not None]
    return Triage(
        severity=severity,
        queue=fired[0].queue if fired else policy.rules.default_queue,
        due_at=facts.heard_at + timedelta(minutes=min(minutes)),
        tell=tuple(dict.fromkeys(who for rule in fired for who in rule.tell)),
        must_do=tuple(dict.fromkeys(what for rule in fired for what in rule.must_do)),
        rules=tuple(rule.name for rule in fired),
    )


def fires(when: When, facts: MentionFacts) -> bool:
    """Whether a mention meets every condition that `when` gives."""
    seen = facts.assessment
    checks = (
        when.risks_any is None or any(risk in seen.risks for risk in when.risks_any),
        when.intents_any is None or seen.intent in when.intents_any,
        when.severity_at_least is None or seen.severity >= when.severity_at_least,
        when.channels is None or facts.channel in when.channels,
        when.sentiment_at_most is None or seen.sentiment <= when.sentiment_at_most,
        when.safe is None or facts.safe is when.safe,
        when.relevant is None or seen.relevant is when.relevant,
    )
    return all(checks)


def looked_at_minutes(policy: Policy, severity: int) -> int:
    """Minutes within which a person must look at a mention of `severity`."""
    level = min(max(severity, 0), 5)
    return next(entry.within_minutes for entry in policy.rules.severity.looked_at if entry.severity == level)


def floor(policy: Policy, risks: tuple[str, ...]) -> int:
    """The lowest severity that a mention with these risks may have."""
    return max((least for risk, least in policy.rules.severity.floors.items() if risk in risks), default=0)


def _severity(policy: Policy, facts: MentionFacts, fired: list[EscalationRule]) -> int:
    floors = [rule.severity_floor for rule in fired if rule.severity_floor is not None]
    return min(5, max([facts.assessment.severity, floor(policy, facts.assessment.risks), *floors]))
