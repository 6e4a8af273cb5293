"""How many other people must approve a reply before it is sent."""

from __future__ import annotations

from policies.facts import ApprovalFacts, Verdict
from policies.policy import Policy
from policies.schema import MoreApprovals

_ORDER = {Verdict.ALLOW: 0, Verdict.NEEDS_APPROVAL: 1, Verdict.BLOCK: 2}


def approvals_needed(policy: Policy, facts: ApprovalFacts) -> int:
    """Approvals by people other than the author: at least one for every reply, more as the policy says.

    A higher severity, a worse verdict or one more risk never needs fewer. A blocked draft cannot be
    approved at all; that is for the casebook to refuse.
    """
    rules = policy.rules.approvals
    return max([1, rules.every_reply, *(more.need for more in rules.more if _applies(more, facts))])


def _applies(more: MoreApprovals, facts: ApprovalFacts) -> bool:
    return (
        (more.risks_any is None or any(risk in facts.risks for risk in more.risks_any))
        and (more.severity_at_least is None or facts.severity >= more.severity_at_least)
        and (more.verdict_at_least is None or _ORDER[facts.verdict] >= _ORDER[more.verdict_at_least])
    )
