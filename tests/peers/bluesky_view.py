"""Bluesky as a loopback server: sessions, our own records, notifications, search, look-up and threads, with state.

In-process: `with BlueskyView(posts=130) as peer: BlueskyChannel(credentials(), handle=HANDLE, server=peer.url, …)`.
As a process: `python tests/peers/bluesky_view.py --port 0 --posts 200 --state FILE` prints its port; every accepted
reply is a line of FILE. Over `/_control`: `{"fault": …}`, `{"add": {…}}`, `{"delete": uri}`.

Behind the real PDS it stands for the AppView that a bare PDS lacks: then `vouched` is True, and whoever the PDS
vouches for is believed. Search counts posts in its cursor, as Bluesky's does; notifications go by time. All words
here are invented.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

try:
    from tests.peers.loopback import Answer, Peer, Request, serve_until_killed
except ImportError:  # run as a script, from this folder
    from loopback import Answer, Peer, Request, serve_until_killed

HANDLE, DID, PASSWORD = "northvale.example", "did:plc:northvale", "app-SECRET-1"
ANOTHER = "did:plc:invented1"
POST = "app.bsky.feed.post"
_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_PLACES = ("outpatients", "the car park", "ward reception", "the pharmacy hatch", "the lifts")


def credentials() -> Any:
    """The app password that this peer accepts, for `BlueskyChannel`."""
    from monitor.channels.bluesky import BlueskyCredentials

    return BlueskyCredentials(PASSWORD)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cid_of(record: Mapping[str, Any]) -> str:
    return "bafyrei" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def token(kind: str, number: int, exp: int) -> str:
    """A token of the right form; its signature is a word."""
    parts = [{"typ": "at+jwt", "alg": "none"}, {"sub": DID, "exp": exp, "scope": f"com.atproto.{kind}"}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, f"SECRET{kind[:4]}{number:06d}"])


class No(Exception):
    """An answer that refuses."""

    def __init__(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.answer = Answer(status, {"error": error, "message": "no"}, headers or {})


@dataclass
class Kept:
    """One post as the network keeps it."""

    uri: str
    record: dict[str, Any]
    handle: str
    indexed: datetime
    cid: str = ""
    notifies: str = ""
    """Why our account is told of it; "" where it is not."""
    state: str = "live"
    view: dict[str, Any] = field(default_factory=dict)
    """What a view of it holds beside the record."""
    author: dict[str, Any] = field(default_factory=dict)

    @property
    def did(self) -> str:
        return self.uri.split("/")[2]

    @property
    def shown(self) -> str:
        created = self.record.get("createdAt")
        indexed = stamp(self.indexed)
        return min(created, indexed) if isinstance(created, str) else indexed

    def seen(self) -> dict[str, Any]:
        author = {"did": self.did, "handle": self.handle, "displayName": "Invented One", "labels": []}
        known = {"uri": self.uri, "cid": self.cid, "author": {**author, **self.author}}
        return {**known, "record": self.record, "indexedAt": stamp(self.indexed), "labels": [], **self.view}


def _place(post: Kept) -> str:
    return f"{stamp(post.indexed)}::{post.cid}"


class BlueskyView(Peer):
    """See the module. `sessions` counts logins; `access_seconds` is how long an access token lives."""

    def __init__(self, posts: int = 0, state: Path | None = None, *, vouched: bool = False) -> None:
        super().__init__(state)
        self.posts: dict[str, Kept] = {}
        self.vouched = vouched
        self.access_seconds, self.page = 7200, 100
        self.sessions = self.renewals = self._made = 0
        self._access: set[str] = set()
        self._refresh: set[str] = set()
        self._start = datetime.now(UTC) - timedelta(seconds=posts + 5)
        for n in range(posts):
            self.add(f"@{HANDLE} post {n} about {_PLACES[n % 5]}")

    # What happens on the network

    def add(self, text: str, replied_to: str = "", notifies: str | None = None, **changes: Any) -> str:
        """A post of somebody's, a second after the last one; it notifies us where it names us."""
        self._made += 1
        at = changes.pop("at", None) or max(self._start + timedelta(seconds=self._made), self._newest())
        record = {"$type": POST, "text": text, "langs": ["en"], "createdAt": stamp(at)}
        if replied_to:
            record["reply"] = self._refers(replied_to)
        record |= changes.pop("record", {})
        rkey = "3k" + "".join(_LETTERS[self._made >> shift & 31] for shift in range(50, -1, -5))
        uri = f"at://{changes.pop('did', ANOTHER)}/{POST}/{rkey}"
        why = ("mention" if "@" + HANDLE in text else "") if notifies is None else notifies
        self.keep(Kept(uri, record, changes.pop("handle", "invented.example"), at, notifies=why, **changes))
        return uri

    def _newest(self) -> datetime:
        times = [post.indexed for post in self.posts.values()]
        return min(max(times) + timedelta(milliseconds=1), datetime.now(UTC)) if times else self._start

    def _refers(self, parent: str) -> dict[str, Any]:
        kept = self.posts[parent]
        own = {"uri": kept.uri, "cid": kept.cid}
        return {"root": kept.record.get("reply", {}).get("root", own), "parent": own}

    def keep(self, post: Kept) -> None:
        with self.lock:
            post.cid = post.cid or cid_of(post.record)
            self.posts[post.uri] = post

    def edit(self, uri: str, text: str) -> None:
        self.posts[uri].record = {**self.posts[uri].record, "text": text}
        self.posts[uri].cid = cid_of(self.posts[uri].record)

    def delete(self, uri: str) -> None:
        self.posts[uri].state = "deleted"

    def live(self) -> list[str]:
        """Other people's posts that answer nobody."""
        return [p.uri for p in self._live() if p.did != DID and "reply" not in p.record]

    def _live(self) -> list[Kept]:
        return [post for post in self.posts.values() if post.state == "live"]

    def end_sessions(self, *, refresh: bool = True) -> None:
        """No token given out so far is good any more."""
        self._access.clear()
        if refresh:
            self._refresh.clear()

    def control(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if name := asked.get("delete"):
            self.delete(name)
        added = self.add(**asked["add"]) if "add" in asked else None
        # An addition is answered without the whole list: storms add thousands.
        return {"added": added} if added else {"posts": list(self.live())}

    # Answering

    def handle(self, request: Request) -> Answer:
        calls = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.repo.putRecord": self._put,
            "com.atproto.repo.getRecord": self._get,
            "com.atproto.repo.listRecords": self._list,
            "app.bsky.notification.listNotifications": self._notifications,
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.getPostThread": self._thread,
        }
        name = request.path.removeprefix("/xrpc/")
        try:
            if name not in calls:
                raise No(501, "MethodNotImplemented")
            if not name.startswith("com.atproto.server."):
                self._signed_in(request)
            return Answer(200, calls[name](request))
        except No as refused:
            return refused.answer

    def _bearer(self, request: Request) -> str:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return headers.get("authorization", "").removeprefix("Bearer ")

    def _signed_in(self, request: Request) -> None:
        shown = self._bearer(request)
        if not shown:
            raise No(401, "AuthMissing")
        if not self.vouched and shown not in self._access:
            raise No(400, "ExpiredToken")

    def _session(self) -> dict[str, Any]:
        number = self.sessions + self.renewals
        access = token("access", number, int(time.time()) + self.access_seconds)
        refresh = token("refresh", number, int(time.time()) + 90 * 86_400)
        self._access.add(access)
        self._refresh.add(refresh)
        return {"did": DID, "handle": HANDLE, "accessJwt": access, "refreshJwt": refresh, "active": True}

    def _create_session(self, request: Request) -> dict[str, Any]:
        asked = request.json()
        if (asked.get("identifier"), asked.get("password")) != (HANDLE, PASSWORD):
            raise No(401, "AuthenticationRequired")
        self.sessions += 1
        return self._session()

    def _refresh_session(self, request: Request) -> dict[str, Any]:
        if self._bearer(request) not in self._refresh:
            raise No(400, "ExpiredToken")
        self.renewals += 1
        return self._session()

    def _put(self, request: Request) -> dict[str, Any]:
        asked = request.json()
        record = asked["record"]
        uri = f"at://{DID}/{asked['collection']}/{asked['rkey']}"
        if len(record["text"]) > 300:
            raise No(400, "InvalidRequest")
        if uri not in self.posts or self.posts[uri].record != record:
            self.keep(Kept(uri, record, HANDLE, datetime.now(UTC)))
            self.commit(
                {"text": record["text"], "rkey": asked["rkey"], "parent": record["reply"]["parent"]["uri"]}
            )
        return {"uri": uri, "cid": self.posts[uri].cid, "validationStatus": "valid"}

    def _get(self, request: Request) -> dict[str, Any]:
        uri = "at://{repo}/{collection}/{rkey}".format(**request.query)
        post = self.posts.get(uri)
        if post is None or post.state != "live":
            raise No(400, "RecordNotFound")
        return {"uri": uri, "cid": post.cid, "value": post.record}

    def _list(self, request: Request) -> dict[str, Any]:
        found = [post for post in self._live() if post.did == request.query["repo"]]
        return {"records": [{"uri": p.uri, "cid": p.cid, "value": p.record} for p in reversed(found)]}

    def _notifications(self, request: Request) -> dict[str, Any]:
        told = sorted((p for p in self._live() if p.notifies), key=_place, reverse=True)
        if after := request.query.get("cursor"):
            told = [p for p in told if _place(p) < after]
        size = min(int(request.query.get("limit", "50")), self.page)
        page = told[:size]
        items = [self._notification(post) for post in page]
        more = {"cursor": _place(page[-1])} if len(told) > size else {}
        return {"notifications": items, "priority": False, **more}

    def _notification(self, post: Kept) -> dict[str, Any]:
        bare = {k: v for k, v in post.seen().items() if k not in {"embed", "viewer"}}
        return {**bare, "reason": post.notifies, "isRead": False}

    def _search(self, request: Request) -> dict[str, Any]:
        words = request.query["q"].strip('"').casefold()
        since = request.query.get("since", "")
        found = [p for p in self._live() if words in str(p.record["text"]).casefold() and p.shown >= since]
        found.sort(key=lambda post: (post.shown, post.uri), reverse=True)
        start, size = (
            int(request.query.get("cursor", "0")),
            min(int(request.query.get("limit", "25")), self.page),
        )
        more = {"cursor": str(start + size)} if len(found) > start + size else {}
        return {"posts": [post.seen() for post in found[start : start + size]], **more}

    def _posts(self, request: Request) -> dict[str, Any]:
        names = parse_qs(urlsplit(request.target).query).get("uris", [])
        if len(names) > 25:
            raise No(400, "InvalidRequest")
        live = {post.uri: post for post in self._live()}
        return {"posts": [live[name].seen() for name in names if name in live]}

    def _thread(self, request: Request) -> dict[str, Any]:
        post = self.posts.get(request.query["uri"])
        if post is None or post.state != "live":
            raise No(400, "NotFound")
        node = self._node(post)
        parent = self.posts.get(post.record.get("reply", {}).get("parent", {}).get("uri", ""))
        if parent is not None:
            node["parent"] = (
                self._node(parent, replies=False)
                if parent.state == "live"
                else {"$type": "app.bsky.feed.defs#notFoundPost", "uri": parent.uri, "notFound": True}
            )
        return {"thread": node}

    def _node(self, post: Kept, *, replies: bool = True) -> dict[str, Any]:
        below = [
            p for p in self._live() if p.record.get("reply", {}).get("parent", {}).get("uri") == post.uri
        ]
        shown = [self._node(one) for one in below] if replies else []
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": post.seen(), "replies": shown}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--posts", type=int, default=0)
    parser.add_argument("--state", type=Path)
    asked = parser.parse_args()
    serve_until_killed(BlueskyView(asked.posts, asked.state), asked.port)


if __name__ == "__main__":
    main()
