"""Whether and how a post can be answered, from what the record holds; and how old that knowledge is."""

from __future__ import annotations

from datetime import datetime, timedelta

from casebook.errors import NotFresh, WrongState
from casebook.model import Case, Mention, NetworkRequest
from casebook.unit_of_work import UnitOfWork
from policies.capability import FORBIDDEN, HANDOFF, Answerable, AnswerFacts, capability
from policies.pacing import look_again_after
from policies.policy import Policy

NEVER_ASKED_AGAIN = frozenset({"feeds"})
"""Channels whose posts cannot be asked for again, where the monitor has not said what each can do yet."""
_TOLD = frozenset({"same", "changed", "gone"})
"""Outcomes of a look-up in which the network spoke of the post."""


def way_of(work: UnitOfWork, mention: Mention, case: Case) -> Answerable:
    """How a post can be answered as things stand now, and why."""
    network = work.networks.find(channel=mention.channel)
    can_write = None if network is None else network.facts.get("can_reply")
    return capability(
        AnswerFacts(
            way=mention.way,
            reason=mention.way_reason,
            gone=mention.gone,
            complaint=case.complaint_live,
            can_write=can_write if isinstance(can_write, bool) else None,
        )
    )


def demand_answerable(work: UnitOfWork, mention: Mention, case: Case, kept: str) -> Answerable:
    """How a post can be answered; `kept` says what becomes of what was written ("The draft was kept.").

    Raises:
        WrongState: it cannot be answered at all.
    """
    found = way_of(work, mention, case)
    if found.way == FORBIDDEN:
        raise WrongState(f"This post cannot be answered: {found.reason.rstrip('.')}. {kept}")
    return found


def looks_up(work: UnitOfWork, channel: str) -> bool:
    """Whether this network can be asked for a post again as it is now."""
    network = work.networks.find(channel=channel)
    known = None if network is None else network.facts.get("looks_up")
    return known if isinstance(known, bool) else channel not in NEVER_ASKED_AGAIN


def open_look_up(work: UnitOfWork, mention: Mention) -> NetworkRequest | None:
    """A look-up of this post that waits for its answer."""
    waiting = work.requests.where(mention_id=mention.id, kind="look_up", answered_at=None)
    return waiting[0] if waiting else None


def is_fresh(work: UnitOfWork, policy: Policy, mention: Mention, way: str, now: datetime) -> bool:
    """Whether how the post can be answered is known well enough to approve a reply to it.

    Where the network cannot be asked (over budget, no credential …), a reply by hand needs no fresher answer: whoever
    posts it sees the post. One by API waits, as the sender could not look either.
    """
    oldest = look_again_after(policy)
    if not looks_up(work, mention.channel) or now - oldest <= mention.way_at <= now + oldest:
        return True
    tried = [
        one
        for one in work.requests.where(mention_id=mention.id, kind="look_up")
        if one.answered_at is not None and one.answered_at >= now - oldest
    ]
    return way == HANDOFF and bool(tried) and tried[-1].answer.get("outcome") not in _TOLD


def not_fresh(mention: Mention, now: datetime) -> NotFresh:
    """The refusal, saying how old the answer is."""
    return NotFresh(
        f"How this post can be answered was last asked {in_words(now - mention.way_at)} ago. It is being asked again; "
        "approve in a moment. (The monitor must be running.) Nothing was changed."
    )


def in_words(length: timedelta) -> str:
    """A length of time in its largest unit: "40 minutes", "3 hours"."""
    minutes = max(0, int(length.total_seconds() // 60))
    for size, word in ((60 * 24, "day"), (60, "hour")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
