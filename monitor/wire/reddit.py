"""Reddit's query, walk, bodies and refusals.

Things are named by fullname: "t3_…" is a submission, "t1_…" a comment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    RawPost,
    Refused,
    ReplyCapability,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.http import from_seconds, wait_until
from monitor.wire.queries import any_of, quoted, within_limit

SITE = "https://www.reddit.com"
OVERLAP = timedelta(hours=48)
"""How far behind the newest post each walk reads again: Reddit's search shows posts late and out of order."""
CEILING = 1000
"""Reddit lists no more than about this many things. Source: praw's documentation of listings."""
SEARCH_CEILING = 240
"""Search often stops near 250 without saying so (reported for praw and snoowrap alike)."""

NO_ACCOUNT = "No Reddit account is connected for posting: open the post on reddit.com and answer there."
OPEN = "Reddit lets us answer this post from here."
LOCKED = "The discussion is locked: nobody can answer it any more."
ARCHIVED = "The discussion is archived: nobody can answer it any more."

WITHDRAWN = "401"
"""The reason of a `CredentialsRefused` that a fresh token may cure."""

_REMOVED = frozenset({"[removed]", "[removed by reddit]"})
_DELETED = "[deleted]"
_NAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
_PLACE = re.compile(r"[A-Za-z0-9_]{2,21}")
_WAIT = re.compile(r"(\d{1,4}) (millisecond|second|minute)")


@dataclass(frozen=True, slots=True)
class Account:
    """Which account we are: its name without "u/", and whether we can post as it."""

    name: str
    can_write: bool


def compile_query(watch: Watch) -> str:
    """Reddit's search (lucene syntax) for a watch: any term or handle, none of the exclusions.

    Raises:
        QueryTooLong: it has more than 512 code points.
    """
    wanted = [quoted(word) for word in (*watch.terms, *watch.handles)]
    unwanted = ["NOT " + quoted(word) for word in watch.exclusions]
    return within_limit(" AND ".join([any_of(wanted), *unwanted]))


def place_of(watch: Watch) -> str:
    """The subreddits to search, joined by "+"; all of Reddit where the watch names none.

    Raises:
        NotEntitled: a place cannot be the name of a subreddit.
    """
    places = [re.sub(r"^/?r/", "", place.strip()) for place in watch.places]
    if not all(_PLACE.fullmatch(place) for place in places):
        raise NotEntitled("not a subreddit's name")
    return "+".join(places) or "all"


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


# Walks


