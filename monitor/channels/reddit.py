"""Reddit, through praw: our mentions, search and the comments of named subreddits for hearing, comments for answering.

What must stay true: prawcore re-sends what fails, writes included, so nothing that failed reaches its retry
(`OnceOnly`); praw's objects fetch more behind one's back, so bodies are taken as plain JSON; Reddit's pace
is looked at before each call, since prawcore would sleep through it. How bodies are read is in
`monitor.wire.reddit`, how Reddit is asked in `monitor.wire.reddit_asking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import praw
import prawcore
import requests

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelError,
    ChannelKind,
    CredentialsRefused,
    Cursor,
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
from monitor.http import USUAL, Limits, bound, from_seconds, never_left, quieten, soon
from monitor.meter import Meter
from monitor.sources import Source, fetch_in_turn, restart_in_turn
from monitor.spending import Spend
from monitor.wire import reddit as wire
from monitor.wire import reddit_asking as asking
from monitor.wire import reddit_refusals as refusals

_OAUTH = "https://oauth.reddit.com"
_PAGE, _LOOKUP, _OWN_PAGES = 100, 100, 3


@dataclass(frozen=True, slots=True)
class RedditCredentials:
    """One Reddit app, and the account it posts as by password or refresh token. `repr` shows no secret."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    user_agent: str
    """`<platform>:<app id>:<version> (by /u/<name>)`, as Reddit asks."""
    username: str = ""
    password: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @property
    def can_write(self) -> bool:
        """Whether these are enough to post, and to find again what was posted."""
        return bool(self.username and (self.password or self.refresh_token))


class _NotTaken(Exception):
    """A request that did not end in a 2xx: prawcore sees no kind of error that it would retry."""

    def __init__(
        self, *, refusal: refusals.Refusal | None = None, cause: str = "", sent: bool = True
    ) -> None:
        super().__init__(cause or "refused")
        self.refusal, self.cause, self.sent = refusal, cause, sent


