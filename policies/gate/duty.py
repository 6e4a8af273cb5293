"""What a reply must not leave out: a signpost when somebody is in danger, a way to reach us after a complaint."""

from __future__ import annotations

from collections.abc import Iterator

from policies.facts import GateFinding, ReplyFacts
from policies.gate.fold import Folded, fold
from policies.policy import Policy
from policies.schema import CrisisRule
from policies.vocabulary import ReasonName

_LONGEST_POST = 20_000
_ROUTE = (
    "gives no way to reach us; add PALS, a private message or a desk address, so that the person can go on"
)


def check_duties(policy: Policy, facts: ReplyFacts, draft: Folded) -> Iterator[GateFinding]:
    """A finding for each thing that this post's reply must say and the draft does not."""
    post = fold(facts.post[:_LONGEST_POST])
    in_crisis = False
    for rule in policy.rules.gate.crisis:
        if not _applies(policy, rule, facts, post):
            continue
        in_crisis = True
        if not any(policy.lists[name].within(draft) for name in rule.accepts):
            yield GateFinding(ReasonName.MISSING_SIGNPOST_CRISIS.value, True, 0, 0, rule.instead)
            break
    if _wants_route(policy, facts, post, in_crisis) and not policy.lists["contact route"].within(draft):
        hard = facts.severity >= policy.rules.gate.contact_route_hard_from
        yield GateFinding(ReasonName.MISSING_CONTACT_ROUTE.value, hard, 0, 0, _ROUTE)


def _applies(policy: Policy, rule: CrisisRule, facts: ReplyFacts, post: Folded) -> bool:
    by_risk = not rule.risks_any or any(risk in facts.risks for risk in rule.risks_any)
    asks_facts = bool(rule.risks_any or rule.severity_at_least)
    if asks_facts and by_risk and facts.severity >= rule.severity_at_least:
        return True
    return rule.post_says is not None and policy.lists[rule.post_says].within(post)


def _wants_route(policy: Policy, facts: ReplyFacts, post: Folded, in_crisis: bool) -> bool:
    """Whether the post is a complaint or a concern: by its severity or risks, or by its words."""
    if facts.severity >= policy.rules.gate.contact_route_hard_from or in_crisis:
        return True
    unhappy = policy.lists["complaint post"].within(post)
    if facts.severity == 0 and not facts.risks:
        return unhappy and not policy.lists["praise"].within(post)
    return unhappy or not policy.lists["praise"].within(post)
