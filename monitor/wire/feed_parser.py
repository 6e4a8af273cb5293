"""Bytes of a feed in, plain entries out, and never any trouble: feedparser behind a door that always closes.

feedparser may raise anything on a hostile body, and some (tags inside tags, a hundred thousand deep) keep it busy
for hours, where no timeout reaches it. Small bodies cannot be that bad and are read at once. A large one is read in a
process of its own, which ends by itself or is ended. This file is that process, too: it is run as a script, so it
imports nothing of ours.
"""

from __future__ import annotations

import calendar
import io
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import feedparser

SMALL = 96 * 1024
"""Bytes that are read in this process: the worst body of this size that we know takes a second or two."""
LONGEST = 15.0
"""Seconds that the reading of a larger one may take; 5 MB of ordinary news take eight on a small machine."""
MOST_ENTRIES = 1_000
"""Entries read of one feed, in its own order, which puts the newest first."""
_MOST_MEMORY = 1024 * 1024 * 1024
_MOST_WORDS, _MOST_LINE = 200_000, 8_000


def parse(body: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """What a body says, or None where it could not be read (or not in time).

    `headers` are those of the answer; `content-location` says what relative links are relative to. The result has
    `version` ("" where it is no feed), `broken` (it was not well-formed), `count` (entries in it), `title`,
    `language` and `entries`: plain dictionaries of strings, times in seconds since 1970.
    """
    kept = {name.lower(): value for name, value in headers.items()}
    if len(body) <= SMALL:
        return _parsed(body, kept)
    asked = json.dumps(kept).encode() + b"\n" + body
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__], input=asked, capture_output=True, timeout=LONGEST, check=False
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _parsed(body: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
    try:
        # Its sanitizer takes time that grows with the square of what it is given; tags are taken out by us.
        found = feedparser.parse(
            io.BytesIO(body), response_headers=dict(headers), sanitize_html=False, resolve_relative_uris=False
        )
        return _plain(found)
    except Exception:  # noqa: BLE001 - it lets errors of many kinds through
        return None


def _plain(found: Any) -> dict[str, Any]:
    feed, entries = dict(found.get("feed") or {}), found.get("entries") or []
    return {
        "version": str(found.get("version") or ""),
        "broken": bool(found.get("bozo")),
        "count": len(entries),
        "title": _cut(feed.get("title")),
        "language": _cut(feed.get("language")),
        "entries": [_entry(dict(one)) for one in entries[:MOST_ENTRIES]],
    }


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {name: _cut(entry.get(name)) for name in ("id", "link", "title", "author", "published", "updated")}
    contents = [one for one in entry.get("content") or [] if isinstance(one, dict)]
    body = max((str(one.get("value") or "") for one in contents), key=len, default="")
    languages = [one.get("language") for one in [*contents, entry.get("title_detail") or {}]]
    return {
        **kept,
        "language": _cut(next(filter(None, languages), "")),
        "body": (body or _words(entry.get("summary")))[:_MOST_WORDS],
        "media": [*_hrefs(_enclosed(entry.get("links")), "href"), *_hrefs(entry.get("media_content"), "url")],
        "published_at": _seconds(entry.get("published_parsed") or entry.get("created_parsed")),
        "updated_at": _seconds(entry.get("updated_parsed")),
    }


def _enclosed(links: object) -> list[dict[str, Any]]:
    """Enclosures stand among the links."""
    found = links if isinstance(links, list) else []
    return [dict(one) for one in found if isinstance(one, dict) and one.get("rel") == "enclosure"]


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cut(value: object) -> str:
    return _words(value)[:_MOST_LINE]


def _hrefs(found: object, name: str) -> list[str]:
    links = found if isinstance(found, list) else []
    return [_cut(one.get(name)) for one in links[:20] if isinstance(one, dict)]


def _seconds(found: Any) -> int | None:
    """A UTC `struct_time` in seconds since 1970, None where it is none or of no year that a clock shows."""
    try:
        if not isinstance(found, time.struct_time) or not 1970 <= found.tm_year <= 9998:
            return None
        return calendar.timegm(found)
    except (ValueError, OverflowError):
        return None


def _bounded() -> None:
    try:
        import resource
    except ImportError:  # a system without it: the time is bounded all the same
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(LONGEST) + 5, int(LONGEST) + 5))


def main() -> int:
    """Headers as one line of JSON, then the body, on standard input; what `parse` gives on standard output."""
    _bounded()
    headers = json.loads(sys.stdin.buffer.readline())
    json.dump(_parsed(sys.stdin.buffer.read(), headers), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
