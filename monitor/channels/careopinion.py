"""Care Opinion, by its read-only API v2: stories about the services that the subscription covers.

They are answered on Care Opinion's own site; a response posted there by hand is found again by its words. What must
stay true: no redirect is followed (a wrong key leads to a login page that answers 200), only JSON is believed, and
never more than five requests a second are made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelKind,
    Cursor,
    Gone,
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
from monitor.spending import Spend
from monitor.wire import careopinion as wire

_APART = 0.2
"""Seconds between two requests: five a second are allowed (Care Opinion API v2, "Throttling")."""
_LONGEST_REPLY = 10_000
"""Care Opinion names no limit: this is only what fits a clipboard comfortably."""


@dataclass(frozen=True, slots=True)
class CareOpinionCredentials:
    """The subscription's key, which does not expire. `repr` does not show it."""

    subscription_key: str = field(repr=False)


class CareOpinionChannel:
    """Care Opinion. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        credentials: the subscription's key.
        base_url: another server to talk to instead of Care Opinion (a loopback peer).
        clock: now, in UTC.
        limits: how long one call may take.
        pause: waits, in seconds; never longer than a fifth of one.
    """

    def __init__(
        self,
        credentials: CareOpinionCredentials,
        *,
        base_url: str | None = None,
        clock: Clock,
        limits: Limits = USUAL,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        quieten("urllib3")
        self._site = (base_url or wire.SITE).rstrip("/")
        self._clock = clock
        self._pace = _Pace(pause)
        self._meter = Meter()
        self._session = bound(requests.Session(), limits, None, self._meter)
        self._session.headers.update(
            {
                "Authorization": f"SUBSCRIPTION_KEY {credentials.subscription_key}",
                "Accept": "application/json",
                "User-Agent": "voicedesk",
            }
        )

    @property
    def capabilities(self) -> Capabilities:
        """Stories can be read and looked up, and answered on the site alone."""
        return Capabilities(wire.NAME, "Care Opinion", False, 0.0, 0.0, _LONGEST_REPLY)

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of stories, oldest publication first. See `Channel.fetch`.

        All of them are addressed to us: the subscription covers our own services, whatever the watch's words are.
        """
        now = self._clock()
        step = wire.step_of(cursor, now)
        body = self._ask("/opinions", step.query)
        return wire.page_of(body, step, cursor, now, self._site)

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """The walk from its beginning, a month back; what was heard is still known."""
        return {"seen": wire.seen_of(cursor)}

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The story and the responses to it, oldest first."""
        story, _ = self._parted(external_id)
        posts = [self._story(story), *self._responses(story)]
        return sorted(posts, key=lambda post: (post.in_reply_to != "", post.posted_at))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each story or response as it is now, one request each."""
        known = {wanted: self._look_up(wanted) for wanted in dict.fromkeys(external_ids)}
        return [known[wanted] for wanted in external_ids]

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """Never; nothing is asked of Care Opinion.

        Raises:
            NotEntitled: always: responses are posted on its site.
        """
        raise NotEntitled("answered on its site")

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """The response with our words that somebody posted on the site; None when it is not to be seen (yet)."""
        story, _ = self._parted(external_id)
        for response in self._responses(story):
            if response.ours and wire.same_words(text, response.text):
                return Sent(response.external_id, response.permalink)
        return None

    def spent(self) -> Spend:
        """What was asked of Care Opinion since the last time."""
        return self._meter.take()

    # Asking

    def _parted(self, external_id: str) -> tuple[str, str]:
        try:
            return wire.parted(external_id)
        except ValueError:
            pass
        raise Gone("no story of that name")

    def _look_up(self, external_id: str) -> Lookup:
        try:
            story, response = wire.parted(external_id)
            found = [self._story(story)] if not response else self._responses(story)
        except (Gone, ValueError):
            return Lookup(external_id, None, "deleted")
        return next(
            (Lookup(external_id, post) for post in found if post.external_id == external_id),
            Lookup(external_id, None, "deleted"),
        )

    def _story(self, story: str) -> RawPost:
        body = self._ask(f"/opinions/{story}")
        try:
            post = wire.story_of(body, self._site)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            post = None
        if post is None or post.external_id != story:
            raise BadAnswer("story of another shape")
        return post

    def _responses(self, story: str) -> list[RawPost]:
        body = self._ask(f"/opinions/{story}/responses")
        if not isinstance(body, list):
            raise BadAnswer("no list of responses")
        posts = []
        for data in body:
            try:
                posts.append(wire.response_of(data, story, self._site))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                continue  # one that cannot be read hides no other
        return posts

    def _ask(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        self._pace.keep()
        address = f"{self._site}/api/v2{path}"
        try:
            response = self._session.get(address, params=query, allow_redirects=False)
            if response.status_code == 200:
                return response.json()
            failure = wire.explain(response.status_code, response.headers, self._clock())
        except requests.TooManyRedirects as moved:
            # No redirect is followed, and the session tells of the first: a wrong key leads to a login page.
            status = moved.response.status_code if moved.response is not None else 302
            failure = wire.explain(status, {}, self._clock())
        except requests.exceptions.JSONDecodeError:
            failure = BadAnswer("not the JSON expected")
        except (requests.Timeout, requests.ConnectionError) as error:
            failure = Transient(type(error).__name__)
        except Exception as error:  # noqa: BLE001 - bodies and headers of others can break a client anywhere
            failure = BadAnswer(type(error).__name__)
        # Raised out here: the library's error holds the key and text, and would travel along as context.
        raise failure


class _Pace:
    """Keeps requests a fifth of a second apart. Threads may ask at the same time."""

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._last = float("-inf")

    def keep(self) -> None:
        """Wait for the rest of this fifth of a second."""
        with self._lock:
            left = _APART - (time.monotonic() - self._last)
            if left > 0:
                self._pause(min(left, _APART))
            self._last = time.monotonic()


def _make(making: Making) -> Channel:
    return CareOpinionChannel(
        making.credentials, base_url=making.server or None, clock=making.clock, limits=making.limits
    )


KIND = ChannelKind(wire.NAME, "Care Opinion", _make, CareOpinionCredentials)
