"""Feeds on this machine: one that grows and shrinks entry by entry, and any other body under an address of its own.

The growing one is RSS at `/feed.xml`, newest first, with an ETag, and answers 304 to whoever has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.peers.loopback import Answer, Peer, Request

NEWS = "https://news.northvale.example/articles/"


class Bytes(Answer):
    """An answer whose body is bytes, sent as they are."""

    def encoded(self) -> tuple[bytes, str]:
        return bytes(self.body), "application/rss+xml"


@dataclass
class Entry:
    guid: str
    title: str
    text: str
    at: datetime
    extra: str = ""


@dataclass
class Fixed:
    """What another address answers, whatever is asked."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def rss(entries: list[Entry]) -> bytes:
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.guid)}?utm_source=rss</link>"
        f"<guid>{escape(one.guid)}</guid><description>{escape(one.text)}</description>"
        f"<pubDate>{format_datetime(one.at)}</pubDate>{one.extra}</item>"
        for one in reversed(entries)
    )
    head = "<title>Northvale Gazette</title><language>en-GB</language>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


class FeedPeer(Peer):
    """`entries`, oldest first, make `/feed.xml`; `fixed` says what other paths answer. `asked` keeps the headers."""

    def __init__(self, posts: int = 0, state: Path | None = None) -> None:
        super().__init__(state)
        self.entries: list[Entry] = []
        self.fixed: dict[str, Fixed] = {}
        self.asked: list[Mapping[str, str]] = []
        self.unchanged = 0
        self._made = 0
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=posts + 60)
        for n in range(posts):
            self.add(f"Item {n} about Northvale General", at=start + timedelta(minutes=n))

    @property
    def feed(self) -> str:
        return f"{self.url}/feed.xml"

    def add(self, title: str, text: str = "Some words.", at: datetime | None = None, extra: str = "") -> str:
        with self.lock:
            self._made += 1
            guid = f"{NEWS}{self._made:05}"
            when = at or datetime.now(UTC).replace(microsecond=0)
            self.entries.append(Entry(guid, title, text, when, extra))
            return guid

    def delete(self, guid: str) -> None:
        with self.lock:
            self.entries = [one for one in self.entries if one.guid != guid]

    def handle(self, request: Request) -> Answer:
        self.asked.append({name.lower(): value for name, value in request.headers.items()})
        fixed = self.fixed.get(request.path)
        if fixed is not None:
            return Bytes(fixed.status, fixed.body, fixed.headers)
        if request.path != "/feed.xml":
            return Answer(404, "not here")
        body = rss(self.entries)
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        if self.asked[-1].get("if-none-match") == tag:
            self.unchanged += 1
            return Bytes(304, b"", {"etag": tag})
        return Bytes(200, body, {"etag": tag})

    def put(self, path: str, body: bytes, status: int = 200, **headers: Any) -> str:
        """Answer `body` at `path`; its address."""
        self.fixed[path] = Fixed(
            body, status, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        return self.url + path
