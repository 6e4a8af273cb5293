"""Feeds: addresses as keys, entries as posts, which of them are new, and what a refusal means.

What must stay true: an entry keeps its key from poll to poll and from feed to feed, so that one article is one
post; a feed that may have dropped entries between two polls says so.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

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
from monitor.wire.plain_text import LONGEST_LINE, clean, from_html, is_address, line

NAME = "feeds"
PAGE = 100
MOST_SEEN = 500
"""Entries remembered of a feed beyond those that are in it now."""
MOST_PAGES = 20
"""Pages of one walk: more than the longest feed that is read has, so that one which changes at each look ends, too."""
READ_WHOLE_AFTER = timedelta(days=1)
"""A feed is asked for whole once a day, whatever it answers to "has it changed?": some say no for ever."""

ON_ITS_SITE = ReplyCapability(
    ReplyWay.HANDOFF, "A feed only tells of an article: it is answered on the site itself, if at all."
)
ROLLED_OVER = (
    "Everything in this feed is new since it was last read; what it dropped in between was not heard. "
    "Listen more often."
)
CUT_OFF = "The feed broke off in its middle; what should have followed was not heard."
TOO_LONG = "The feed has more entries than are read of one; only its first were heard."
ENDLESS = "The feed gave new entries for as long as it was asked; the rest waits for the next time."

_TRACKING = re.compile(
    r"(?i)utm_|fbclid$|gclid$|dclid$|msclkid$|mc_cid$|mc_eid$|at_medium$|at_campaign$|igshid$"
)
_NO_NAME = re.compile(r"(?i)\d{0,2}$|:~:|xtor=|utm_")
"""A fragment that names no part of a page: "#0" is the BBC's count of an article's versions."""
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3}$")
_CLOSING = re.compile(rb"(?i)</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>")
_ENTRY = re.compile(rb"(?i)<(/?)(?:\w{1,20}:)?(?:item|entry)(?![\w:-])")
_LONGEST_ID = 300


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of a watch: `key` stands for its address, which may hold a secret and is told nobody."""

    address: str = field(repr=False)
    number: int = 1

    @property
    def key(self) -> str:
        """The same for the same address, for ever."""
        return digest(self.address)

    @property
    def label(self) -> str:
        """The feed for people: its place in the watch and its host."""
        try:
            host = urlsplit(self.address).hostname or ""
        except ValueError:
            host = ""
        return " ".join(filter(None, (f"feed {self.number}", host)))


def feeds_of(places: Sequence[str]) -> list[Feed]:
    """The feeds of a watch, each once."""
    return [Feed(address, n) for n, address in enumerate(dict.fromkeys(one.strip() for one in places), 1)]


def digest(text: str) -> str:
    """A short name for `text`, the same in every run."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


# Addresses


def canonical(address: str) -> str:
    """One spelling of an article's address: without tracking, the version of the page or a difference of scheme."""
    try:
        parts = urlsplit(address.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return address.strip()
    asked = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(name)
    ]
    netloc = host if port in {None, 80, 443} else f"{host}:{port}"
    fragment = "" if _NO_NAME.match(parts.fragment) else parts.fragment
    return urlunsplit(("https", netloc, parts.path or "/", urlencode(asked), fragment))


def unwrapped(address: str) -> str:
    """The address inside one of Google's (`https://www.google.com/url?…&url=…`), "" where it is none of those."""
    try:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.path != "/url" or not re.fullmatch(r"(?:www\.)?google\.(?:[a-z]{2,3}\.)?[a-z]{2,3}", host):
        return ""
    inside = asked.get("url") or asked.get("q") or ""
    return inside if is_address(inside) else ""


# Entries


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: as a post, or as what could not be understood."""

    key: str
    post: RawPost | None = field(default=None, repr=False)
    unread: RawItem | None = field(default=None, repr=False)

    @property
    def mark(self) -> str:
        """What is remembered of it: its key, and its version where it names one."""
        revision = self.post.revision if self.post else ""
        return f"{self.key}:{digest(revision)[:6]}" if revision else self.key


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a feed brought: its entries, oldest first."""

    items: tuple[Item, ...] = field(repr=False)
    cut_off: bool = False
    too_long: bool = False


