"""The phrase rules of a policy, run over a draft."""

from __future__ import annotations

from collections.abc import Iterator

from policies.facts import GateFinding, ReplyFacts
from policies.gate.fold import Folded
from policies.policy import Policy, ReadyRule


def check_wording(policy: Policy, facts: ReplyFacts, draft: Folded) -> Iterator[GateFinding]:
    """A finding for each place where a phrase rule fires."""
    for ready in policy.wording:
        for start, end in ready.phrases.find(draft):
            first, last = draft.sentence(start, end)
            if ready.unless is not None and ready.unless.within(draft, first, last):
                continue
            at, until = draft.original(start, end)
            hard = _hard(ready, facts, draft, first, last)
            yield GateFinding(ready.rule.reason.value, hard, at, until, ready.rule.instead)


def _hard(ready: ReadyRule, facts: ReplyFacts, draft: Folded, first: int, last: int) -> bool:
    rule = ready.rule
    if rule.hard or (rule.hard_from_severity is not None and facts.severity >= rule.hard_from_severity):
        return True
    return ready.hard_with is not None and ready.hard_with.within(draft, first, last)
