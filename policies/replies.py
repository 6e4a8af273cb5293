"""The reply gate: what is wrong with a draft, where, and what to write instead.

A draft is blocked when any finding is hard, needs approval when all are soft, and is allowed when there
are none. The gate is the same for everybody: the live view, submit, approve and the sender all ask here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from policies.facts import ChannelLimits, GateFinding, GateResult, ReplyFacts, Verdict
from policies.gate.duty import check_duties
from policies.gate.fold import fold
from policies.gate.identity import check_identity
from policies.gate.links import check_links
from policies.gate.wording import check_wording
from policies.policy import Policy
from policies.vocabulary import ReasonName

_LONGEST_READ = 20_000
"""Code points of a draft that are read for wording; no channel takes as many, so a longer one is blocked."""

_MOST = 25


def check(policy: Policy, facts: ReplyFacts, own_domains: Sequence[str] = ()) -> GateResult:
    """The verdict on a draft, with every finding in the order of the text.

    Args:
        policy: the rules in force.
        facts: draft and post with their spans, and what the post was judged to be.
        own_domains: the organisation's domains, allowed in links besides those of the policy.
    """
    found = sorted(
        set(_findings(policy, facts, own_domains)), key=lambda f: (f.start, f.end, f.reason, not f.hard)
    )
    kept = _once(_few(found))
    if any(finding.hard for finding in kept):
        verdict = Verdict.BLOCK
    else:
        verdict = Verdict.NEEDS_APPROVAL if kept else Verdict.ALLOW
    return GateResult(verdict, tuple(kept), policy.version)


def limits(policy: Policy, channel: str) -> ChannelLimits:
    """What policy says about `channel`; an unlisted one gets the pack's `other_channels`."""
    rules = policy.rules.channels.get(channel, policy.rules.other_channels)
    return ChannelLimits(rules.longest_reply, timedelta(minutes=rules.claim_lease_minutes))


def _findings(policy: Policy, facts: ReplyFacts, own_domains: Sequence[str]) -> Iterator[GateFinding]:
    longest = limits(policy, facts.channel).longest_reply
    if len(facts.draft) > longest:
        words = f"is {len(facts.draft) - longest} characters too long for this channel, which takes {longest}"
        yield GateFinding(ReasonName.TOO_LONG_FOR_CHANNEL.value, True, longest, len(facts.draft), words)
    if len(facts.draft) > _LONGEST_READ:
        return
    draft = fold(facts.draft)
    yield from check_links(facts.draft, (*policy.rules.links.own, *policy.rules.links.allow, *own_domains))
    yield from check_identity(policy, facts, draft, own_domains)
    yield from check_wording(policy, facts, draft)
    yield from check_duties(policy, facts, draft)


def _few(found: Sequence[GateFinding]) -> list[GateFinding]:
    """`found` with at most `_MOST` of each kind: the verdict stands, and nobody reads a thousand."""
    told: Counter[tuple[str, bool]] = Counter()
    few = []
    for finding in found:
        told[finding.reason, finding.hard] += 1
        if told[finding.reason, finding.hard] <= _MOST:
            few.append(finding)
    return few


def _once(found: Sequence[GateFinding]) -> list[GateFinding]:
    """`found` without a finding that lies inside another of the same reason that is at least as hard."""
    return [
        inner
        for inner in found
        if not any(
            outer is not inner
            and outer.reason == inner.reason
            and outer.hard >= inner.hard
            and outer.start <= inner.start
            and outer.end >= inner.end
            and (outer.start, outer.end, outer.hard) != (inner.start, inner.end, inner.hard)
            for outer in found
        )
    ]
