"""Care Opinion's stories, responses and refusals, and how a walk over its moving list goes on.

Two spellings of a story's links are in use (rel/id/href and relation/id/link): both are read. What must stay true: a
story that was published late, or that a moving list hid from one walk, is met by a later one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Cursor,
    Gone,
    NotEntitled,
    Page,
    RawItem,
    RawPost,
    ReplyCapability,
    ReplyWay,
    Throttled,
    Transient,
)
from monitor.http import from_seconds, wait_until
from monitor.wire.plain_text import clean, from_markdown, is_address, line

NAME = "careopinion"
SITE = "https://www.careopinion.org.uk"
TAKE = 100
OVERLAP = timedelta(days=7)
"""Read again at every walk: skip-paging over a moving list leaves stories out."""
LONG_OVERLAP = timedelta(days=31)
"""Read again once a day: a walk asks by day of submission, and a story may wait for its publication."""
FIRST_REACH = timedelta(days=31)
"""How far back the first walk reaches: what is older has been answered on the site."""
MOST_SEEN = 2_000
"""Stories remembered: more than the largest subscription hears in a month."""
MOST_PAGES = 150

ON_ITS_SITE = ReplyCapability(
    ReplyWay.HANDOFF,
    "Care Opinion lets nobody answer through its interface: open the story and respond on careopinion.org.uk.",
)
ENDLESS = "Care Opinion gave stories for as long as it was asked; the rest waits for the next time."

_LONGEST_ID = 12
_RESPONSES = "/responses/"


def number_of(value: Any) -> str:
    """An id as its digits.

    Raises:
        ValueError: it is no id of Care Opinion's.
    """
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_ID:
        raise ValueError("no id")
    return text


def parted(external_id: str) -> tuple[str, str]:
    """The story and the response (or "") that an external id of ours names.

    Raises:
        ValueError: it names neither.
    """
    story, _, response = external_id.partition(_RESPONSES)
    return number_of(story), number_of(response) if response else ""


# Stories


def story_of(data: Mapping[str, Any], site: str) -> RawPost:
    """One story.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    number = number_of(data["id"])
    title, text = line(data.get("title")), from_markdown(data.get("body"))
    if not (title or text):
        raise ValueError("a story without words")
    return RawPost(
        channel=NAME,
        external_id=number,
        conversation_id=number,
        author_id=f"story {number}",  # authors are not told apart: each story stands for itself
        posted_at=_published(data),
        text=text or title,
        display_name=line(data.get("authorRole"), 100),
        title=title if text else "",
        permalink=permalink(data, number, site),
        capability=ON_ITS_SITE,
        direct=True,
        revision=_digest(title + "\n" + text),
    )


def response_of(data: Mapping[str, Any], story: str, site: str) -> RawPost:
    """One response to a story: taken for ours, unless it names an author's role as stories do.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    number = number_of(data["id"])
    text = from_markdown(data.get("body")) or line(data.get("title"))
    if not text:
        raise ValueError("a response without words")
    return RawPost(
        channel=NAME,
        external_id=f"{story}{_RESPONSES}{number}",
        conversation_id=story,
        author_id=f"response {number}",
        posted_at=_published(data),
        text=text,
        permalink=permalink(data, story, site),
        in_reply_to=story,
        capability=ON_ITS_SITE,
        ours=not data.get("authorRole"),
        direct=True,
        revision=_digest(text),
    )


def _published(data: Mapping[str, Any]) -> datetime:
    """When it was published, else submitted. A time without a zone counts as UTC."""
    told = data.get("dateOfPublication") or data.get("dateOfSubmission")
    if not isinstance(told, str):
        raise ValueError("no date")
    at = datetime.fromisoformat(told)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def permalink(data: Mapping[str, Any], story: str, site: str) -> str:
    """Where people read it: the link to the site itself that comes with it, else the story's address."""
    links = data.get("links")
    for link in links if isinstance(links, list) else []:
        address = (link.get("href") or link.get("link")) if isinstance(link, dict) else None
        if is_address(address) and _of_the_site(str(address), site):
            return str(address)
    return f"{site}/opinions/{story}"


def _of_the_site(address: str, site: str) -> bool:
    try:
        parts, own = urlsplit(address), urlsplit(site)
    except ValueError:
        return False
    same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    return same and not parts.path.startswith("/api/") and "/opinions/" in f"{parts.path}/"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def same_words(ours: str, theirs: str) -> bool:
    """Whether a response holds the words we wrote: whoever posted them may have put a greeting around them."""
    wanted, found = _words(ours), _words(theirs)
    if not wanted or len(wanted) < _MOST_ALIKE:
        return wanted == found
    return f" {' '.join(wanted)} " in f" {' '.join(found)} "


