"""How Bluesky is walked through: what is asked for, page after page, and where a walk has come to.

A walk goes from new to old, in pages, down to `OVERLAP` before the newest post of the last one: Bluesky shows posts
late, and sorts them by a time that their authors choose. What was heard is known by digests. Its cursor is::

    {"newest": time of the newest post of the last finished walk, "seen": digests of what was heard near it,
     "again": from when to read once more, "walk": {…} or None}

Cursors of Bluesky's search count posts, so a post that is deleted during a walk lets another slip by between two
pages: after a walk of several pages the next one reads the same window again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.channel import BadAnswer, NotEntitled, RawPost, Watch

FIRST_LOOK = timedelta(days=7)
"""How far back the first walk goes: as far as the first of the other networks."""
OVERLAP = timedelta(hours=6)
PAGE = 100
"""Posts a page, at most. Source: lexicons app.bsky.feed.searchPosts, app.bsky.notification.listNotifications."""
MOST_PAGES = 100
"""Pages of one walk: no watch of ours brings 10,000 posts at once; a walk that goes on has lost its way."""
LONGEST_QUERY = 256
"""In code points. Bluesky names no limit; what is longer than this is no name that people write."""
_MOST_SEEN = 2000
_NEAR = 2 * PAGE

TOO_MANY = f"A walk ended after {MOST_PAGES} pages; older posts may not have been heard."
CUT_OFF = "Bluesky gave no more pages although the last one was full; older posts may not have been heard."


@dataclass(frozen=True, slots=True)
class Query:
    """One search: its key in cursors, its name for people, and what is asked."""

    key: str
    label: str
    q: str


def queries_of(watch: Watch, own_handle: str = "") -> list[Query]:
    """One search for each term, hashtag and handle: Bluesky documents no way to ask for one or the other.

    Our own account is left out: its mentions come as notifications. Exclusions are left to the local filter.

    Raises:
        NotEntitled: a term is longer than any search takes; a person must shorten it.
    """
    tags = [
        tag.lstrip("#") for tag in (*watch.hashtags, *(one for one in watch.terms if one.startswith("#")))
    ]
    terms = [_phrase(term) for term in watch.terms if not term.startswith("#")]
    own = own_handle.lstrip("@").casefold()
    handles = ["@" + name for one in watch.handles if (name := one.lstrip("@")) and name.casefold() != own]
    wanted = list(dict.fromkeys(filter(None, [*terms, *("#" + tag for tag in tags if tag), *handles])))
    if any(len(q) > LONGEST_QUERY for q in wanted):
        raise NotEntitled("term too long for a search")
    return [Query(_key(q), f"search {n} of {len(wanted)}", q) for n, q in enumerate(wanted, 1)]


def _phrase(term: str) -> str:
    words = term.replace('"', " ").replace("\\", " ").split()
    return '"' + " ".join(words) + '"' if words else ""


def _key(q: str) -> str:
    return "search-" + hashlib.sha256(q.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Step:
    """Where one walk is: what to ask next."""

    since: datetime
    token: str = ""
    pages: int = 0
    newest: datetime | None = None
    """Of this walk."""
    fresh: tuple[str, ...] = ()
    """Digests of this walk's posts that the next one will meet again."""
    near: tuple[str, ...] = ()
    """Digests of its last pages: posts that come meanwhile push others onto the next page."""

    def known(self, cursor: Mapping[str, Any]) -> frozenset[str]:
        """Everything that need not be heard again."""
        return frozenset((*self.fresh, *self.near, *_words(cursor.get("seen"))))


@dataclass(frozen=True, slots=True)
class Turned:
    """What a page brought: posts not heard before, the cursor after it, and the cap that was hit."""

    posts: Sequence[RawPost]
    cursor: Mapping[str, Any]
    more: bool
    cap: str = ""


def step_of(cursor: Mapping[str, Any], now: datetime) -> Step:
    """What to ask now. `now` counts only where nothing was ever heard: later walks go by Bluesky's own times.

    Raises:
        BadAnswer: the cursor is not of our making.
    """
    walk = cursor.get("walk")
    try:
        if walk:
            return Step(
                datetime.fromisoformat(walk["since"]),
                str(walk["token"]),
                int(walk["pages"]),
                datetime.fromisoformat(walk["newest"]) if walk.get("newest") else None,
                _words(walk.get("fresh")),
                _words(walk.get("near")),
            )
        newest, again = cursor.get("newest"), cursor.get("again")
        since = datetime.fromisoformat(newest) - OVERLAP if newest else now - FIRST_LOOK
        return Step(min(since, datetime.fromisoformat(again)) if again else since)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadAnswer("cursor of another shape") from None


def turn(cursor: Mapping[str, Any], step: Step, found: Sequence[RawPost], size: int, token: object) -> Turned:
    """Go past a page of `found` posts out of `size` items, after which Bluesky gives `token`.

    Raises:
        BadAnswer: the page leads back to itself.
    """
    if token and token == step.token:
        raise BadAnswer("page that repeats")
    known = step.known(cursor)
    marks = {digest(post): post for post in found}
    posts = [post for mark, post in marks.items() if mark not in known]
    newest = max((*(post.posted_at for post in found), *filter(None, [step.newest])), default=None)
    fresh = (*step.fresh, *_within(marks, newest))
    near = (*step.near, *marks)[-_NEAR:]
    after = Step(
        step.since, str(token or ""), step.pages + 1, newest, tuple(dict.fromkeys(fresh))[:_MOST_SEEN], near
    )
    below = bool(found) and all(post.posted_at < step.since for post in found)
    if token and not below and after.pages < MOST_PAGES:
        return Turned(posts, {**cursor, "walk": _walk(after)}, True)
    cap = TOO_MANY if token and not below else CUT_OFF if not token and size >= PAGE and not below else ""
    return Turned(posts, _ended(cursor, after), False, cap)


def _within(marks: Mapping[str, RawPost], newest: datetime | None) -> Iterable[str]:
    return [mark for mark, post in marks.items() if newest and post.posted_at >= newest - OVERLAP]


def _walk(step: Step) -> dict[str, Any]:
    return {
        "since": step.since.isoformat(),
        "token": step.token,
        "pages": step.pages,
        "newest": step.newest.isoformat() if step.newest else None,
        "fresh": list(step.fresh),
        "near": list(step.near),
    }


def _ended(cursor: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The walk has ended: only now does its newest post become the mark, and never an older one than before."""
    before = cursor.get("newest")
    marks = [step.newest, datetime.fromisoformat(before) if before else None]
    newest = max(filter(None, marks), default=None)
    ended: dict[str, Any] = {"newest": newest.isoformat() if newest else None, "walk": None}
    ended["seen"] = list(dict.fromkeys((*step.fresh, *_words(cursor.get("seen")))))[:_MOST_SEEN]
    if step.pages > 1 and not cursor.get("again"):
        ended["again"] = step.since.isoformat()
    return ended


def digest(post: RawPost) -> str:
    """One version of one post in 12 letters: cursors are kept in clear."""
    return hashlib.sha256(f"{post.external_id} {post.revision}".encode()).hexdigest()[:12]


def _words(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()
