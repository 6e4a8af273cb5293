"""Reddit, through praw: search for hearing, comments for answering.

What must stay true: prawcore re-sends what fails, writes included, so nothing that failed reaches its retry
(`OnceOnly`); praw's objects fetch more behind one's back, so bodies are taken as plain JSON; Reddit's pace
is looked at before each call, since prawcore would sleep through it. How bodies are read is in
`monitor.wire.reddit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import praw
import prawcore
import requests

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    ChannelError,
    CredentialsRefused,
    Cursor,
    Gone,
    Lookup,
    NotEntitled,
    OutcomeUnknown,
    Page,
    RawPost,
    Sent,
    Throttled,
    Transient,
    Watch,
)
from monitor.http import USUAL, Limits, bound, never_left, quieten, soon, wait_until
from monitor.wire import reddit as wire

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

    def __init__(self, *, refusal: wire.Refusal | None = None, cause: str = "", sent: bool = True) -> None:
        super().__init__(cause or "refused")
        self.refusal, self.cause, self.sent = refusal, cause, sent


class _Pace:
    """Until when Reddit wants no more requests, by the headers of its last answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        remaining = headers.get("x-ratelimit-remaining", "1")
        self._until = wait_until(headers, self._clock()) if remaining.startswith(("0", "-")) else None

    def check(self) -> None:
        """Raises `Throttled` while Reddit wants no request: prawcore would sleep, for minutes."""
        if self._until is not None and self._until > self._clock():
            raise Throttled("pace", until=self._until)


class OnceOnly(prawcore.Requestor):
    """A requestor whose every request is sent once; it tells `pace` until when Reddit asks to wait."""

    def __init__(self, *, pace: _Pace, **kwargs: Any) -> None:
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
            failure = _NotTaken(refusal=wire.Refusal(response.status_code, response.headers, token))
        raise failure


def _without_answer(cause: Exception, token: bool) -> _NotTaken:
    if isinstance(cause, requests.TooManyRedirects) and cause.response is not None:
        return _NotTaken(refusal=wire.Refusal(cause.response.status_code, cause.response.headers, token))
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
        self._pace = _Pace(clock)
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
            requestor_kwargs={"pace": self._pace, "session": bound(requests.Session(), self._limits)},
        )

    @property
    def capabilities(self) -> Capabilities:
        """What Reddit can do with the credentials it was given. It shows a new comment within a minute."""
        return Capabilities("reddit", "Reddit", self._account.can_write, False, 60.0, 1000)

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of submissions found, newest first. See `Channel.fetch`.

        Raises:
            QueryTooLong: the watch does not fit into one query (a `NotEntitled`: a person must split it).
        """
        place, query = wire.place_of(watch), wire.compile_query(watch)
        walk = cursor.get("walk") or wire.new_walk(cursor)
        span = wire.span_of(walk["floor"], self._clock())
        asked = {"place": place, "query": query, "span": span, "after": walk["after"]}
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
        posts, unread, made = self._heard(wire.things(body))
        step = wire.step(cursor, walk, made, wire.anchor_of(body), self._clock())
        gap = " ".join(
            filter(
                None, [step.gap, f"{unread} of the posts Reddit sent could not be read." if unread else ""]
            )
        )
        heard = [post for post in posts if post.external_id in step.fresh]
        return Page(heard, step.cursor, step.more, asked, complete=not gap, gap=gap)

    def _heard(self, listed: Sequence[Mapping[str, Any]]) -> tuple[list[RawPost], int, dict[str, float]]:
        posts: list[RawPost] = []
        made: dict[str, float] = {}
        unread = 0
        for thing in listed:
            try:
                name, when = wire.made(thing)
                made[name] = when
                if not wire.how_gone(thing):
                    posts.append(wire.post_of(thing, self._account))
            except (KeyError, TypeError, ValueError, AttributeError):
                unread += 1
        return posts, unread, made

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """The very start; what was seen stays known, so that nothing is heard twice."""
        return {"seen": list(cursor.get("seen") or [])}

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The submission and its comments, as far as Reddit shows them at once (500)."""
        found = self.look_up([external_id])[0].post
        if found is None:
            raise Gone("post is gone")
        root = wire.named(found.conversation_id).removeprefix("t3_")
        body = self._get(f"comments/{root}", limit=500, sort="old")
        if not isinstance(body, list) or len(body) != 2:
            raise BadAnswer("no thread")
        listed = [*wire.things(body[0]), *wire.flatten(wire.things(body[1]))]
        posts = self._heard(listed)[0]
        return sorted(posts, key=lambda post: (post.posted_at, post.external_id))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now, asked for by the hundred; one that Reddit leaves out is "not found"."""
        known: dict[str, Lookup] = {}
        waiting = iter(dict.fromkeys(filter(wire.is_name, external_ids)))
        while batch := list(islice(waiting, _LOOKUP)):
            for thing in wire.things(self._get("api/info/", id=",".join(batch))):
                lookup = self._lookup(thing)
                known[lookup.external_id] = lookup
        return [known.get(name, Lookup(name, None, "not found")) for name in external_ids]

    def _lookup(self, thing: Mapping[str, Any]) -> Lookup:
        try:
            name, gone = str(thing["name"]), wire.how_gone(thing)
            return Lookup(name, None, gone) if gone else Lookup(name, wire.post_of(thing, self._account))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadAnswer("thing of another shape") from None

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One POST. Reddit has no idempotency key, so `key` stays here. See `Channel.reply`."""
        if not self._account.can_write:
            raise NotEntitled("no account to post with")
        data = {"text": text, "thing_id": wire.named(external_id)}
        body = self._ask(self._write_failure, method="POST", path="api/comment/", data=data)
        answer = body.get("json") if isinstance(body, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if isinstance(errors, list) and errors:
            raise wire.explain_errors(errors, self._clock())
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

    # Asking

    def _get(self, path: str, **params: Any) -> Any:
        asked = {key: value for key, value in params.items() if value is not None}
        try:
            return self._ask(self._read_failure, method="GET", path=path, params=asked)
        except CredentialsRefused as refused:
            if refused.reason != wire.WITHDRAWN:
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
                wire.explain_read(error.refusal, self._clock()) if error.refusal else Transient(error.cause)
            )
        if isinstance(error, prawcore.OAuthException):
            return CredentialsRefused("token refused")
        return BadAnswer(type(error).__name__)

    def _write_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, prawcore.OAuthException):
            return CredentialsRefused("token refused")
        if isinstance(error, _NotTaken) and error.refusal:
            return wire.explain_write(error.refusal, self._clock())
        if isinstance(error, _NotTaken) and not error.sent:
            return Throttled("no connection", until=soon(self._clock()))
        return OutcomeUnknown(error.cause if isinstance(error, _NotTaken) else type(error).__name__)


def _sent(comment: Mapping[str, Any]) -> Sent:
    return Sent(str(comment["name"]), wire.SITE + str(comment.get("permalink") or ""))