_MOST_ALIKE = 5
"""Fewer words than these may stand in anybody's response: they must be all of it."""


def _words(text: str) -> list[str]:
    return clean(from_markdown(text)).casefold().split()


# Walks


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked next: stories submitted after `since`, leaving out the first `skip`."""

    since: date
    skip: int
    long: bool
    pages: int
    last: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As Care Opinion takes it."""
        return {
            "take": str(TAKE),
            "skip": str(self.skip),
            "submittedonafter": self.since.isoformat(),
            "dateofpublicationorder": "ascending",
        }


def step_of(cursor: Cursor, now: datetime) -> Step:
    """Where the walk in a cursor goes on, or the start of a new one."""
    walk = cursor.get("walk")
    if isinstance(walk, dict):
        since = _day(walk.get("since")) or (now - FIRST_REACH).date()
        pages, skip = _count(walk.get("pages")), _count(walk.get("skip"))
        return Step(since, skip, bool(walk.get("long")), pages, str(walk.get("last") or ""))
    upto = _day(cursor.get("upto"))
    if upto is None:
        return Step((now - FIRST_REACH).date(), 0, True, 0)
    upto = min(upto, now.date())
    long = _day(cursor.get("long")) != now.date()
    return Step(upto - (LONG_OVERLAP if long else OVERLAP), 0, long, 0)


def page_of(body: Any, step: Step, cursor: Cursor, now: datetime, site: str) -> Page:
    """The stories of one answer that are new or changed, and the cursor that follows them.

    Raises:
        BadAnswer: it is no list, or the same one again.
    """
    if not isinstance(body, list):
        raise BadAnswer("no list of stories")
    last = _digest(repr([one.get("id") if isinstance(one, dict) else None for one in body])) if body else ""
    if body and last == step.last:
        raise BadAnswer("page that repeats")
    posts, unread = _read(body, site)
    seen = seen_of(cursor)
    known = set(seen)
    new = [post for post in posts if mark(post) not in known]
    unread = [item for item in unread if _odd(item) not in known]
    ended = step.pages + 1 >= MOST_PAGES
    more = bool(body) and not ended
    after = _after(cursor, step, now, [*seen, *map(mark, new), *map(_odd, unread)])
    if more:
        skip, pages = step.skip + len(body), step.pages + 1
        walk = {
            "since": step.since.isoformat(),
            "skip": skip,
            "pages": pages,
            "long": step.long,
            "last": last,
        }
        after = {**dict(cursor), "seen": after["seen"], "walk": walk}
    cap = ENDLESS if body and ended else ""
    start = datetime(step.since.year, step.since.month, step.since.day, tzinfo=UTC)
    return Page(new, after, more, step.query, complete=not cap, cap=cap, window=(start, None), unread=unread)


def _read(body: Sequence[Any], site: str) -> tuple[list[RawPost], list[RawItem]]:
    posts: dict[str, RawPost] = {}
    unread = []
    for data in body:
        try:
            post = story_of(data, site)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            unread.append(RawItem(clean(repr(data)[:20_000])))
            continue
        posts[post.external_id] = post
    return list(posts.values()), unread


def mark(post: RawPost) -> str:
    """What is remembered of a story: which it is, in which version."""
    return f"{post.external_id}:{post.revision}"


def _odd(item: RawItem) -> str:
    return f"unread {_digest(item.body)}:"


def seen_of(cursor: Cursor) -> list[str]:
    """What a cursor remembers."""
    found = cursor.get("seen")
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _after(cursor: Cursor, step: Step, now: datetime, seen: list[str]) -> dict[str, Any]:
    today = now.date().isoformat()
    seen = list({one.partition(":")[0]: one for one in seen}.values())  # the last version of each alone
    long = today if step.long else cursor.get("long")
    return {"seen": seen[-MOST_SEEN:], "upto": today, "long": long, "walk": None}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


# Refusals


def explain(status: int, headers: Mapping[str, str], now: datetime) -> ChannelError:
    """What an answer other than 200 means. A redirect leads to the login page: that is how a wrong key is told."""
    if status == 401 or 300 <= status < 400:
        return CredentialsRefused("login page" if status != 401 else "401")
    if status == 429:
        return Throttled("429", until=_until(headers, now))
    if status in {402, 403}:
        return NotEntitled(str(status))
    if status in {404, 410}:
        return Gone(str(status))
    return Transient(str(status)) if status >= 500 or status == 408 else BadAnswer(str(status))


def _until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when to wait. `X-RateLimit-Reset` counts seconds since 1970 here (Care Opinion API v2, "Throttling")."""
    found = wait_until({"retry-after": headers.get("retry-after", "")}, now)
    at = found or from_seconds(headers.get("x-ratelimit-reset"))
    return min(max(at, now), now + timedelta(days=1)) if at is not None else None