def reading_of(found: Mapping[str, Any], body: bytes, feed: Feed, now: datetime) -> Reading:
    """The entries of a parsed body.

    Raises:
        BadAnswer: it is no feed at all.
    """
    entries: list[Mapping[str, Any]] = list(found["entries"])
    if not entries and not found["version"]:
        raise BadAnswer("no feed")
    plain = body.replace(b"\0", b"")  # in UTF-16, every other byte is one
    cut_off = bool(found["broken"]) and not _CLOSING.search(plain[-4096:])
    # Of an entry that broke off, its name may be missing: under another one it would be heard twice.
    whole = entries[:-1] if cut_off and _inside_an_entry(plain) else entries
    shared = _shared(whole, feed)
    items = [_item(entry, found, feed, now, shared) for entry in reversed(whole)]
    ordered = sorted(items, key=lambda item: item.post.posted_at if item.post else now)
    return Reading(
        tuple({item.key: item for item in ordered}.values()), cut_off, found["count"] > len(entries)
    )


def _inside_an_entry(body: bytes) -> bool:
    *_, last = (None, *_ENTRY.finditer(body))
    return last is not None and not last[1]


def _shared(entries: Iterable[Mapping[str, Any]], feed: Feed) -> frozenset[str]:
    """Names that several different entries go by: some feeds name them all after the same page."""
    named = {(identity(entry, feed), str(entry["title"])) for entry in entries}
    return frozenset(name for name, times in Counter(name for name, _ in named).items() if times > 1)


def identity(entry: Mapping[str, Any], feed: Feed) -> str:
    """What an entry is known by, over all feeds; "" where it has nothing to be known by."""
    link, guid = str(entry["link"]), str(entry["id"]).strip()
    inside = unwrapped(link)
    if inside:
        return canonical(inside)
    if guid and not is_address(guid):
        return f"{feed.key}:{guid}"
    if guid or is_address(link):
        return canonical(guid or link)
    words = str(entry["title"]) + str(entry["published"] or entry["updated"])
    return f"{feed.key}:{digest(words)}" if words.strip() else ""


def _item(
    entry: Mapping[str, Any], found: Mapping[str, Any], feed: Feed, now: datetime, shared: frozenset[str]
) -> Item:
    name = identity(entry, feed)
    if name in shared:
        name = f"{feed.key}:{digest(name + str(entry['title']))}"
    if len(name) > _LONGEST_ID:
        name = f"{name[:60]}…{digest(name)}"
    post = _post(entry, found, feed, now, clean(name)) if name else None
    if post is None or not post.text:
        body = repr({key: value for key, value in entry.items() if value})[:20_000]
        return Item(digest(name or body), unread=RawItem(clean(body), "empty"))
    return Item(digest(name), post)


