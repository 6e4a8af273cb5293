"""Bluesky, through atproto: notifications and search for hearing, `putRecord` under a key of ours for answering.

What must stay true: every call keeps the limits of `monitor.httpx_bounds`; a reply is exactly one request to write,
and the same attempt, sent twice, is one post, since its record's key and time follow from the attempt's key; a
session is kept and renewed, since Bluesky lets an account log in a few times a day only; bodies are taken as plain
JSON, so that one post of a shape unknown to the library cannot hide a page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from atproto_client import models
from atproto_client.models.dot_dict import DotDict

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelError,
    ChannelKind,
    Cursor,
    Gone,
    Keep,
    Lookup,
    Making,
    OutcomeUnknown,
    Page,
    RawPost,
    Refused,
    ReplyWay,
    Sent,
    Throttled,
    Watch,
)
from monitor.http import quieten, soon
from monitor.httpx_bounds import never_left
from monitor.limits import USUAL, Limits
from monitor.meter import Meter
from monitor.sources import Source, fetch_in_turn, restart_in_turn
from monitor.spending import Spend
from monitor.wire import bluesky as wire
from monitor.wire import bluesky_refusals as refusals
from monitor.wire import bluesky_walks as walks
from monitor.wire import tid
from monitor.wire.bluesky_session import SessionClient, Sessions, ask, read_trouble, refusal_of

_COLLECTION = "app.bsky.feed.post"
_LOOKUP = 25
"""Posts a look-up. Source: lexicon app.bsky.feed.getPosts."""
_DEPTH, _PARENTS = 100, 80
_REASONS = ["mention", "reply", "quote"]


@dataclass(frozen=True, slots=True)
class BlueskyCredentials:
    """An app password of the account, and its identifier where that is not its handle. `repr` shows no password."""

    app_password: str = field(repr=False)
    identifier: str = ""


class BlueskyChannel:
    """Bluesky. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        credentials: the account's.
        handle: our account, as the public sees it.
        clock: now, in UTC.
        server: another server to speak to, and to go on speaking to after the login (a loopback peer).
        limits: how long one call may take.
        keep: where the session is kept between runs.
    """

    def __init__(
        self,
        credentials: BlueskyCredentials,
        *,
        handle: str,
        clock: Clock,
        server: str = "",
        limits: Limits = USUAL,
        keep: Keep | None = None,
    ) -> None:
        quieten("atproto", "atproto_client", "httpx", "httpcore")
        self._handle = handle.lstrip("@")
        self._clock = clock
        self._meter = Meter()
        self._sessions = Sessions(
            credentials.identifier or self._handle,
            credentials.app_password,
            clock,
            server,
            limits,
            keep,
            self._meter,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Bluesky can do. Under one key it holds one record for ever, and shows a new one at once."""
        return Capabilities("bluesky", "Bluesky", True, math.inf, 10.0, 300, self._handle)

    def sources(self, watch: Watch) -> list[Source]:
        """What is asked for in turn: what is addressed to us, then one search for each word of the watch.

        Raises:
            NotEntitled: a term is too long for a search.
        """
        mentions = Source("notifications", "notifications", self._notifications, self._again)
        searches = [
            Source(query.key, query.label, partial(self._search, query.q), self._again)
            for query in walks.queries_of(watch, self._handle)
        ]
        return [mentions, *searches]

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of one source. See `Channel.fetch` and `monitor.sources.fetch_in_turn`."""
        sources = self.sources(watch)
        self._sessions.client()  # without a session every source would fail, each with a login of its own
        page = fetch_in_turn(sources, cursor, self._clock())
        if page.trouble is not None and isinstance(page.trouble.error, Throttled):
            raise page.trouble.error  # Bluesky counts by account: the other sources may not ask either
        return page

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """Every source begins its walk again, from where its last one ended."""
        of = cursor.get("of") or {}
        return restart_in_turn(self.sources(watch), {"of": of} if of else {})

    def queries(self, watch: Watch) -> Sequence[str]:
        """The searches that a watch becomes; what is addressed to our account is asked for apart."""
        return [query.q for query in walks.queries_of(watch, self._handle)]

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The conversation, oldest first, as far as Bluesky shows it."""
        posts = self._thread(external_id)
        root = next(post.conversation_id for post in posts.values() if post.external_id == external_id)
        with suppress(Gone):  # where the first post is gone, what hangs on it is still shown
            posts |= self._thread(root) if root != external_id else {}
        return sorted(posts.values(), key=lambda post: (post.posted_at, post.external_id))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now. Bluesky leaves out what is deleted, taken down or hidden, and does not say which.

        Raises:
            BadAnswer: a post is there and cannot be understood.
        """
        names = [name for name in dict.fromkeys(external_ids) if wire.Uri.of(name)]
        views = self._views(names)
        posts, unread = wire.posts_of(views, self._own_did())
        if unread:
            raise BadAnswer("look-up of another shape")
        known = {post.external_id: post for post in posts}
        return [Lookup(n, known[n]) if n in known else Lookup(n, None, "deleted") for n in external_ids]

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One look at the post, then one request to write. See `Channel.reply`."""
        view = self._parent(external_id)
        own, now = self._own_did(), self._clock()
        uri = wire.Uri(own, tid.tid_of(key))
        at = tid.made_at(key) or wire.shown_at(view) + timedelta(seconds=1)
        record = wire.reply_record(text, wire.reply_ref(view), at)
        data = DotDict(
            {"repo": own, "collection": _COLLECTION, "rkey": uri.rkey, "record": record, "validate": True}
        )
        client = self._sessions.client()
        write = partial(client.invoke_procedure, "com.atproto.repo.putRecord", data=data, **_JSON)
        body = ask(partial(self._write_failure, client, now), write)
        if not isinstance(body, dict) or body.get("uri") != str(uri):
            raise OutcomeUnknown("answer without the record's name")
        return self._sent(uri)

    def _parent(self, external_id: str) -> Mapping[str, Any]:
        """The post to answer, looked at before the write: Bluesky takes answers to deleted posts."""
        try:
            failure, view = None, self._answerable(external_id)
        except ChannelError as error:
            failure, view = refusals.before_write(error, self._clock()), {}
        if failure is not None:
            raise failure
        return view

    def _answerable(self, external_id: str) -> Mapping[str, Any]:
        if wire.Uri.of(external_id) is None:
            raise Refused("no post of Bluesky")
        views = self._views([external_id])
        if not views:
            raise Gone("post is gone")
        posts, _ = wire.posts_of(views, "")
        if not posts:
            raise BadAnswer("post of another shape")
        if posts[0].capability.way is not ReplyWay.API:
            raise Refused("answers are closed to us")
        return dict(views[0])

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """The record that this attempt would have made, if it is there with these words."""
        uri = wire.Uri(self._own_did(), tid.tid_of(key))
        params = models.ComAtprotoRepoGetRecord.Params(repo=uri.did, collection=_COLLECTION, rkey=uri.rkey)
        try:
            body = self._read("com.atproto.repo.getRecord", params)
        except Gone:
            return None
        value = body.get("value")
        if not isinstance(value, dict):
            raise BadAnswer("record of another shape")
        return self._sent(uri) if value.get("text") == text and _answers(value, external_id) else None

    def _sent(self, uri: wire.Uri) -> Sent:
        return Sent(str(uri), wire.permalink(self._handle, uri))

    def spent(self) -> Spend:
        """What was asked of Bluesky since the last time."""
        return self._meter.take()

    # Asking

    def _own_did(self) -> str:
        return self._sessions.client().session_did

    def _notifications(self, cursor: Cursor) -> Page:
        step = walks.step_of(cursor, self._clock())
        params = models.AppBskyNotificationListNotifications.Params(
            limit=walks.PAGE, reasons=_REASONS, cursor=step.token or None
        )
        body = self._read("app.bsky.notification.listNotifications", params, in_walk=bool(step.token))
        items = body.get("notifications")
        wanted = [one for one in items if _is_wanted(one)] if isinstance(items, list) else items
        posts, unread = wire.posts_of(wanted, self._own_did())
        size = len(items) if isinstance(items, list) else 0
        turned = walks.turn(cursor, step, posts, size, body.get("cursor"))
        fuller = {post.external_id: post for post in self._fuller(turned.posts)}
        heard = [wire.addressed(fuller.get(post.external_id, post)) for post in turned.posts]
        asked = {"what": "notifications", "token": step.token}
        return Page(
            heard, turned.cursor, turned.more, asked, window=(step.since, None), cap=turned.cap, unread=unread
        )

    def _fuller(self, posts: Sequence[RawPost]) -> Sequence[RawPost]:
        """The same posts with pictures, quotes and who may answer: a notification shows the bare record."""
        views = self._views([post.external_id for post in posts])
        same = {(post.external_id, post.revision) for post in posts}
        fuller = wire.posts_of(views, self._own_did())[0]
        return [post for post in fuller if (post.external_id, post.revision) in same]

    def _search(self, q: str, cursor: Cursor) -> Page:
        step = walks.step_of(cursor, self._clock())
        since = step.since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        params = models.AppBskyFeedSearchPosts.Params(
            q=q, sort="latest", limit=walks.PAGE, since=since, cursor=step.token or None
        )
        body = self._read("app.bsky.feed.searchPosts", params, in_walk=bool(step.token))
        posts, unread = wire.posts_of(body.get("posts"), self._own_did())
        turned = walks.turn(cursor, step, posts, len(posts) + len(unread), body.get("cursor"))
        asked = {"query": q, "since": since, "token": step.token}
        return Page(
            turned.posts,
            turned.cursor,
            turned.more,
            asked,
            window=(step.since, None),
            cap=turned.cap,
            unread=unread,
        )

    def _again(self, cursor: Cursor) -> Cursor:
        """The walk of one source begun again: from its mark, or from the start where it has none that makes sense."""
        kept = {key: cursor[key] for key in ("newest", "seen", "again") if cursor.get(key)}
        try:
            walks.step_of(kept, self._clock())
        except BadAnswer:
            return {}
        return kept

    def _views(self, names: Sequence[str]) -> list[Any]:
        views: list[Any] = []
        for start in range(0, len(names), _LOOKUP):
            params = models.AppBskyFeedGetPosts.Params(uris=list(names[start : start + _LOOKUP]))
            found = self._read("app.bsky.feed.getPosts", params).get("posts")
            if not isinstance(found, list):
                raise BadAnswer("answer without posts")
            views += found
        return views

    def _thread(self, external_id: str) -> dict[str, RawPost]:
        if wire.Uri.of(external_id) is None:
            raise Gone("no post of Bluesky")
        params = models.AppBskyFeedGetPostThread.Params(uri=external_id, depth=_DEPTH, parent_height=_PARENTS)
        posts = wire.thread_of(self._read("app.bsky.feed.getPostThread", params), self._own_did())
        known = {post.external_id: post for post in posts}
        if external_id not in known:
            raise BadAnswer("thread of another shape")
        return known

    def _read(self, name: str, params: Any, *, in_walk: bool = False) -> dict[str, Any]:
        """A read, with a new session where the old one is over."""
        client = self._sessions.client()
        explain = partial(self._read_failure, in_walk)
        try:
            body = ask(explain, partial(client.invoke_query, name, params=params))
        except refusals.SessionOver:
            body = None
            self._sessions.over(client)
        if body is None:
            body = ask(explain, partial(self._sessions.client().invoke_query, name, params=params))
        if not isinstance(body, dict):
            raise BadAnswer("not the JSON expected")
        return body

    def _read_failure(self, in_walk: bool, error: Exception) -> ChannelError:
        refusal = refusal_of(error)
        if refusal is not None:
            return refusals.explain_read(refusal, self._clock(), in_walk=in_walk)
        return read_trouble(error)

    def _write_failure(self, client: SessionClient, now: datetime, error: Exception) -> ChannelError:
        refusal = refusal_of(error)
        if refusal is None:
            if never_left(error):
                return Throttled("no connection", until=soon(now))
            return Refused("not a text") if _never_built(error) else OutcomeUnknown(type(error).__name__)
        failure = refusals.explain_write(refusal, now)
        if failure.reason == "session over":
            self._sessions.over(client)
        return failure


_JSON = {"input_encoding": "application/json", "output_encoding": "application/json"}


def _is_wanted(item: object) -> bool:
    # A server that does not know `reasons` sends likes and follows, too.
    return not isinstance(item, dict) or item.get("reason") in _REASONS


def _answers(record: Mapping[str, Any], parent: str) -> bool:
    try:
        return wire.refs_of(record)[1] == parent
    except (KeyError, TypeError, AttributeError):
        return False


def _never_built(error: Exception) -> bool:
    """Whether the request could not even be written down: half characters in the text."""
    return isinstance(error, UnicodeEncodeError) or type(error).__name__ == "PydanticSerializationError"


def _make(making: Making) -> Channel:
    return BlueskyChannel(
        making.credentials,
        handle=making.handle,
        clock=making.clock,
        server=making.server,
        limits=making.limits,
        keep=making.keep,
    )


KIND = ChannelKind("bluesky", "Bluesky", _make, BlueskyCredentials)
