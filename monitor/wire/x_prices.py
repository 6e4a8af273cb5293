"""What X charges, in millionths of a US dollar. Source: X API, pay-per-use pricing, as of 22 August 2026.

X charges per resource returned. Whether posts and people that come along with a post count as resources is not said in
so many words: they are counted here. X charges the same resource once in a day (UTC), and this is not modelled. So the
count is never below the bill, and can be well above it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from monitor.spending import Prices
from monitor.wire.x import entries, items

PRICES = Prices(
    currency="USD",
    read=5_000,
    reply=10_000,
    reply_with_link=200_000,
    source="X API, pay-per-use pricing, 22 August 2026",
)
"""A reply is charged as one to who has called on us; one with a link costs twenty times as much."""

PERSON = 10_000
OWN_READ = 1_000
"""For each resource of our own account's lists, where the account that asks owns the app."""

_LINK = re.compile(r"https?://|www\.|\b(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b", re.IGNORECASE)
"""X makes a link of a bare name of a host, too. What merely looks like one is taken for one: a warning too many."""


def has_link(text: str) -> bool:
    """Whether X would find a link in this text, and charge for it."""
    return bool(_LINK.search(text))


def price_of_reply(text: str) -> int:
    """What a reply with these words costs."""
    return PRICES.reply_with_link if has_link(text) else PRICES.reply


def price_of_read(body: Mapping[str, Any], *, owned: bool = False) -> int:
    """What an answer costs that holds these posts, and what comes along with them.

    Raises:
        monitor.channel.BadAnswer: its data is no list.
    """
    found = body.get("includes")
    along = found if isinstance(found, dict) else {}
    people = len(entries(along, "users"))
    others = sum(len(entries(along, name)) for name in ("tweets", "posts", "media"))
    posts = len(items(body)) + others
    return (posts + people) * OWN_READ if owned else posts * PRICES.read + people * PERSON
