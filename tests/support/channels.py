"""X and Reddit as channels on loopback peers, walked page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import Channel, ChannelError, Cursor, Page, Watch
from monitor.http import Limits

QUICK = Limits(connect=1.0, read=0.4, whole=1.0)
WATCH = Watch("w", ("Northvale General",), ("@NorthvaleNHS",))
HOUR = 3600.0


def now() -> datetime:
    return datetime.now(UTC)


def x_channel(peer: Any, clock: Callable[[], datetime] = now, **keys: str) -> Any:
    """X, as an account that can post."""
    from monitor.channels.x import XChannel
    from tests.peers.x_peer import credentials

    return XChannel(credentials(**keys), base_url=peer.url, clock=clock, limits=QUICK)


def x_reader(peer: Any, clock: Callable[[], datetime] = now) -> Any:
    """X without an account: search is its only source."""
    return x_channel(peer, clock, account_id="", account_handle="")


def reddit_channel(peer: Any, clock: Callable[[], datetime] = now, **keys: str) -> Any:
    """Reddit, as an account that can post."""
    from monitor.channels.reddit import RedditChannel
    from tests.peers.reddit_peer import credentials

    url = peer.url
    return RedditChannel(credentials(**keys), oauth_url=url, reddit_url=url, clock=clock, limits=QUICK)


def reddit_reader(peer: Any, clock: Callable[[], datetime] = now) -> Any:
    """Reddit without an account: search is its only source."""
    return reddit_channel(peer, clock, username="", password="")


def hear(channel: Channel, cursor: Cursor, watch: Watch = WATCH) -> list[Page]:
    """The pages of one walk."""
    pages = [channel.fetch(watch, cursor)]
    while pages[-1].more:
        pages.append(channel.fetch(watch, pages[-1].cursor))
    return pages


def names(pages: list[Page]) -> list[str]:
    return [post.external_id for page in pages for post in page.posts]


def of(source: str, **cursor: Any) -> dict[str, Any]:
    """The cursor of a watch of which one source alone has been anywhere."""
    return {"of": {source: cursor}, "rest": {}, "walk": None}


def own(page: Page, source: str) -> Mapping[str, Any]:
    """Where one source is after a page."""
    found: Mapping[str, Any] = page.cursor["of"][source]
    return found


def error_of(call: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value


def gaps(pages: list[Page]) -> list[str]:
    return [page.gap for page in pages if page.gap]