def _post(
    entry: Mapping[str, Any], found: Mapping[str, Any], feed: Feed, now: datetime, name: str
) -> RawPost:
    link = unwrapped(str(entry["link"])) or str(entry["link"]) or str(entry["id"])
    words, title = from_html(entry["body"]), line(entry["title"])
    author = line(entry["author"], 200)
    outlet = line(found["title"], 200)
    media = tuple(dict.fromkeys(filter(is_address, [*entry["media"], *words.pictures])))
    language = str(entry["language"] or found["language"])
    return RawPost(
        channel=NAME,
        external_id=name,
        conversation_id=name,
        author_id=f"{_host(link) or feed.key}|{author}",
        posted_at=_posted_at(entry, now),
        text=words.text or title,
        display_name=author or outlet,
        title=title if words.text else "",
        alt_text=words.alt_text[: LONGEST_LINE * 4],
        permalink=link if is_address(link) else "",
        language=language if _LANGUAGE.match(language) else "",
        capability=ON_ITS_SITE,
        revision=_revision(entry),
        media=media[:20],
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _posted_at(entry: Mapping[str, Any], now: datetime) -> datetime:
    """When the entry was made as it says itself; now where it says nothing, or a time to come."""
    seconds = entry["published_at"] if entry["published_at"] is not None else entry["updated_at"]
    at = from_seconds(seconds)
    return min(at, now) if at is not None else now


def _revision(entry: Mapping[str, Any]) -> str:
    at = from_seconds(entry["updated_at"])
    return at.isoformat() if at is not None else clean(entry["updated"], 60)


# Walks


def conditions(cursor: Cursor, now: datetime) -> dict[str, str]:
    """The headers that ask whether a feed has changed; none in mid-walk, at the start, and once a day."""
    read_at = _time(cursor.get("read_at"))
    if cursor.get("pages") or read_at is None or not timedelta() <= now - read_at < READ_WHOLE_AFTER:
        return {}
    known = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    return {name: str(value) for name, value in known.items() if value}


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def page_of(
    reading: Reading, cursor: Cursor, headers: Mapping[str, str], asked: Mapping[str, Any], now: datetime
) -> Page:
    """The next entries that are new or changed, oldest first, and the cursor that follows them."""
    known = seen_of(cursor)
    marks, keys = set(known), {mark.partition(":")[0] for mark in known}
    new = [item for item in reading.items if item.mark not in marks]
    batch, pages = new[:PAGE], int(cursor.get("pages") or 0) + 1
    more = len(new) > PAGE and pages < MOST_PAGES
    full = len(reading.items) >= int(cursor.get("size") or 0) and bool(reading.items)
    lost = pages == 1 and bool(keys) and full and not any(item.key in keys for item in reading.items)
    gap = " ".join(text for text, so in ((ROLLED_OVER, lost), (CUT_OFF, reading.cut_off)) if so)
    ended = len(new) > PAGE and not more
    after = {
        "seen": _remembered(known, reading.items, batch),
        "size": max(int(cursor.get("size") or 0), len(reading.items)),
        **({"pages": pages} if more else _validators(headers, reading.cut_off or ended, now)),
    }
    page = Page(
        [item.post for item in batch if item.post],
        after,
        more,
        asked,
        complete=not gap,
        gap=gap,
        unread=[item.unread for item in batch if item.unread],
    )
    cap = ENDLESS if ended else TOO_LONG if reading.too_long and pages == 1 and batch else ""
    return replace(page, cap=cap, complete=page.complete and not cap) if cap else page


def seen_of(cursor: Cursor) -> list[str]:
    """The entries that a cursor remembers."""
    found = cursor.get("seen")
    return [mark for mark in found if isinstance(mark, str)] if isinstance(found, list) else []


def _remembered(known: Sequence[str], items: Sequence[Item], batch: Sequence[Item]) -> list[str]:
    """What is remembered from now on: what has left the feed first, so that it is forgotten first."""
    read = {item.key: item.mark for item in batch}
    before = {mark.partition(":")[0]: mark for mark in known}
    present = {item.key for item in items}
    gone = [mark for key, mark in before.items() if key not in present]
    here = [
        read.get(item.key) or before[item.key] for item in items if item.key in read or item.key in before
    ]
    return [*gone, *here][-max(MOST_SEEN, len(here)) :]


def _validators(headers: Mapping[str, str], unfinished: bool, now: datetime) -> dict[str, str]:
    """What says later whether the feed has changed; nothing where it was not read to its end."""
    if unfinished:
        return {}
    found = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
    kept = {key: v for key, v in found.items() if v and len(v) <= 500 and v.isascii() and v.isprintable()}
    return {**kept, "read_at": now.isoformat()}


# Refusals


def explain(status: int, headers: Mapping[str, str], now: datetime) -> ChannelError:
    """What an answer other than 200 means for a feed."""
    simple: dict[int, ChannelError] = {
        401: CredentialsRefused("401"),
        404: Gone("404"),
        410: Gone("410"),
    }
    if status in simple:
        return simple[status]
    until = _until(headers, now)
    if status == 429 or (status == 503 and until):
        return Throttled(str(status), until=until)
    if status in {402, 403, 451}:
        return NotEntitled(str(status))
    return Transient(str(status)) if status >= 500 or status in {408, 425} else BadAnswer(str(status))


def _until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when the feed asks us to wait, in seconds or as a date; at most a day is believed."""
    found = wait_until(headers, now)
    if found is not None:
        return found
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, now), now + timedelta(days=1))