class OnceOnly(prawcore.Requestor):
    """A requestor whose every request is sent once; it tells `pace` until when Reddit asks to wait."""

    def __init__(self, *, pace: refusals.Pace, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._pace = pace

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:
        """The answer to one request.

        Raises:
            _NotTaken: there was none, or it was not 2xx.
        """
        url = str(kwargs.get("url") or args[1])
        token = not url.startswith(self.oauth_url) or "/api/v1/access_token" in url
        try:
            response = super().request(*args, timeout=timeout, **kwargs)
        except prawcore.RequestException as error:
            failure = _without_answer(error.original_exception, token)
        else:
            if 200 <= response.status_code < 300:
                self._pace.note(response.headers)
                return response
            failure = _NotTaken(refusal=refusals.Refusal(response.status_code, response.headers, token))
        raise failure


def _without_answer(cause: Exception, token: bool) -> _NotTaken:
    if isinstance(cause, requests.TooManyRedirects) and cause.response is not None:
        return _NotTaken(refusal=refusals.Refusal(cause.response.status_code, cause.response.headers, token))
    return _NotTaken(cause=type(cause).__name__, sent=not token and not never_left(cause))


class RedditChannel:
    """Reddit. Keeps `monitor.channel.Channel`; constructing it makes no call.

    Args:
        credentials: the app's and the account's.
        oauth_url: another server to talk to instead of Reddit's API (a loopback peer).
        reddit_url: another server to fetch tokens from.
        clock: now, in UTC.
        limits: how long one call may take.
    """

    def __init__(
        self,
        credentials: RedditCredentials,
        *,
        oauth_url: str | None = None,
        reddit_url: str | None = None,
        clock: Clock,
        limits: Limits = USUAL,
    ) -> None:
        quieten("praw", "prawcore", "urllib3")
        name = credentials.username.removeprefix("u/")
        self._account = wire.Account(name, credentials.can_write)
        self._keys, self._clock, self._limits = credentials, clock, limits
        self._pace = refusals.Pace(clock)
        self._meter = Meter()
        self._urls = {"oauth_url": oauth_url or _OAUTH, "reddit_url": reddit_url or wire.SITE}
        self._reddit = self._connect()

    def _connect(self) -> praw.Reddit:
        keys = self._keys
        refresh = keys.refresh_token if keys.can_write else ""
        # Every setting is given, if only as None: praw takes what is left out from the environment or a file.
        return praw.Reddit(
            "DEFAULT",
            client_id=keys.client_id,
            client_secret=keys.client_secret,
            user_agent=keys.user_agent,
            username=self._account.name if keys.can_write and not refresh else None,
            password=keys.password if keys.can_write and not refresh else None,
            refresh_token=refresh or None,
            **self._urls,
            check_for_updates=False,
            check_for_async=False,
            requestor_class=OnceOnly,
            requestor_kwargs={
                "pace": self._pace,
                "session": bound(requests.Session(), self._limits, meter=self._meter),
            },
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Reddit can do with the credentials it was given. It shows a new comment within a minute."""
        return Capabilities("reddit", "Reddit", self._account.can_write, 0.0, 60.0, 1000)

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of our mentions, then of each search, then of comments, newest first. See `Channel.fetch`.

        Raises:
            QueryTooLong: a word of the watch does not fit into a query (a `NotEntitled`: a person must shorten it).
        """
        return fetch_in_turn(self._sources(watch), cursor, self._clock(), older="search")

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """The very start; what was seen stays known, so that nothing is heard twice."""
        return restart_in_turn(self._sources(watch), cursor, older="search")

    def _sources(self, watch: Watch) -> list[Source]:
        """What there is to ask. Search finds submissions alone, so comments are listed where places are named.

        Raises:
            NotEntitled: there is nothing to ask for, or a place cannot be the name of a subreddit.
        """
        place, queries = asking.place_of(watch), asking.queries(watch)
        found = (
            [self._list("mentions", "message/mentions", asking.MENTIONS)] if self._account.can_write else []
        )
        for number, query in enumerate(queries, 1):
            key = "search" if number == 1 else f"search {number}"
            label = "search" if len(queries) == 1 else f"search {number} of {len(queries)}"
            found.append(Source(key, label, partial(self._searched, place, query), _forgetting))
        if watch.places:
            found.append(self._list("comments", f"r/{place}/comments", asking.LISTING))
        if watch.places and not queries:
            found.append(self._list("posts", f"r/{place}/new", asking.LISTING))
        if not found:
            raise NotEntitled("nothing to search for")
        return found

    def _list(self, key: str, path: str, depth: asking.Depth) -> Source:
        return Source(key, key, partial(self._listed, path, depth), _forgetting)

    def _searched(self, place: str, query: str, cursor: Cursor) -> Page:
        walk = cursor.get("walk") or asking.new_walk(cursor)
        span = asking.span_of(walk["floor"], self._clock())
        body = self._get(
            f"r/{place}/search",
            q=query,
            sort="new",
            t=span,
            syntax="lucene",
            type="link",
            limit=_PAGE,
            restrict_sr="off" if place == "all" else "on",
            after=walk["after"],
        )
        asked = {"place": place, "query": query, "span": span, "after": walk["after"]}
        return self._page(cursor, walk, body, asked, asking.SEARCH)

    def _listed(self, path: str, depth: asking.Depth, cursor: Cursor) -> Page:
        walk = cursor.get("walk") or asking.new_walk(cursor, depth, self._clock())
        body = self._get(path, limit=_PAGE, after=walk["after"])
        return self._page(cursor, walk, body, {"list": path, "after": walk["after"]}, depth)

    def _page(
        self,
        cursor: Cursor,
        walk: Mapping[str, Any],
        body: Any,
        asked: Mapping[str, Any],
        depth: asking.Depth,
    ) -> Page:
        inbox = depth is asking.MENTIONS
        heard = wire.hear(wire.listed(body), self._account, inbox=inbox)
        odd = [name for name, _ in heard.odd if name]
        step = asking.step(
            cursor, walk, heard.made, wire.anchor_of(body), self._clock(), odd=odd, depth=depth
        )
        wanted = [one for one in heard.posts if wire.version_of(one.external_id, one.revision) in step.fresh]
        if walk.get("first"):  # a list reaches back for years
            wanted = [post for post in wanted if post.posted_at.timestamp() >= walk["floor"]]
        return Page(
            posts=wanted,
            cursor=step.cursor,
            more=step.more,
            asked=asked,
            complete=not step.cap,
            gap=step.cap,
            window=(from_seconds(walk["floor"]), None),
            cap=step.cap,
            unread=heard.unread(step.fresh),
        )

    def queries(self, watch: Watch) -> Sequence[str]:
        """The searches that a watch becomes."""
        return asking.queries(watch)

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The submission and its comments, as far as Reddit shows them at once (500)."""
        found = self.look_up([external_id])[0].post
        if found is None:
            raise Gone("post is gone")
        root = asking.named(found.conversation_id).removeprefix("t3_")
        body = self._get(f"comments/{root}", limit=500, sort="old")
        if not isinstance(body, list) or len(body) != 2:
            raise BadAnswer("no thread")
        told = [*wire.things(body[0]), *wire.flatten(wire.things(body[1]))]
        posts = wire.hear([{"data": thing} for thing in told], self._account).posts
        return sorted(posts, key=lambda post: (post.posted_at, post.external_id))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now, asked for by the hundred; one that Reddit leaves out is "not found"."""
        known: dict[str, Lookup] = {}
        waiting = iter(dict.fromkeys(filter(asking.is_name, external_ids)))
        while batch := list(islice(waiting, _LOOKUP)):
            for thing in wire.things(self._get("api/info/", id=",".join(batch))):
                lookup = self._lookup(thing)
                known[lookup.external_id] = lookup
        return [known.get(name, Lookup(name, None, "not found")) for name in external_ids]

    def _lookup(self, thing: Mapping[str, Any]) -> Lookup:
        try:
            name, gone = str(thing["name"]), wire.how_gone(thing)
            return Lookup(name, None, gone) if gone else Lookup(name, wire.post_of(thing, self._account))
        except wire.ODD:
            raise BadAnswer("thing of another shape") from None

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One POST. Reddit has no idempotency key, so `key` stays here. See `Channel.reply`."""
        if not self._account.can_write:
            raise NotEntitled("no account to post with")
        data = {"text": text, "thing_id": asking.named(external_id)}
        body = self._ask(self._write_failure, method="POST", path="api/comment/", data=data)
        answer = body.get("json") if isinstance(body, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if isinstance(errors, list) and errors:
            raise refusals.explain_errors(errors, self._clock())
        return self._made(answer)

    def _made(self, answer: object) -> Sent:
        try:
            comment = answer["data"]["things"][0]["data"]  # type: ignore[index]
            return _sent(comment)
        except (KeyError, TypeError, IndexError, AttributeError):
            # Reddit also answers with an empty list for a comment that it made and does not show us.
            raise OutcomeUnknown("answer without a comment") from None

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our comment under this post with these words, among our newest three hundred."""
        if not self._account.name:
            raise NotEntitled("no account to look in")
        after: str | None = None
        for _ in range(_OWN_PAGES):
            body = self._get(f"user/{self._account.name}/comments", sort="new", limit=_PAGE, after=after)
            for comment in wire.things(body):
                words = str(comment.get("body") or "")
                if (
                    comment.get("parent_id") == external_id
                    and wire.same_reply(text, words)
                    and "name" in comment
                ):
                    return _sent(comment)
            after = wire.anchor_of(body)
            if not after:
                break
        return None

    def spent(self) -> Spend:
        """What was asked of Reddit since the last time."""
        return self._meter.take()

    # Asking

    def _get(self, path: str, **params: Any) -> Any:
        asked = {key: value for key, value in params.items() if value is not None}
        try:
            return self._ask(self._read_failure, method="GET", path=path, params=asked)
        except CredentialsRefused as refused:
            if refused.reason != refusals.WITHDRAWN:
                raise
            # A token can be withdrawn before its time: once more with a fresh one tells that from bad keys.
            return self._ask(self._read_failure, method="GET", path=path, params=asked)

    def _ask(self, explain: Callable[[Exception], ChannelError], **call: Any) -> Any:
        self._pace.check()
        try:
            return self._reddit.request(**call)
        except Exception as error:  # noqa: BLE001 - praw lets errors of many kinds through
            failure = explain(error)
        if isinstance(failure, CredentialsRefused):
            self._reddit = self._connect()
        # Raised out here: the library's error holds headers and text, and would travel along as context.
        raise failure

    def _read_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, _NotTaken):
            return (
                refusals.explain_read(error.refusal, self._clock())
                if error.refusal
                else Transient(error.cause)
            )
        if isinstance(error, prawcore.OAuthException):
            return CredentialsRefused("token refused")
        return BadAnswer(type(error).__name__)

    def _write_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, prawcore.OAuthException):
            return CredentialsRefused("token refused")
        if isinstance(error, _NotTaken) and error.refusal:
            return refusals.explain_write(error.refusal, self._clock())
        if isinstance(error, _NotTaken) and not error.sent:
            return Throttled("no connection", until=soon(self._clock()))
        return OutcomeUnknown(error.cause if isinstance(error, _NotTaken) else type(error).__name__)


def _forgetting(cursor: Cursor) -> Cursor:
    """The very start of a source; what was seen stays known."""
    return {"seen": list(cursor.get("seen") or [])}


def _sent(comment: Mapping[str, Any]) -> Sent:
    return Sent(str(comment["name"]), wire.SITE + str(comment.get("permalink") or ""))


def _make(making: Making) -> Channel:
    urls = {"oauth_url": making.server, "reddit_url": making.server} if making.server else {}
    return RedditChannel(making.credentials, clock=making.clock, limits=making.limits, **urls)


KIND = ChannelKind("reddit", "Reddit", _make, RedditCredentials)
