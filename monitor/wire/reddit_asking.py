"""How Reddit is asked: queries, places and walks.

A listing comes newest first and shows no more than about a thousand things. Each walk reads down to some time before
the newest thing of the last one, since Reddit shows things late and out of order, and drops the names it has seen.
The cursor of one source::

    {"high": newest time heard, "seen": [names],
     "walk": {"after", "read", "high", "floor", "empty_at", "first"} or None}
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.channel import Cursor, Gone, NotEntitled, Watch
from monitor.wire.queries import any_of, quoted, split, telling

OVERLAP = timedelta(hours=48)
"""How far behind the newest post a search is read again: Reddit's search shows posts late and out of order."""
LISTING_OVERLAP = timedelta(hours=1)
"""The same for listings, which Reddit keeps in order."""
CEILING = 1000
"""Reddit lists no more than about this many things. Source: praw's documentation of listings."""
SEARCH_CEILING = 240
"""Search often stops near 250 without saying so (reported for praw and snoowrap alike)."""
LISTING_CEILING = 900
"""A listing that stops above this is taken to have met its ceiling: what Reddit has removed is missing in it."""

_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_PLACE = re.compile(r"[A-Za-z0-9_]{2,21}")


def queries(watch: Watch) -> list[str]:
    """Reddit's searches (lucene syntax) for a watch: any term, handle or hashtag, no exclusion that tells.

    Raises:
        QueryTooLong: a word of the watch is too long for a query.
    """
    tags = ["#" + tag.lstrip("#") for tag in watch.hashtags]
    wanted = [quoted(word) for word in (*watch.terms, *watch.handles, *tags)]
    named = (*watch.terms, *watch.handles, *watch.hashtags)
    unwanted = ["NOT " + quoted(word) for word in telling(watch.exclusions, named)]
    found = split([word for word in wanted if word not in {'""', '"#"'}], unwanted, _compose)
    return [_compose(group, found.exclusions) for group in found.groups]


def _compose(wanted: Sequence[str], unwanted: Sequence[str]) -> str:
    return " AND ".join([any_of(wanted), *unwanted])


def place_of(watch: Watch) -> str:
    """The subreddits to search, joined by "+"; all of Reddit where the watch names none.

    Raises:
        NotEntitled: a place cannot be the name of a subreddit.
    """
    places = [re.sub(r"^/?r/", "", place.strip()) for place in watch.places]
    if not all(_PLACE.fullmatch(place) for place in places):
        raise NotEntitled("not a subreddit's name")
    return "+".join(dict.fromkeys(places)) or "all"


def is_name(external_id: str) -> bool:
    """Whether this is a fullname; nothing else may go into an address."""
    return bool(_NAME.fullmatch(external_id))


def named(external_id: str) -> str:
    """`external_id` itself.

    Raises:
        Gone: it is no fullname, so there is no such post.
    """
    if not is_name(external_id):
        raise Gone("no such post")
    return external_id


@dataclass(frozen=True, slots=True)
class Depth:
    """How far one kind of list is read.

    Attributes:
        overlap: how far behind the newest thing of the last walk.
        ceiling: from how many things on a list that just ends is taken to have been cut.
        at_first: how far back the very first walk goes, None where Reddit itself is asked for a span.
    """

    overlap: timedelta
    ceiling: int
    at_first: timedelta | None = None


SEARCH = Depth(OVERLAP, SEARCH_CEILING)
MENTIONS = Depth(OVERLAP, LISTING_CEILING, timedelta(days=7))
LISTING = Depth(LISTING_OVERLAP, LISTING_CEILING, timedelta(days=1))


def new_walk(cursor: Cursor, depth: Depth = SEARCH, now: datetime | None = None) -> dict[str, Any]:
    """The start of a walk: newest first, down to the overlap before the newest post of the last walk."""
    high = cursor.get("high")
    floor = high - depth.overlap.total_seconds() if high else None
    walk = {"after": None, "read": 0, "high": high, "floor": floor, "empty_at": None}
    if floor is None and depth.at_first and now:
        walk |= {"floor": (now - depth.at_first).timestamp(), "first": True}
    return walk


def span_of(floor: float | None, now: datetime) -> str:
    """The shortest of Reddit's time filters that reaches back to `floor` (seconds since 1970)."""
    if floor is None:
        return "week"
    days = (now.timestamp() - floor) / 86_400
    return "week" if days < 6.5 else "month" if days < 27 else "year"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a listener is after a page, which of the page's names are new, and which cap was met."""

    cursor: dict[str, Any]
    more: bool
    fresh: frozenset[str]
    cap: str = ""


def step(
    cursor: Cursor,
    walk: Mapping[str, Any],
    made: Mapping[str, float],
    after: str | None,
    now: datetime,
    *,
    odd: Collection[str] = (),
    depth: Depth = SEARCH,
) -> Step:
    """What one page means.

    Names already seen are dropped, so that an overlap or a walk begun again doubles nothing. Reddit answers
    an anchor that has meanwhile been deleted with an empty page, exactly as at the end: the walk then begins
    again from the top, once, and takes a second empty page at the same anchor for the end.

    Args:
        cursor: where the source was.
        walk: the walk in hand.
        made: what the page held: fullname → seconds since 1970.
        after: the page's own anchor for the next one.
        now: the time; nothing counts as made later than that.
        odd: names of things on the page of which nothing else is known.
        depth: how far this kind of list is read.
    """
    seen: list[str] = list(cursor.get("seen") or [])
    held = [*made, *odd]
    fresh = frozenset(held) - frozenset(seen)
    names = [*(name for name in dict.fromkeys(held) if name in fresh), *seen][: 2 * CEILING]
    further = {**walk, "read": walk["read"] + len(held), "high": _high(walk, made, now)}
    anchor, floor = walk["after"], walk["floor"]
    if not held and anchor and walk["empty_at"] != anchor:
        further |= {"after": None, "read": 0, "empty_at": anchor}
        return Step({"high": cursor.get("high"), "seen": names, "walk": further}, True, fresh)
    # The last one, not the oldest: a thing with an odd date must not end a walk.
    reached = floor is not None and bool(made) and list(made.values())[-1] < floor
    if after and after != anchor and held and not reached and further["read"] < CEILING:
        further["after"] = after
        return Step({"high": cursor.get("high"), "seen": names, "walk": further}, True, fresh)
    cut = not reached and further["read"] >= depth.ceiling
    cap = f"Reddit listed only the newest {further['read']} posts; older ones were not heard." if cut else ""
    return Step({"high": further["high"], "seen": names, "walk": None}, False, fresh, cap)


def _high(walk: Mapping[str, Any], made: Mapping[str, float], now: datetime) -> float | None:
    # A post dated after now must not carry the overlap past the posts that come before it.
    return max([walk["high"] or 0.0, *(min(when, now.timestamp()) for when in made.values())]) or None
