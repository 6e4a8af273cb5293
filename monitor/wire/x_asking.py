"""How X is asked: fields, queries and walks.

What must stay true of a walk: its `since_id` is that of the last finished one and stays the same until it has
ended; then the newest id of its first page takes its place (X's own rule). No id is made from our clock, so that
a clock that is wrong loses no post. The cursor of one source::

    {"since_id": …, "heard_at": when its last walk ended, "capped": whether that one met X's cap,
     "walk": {"query", "since_id", "start_time", "token", "newest", "oldest", "pages"} or None}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.channel import BadAnswer, Cursor, Watch
from monitor.http import from_seconds
from monitor.wire.queries import any_of, quoted, split, telling
from monitor.wire.x_refusals import START, TOKEN

WINDOW = timedelta(days=7) - timedelta(minutes=5)
"""How far back recent search reaches, less a margin for the call itself. Source: X API, recent search."""
MOST_MENTIONS = 800
"""How many mentions X shows at most, page by page. Source: X API, user mention timeline."""

FIELDS: tuple[Mapping[str, list[str]], ...] = (
    {
        "tweet_fields": [
            *("attachments", "author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id"),
            *("lang", "note_tweet", "possibly_sensitive", "referenced_tweets", "reply_settings", "withheld"),
        ],
        "expansions": ["author_id", "attachments.media_keys", "attachments.poll_ids", "referenced_tweets.id"],
        "media_fields": ["alt_text", "preview_image_url", "url"],
        "poll_fields": ["options"],
        "user_fields": ["protected"],
    },
    {
        "post.fields": [
            *("attachments", "conversation_id", "created_at", "entities", "lang", "note_post"),
            *("possibly_sensitive", "reply_settings", "withheld"),
        ],
        "expansions": ["author_id", "attachments.media_keys", "attachments.poll_ids", "referenced_posts"],
        "media_fields": ["alt_text", "preview_image_url", "url"],
        "poll_fields": ["options"],
        "user_fields": ["protected"],
    },
    {"expansions": ["author_id"]},
)
"""What is asked for, in turn: the names up to 2.159, those of 2.167, and the least that will do."""

_LONGEST_ID = 19
"""Digits of the largest id: ids are 63-bit numbers."""
_EPOCH_MS = 1_288_834_974_657
_MOST_PAGES = 1000
_HANDLE = re.compile(r"@?(\w{1,15})", re.ASCII)


# Queries


def queries(watch: Watch, account_handle: str = "", *, mentions_apart: bool = False) -> list[str]:
    """X's queries for a watch: in each any of its words, no retweets, no posts of our own, no exclusion that tells.

    Args:
        watch: what is listened for.
        account_handle: our own account there, "" where there is none.
        mentions_apart: what mentions our account is heard from its own list; a search then leaves it out, since
            each post is paid for where it is read. The words stay in the same groups either way; a group that
            is left without words is "".

    Raises:
        QueryTooLong: a word of the watch is too long for a query.
    """
    own = account_handle.lstrip("@")
    named = (*watch.terms, *watch.handles, *watch.hashtags)
    unwanted = ["-" + quoted(word) for word in telling(watch.exclusions, named)]
    groups = split(_words(watch), unwanted, lambda group, out: _compose(group, out, own, bool(own)))
    at_us = "@" + own.casefold()
    found = []
    for group in groups.groups:
        left = [word for word in group if not (mentions_apart and word.casefold() == at_us)]
        found.append(_compose(left, groups.exclusions, own, mentions_apart) if left else "")
    return found


def _words(watch: Watch) -> list[str]:
    handles = [f"@{found[1]}" if (found := _HANDLE.fullmatch(one)) else quoted(one) for one in watch.handles]
    tags = [tag for one in watch.hashtags if len(tag := "#" + re.sub(r"\W", "", one)) > 1]
    words = [quoted(term) for term in watch.terms] + handles + tags
    return [word for word in words if word != '""']


def _compose(wanted: Sequence[str], unwanted: Sequence[str], own: str, without_mentions: bool) -> str:
    ours = [f"-from:{own}"] if own else []
    ours += [f"-@{own}"] if own and without_mentions else []
    return " ".join([any_of(wanted), "-is:retweet", *ours, *unwanted])


def made_at(external_id: str) -> datetime:
    """When a post was made, from its id alone (a snowflake: milliseconds in all but the last 22 bits)."""
    return from_seconds(((int(external_id) >> 22) + _EPOCH_MS) / 1000) or datetime.fromtimestamp(0, UTC)


# Walks


def mentions_apart(cursor: Cursor) -> bool:
    """Whether the list of mentions answers and is whole, by the cursor of a watch: then a search need not repeat it."""
    state = (cursor.get("of") or {}).get("mentions") or {}
    return "mentions" not in (cursor.get("rest") or {}) and not state.get("capped")


def new_walk(cursor: Cursor, now: datetime, query: str = "") -> dict[str, Any]:
    """What to ask at the start of a walk: since the last one, or as far back as a search reaches.

    Args:
        cursor: that of the source.
        now: the time; it decides how far back mentions are read at the very start, and nothing later.
        query: what is searched for; "" for mentions, which reach further back than a search.
    """
    if cursor.get("since_id"):
        return {"query": query, "since_id": cursor["since_id"]}
    lost, start = _moment(cursor.get("lost_since")), now - WINDOW
    if query:
        gap = _gap(lost, start) if lost and (lost < start or cursor.get("certain")) else ""
        return {"query": query, "gap": gap}
    if cursor.get("from_the_first"):
        return {"query": ""}
    return {
        "query": "",
        "start_time": min(lost or start, start).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def begun_again(cursor: Cursor, reason: str = "") -> dict[str, Any]:
    """Where a source goes on after X has refused its cursor, by the reason of the refusal.

    A refused page token costs the walk alone, which begins again from the same `since_id`.
    """
    walk = cursor.get("walk") or {}
    since = cursor.get("since_id")
    if reason == START:
        return {"from_the_first": True}
    if reason == TOKEN and walk.get("token"):
        return {key: cursor[key] for key in ("since_id", "heard_at", "lost_since") if cursor.get(key)}
    lost = cursor.get("heard_at") or (made_at(since).isoformat() if since else cursor.get("lost_since"))
    # Without our own note of when we last heard, X's word that the id is too old is proof enough.
    certain = bool(reason and not cursor.get("heard_at"))
    return {"lost_since": lost, "certain": certain} if lost else {}


def _moment(said: object) -> datetime | None:
    return datetime.fromisoformat(said) if isinstance(said, str) and said else None


def _gap(lost: datetime, start: datetime) -> str:
    upto = f"to {_said(start)} " if start > lost else "until now "
    return f"X searches the last seven days only; {_said(lost)} {upto}was not heard."


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d %B %Y %H:%M UTC")


def next_cursor(
    cursor: Cursor, walk: Mapping[str, Any], meta: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Where the source is after this page: further along the walk, or past it.

    Raises:
        BadAnswer: the page repeats one we had, goes back up, or the walk never ends.
    """
    token, newest, pages = meta.get("next_token"), meta.get("newest_id"), walk.get("pages", 0) + 1
    oldest_before = walk.get("oldest")
    if (token and token == walk.get("token")) or pages > _MOST_PAGES:
        raise BadAnswer("walk that does not end")
    if oldest_before and newest and _number(newest) >= _number(oldest_before):
        raise BadAnswer("page that repeats")
    first = walk.get("newest") or newest
    if not token:
        ids = [str(one) for one in (first, walk.get("since_id")) if one]
        since = max(ids, key=_number, default=None)
        return {"since_id": since, "walk": None, "heard_at": now.isoformat()}
    kept = {key: walk[key] for key in ("query", "since_id", "start_time") if walk.get(key)}
    further = {**kept, "token": str(token), "newest": first, "pages": pages}
    further["oldest"] = meta.get("oldest_id") or oldest_before
    before = {key: cursor[key] for key in ("heard_at", "capped", "lost_since") if cursor.get(key)}
    return {"since_id": cursor.get("since_id"), **before, "walk": further}


def capped(walk: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a walk through mentions has ended at X's cap: after so many pages of a hundred, more may lie below."""
    return after["walk"] is None and (int(walk.get("pages", 0)) + 1) * 100 >= MOST_MENTIONS


def window(walk: Mapping[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when to when a walk asks. Its end is X's own: half a minute before it answers."""
    if walk.get("since_id"):
        return made_at(str(walk["since_id"])), None
    start = _moment(walk.get("start_time"))
    return start or (now - WINDOW if walk.get("query") else None), None


def _number(external_id: object) -> int:
    text = str(external_id)
    if not text.isdecimal() or len(text) > _LONGEST_ID:
        raise BadAnswer("id that is no number")
    return int(text)