def new_walk(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The start of a walk: newest first, down to `OVERLAP` before the newest post of the last walk."""
    high = cursor.get("high")
    floor = high - OVERLAP.total_seconds() if high else None
    return {"after": None, "read": 0, "high": high, "floor": floor, "empty_at": None}


def span_of(floor: float | None, now: datetime) -> str:
    """The shortest of Reddit's time filters that reaches back to `floor` (seconds since 1970)."""
    if floor is None:
        return "week"
    days = (now.timestamp() - floor) / 86_400
    return "week" if days < 6.5 else "month" if days < 27 else "year"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a listener is after a page, which of the page's names are new, and what could not be had."""

    cursor: dict[str, Any]
    more: bool
    fresh: frozenset[str]
    gap: str = ""


def step(
    cursor: Mapping[str, Any],
    walk: Mapping[str, Any],
    made: Mapping[str, float],
    after: str | None,
    now: datetime,
) -> Step:
    """What one page means: `made` is what it held (fullname → seconds since 1970), `after` its next anchor.

    Names already seen are dropped, so that an overlap or a walk begun again doubles nothing. Reddit answers
    an anchor that has meanwhile been deleted with an empty page, exactly as at the end: the walk then begins
    again from the top, once, and takes a second empty page at the same anchor for the end.
    """
    seen: list[str] = list(cursor.get("seen") or [])
    fresh = frozenset(made) - frozenset(seen)
    further = dict(walk)
    further["read"] = walk["read"] + len(made)
    # A post dated after now must not carry the overlap past the posts that come before it.
    further["high"] = (
        max([walk["high"] or 0.0, *(min(when, now.timestamp()) for when in made.values())]) or None
    )
    names = [*(name for name in made if name in fresh), *seen][: 2 * CEILING]
    anchor, floor = walk["after"], walk["floor"]
    if not made and anchor and walk["empty_at"] != anchor:
        further |= {"after": None, "read": 0, "empty_at": anchor}
        return Step({"high": cursor.get("high"), "seen": names, "walk": further}, True, fresh)
    reached = floor is not None and bool(made) and min(made.values()) < floor
    if after and after != anchor and made and not reached and further["read"] < CEILING:
        further["after"] = after
        return Step({"high": cursor.get("high"), "seen": names, "walk": further}, True, fresh)
    cut = not reached and further["read"] >= SEARCH_CEILING
    gap = f"Reddit listed only the newest {further['read']} posts; older ones were not heard." if cut else ""
    return Step({"high": further["high"], "seen": names, "walk": None}, False, fresh, gap)


# Bodies


def things(body: object) -> list[Mapping[str, Any]]:
    """The data of each thing in a listing.

    Raises:
        BadAnswer: it is no listing.
    """
    data = body.get("data") if isinstance(body, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(children, list):
        raise BadAnswer("no listing")
    found = (
        child.get("data") for child in children if isinstance(child, dict) and child.get("kind") != "more"
    )
    return [thing for thing in found if isinstance(thing, dict)]


def anchor_of(body: Mapping[str, Any]) -> str | None:
    """The listing's own anchor for its next page."""
    after = body["data"].get("after")
    return str(after) if after else None


def made(thing: Mapping[str, Any]) -> tuple[str, float]:
    """A thing's fullname and when it was made, in seconds since 1970.

    Raises:
        KeyError, TypeError, ValueError: it has none.
    """
    return str(thing["name"]), float(thing["created_utc"])


def how_gone(thing: Mapping[str, Any]) -> str:
    """How a thing is gone ("deleted", "removed"), or "" while it is there."""
    category = str(thing.get("removed_by_category") or "")
    words = str(thing.get("selftext") if thing["name"].startswith("t3_") else thing.get("body") or "")
    if category == "deleted" or words.strip() == _DELETED:
        return "deleted"
    return "removed" if category or words.strip().casefold() in _REMOVED else ""


def post_of(thing: Mapping[str, Any], account: Account) -> RawPost:
    """One submission or comment.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not of a shape we know.
    """
    name, seconds = made(thing)
    submission = name.startswith("t3_")
    author = str(thing.get("author") or "")
    author = "" if author == _DELETED else author
    return RawPost(
        channel="reddit",
        external_id=name,
        conversation_id=name if submission else str(thing["link_id"]),
        author_id=str(thing.get("author_fullname") or author) if author else "",
        posted_at=from_seconds(seconds) or datetime.fromtimestamp(0, UTC),
        text=str(thing.get("selftext" if submission else "body") or ""),
        handle=f"u/{author}" if author else "",
        display_name=author,
        title=str(thing.get("title") or "") if submission else "",
        alt_text=_captions(thing),
        quoted=_crosspost(thing),
        permalink=SITE + str(thing.get("permalink") or ""),
        in_reply_to="" if submission else str(thing.get("parent_id") or ""),
        capability=_capability(thing, account),
        ours=bool(author) and author.casefold() == account.name.casefold(),
    )


def flatten(listed: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Comments and the replies below them, without recursion: threads can be hundreds deep."""
    waiting = list(listed)
    while waiting:
        comment = waiting.pop()
        yield comment
        replies = comment.get("replies")
        if isinstance(replies, dict):
            waiting.extend(things(replies))


def _captions(thing: Mapping[str, Any]) -> str:
    items = (thing.get("gallery_data") or {}).get("items") or []
    return "\n".join(str(item["caption"]) for item in items if item.get("caption"))


def _crosspost(thing: Mapping[str, Any]) -> str:
    parents = thing.get("crosspost_parent_list") or []
    return (
        "\n".join(str(parents[0].get(key)) for key in ("title", "selftext") if parents[0].get(key))
        if parents
        else ""
    )


def _capability(thing: Mapping[str, Any], account: Account) -> ReplyCapability:
    if thing.get("locked"):
        return ReplyCapability(ReplyWay.FORBIDDEN, LOCKED)
    if thing.get("archived"):
        return ReplyCapability(ReplyWay.FORBIDDEN, ARCHIVED)
    if not account.can_write:
        return ReplyCapability(ReplyWay.HANDOFF, NO_ACCOUNT)
    return ReplyCapability(ReplyWay.API, OPEN)


def same_reply(ours: str, theirs: str) -> bool:
    """Whether a comment of ours has the words we sent; Reddit trims and re-wraps white space."""
    return unicodedata.normalize("NFC", ours).split() == unicodedata.normalize("NFC", theirs).split()


# Refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: its status and headers, and whether the token endpoint gave it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    token: bool = False


def explain_read(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused read means for the listener."""
    status = refusal.status
    if refusal.token and status in {400, 401, 403}:
        return CredentialsRefused("token refused")
    if status == 401:
        return CredentialsRefused(WITHDRAWN)
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status >= 500 or status == 408:
        return Transient(str(status))
    # 302 and 404 are how a subreddit that does not exist answers, 403 a private one: a person must look.
    return NotEntitled(str(status)) if status in {302, 402, 403, 404, 451} else BadAnswer(str(status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known."""
    status = refusal.status
    if refusal.token and (status >= 500 or status == 408):
        return Throttled("no token", until=now + timedelta(minutes=1))
    if refusal.token or status in {401, 429}:
        return explain_read(refusal, now)
    if "insufficient_scope" in refusal.headers.get("www-authenticate", ""):
        return NotEntitled("scope")
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused(str(status))


def explain_errors(errors: Sequence[object], now: datetime) -> ChannelError:
    """What the errors inside a 200 answer to a write mean: Reddit has not posted it.

    Each error is `[type, words, field]`. Source of the types: praw's documentation and Reddit's API.
    """
    kind, words = (str(part) for part in _first_error(errors))
    if kind == "RATELIMIT":
        return Throttled("RATELIMIT", until=now + _asked_wait(words))
    if kind.startswith("DELETED_") or kind == "NO_THING_ID":
        return Gone(kind)
    if kind == "USER_REQUIRED":
        return CredentialsRefused(kind)
    return Refused(kind if re.fullmatch(r"[A-Z_]{3,40}", kind) else "refused")


def _first_error(errors: Sequence[object]) -> tuple[object, object]:
    first = errors[0]
    return (
        (first[0], first[1] if len(first) > 1 else "") if isinstance(first, list) and first else (first, "")
    )


def _asked_wait(words: str) -> timedelta:
    found = _WAIT.search(words)
    if not found:
        return timedelta(minutes=10)
    seconds = int(found.group(1)) * {"minute": 60, "second": 1, "millisecond": 0}[found.group(2)]
    return timedelta(seconds=seconds + 1)
