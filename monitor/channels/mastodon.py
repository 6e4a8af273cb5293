"""Mastodon, through Mastodon.py: mentions, hashtags and search of our own server for hearing, one post for answering.

What must stay true: `external_id` is the status's id **on our own server**. It is what the server takes for looking
a post up and for answering it, and it is one and the same for a post that is heard as a mention, under a hashtag and
by search; the address that all servers share (`uri`) is neither. An account is on one server, so ids of two servers
never meet in one listener. Bodies are taken as plain JSON, since the library turns what it does not know into None;
a reply is exactly one POST, under an idempotency key. How bodies are read is in `monitor.wire.mastodon`, how lists
are walked in `monitor.wire.mastodon_walk`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import mastodon
from mastodon.types_base import PaginationInfo

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
    OutcomeUnknown,
    Page,
    RawItem,
    RawPost,
    Sent,
    Throttled,
    Transient,
    Watch,
)
from monitor.http import USUAL, Limits, quieten, soon
from monitor.sources import Source, fetch_in_turn, restart_in_turn
from monitor.spending import Spend
from monitor.wire import mastodon as wire
from monitor.wire import mastodon_walk as walks
from monitor.wire.items import set_aside
from monitor.wire.mastodon_asking import Asking, go_on
from monitor.wire.mastodon_threads import BATCH, Conversations
from monitor.wire.queries import quoted

RESEND_WITHIN = 55 * 60.0
"""Mastodon keeps an idempotency key for up to an hour (Mastodon API, POST /api/v1/statuses); less a margin."""
READ_BACK_LAG = 60.0
"""A server under load shows a new status in lists of its author some seconds late; a minute is well beyond that."""
LONGEST_REPLY = 500 - 40
"""A status has 500 characters unless its server allows more (Mastodon's default); the rest is for "@author "."""
_SERVER = "4.6.0"
"""Told to the library as the server's version, so that it never asks the server for it behind our back."""
_OWN_PAGES = 10


@dataclass(frozen=True, slots=True)
class MastodonCredentials:
    """The access token of our account (scopes `read` and `write:statuses`). `repr` does not show it."""

    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _List:
    """One list of the server's that a watch reads."""

    key: str
    label: str
    ask: Callable[..., Any]
    items: Callable[[Any], Sequence[Any]] = wire.entries
    backwards: bool = False
    addressed: bool = False


class _Client(mastodon.Mastodon):
    def timeline_is_available(self, *args: Any, **kwargs: Any) -> bool:
        """True: the library would ask the server a question of its own before each list."""
        return True

    def mentions(self, **asked: Any) -> Any:
        """Notifications of mentions, those too that the account's settings hold back from its owner."""
        where = {"_pagination_method": "GET", "_pagination_endpoint": "/api/v1/notifications"}
        return self.fetch_next(
            PaginationInfo({"types[]": ["mention"], "include_filtered": "true", **asked, **where})
        )


class MastodonChannel:
    """One account on one Mastodon server. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        credentials: the account's token.
        server: the address of its server.
        clock: now, in UTC.
        handle: the account, as the public sees it.
        limits: how long one call may take.
    """

    def __init__(
        self,
        credentials: MastodonCredentials,
        *,
        server: str,
        clock: Clock,
        handle: str = "",
        limits: Limits = USUAL,
    ) -> None:
        quieten("urllib3", "requests", "mastodon")
        self._handle, self._clock = handle, clock
        self._us: wire.Account | None = None
        self._can_write = True
        self._asking = Asking(clock, limits)
        self._client = _Client(
            access_token=credentials.access_token,
            api_base_url=server,
            request_timeout=limits.read,
            ratelimit_method="throw",
            mastodon_version=_SERVER,
            version_check_mode="created",
            user_agent="voicedesk",
            session=self._asking.session,
        )
        self._conversations = Conversations(partial(self._asking.read, self._client.statuses))

    @property
    def capabilities(self) -> Capabilities:
        """What the account can do."""
        can = self._can_write
        return Capabilities(
            "mastodon", "Mastodon", can, RESEND_WITHIN, READ_BACK_LAG, LONGEST_REPLY, self._handle
        )

    def spent(self) -> Spend:
        """What was asked of the server since the last time."""
        return self._asking.meter.take()

    # Hearing

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of the list in hand: mentions, then each hashtag, then each term's search. See `Channel.fetch`."""
        return fetch_in_turn(self._sources(watch), cursor, self._clock())

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """Start every list again, as far back as a walk reaches."""
        return restart_in_turn(self._sources(watch), cursor)

    def _sources(self, watch: Watch) -> list[Source]:
        return [Source(one.key, one.label, partial(self._page, one), _begin) for one in self._lists(watch)]

    def _lists(self, watch: Watch) -> Iterable[_List]:
        yield _List("mentions", "mentions", self._client.mentions, addressed=True)
        for tag in dict.fromkeys(tag.lstrip("#").casefold() for tag in watch.hashtags):
            yield _List(f"tag:{tag}", f"hashtag {tag}", partial(self._client.timeline_hashtag, tag))
        ours = self._handle.strip("@").casefold()
        others = [one.strip("@") for one in watch.handles if one.strip("@").casefold() != ours]
        for term in dict.fromkeys([*watch.terms, *others]):
            search = partial(self._client.search_v2, quoted(term), resolve=False, result_type="statuses")
            yield _List(f"search:{term}", f"search for {term}", search, _statuses, backwards=True)

    def _page(self, one: _List, cursor: Cursor) -> Page:
        started, account = time.monotonic(), self._account()
        paging = walks.asked(cursor, backwards=one.backwards)
        body = self._asking.read(one.ask, limit=walks.PAGE, **paging)
        found, unread = self._found(one.items(body))
        step = walks.after(cursor, found, backwards=one.backwards)
        statuses = [item.status for item in step.fresh if item.status is not None]
        self._conversations.find(statuses, started)
        posts = self._posts(statuses, account, unread, addressed=one.addressed)
        asked = {"source": one.key, **paging}
        whole = not step.cap
        return Page(
            posts, step.cursor, step.more, asked, whole, step.cap, one.label, cap=step.cap, unread=unread
        )

    def _found(self, items: Sequence[Any]) -> tuple[list[walks.Found], list[RawItem]]:
        found, unread, now = [], [], self._clock()
        for item in items:
            try:
                found.append(walks.found_in(item, now))
            except wire.UNREADABLE:
                unread.append(set_aside(item))
        return found, unread

    def _posts(
        self,
        statuses: Iterable[Mapping[str, Any]],
        account: wire.Account,
        unread: list[RawItem],
        *,
        addressed: bool = False,
    ) -> list[RawPost]:
        posts = []
        for status in statuses:
            try:
                root = self._conversations.root(wire.id_of(status))
                posts.append(wire.post_of(status, account, root=root, addressed=addressed))
            except wire.UNREADABLE:
                unread.append(set_aside(status))
        return posts

    # Threads and look-ups

    def queries(self, watch: Watch) -> Sequence[str]:
        """The lists that a watch becomes."""
        return [one.label for one in self._lists(watch)]

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The conversation as our server knows it. See `Channel.thread`."""
        started, account = time.monotonic(), self._account()
        statuses = {external_id: self._one(external_id)}
        above, below = self._around(external_id, started)
        if above:
            _, below = self._around(str(above[0].get("id")), started)
        statuses |= {str(one.get("id")): one for one in [*above, *below]}
        self._conversations.remember(statuses.values())
        posts = self._posts(statuses.values(), account, [])
        return sorted(posts, key=lambda post: (post.posted_at, wire.rank(post.external_id)))

    def _around(self, status_id: str, started: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        go_on(started)
        if not wire.is_id(status_id):
            raise BadAnswer("status without an id")
        body = self._asking.read(self._client.status_context, status_id)
        above, below = (
            [one for one in wire.entries(_of(body, part)) if isinstance(one, dict)]
            for part in ("ancestors", "descendants")
        )
        return above, below

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now; one that is left out of a batch is asked for by itself."""
        started, wanted = time.monotonic(), list(dict.fromkeys(external_ids))
        known: dict[str, Lookup] = {}
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            statuses = self._several(batch, started)
            known |= {one: self._looked_up(one, statuses.get(one), started) for one in batch}
        return [known[one] for one in external_ids]

    def _several(self, batch: list[str], started: float) -> dict[str, Mapping[str, Any]]:
        go_on(started)
        try:
            body = self._asking.read(self._client.statuses, [one for one in batch if wire.is_id(one)])
        except (BadAnswer, Gone):
            return {}  # a server older than 4.3 has no batches
        found = [one for one in body if isinstance(one, dict)] if isinstance(body, list) else []
        self._conversations.find(found, started)
        return {str(one.get("id")): one for one in found}

    def _looked_up(self, external_id: str, status: Mapping[str, Any] | None, started: float) -> Lookup:
        if status is None:
            go_on(started)
            try:
                status = self._one(external_id)
            except Gone:
                return Lookup(external_id, None, "deleted")
            except NotEntitled:
                return Lookup(external_id, None, "protected")
        posts = self._posts([status], self._account(), [])
        if not posts:
            raise BadAnswer("status of another shape")
        return Lookup(external_id, posts[0])

    # Answering

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One POST under `key`; the post is read first, for its author and how widely it is shown.

        See `Channel.reply`.
        """
        if not self._can_write:
            raise NotEntitled("token may not post")
        parent = self._to_be_answered(external_id)
        text, how_wide = wire.addressed_to(parent, text), wire.visibility_of(parent)
        post = partial(self._client.status_post, visibility=how_wide, idempotency_key=key)
        try:
            body = self._asking.write(post, text, in_reply_to_id=external_id)
        except NotEntitled as refused:
            if refused.reason == wire.SCOPE:
                self._can_write, self._us = False, None
            raise
        return _sent(body)

    def _to_be_answered(self, external_id: str) -> Mapping[str, Any]:
        try:
            return self._one(external_id)
        except (Transient, BadAnswer):
            pass
        # Nothing was posted, and nobody needs to look: it is tried again in a minute.
        raise Throttled("post could not be read", until=soon(self._clock()))

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our reply to this post with these words, among our own statuses since the post was made."""
        started, account, paging = time.monotonic(), self._account(), dict[str, Any]()
        ask = partial(self._client.account_statuses, account.id, exclude_reblogs=True)
        for _ in range(_OWN_PAGES):
            go_on(started)
            found, _unread = self._found(wire.entries(self._asking.read(ask, limit=walks.PAGE, **paging)))
            for one in found:
                if one.status is not None and wire.is_reply(one.status, external_id, text):
                    return _sent(one.status)
            oldest = min((one.id for one in found), key=wire.rank, default="")
            if not oldest or wire.rank(oldest) <= wire.rank(external_id) or oldest == paging.get("max_id"):
                return None
            paging = {"max_id": oldest}
        return None

    # Asking

    def _account(self) -> wire.Account:
        """Which account the token is of; asked once."""
        if self._us is None:
            body = self._asking.read(self._client.account_verify_credentials)
            if not wire.is_id(_of(body, "id")):
                raise BadAnswer("account of another shape")
            self._us = wire.Account(body["id"], self._can_write)
        return self._us

    def _one(self, status_id: str) -> Mapping[str, Any]:
        if not wire.is_id(status_id):
            raise Gone("no id of this server")
        body = self._asking.read(self._client.status, status_id)
        if not isinstance(body, dict) or str(body.get("id")) != status_id:
            raise BadAnswer("status of another shape")
        return body


def _begin(cursor: Cursor) -> Cursor:
    return {}


def _of(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else None


def _statuses(body: Any) -> Sequence[Any]:
    return wire.entries(_of(body, "statuses"))


def _sent(body: Any) -> Sent:
    if not wire.is_id(_of(body, "id")):
        raise OutcomeUnknown("answer without an id")
    return Sent(body["id"], str(body.get("url") or body.get("uri") or ""))


def _make(making: Making) -> Channel:
    return MastodonChannel(
        making.credentials,
        server=making.server,
        clock=making.clock,
        handle=making.handle,
        limits=making.limits,
    )


KIND = ChannelKind("mastodon", "Mastodon", _make, MastodonCredentials, servers="server")
