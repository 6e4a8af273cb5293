"""Walking Mastodon's lists: forwards from what was heard last, or backwards from the newest.

Two rules of Mastodon's make a plain "since the last id" lose posts: a post that reaches our server late is given an
id of the time when it was made, so that it lies *before* posts that were heard already; and a page may be shorter
than asked for although more follows. So every walk begins a little way back (`OVERLAP`), passes over what it has
heard in the same version, and ends only at a page that holds nothing further. The cursor of one list is::

    {"recent": [[id, seconds since 1970, version], …],   heard last, oldest first; the first one is where a walk begins
     "at":     id of the newest one read in this walk,   in a walk forwards
     "back":   {"max_id": id, "pages": n, "from": id}}   in a walk backwards
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.channel import Cursor
from monitor.wire.mastodon import UNREADABLE, id_of, moment, rank

PAGE = 40
"""Items a page: the most that Mastodon gives. Source: Mastodon API, timelines, notifications and search."""
MOST_PAGES = 25
"""Pages of one walk backwards; a server allows 300 requests in five minutes for everything. Source: as above."""
OVERLAP = timedelta(hours=2)
"""How much later than it was made a post may reach our server and still be heard."""
_MOST_RECENT = 120
_BEGINNING = ["0", 0, ""]
"""Stands before all posts, once a list was read to its very beginning."""


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a list: its id there, when it was made, the version of its status, and the status itself."""

    id: str
    at: int
    revision: str
    status: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What a page gave: the items that are new or changed, oldest first, and how the walk goes on."""

    fresh: Sequence[Found]
    cursor: Cursor
    more: bool
    cap: str = ""


def found_in(item: Any, now: datetime) -> Found:
    """An item of a list of statuses, or of notifications.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it has no id.
    """
    status = item.get("status") if "type" in item else item
    status = status if isinstance(status, dict) else None
    try:
        at = min(moment(item["created_at"]), now)
    except UNREADABLE:
        at = now
    edited = status.get("edited_at") if status else None
    return Found(id_of(item), int(at.timestamp()), edited if isinstance(edited, str) else "", status)


def asked(cursor: Cursor, *, backwards: bool) -> dict[str, str]:
    """The place in the list to ask for next, as Mastodon's own parameters."""
    recent = cursor.get("recent") or []
    if recent and not backwards and not cursor.get("back"):
        return {"min_id": str(cursor.get("at") or recent[0][0])}
    back = cursor.get("back") or {}
    floor = back.get("from") or (recent[0][0] if recent and not back else "")
    paging = {"min_id": floor, "max_id": back.get("max_id")}
    return {name: str(value) for name, value in paging.items() if value and value != _BEGINNING[0]}


def after(cursor: Cursor, found: Sequence[Found], *, backwards: bool) -> Step:
    """What a page means that was asked for with `asked`."""
    paging = asked(cursor, backwards=backwards)
    inside = sorted((one for one in found if _within(one.id, paging)), key=lambda one: rank(one.id))
    known = {str(one[0]): one for one in cursor.get("recent") or []}
    fresh = [one for one in inside if one.id not in known or known[one.id][2] != one.revision]
    known |= {one.id: [one.id, one.at, one.revision] for one in fresh}
    recent = sorted(known.values(), key=lambda one: rank(str(one[0])))
    if cursor.get("back") or backwards or not cursor.get("recent"):
        return _backwards(cursor, paging, found, inside, fresh, recent)
    if inside:
        return Step(fresh, {"recent": recent[-_longest(recent) :], "at": inside[-1].id}, True)
    return Step(fresh, {"recent": _kept(recent)}, False)


def _backwards(
    cursor: Cursor,
    paging: Mapping[str, str],
    found: Sequence[Found],
    inside: Sequence[Found],
    fresh: Sequence[Found],
    recent: list[list[Any]],
) -> Step:
    pages = int((cursor.get("back") or {}).get("pages", 0)) + 1
    if inside and pages < MOST_PAGES:
        back = {"max_id": inside[0].id, "pages": pages, "from": paging.get("min_id", "")}
        return Step(fresh, {"recent": recent, "back": back}, True)
    cap = ""
    if inside:
        cap = f"Only the newest {MOST_PAGES * PAGE} posts were read."
    elif _turned_deaf(paging, found):
        before = cursor.get("back") or {}
        if not before.get("deaf"):  # one page that repeats may be a cache's: it is asked for once more
            return Step(fresh, {"recent": recent, "back": {**before, "deaf": True}}, True)
        cap = f"The server gave only its newest {PAGE} posts."
    if not cap and "min_id" not in paging:
        recent = [_BEGINNING, *(one for one in recent if one[0] != _BEGINNING[0])]
    return Step(fresh, {"recent": _kept(recent)}, False, cap)


def _turned_deaf(paging: Mapping[str, str], found: Sequence[Found]) -> bool:
    """Whether a server took no notice of `max_id` and gave a full page of what we had."""
    newest = paging.get("max_id")
    return bool(newest) and len(found) >= PAGE and all(rank(one.id) >= rank(str(newest)) for one in found)


def _within(item_id: str, paging: Mapping[str, str]) -> bool:
    low, high = paging.get("min_id"), paging.get("max_id")
    return (not low or rank(item_id) > rank(low)) and (not high or rank(item_id) < rank(high))


def _kept(recent: Sequence[list[Any]]) -> list[list[Any]]:
    """What is remembered of a walk: the overlap, and the last item before it, where the next walk begins."""
    if not recent:
        return []
    since = max(one[1] for one in recent) - OVERLAP.total_seconds()
    before = [index for index, one in enumerate(recent) if one[1] < since]
    return list(recent[max(before[-1] if before else 0, len(recent) - _MOST_RECENT) :])


def _longest(recent: Sequence[list[Any]]) -> int:
    return min(len(recent), _MOST_RECENT)
