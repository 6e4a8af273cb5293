"""What networks are asked and what they charge, as plain figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spend:
    """What was asked of a network: requests, and money in millionths of its currency."""

    calls: int = 0
    micros: int = 0


@dataclass(frozen=True, slots=True)
class Prices:
    """What a network charges, in millionths of `currency`; all 0 where it charges nothing.

    `source` says where the figures come from, and of which day they are.
    """

    currency: str = ""
    read: int = 0
    """For one post read."""
    reply: int = 0
    """For one reply without a link."""
    reply_with_link: int = 0
    source: str = ""


NOTHING = Spend()
FREE = Prices()
