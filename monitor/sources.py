"""One watch, several things to ask (mentions, two searches, five hashtags, ten feeds): walked one after another.

What must stay true: a source that fails never stops the others; each keeps its own cursor and its own rest; a walk
that all of them fail is a failure of the whole. The cursor of such a watch is::

    {"of":   {key: cursor of that source},
     "rest": {key: {"tries": failures in a row, "until": time}},
     "walk": {"left": [keys still to ask, the one in hand first], "well": how many answered, "why": …} or None}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.channel import BadAnswer, ChannelError, Cursor, CursorRefused, Gone, Page, Throttled, Trouble

FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=30)
"""How long a source that failed is left alone: doubled with each failure in a row."""
GONE_REST = timedelta(days=1)
"""How long one is left alone that is gone for good (a feed that answers 410), and the longest rest believed."""
TRIES_AT_A_CURSOR = 3
"""After so many answers in a row that made no sense, a source is begun again: its cursor may be the reason."""
BEGUN_AGAIN = "A walk could not be finished and was begun again; what lay between may be missing."


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to ask a network for.

    `key` names it in cursors and must stay the same from run to run; `label` names it to people. `fetch` and
    `restart` are those of `monitor.channel.Channel`, for this source alone.
    """

    key: str
    label: str
    fetch: Callable[[Cursor], Page]
    restart: Callable[[Cursor], Cursor]


def fetch_in_turn(sources: Sequence[Source], cursor: Cursor, now: datetime, *, older: str = "") -> Page:
    """One page, of the source in hand. A source that fails gives an empty page with its `trouble`.

    Args:
        sources: all of them, in the order in which they are asked; at least one.
        cursor: that of the watch.
        now: the time, in UTC.
        older: the key of the source that a cursor of another form is of (it was written before there were several).

    Raises:
        ChannelError: every source has failed in this walk; its `cursor` is where the next walk begins.
        Throttled: all sources are resting.
    """
    state = _state(sources, cursor, now, older)
    key = state["walk"]["left"][0]
    source = next(one for one in sources if one.key == key)
    try:
        page = _ask(source, state)
    except ChannelError as error:
        return _troubled(source, state, error, now)
    state["of"][key] = dict(page.cursor)
    state["rest"].pop(key, None)
    if not page.more:
        state["walk"]["well"] += 1
        _leave(state)
    return replace(page, cursor=state, more=state["walk"] is not None, source=source.label)


def restart_in_turn(sources: Sequence[Source], cursor: Cursor, *, older: str = "") -> Cursor:
    """A cursor with which every source starts again."""
    of = _of(cursor, older)
    return {
        "of": {one.key: dict(one.restart(of.get(one.key, {}))) for one in sources},
        "rest": {},
        "walk": None,
    }


def _state(sources: Sequence[Source], cursor: Cursor, now: datetime, older: str) -> dict[str, Any]:
    """The cursor as a state of our own to change, with a walk in it."""
    keys = [one.key for one in sources]
    of = {key: value for key, value in _of(cursor, older).items() if key in keys}
    rest = {key: dict(value) for key, value in (cursor.get("rest") or {}).items() if key in keys}
    walk = dict(cursor.get("walk") or {}) if "of" in cursor else {}
    left = [key for key in walk.get("left") or [] if key in keys]
    if not left:
        left = [key for key in keys if not _rests(rest.get(key), now)]
        walk = {"well": 0}
    if not left:
        raise Throttled("resting", until=min(datetime.fromisoformat(one["until"]) for one in rest.values()))
    return {"of": of, "rest": rest, "walk": {"left": left, "well": int(walk.get("well", 0))}}


def _of(cursor: Cursor, older: str) -> dict[str, Any]:
    if "of" in cursor:
        return dict(cursor["of"])
    return {older: dict(cursor)} if cursor and older else {}


def _rests(rest: Mapping[str, Any] | None, now: datetime) -> bool:
    # A time farther off than any rest was written by a clock that was wrong.
    return rest is not None and now < datetime.fromisoformat(rest["until"]) <= now + GONE_REST


def _ask(source: Source, state: Mapping[str, Any]) -> Page:
    own = state["of"].get(source.key, {})
    tries = int(state["rest"].get(source.key, {}).get("tries", 0))
    try:
        return source.fetch(own)
    except CursorRefused:
        return source.fetch(source.restart(own))
    except BadAnswer:
        if tries + 1 < TRIES_AT_A_CURSOR or not own:
            raise
    page = source.fetch(source.restart(own))
    return replace(page, complete=False, gap=f"{BEGUN_AGAIN} {page.gap}".strip())


def _troubled(source: Source, state: dict[str, Any], error: ChannelError, now: datetime) -> Page:
    tries = int(state["rest"].get(source.key, {}).get("tries", 0)) + 1
    until = now + (GONE_REST if isinstance(error, Gone) else _rest(tries))
    if error.until is not None:
        until = min(max(until, error.until), now + GONE_REST)
    state["rest"][source.key] = {"tries": tries, "until": until.isoformat()}
    well = state["walk"]["well"]
    _leave(state)
    if state["walk"] is None and not well:
        error.cursor = state
        raise error
    return Page(
        (), state, state["walk"] is not None, {}, source=source.label, trouble=Trouble(source.label, error)
    )


def _rest(tries: int) -> timedelta:
    return min(FIRST_REST * (1 << min(tries - 1, 10)), LONGEST_REST)


def _leave(state: dict[str, Any]) -> None:
    """Go on to the next source; after the last one the walk has ended."""
    left = state["walk"]["left"][1:]
    state["walk"] = {**state["walk"], "left": left} if left else None
