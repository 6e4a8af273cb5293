"""What is taken from foreign items whole: the item itself where it cannot be read, and the addresses it names."""

from __future__ import annotations

import json
from collections.abc import Iterable

from monitor.channel import RawItem

MOST_ADDRESSES, LONGEST_ADDRESS = 20, 2048


def set_aside(item: object, why: str = "shape") -> RawItem:
    """An item of a page that could not be understood, as JSON."""
    return RawItem(json.dumps(item, ensure_ascii=False, default=str), why)


def web_addresses(found: Iterable[object]) -> tuple[str, ...]:
    """The web addresses among `found`, each once: no other scheme, nothing that is not printable."""
    good = (one.strip() for one in found if isinstance(one, str) and len(one) <= LONGEST_ADDRESS)
    kept = [
        one
        for one in good
        if one.startswith(("https://", "http://")) and one.isprintable() and " " not in one
    ]
    return tuple(dict.fromkeys(kept))[:MOST_ADDRESSES]
