"""News by feed: RSS, Atom and Google Alerts, through feedparser on bytes that we fetched ourselves.

Each address under `places` of a watch is a source of its own: one that fails or is slow stops no other. A feed can only
be read, never asked or answered. What must stay true: every address, also one redirected to, is public and https
(`monitor.wire.outward`); feedparser never sees an address, a file or a text, only bytes, and never holds us up
(`monitor.wire.feed_parser`); addresses may hold a secret and are told nobody.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urljoin

import requests

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelError,
    ChannelKind,
    Cursor,
    Lookup,
    Making,
    NotEntitled,
    Page,
    RawPost,
    Sent,
    Transient,
    Watch,
)
from monitor.http import USUAL, Limits, bound, quieten
from monitor.meter import Meter
from monitor.sources import Source, fetch_in_turn, restart_in_turn
from monitor.spending import Spend
from monitor.wire import feed_parser
from monitor.wire import feeds as wire
from monitor.wire.outward import NotPublic, is_askable, is_here, outward

MOST_BYTES = 5 * 1024 * 1024
"""Of one feed; the largest we know of have a tenth of it."""
HOPS = 3
"""Redirects followed in a row."""
HOPS_SECONDS = 10.0
"""After so many seconds no further redirect is followed: one more and the reading end within a minute all the same."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_LONGEST_REPLY = 10_000
"""Feeds set no limit: this is only what fits a clipboard comfortably."""
_CANNOT = "feeds cannot be asked"
_ASKED_WITH = {
    "User-Agent": "voicedesk (feed reader)",
    "Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
}


class FeedsChannel:
    """Feeds. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        clock: now, in UTC.
        limits: how long one call may take; no more than 5 MB of a feed are read in any case.
    """

    def __init__(self, *, clock: Clock, limits: Limits = USUAL) -> None:
        quieten("urllib3", "feedparser")
        within = replace(limits, most_bytes=min(limits.most_bytes, MOST_BYTES))
        self._clock = clock
        self._meter = Meter()
        self._outward = outward(within, self._meter)
        self._here = bound(requests.Session(), within, None, self._meter)

    @property
    def capabilities(self) -> Capabilities:
        """Feeds can be read, and that is all."""
        return Capabilities(
            name=wire.NAME,
            title="News feeds",
            can_reply=False,
            resend_within=0.0,
            read_back_lag=0.0,
            longest_reply=_LONGEST_REPLY,
            looks_up=False,
        )

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """Up to 100 new entries of the feed in hand, oldest first. See `Channel.fetch` and `monitor.sources`.

        Raises:
            NotEntitled: the watch names no feed, or none that may be asked.
            Gone: 404 or 410 at every feed.
        """
        return fetch_in_turn(self._sources(watch), cursor, self._clock())

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """Read every feed whole again; what was heard of it is still known."""
        return restart_in_turn(self._sources(watch), cursor)

    def queries(self, watch: Watch) -> Sequence[str]:
        """The feeds that are fetched, in words: their addresses may hold a secret."""
        return [feed.label for feed in wire.feeds_of(watch.places)]

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """An entry has no conversation that could be read.

        Raises:
            NotEntitled: always.
        """
        raise NotEntitled(_CANNOT)

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """A feed cannot be asked for an entry: that one has left it says nothing about the article.

        Raises:
            NotEntitled: always, unless nothing is asked.
        """
        if external_ids:
            raise NotEntitled(_CANNOT)
        return ()

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """Never; nothing is asked of any server.

        Raises:
            NotEntitled: always.
        """
        raise NotEntitled("feeds cannot be answered")

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Never: what was answered on a site is not in its feed.

        Raises:
            NotEntitled: always.
        """
        raise NotEntitled(_CANNOT)

    def spent(self) -> Spend:
        """What was asked of feeds since the last time."""
        return self._meter.take()

    # Asking

    def _sources(self, watch: Watch) -> list[Source]:
        found = wire.feeds_of(watch.places)
        if not found:
            raise NotEntitled("the watch names no feed")
        return [Source(feed.key, feed.label, partial(self._read, feed), _begin_again) for feed in found]

    def _read(self, feed: wire.Feed, cursor: Cursor) -> Page:
        now = self._clock()
        conditions = wire.conditions(cursor, now)
        asked = {"feed": feed.key, "conditional": bool(conditions)}
        response = self._follow(feed.address, conditions)
        if response.status_code == 304 and conditions:
            return Page((), cursor, False, asked)
        if response.status_code != 200:
            raise wire.explain(response.status_code, response.headers, now)
        told = {
            "content-type": response.headers.get("content-type", ""),
            "content-location": str(response.url),
        }
        found = feed_parser.parse(response.content, told)
        if found is None:
            raise BadAnswer("unreadable feed")
        reading = wire.reading_of(found, response.content, feed, now)
        return wire.page_of(reading, cursor, response.headers, asked, now)

    def _follow(self, address: str, conditions: Mapping[str, str]) -> requests.Response:
        """The answer of a feed, redirects followed by hand: each target is looked at first."""
        here, began = is_here(address), time.monotonic()
        for _ in range(HOPS + 1):
            if not is_askable(address, here=here):
                raise NotEntitled("not a public https address")
            response = self._get(address, conditions)
            target = response.headers.get("location", "")
            if response.status_code not in _MOVED or not target:
                return response
            if time.monotonic() - began > HOPS_SECONDS:
                raise Transient("slow redirects")
            address = _joined(address, target)
        raise BadAnswer("too many redirects")

    def _get(self, address: str, conditions: Mapping[str, str]) -> requests.Response:
        session = self._here if is_here(address) else self._outward
        try:
            return session.get(address, headers={**_ASKED_WITH, **conditions}, allow_redirects=False)
        except requests.TooManyRedirects as moved:
            # The session follows none by itself, and so tells of each; where it leads is looked at by us.
            if moved.response is not None:
                return moved.response
            failure: ChannelError = BadAnswer("redirect")
        except NotPublic:
            failure = NotEntitled("not a public https address")
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError):
            failure = NotEntitled("not an address")
        except requests.RequestException as error:
            failure = Transient(type(error).__name__)
        except Exception as error:  # noqa: BLE001 - addresses and headers of others can break a client anywhere
            failure = BadAnswer(type(error).__name__)
        # Raised out here: the library's error holds the address, and would travel along as context.
        raise failure


def _joined(address: str, target: str) -> str:
    try:
        return urljoin(address, target)
    except ValueError:
        return ""


def _begin_again(cursor: Cursor) -> Cursor:
    return {"seen": wire.seen_of(cursor)}


def _make(making: Making) -> Channel:
    return FeedsChannel(clock=making.clock, limits=making.limits)


KIND = ChannelKind(wire.NAME, "News feeds", _make, None, servers="watch")
