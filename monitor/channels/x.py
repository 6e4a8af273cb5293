"""X, through tweepy: our mentions and recent search for hearing, `create_tweet` for answering.

What must stay true: `since_id` is that of the last finished walk and stays the same until a walk has ended;
every call keeps the limits of `monitor.http`; a reply is exactly one POST; what X charges is counted where it is
read; bodies are taken as plain JSON, so that a field that X renames cannot stop the listener. How bodies are read
is in `monitor.wire.x`, how X is asked in `monitor.wire.x_asking`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import requests
import tweepy

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelError,
    ChannelKind,
    Cursor,
    CursorRefused,
    Gone,
    Lookup,
    Making,
    NotEntitled,
    OutcomeUnknown,
    Page,
    RawPost,
    Sent,
    Throttled,
    Transient,
    Watch,
)
from monitor.http import USUAL, Limits, bound, never_left, quieten, soon
from monitor.meter import Meter
from monitor.sources import Source, fetch_in_turn, restart_in_turn
from monitor.spending import Spend
from monitor.wire import x as wire
from monitor.wire import x_asking as asking
from monitor.wire import x_prices as prices
from monitor.wire import x_refusals as refusals
from monitor.wire.x_answering import Account

_PAGE, _LOOKUP, _TIMELINE_PAGES, _THREAD_PAGES = 100, 100, 5, 5
_RESTARTS = 3
_CAP = "X listed only the newest 800 mentions; older ones are heard by search alone, as far as it finds them."


@dataclass(frozen=True, slots=True)
class XCredentials:
    """The keys of one X app and account; to answer, the four user keys and the id. `repr` shows no key."""

    bearer_token: str = field(default="", repr=False)
    consumer_key: str = field(default="", repr=False)
    consumer_secret: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)
    account_id: str = ""
    account_handle: str = ""

    @property
    def can_write(self) -> bool:
        """Whether these keys are enough to post, and to find again what was posted."""
        user = (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)
        return all(user) and bool(self.account_id)


class _FieldsRefused(ChannelError):
    """X does not know the names of the fields that were asked for."""


class XChannel:
    """X. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        credentials: the app's and the account's keys.
        base_url: another server to talk to instead of X (a loopback peer).
        clock: now, in UTC.
        limits: how long one call may take.
    """

    def __init__(
        self,
        credentials: XCredentials,
        *,
        base_url: str | None = None,
        clock: Clock,
        limits: Limits = USUAL,
    ) -> None:
        quieten("tweepy", "oauthlib", "requests_oauthlib", "urllib3")
        # tweepy warns of each field that X has renamed, every time.
        logging.getLogger("tweepy.client").setLevel(logging.ERROR)
        handle = credentials.account_handle.lstrip("@")
        self._account = Account(credentials.account_id, handle, credentials.can_write)
        self._as_user = not credentials.bearer_token
        self._clock = clock
        self._fields_tried = 0
        self._meter = Meter()
        self._client = tweepy.Client(
            credentials.bearer_token or None,
            credentials.consumer_key or None,
            credentials.consumer_secret or None,
            credentials.access_token or None,
            credentials.access_token_secret or None,
            return_type=dict,
            wait_on_rate_limit=False,
        )
        bound(self._client.session, limits, base_url, self._meter)

    @property
    def capabilities(self) -> Capabilities:
        """What X can do with the keys it was given. It shows a new reply within a minute."""
        return Capabilities(
            name="x",
            title="X",
            can_reply=self._account.can_write,
            resend_within=0.0,
            read_back_lag=60.0,
            longest_reply=280,
            account=self._account.handle,
            prices=prices.PRICES,
        )

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of our mentions, then of each search, newest first. See `Channel.fetch`.

        Raises:
            QueryTooLong: a word of the watch does not fit into a query (a `NotEntitled`: a person must shorten it).
        """
        return fetch_in_turn(self._sources(watch, cursor), cursor, self._clock(), older="search")

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """Start again seven days back; the next page of each search says which time was lost, if any was."""
        return restart_in_turn(self._sources(watch, cursor), cursor, older="search")

    def _sources(self, watch: Watch, cursor: Cursor) -> list[Source]:
        """Mentions first, since they are cheapest; a search repeats them only while their list fails or is cut off.

        Raises:
            NotEntitled: there is nothing to ask X for.
        """
        apart = bool(self._account.id) and asking.mentions_apart(cursor)
        queries = asking.queries(watch, self._account.handle, mentions_apart=apart)
        found = (
            [Source("mentions", "mentions", self._asked(""), asking.begun_again)] if self._account.id else []
        )
        for number, query in enumerate(queries, 1):
            key = "search" if number == 1 else f"search {number}"
            label = "search" if len(queries) == 1 else f"search {number} of {len(queries)}"
            if query:
                found.append(Source(key, label, self._asked(query), asking.begun_again))
        if not found:
            raise NotEntitled("nothing to search for")
        return found

    def _asked(self, query: str) -> Callable[[Cursor], Page]:
        return partial(self._going_on, partial(self._walked, query))

    def _going_on(self, page_at: Callable[[Cursor], Page], cursor: Cursor) -> Page:
        """The page at this cursor; where X refuses it, at one that X takes."""
        for _ in range(_RESTARTS):
            try:
                return page_at(cursor)
            except CursorRefused as error:
                refused = error
            cursor = asking.begun_again(cursor, refused.reason)
        raise refused

    def _walked(self, query: str, cursor: Cursor) -> Page:
        """One page of a search, or of our mentions where `query` is ""."""
        now = self._clock()
        walk = cursor.get("walk") or asking.new_walk(cursor, now, query)
        query = walk.get("query") or query  # a walk goes on as it was begun, also when the watch has changed
        since = {key: walk[key] for key in ("since_id", "start_time") if walk.get(key)}
        token = walk.get("token")
        body = self._search(query, token, **since) if query else self._listed(token, **since)
        posts, unread = wire.posts_of(body, self._account, direct=not query)
        after = asking.next_cursor(cursor, walk, body["meta"], now)
        capped = not query and asking.capped(walk, after)
        cap = _CAP if capped else ""
        gap = cap or walk.get("gap", "")
        return Page(
            posts=posts,
            cursor={**after, "capped": True} if capped else after,
            more=bool(after["walk"]),
            asked={**({"query": query} if query else {"list": "mentions"}), **since, "token": token},
            complete=not gap,
            gap=gap,
            window=asking.window(walk, now),
            cap=cap,
            unread=unread,
        )

    def queries(self, watch: Watch) -> Sequence[str]:
        """The searches that a watch becomes; mentions of our account are asked for apart."""
        found = asking.queries(watch, self._account.handle, mentions_apart=bool(self._account.id))
        return [query for query in found if query]

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The conversation, as far as recent search (seven days) and its first post show it."""
        asked_for = self.look_up([external_id])[0].post
        if asked_for is None:
            raise Gone("post is gone")
        root = asked_for.conversation_id
        posts = {asked_for.external_id: asked_for}
        for body in self._pages(lambda token: self._search(f"conversation_id:{root}", token), _THREAD_PAGES):
            posts |= {post.external_id: post for post in wire.posts_of(body, self._account)[0]}
        if root not in posts:
            first = self.look_up([root])[0].post
            posts |= {first.external_id: first} if first else {}
        return sorted(posts.values(), key=lambda post: (post.posted_at, int(post.external_id)))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now, asked for by the hundred.

        Raises:
            BadAnswer: X said nothing at all about one of them; that is no proof that it is gone.
        """
        known: dict[str, Lookup] = {}
        waiting = iter(dict.fromkeys(external_ids))
        while batch := list(islice(waiting, _LOOKUP)):
            body = self._read(self._client.get_tweets, batch)
            for error in wire.entries(body, "errors"):
                wanted = str(error.get("resource_id"))
                known[wanted] = Lookup(wanted, None, wire.how_gone(error))
            known |= self._live(body)
        if any(wanted not in known for wanted in external_ids):
            raise BadAnswer("look-up left posts out")
        return [known[wanted] for wanted in external_ids]

    def _live(self, body: Mapping[str, Any]) -> dict[str, Lookup]:
        includes = wire.Includes.of(body)
        known: dict[str, Lookup] = {}
        for data in wire.entries(body, "data"):
            with suppress(*wire.ODD):  # left out of what is known, which the caller sees
                post = wire.post_of(data, includes, self._account)
                known |= {version: Lookup(version, post) for version in wire.versions(data)}
        return known

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One POST. X has no idempotency key, so `key` stays here. See `Channel.reply`."""
        if not self._account.can_write:
            raise NotEntitled("no keys to post with")
        send = self._client.create_tweet
        try:
            body = self._ask(
                self._write_failure, send, text=text, in_reply_to_tweet_id=external_id, user_auth=True
            )
        except OutcomeUnknown:  # it may have been posted, and charged
            self._meter.note(micros=prices.price_of_reply(text))
            raise
        self._meter.note(micros=prices.price_of_reply(text))
        made = body.get("data") if isinstance(body, dict) else None
        if not isinstance(made, dict) or not str(made.get("id", "")).isdecimal():
            raise OutcomeUnknown("answer without an id")
        return self._sent(str(made["id"]))

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our reply to this post with these words, in our own timeline since the post was made."""
        if not self._account.id:
            raise NotEntitled("no account to look in")
        for body in self._pages(lambda token: self._timeline(external_id, token), _TIMELINE_PAGES):
            for data in wire.entries(body, "data"):
                if self._is_reply(data, external_id, text):
                    return self._sent(wire.versions(data)[0])
        return None

    def _is_reply(self, data: Mapping[str, Any], parent: str, text: str) -> bool:
        try:
            return wire.referenced(data).get("replied_to") == parent and wire.same_reply(
                text, wire.text_of(data)
            )
        except wire.ODD:
            raise BadAnswer("own timeline of another shape") from None

    def _sent(self, external_id: str) -> Sent:
        return Sent(external_id, wire.permalink(self._account.handle, external_id))

    def spent(self) -> Spend:
        """What was asked of X since the last time, and what it costs at most: see `monitor.wire.x_prices`."""
        return self._meter.take()

    # Asking

    def _search(self, query: str, token: str | None, **since: Any) -> Mapping[str, Any]:
        paging: dict[str, Any] = {"next_token": token} if token else {}
        search = self._client.search_recent_tweets
        body = self._read(search, query, max_results=_PAGE, sort_order="recency", **since, **paging)
        return _with_meta(body)

    def _listed(self, token: str | None, **since: Any) -> Mapping[str, Any]:
        """A page of our mentions, as the account itself where its keys are given: that is the cheaper way."""
        paging: dict[str, Any] = {"pagination_token": token} if token else {}
        mine, call = self._account.can_write, self._client.get_users_mentions
        return _with_meta(
            self._read(call, self._account.id, owned=mine, max_results=_PAGE, **since, **paging)
        )

    def _timeline(self, since_id: str, token: str | None) -> Mapping[str, Any]:
        paging: dict[str, Any] = {"pagination_token": token} if token else {}
        mine, call = self._account.can_write, self._client.get_users_tweets
        return self._read(call, self._account.id, owned=mine, since_id=since_id, max_results=_PAGE, **paging)

    def _pages(
        self, ask: Callable[[str | None], Mapping[str, Any]], most: int
    ) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        for _ in range(most):
            body = ask(token)
            yield body
            previous, token = token, (body.get("meta") or {}).get("next_token")
            if not token or token == previous:
                return

    def _read(
        self, call: Callable[..., Any], *args: Any, owned: bool = False, **kwargs: Any
    ) -> Mapping[str, Any]:
        """A body, its price counted; `owned` is a list of our own account, asked for as that account."""
        body = self._with_known_fields(call, *args, user_auth=self._as_user or owned, **kwargs)
        known = isinstance(body, dict) and {"data", "meta", "errors"} & body.keys()
        if not known or not isinstance(body.get("meta", {}), dict):
            raise BadAnswer("answer of another shape")
        self._meter.note(micros=prices.price_of_read(body, owned=owned))
        return dict(body)

    def _with_known_fields(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The answer to the first set of field names that X takes; that set is the first the next time."""
        for number in range(self._fields_tried, len(asking.FIELDS)):
            with suppress(_FieldsRefused):
                fields = asking.FIELDS[number]
                body = self._ask(self._read_failure, call, *args, **{**fields, **kwargs})
                self._fields_tried = number
                return body
        raise NotEntitled("query refused")

    def _ask(
        self,
        explain: Callable[[Exception], ChannelError],
        call: Callable[..., Any],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        try:
            return call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - tweepy lets errors of many kinds through
            failure = explain(error)
        # Raised out here: the library's error holds headers and text, and would travel along as context.
        raise failure

    def _read_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, tweepy.HTTPException):
            refusal = _refusal(error.response)
            if refusals.names_a_field(refusal):
                return _FieldsRefused("field names refused")
            return refusals.explain_read(refusal, self._clock())
        if isinstance(error, requests.exceptions.JSONDecodeError | requests.TooManyRedirects):
            return BadAnswer("not the JSON expected")
        known = isinstance(error, requests.RequestException)
        return Transient(type(error).__name__) if known else BadAnswer(type(error).__name__)

    def _write_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, tweepy.HTTPException):
            return refusals.explain_write(_refusal(error.response), self._clock())
        if never_left(error):
            return Throttled("no connection", until=soon(self._clock()))
        return OutcomeUnknown(type(error).__name__)


def _with_meta(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if "meta" not in body:  # without it a page in mid-walk would look like the last one
        raise BadAnswer("page without meta")
    return body


def _refusal(response: requests.Response) -> refusals.Refusal:
    try:
        body: object = response.json()
    except ValueError:
        body = None
    return refusals.Refusal(response.status_code, body, response.headers)


def _make(making: Making) -> Channel:
    return XChannel(
        making.credentials, base_url=making.server or None, clock=making.clock, limits=making.limits
    )


KIND = ChannelKind("x", "X", _make, XCredentials)
