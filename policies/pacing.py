"""How many replies may leave in a stretch of time, and how old the answer to "can this be answered?" may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from policies.policy import Policy

AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def free_again(begun: Sequence[datetime], most: int, window: timedelta, now: datetime) -> datetime | None:
    """When one more may begin, or None where it may begin now.

    Args:
        begun: when each of those that count began.
        most: how many may begin within any `window`.
        window: how long each of them counts.
        now: the time now.
    """
    counted = sorted(at for at in begun if at > now - window)
    if len(counted) < most:
        return None
    return counted[len(counted) - most] + window


def look_again_after(policy: Policy) -> timedelta:
    """How old the network's answer of how a post can be answered may be when a reply is approved."""
    return timedelta(minutes=policy.rules.sending.look_again_minutes)
