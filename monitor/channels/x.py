"""X, through tweepy: recent search for hearing, `create_tweet` for answering.

What must stay true: `since_id` is that of the last finished walk and stays the same until a walk has ended;
every call keeps the limits of `monitor.http`; a reply is exactly one POST; bodies are taken as plain JSON, so
that a field that X renames cannot stop the listener. How bodies are read is in `monitor.wire.x`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import requests
import tweepy

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    Capabilities,
    ChannelError,
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
from monitor.http import USUAL, Limits, bound, never_left, quieten, soon
from monitor.wire import x as wire

_PAGE, _LOOKUP, _TIMELINE_PAGES, _THREAD_PAGES = 100, 100, 5, 5


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
        handle = credentials.account_handle.lstrip("@")
        self._account = wire.Account(credentials.account_id, handle, credentials.can_write)
        self._as_user = not credentials.bearer_token
        self._clock = clock
        self._fields_tried = 0
        self._client = tweepy.Client(
            credentials.bearer_token or None,
            credentials.consumer_key or None,
            credentials.consumer_secret or None,
            credentials.access_token or None,
            credentials.access_token_secret or None,
            return_type=dict,
            wait_on_rate_limit=False,
        )
        bound(self._client.session, limits, base_url)

    @property
    def capabilities(self) -> Capabilities:
        """What X can do with the keys it was given. It shows a new reply within a minute."""
        return Capabilities("x", "X", self._account.can_write, False, 60.0, 280, self._account.handle)

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of recent search, newest first. See `Channel.fetch`.

        Raises:
            QueryTooLong: the watch does not fit into one query (a `NotEntitled`: a person must split it).
        """
        query = wire.compile_query(watch, self._account.handle)
        walk = cursor.get("walk") or wire.new_walk(cursor, self._clock())
        since = {key: walk[key] for key in ("since_id", "start_time") if walk.get(key)}
        body = self._search(query, walk.get("token"), **since)
        posts, unread = wire.posts_of(body, self._account)
        after = wire.next_cursor(cursor, walk, body["meta"])
        gaps = [walk.get("gap", ""), f"{unread} of the posts X sent could not be read." if unread else ""]
        gap = " ".join(filter(None, gaps))
        asked = {"query": query, **since, "token": walk.get("token")}
        return Page(posts, after, bool(after["walk"]), asked, complete=not gap, gap=gap)

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """Start again seven days back; the next page says which time was lost, if any was."""
        last = cursor.get("since_id")
        return {"lost_since": wire.made_at(last).isoformat()} if last else {}

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
        try:
            for data in wire.entries(body, "data"):
                post = wire.post_of(data, includes, self._account)
                known |= {version: Lookup(version, post) for version in wire.versions(data)}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            pass  # left out of what is known, which the caller sees
        return known

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One POST. X has no idempotency key, so `key` stays here. See `Channel.reply`."""
        if not self._account.can_write:
            raise NotEntitled("no keys to post with")
        send = self._client.create_tweet
        body = self._ask(
            self._write_failure, send, text=text, in_reply_to_tweet_id=external_id, user_auth=True
        )
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
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise BadAnswer("own timeline of another shape") from None

    def _sent(self, external_id: str) -> Sent:
        return Sent(external_id, wire.permalink(self._account.handle, external_id))

    # Asking

    def _search(self, query: str, token: str | None, **since: str) -> Mapping[str, Any]:
        paging = {"next_token": token} if token else {}
        search = self._client.search_recent_tweets
        body = self._read(search, query, max_results=_PAGE, sort_order="recency", **since, **paging)
        if "meta" not in body:  # without it a page in mid-walk would look like the last one
            raise BadAnswer("page without meta")
        return body

    def _timeline(self, since_id: str, token: str | None) -> Mapping[str, Any]:
        paging = {"pagination_token": token} if token else {}
        timeline = self._client.get_users_tweets
        return self._read(timeline, self._account.id, since_id=since_id, max_results=_PAGE, **paging)

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

    def _read(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Mapping[str, Any]:
        fields = wire.FIELDS[self._fields_tried]
        asked = {**fields, **kwargs}
        body: Any = self._ask(self._read_failure, call, *args, user_auth=self._as_user, **asked)
        known = isinstance(body, dict) and {"data", "meta", "errors"} & body.keys()
        if not known or not isinstance(body.get("meta", {}), dict):
            raise BadAnswer("answer of another shape")
        return dict(body)

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
            if wire.names_a_field(refusal) and self._fields_tried + 1 < len(wire.FIELDS):
                self._fields_tried += 1
                return Transient("field names refused")
            return wire.explain_read(refusal, self._clock())
        if isinstance(error, requests.exceptions.JSONDecodeError | requests.TooManyRedirects):
            return BadAnswer("not the JSON expected")
        return (
            Transient(type(error).__name__)
            if isinstance(error, requests.RequestException)
            else BadAnswer(type(error).__name__)
        )

    def _write_failure(self, error: Exception) -> ChannelError:
        if isinstance(error, tweepy.HTTPException):
            return wire.explain_write(_refusal(error.response), self._clock())
        if never_left(error):
            return Throttled("no connection", until=soon(self._clock()))
        return OutcomeUnknown(type(error).__name__)


def _refusal(response: requests.Response) -> wire.Refusal:
    try:
        body: object = response.json()
    except ValueError:
        body = None
    return wire.Refusal(response.status_code, body, response.headers)
