"""Reddit as a loopback server: tokens, search, mentions, listings, info, threads and replies, with state.

In-process: `with RedditPeer(posts=250) as peer: RedditChannel(credentials(), oauth_url=peer.url,
reddit_url=peer.url, clock=…)`. As a process: `python tests/peers/reddit_peer.py --port 0 --posts 500 --state
FILE` prints its port; every accepted comment is a line of FILE. Over `/_control`: `{"fault": …}`,
`{"add": {…}}`, `{"delete": name}`, `{"remove": name}`, `{"lock": name}`.

Bodies have the shape of Reddit's listings. All words here are invented.
"""

from __future__ import annotations

import argparse
import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    from tests.peers.loopback import Answer, Peer, Request, serve_until_killed
except ImportError:  # run as a script, from this folder
    from loopback import Answer, Peer, Request, serve_until_killed

US = "northvale-nhs"
_SECRET = "client-SECRET-7"
_PASSWORD = "password-SECRET-8"
_PLACES = ("parking", "outpatients", "the pharmacy", "visiting hours", "letters")
_SPANS = {"week": 7, "month": 30, "year": 365}


def credentials(**changes: str) -> Any:
    """Keys that this peer accepts, for `RedditChannel`."""
    from monitor.channels.reddit import RedditCredentials

    keys = {
        "client_id": "client-SECRET-6",
        "client_secret": _SECRET,
        "user_agent": "test:example.northvale:0 (by /u/northvale-nhs)",
        "username": US,
        "password": _PASSWORD,
    }
    return RedditCredentials(**{**keys, **changes})


@dataclass
class Thing:
    """A submission ("t3_…") or a comment ("t1_…")."""

    name: str
    author: str
    at: float
    text: str
    title: str = ""
    subreddit: str = "northvale"
    link: str = ""
    parent: str = ""
    state: str = "live"
    locked: bool = False
    archived: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


class RedditPeer(Peer):
    """See the module. `ceiling` is how many things a listing goes back at most."""

    def __init__(
        self, posts: int = 0, state: Path | None = None, now: float | None = None, ceiling: int = 1000
    ) -> None:
        super().__init__(state)
        self._fixed_now = now
        self.ceiling = ceiling
        self.things: dict[str, Thing] = {}
        self.tokens: set[str] = set()
        self.remaining = 590
        self.reset = 5
        self._sequence = 0
        start = self.now() - 2 * 24 * 3600
        for number in range(posts):
            place = _PLACES[number % len(_PLACES)]
            moment = start + number * (2 * 24 * 3600 - 120) / max(posts, 1)
            self.add(
                f"post {number}: has anybody else had trouble with {place}?",
                f"Northvale General {place}",
                at=moment,
            )

    def now(self) -> float:
        return self._fixed_now if self._fixed_now is not None else time.time()

    # State

    def add(
        self, text: str, title: str = "", *, at: float | None = None, author: str = "", **more: Any
    ) -> str:
        """A submission, or a comment where `parent` is given; its fullname."""
        with self.lock:
            self._sequence += 1
            parent = self.things.get(more.get("parent", ""))
            name = ("t1_" if parent else "t3_") + f"{1_000_000 + self._sequence:x}"
            author = author or f"invented-{self._sequence}"
            link = (parent.link or parent.name) if parent else ""
            moment = at if at is not None else self.now()
            self.things[name] = Thing(name, author, moment, text, title, link=link, **more)
            return name

    def delete(self, name: str) -> None:
        self.things[name].state = "deleted"

    def remove(self, name: str) -> None:
        self.things[name].state = "removed"

    def lock_thread(self, name: str) -> None:
        self.things[name].locked = True

    def replies(self) -> list[Thing]:
        """Everything posted as us, oldest first."""
        return [self.things[entry["id"]] for entry in self.accepted]

    def control(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        for word, act in (("delete", self.delete), ("remove", self.remove), ("lock", self.lock_thread)):
            if word in asked:
                act(asked[word])
        added = self.add(**asked["add"]) if "add" in asked else None
        return {
            "added": added,
            "posts": [t.name for t in self.things.values() if not t.link and t.state == "live"],
        }

    # HTTP

    def handle(self, request: Request) -> Answer:
        if request.path == "/api/v1/access_token":
            return self._token(request)
        given = request.headers.get("Authorization", "")
        if given.removeprefix("bearer ") not in self.tokens:
            return Answer(401, {"message": "Unauthorized", "error": 401})
        answer = self._route(request)
        pace = {"x-ratelimit-remaining": f"{self.remaining}.0", "x-ratelimit-used": str(600 - self.remaining)}
        return Answer(
            answer.status, answer.body, {**pace, "x-ratelimit-reset": str(self.reset), **answer.headers}
        )

    def _token(self, request: Request) -> Answer:
        basic = base64.b64encode(f"client-SECRET-6:{_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return Answer(401, {"message": "Unauthorized", "error": 401})
        form = request.form()
        if form["grant_type"] == "password" and form["password"] != _PASSWORD:
            return Answer(200, {"error": "invalid_grant"})
        token = f"token-SECRET-{len(self.tokens) + 9}"
        self.tokens.add(token)
        return Answer(200, {"access_token": token, "expires_in": 3600, "scope": "*", "token_type": "bearer"})

    def _route(self, request: Request) -> Answer:
        search = re.fullmatch(r"/r/([\w+]+)/search/?", request.path)
        thread = re.fullmatch(r"/comments/(\w+)/?", request.path)
        own = re.fullmatch(r"/user/([\w-]+)/comments/?", request.path)
        listing = re.fullmatch(r"/r/([\w+]+)/(comments|new)/?", request.path)
        if request.method == "POST" and request.path == "/api/comment/":
            return self._comment(request)
        if search:
            return self._search(request, search[1])
        if listing:
            return self._listing_of(request, listing[1].split("+"), listing[2] == "comments")
        if request.path.rstrip("/") == "/message/mentions":
            named = [t for t in self.things.values() if t.link and t.state == "live" and f"u/{US}" in t.text]
            return self._page(request, [t for t in named if t.author != US], self._in_inbox)
        if request.path == "/api/info/":
            wanted = request.query["id"].split(",")
            return Answer(200, _listing([self._shown(self.things[n]) for n in wanted if n in self.things]))
        if thread and f"t3_{thread[1]}" in self.things:
            return self._thread(f"t3_{thread[1]}")
        if own:
            mine = [t for t in self.things.values() if t.author == own[1] and t.link and t.state == "live"]
            return self._page(request, mine)
        if request.path.rstrip("/") == "/api/v1/me":
            return Answer(200, {"name": US, "id": "us1"})
        return Answer(404, {"message": "Not Found", "error": 404})

    def _search(self, request: Request, place: str) -> Answer:
        wanted = [w.casefold() for w in re.findall(r'(?<!NOT )"([^"]+)"', request.query["q"])]
        unwanted = [w.casefold() for w in re.findall(r'NOT "([^"]+)"', request.query["q"])]
        oldest = self.now() - _SPANS[request.query["t"]] * 86_400
        found = []
        for thing in self.things.values():
            words = f"{thing.title} {thing.text}".casefold()
            here = place == "all" or thing.subreddit in place.split("+")
            chosen = any(w in words for w in wanted) and not any(w in words for w in unwanted)
            if here and chosen and not thing.link and thing.at >= oldest and thing.state == "live":
                found.append(thing)
        return self._page(request, found)

    def _listing_of(self, request: Request, places: list[str], comments: bool) -> Answer:
        here = [t for t in self.things.values() if t.subreddit in places and t.state == "live"]
        return self._page(request, [t for t in here if bool(t.link) is comments])

    def _page(self, request: Request, found: list[Thing], show: Any = None) -> Answer:
        size, after = min(int(request.query.get("limit", "25")), 100), request.query.get("after")
        ordered = sorted(found, key=lambda t: (-t.at, t.name))[: self.ceiling]
        names = [thing.name for thing in ordered]
        if after and after not in names:  # as Reddit does when the anchor is gone: nothing at all
            return Answer(200, _listing([]))
        first = names.index(after) + 1 if after else 0
        page = ordered[first : first + size]
        more = first + size < len(ordered)
        shown = [(show or self._shown)(thing) for thing in page]
        return Answer(200, _listing(shown, page[-1].name if more else None))

    def _thread(self, root: str) -> Answer:
        return Answer(200, [_listing([self._shown(self.things[root])]), _listing(self._below(root))])

    def _below(self, parent: str) -> list[dict[str, Any]]:
        children = [t for t in self.things.values() if t.parent == parent]
        shown = [self._shown(child) for child in children]
        for child, body in zip(children, shown, strict=True):
            below = self._below(child.name)
            body["data"]["replies"] = _listing(below) if below else ""
        return shown

    def _comment(self, request: Request) -> Answer:
        form = request.form()
        parent = self.things.get(form["thing_id"])
        if parent is None or parent.state != "live":
            return _errors(
                "DELETED_COMMENT" if form["thing_id"].startswith("t1_") else "DELETED_LINK", "that is gone"
            )
        if self.things[parent.link or parent.name].locked or parent.locked:
            return _errors("THREAD_LOCKED", "comments are locked")
        if parent.archived:
            return _errors("TOO_OLD", "that's a piece of history now")
        name = self.add(form["text"], author=US, parent=parent.name)
        self.commit({"id": name, "parent": parent.name, "text": form["text"]})
        return Answer(200, {"json": {"errors": [], "data": {"things": [self._shown(self.things[name])]}}})

    # Bodies

    def _shown(self, thing: Thing) -> dict[str, Any]:
        deleted = thing.state == "deleted"
        words = {"deleted": "[deleted]", "removed": "[removed]"}.get(thing.state, thing.text)
        data: dict[str, Any] = {
            "name": thing.name,
            "id": thing.name[3:],
            "author": "[deleted]" if deleted else thing.author,
            "subreddit": thing.subreddit,
            "created_utc": thing.at,
            "created": thing.at,
            "edited": False,
            "locked": thing.locked,
            "archived": thing.archived,
            "permalink": f"/r/{thing.subreddit}/comments/{(thing.link or thing.name)[3:]}/_/{thing.name[3:]}/",
        }
        if not deleted:
            data["author_fullname"] = f"t2_{thing.author}"
        if thing.link:
            data |= {"body": words, "link_id": thing.link, "parent_id": thing.parent, "replies": ""}
        else:
            data |= {"title": thing.title, "selftext": words, "is_self": True, "removed_by_category": None}
        if thing.state == "removed" and not thing.link:
            data["removed_by_category"] = "moderator"
        return {"kind": thing.name[:2], "data": {**data, **thing.extra}}

    def _in_inbox(self, thing: Thing) -> dict[str, Any]:
        """A comment as the inbox shows it: without the name of its submission."""
        context = f"/r/{thing.subreddit}/comments/{thing.link[3:]}/_/{thing.name[3:]}/?context=3"
        data = {
            "name": thing.name,
            "id": thing.name[3:],
            "author": thing.author,
            "author_fullname": f"t2_{thing.author}",
            "body": thing.text,
            "subreddit": thing.subreddit,
            "context": context,
            "parent_id": thing.parent,
            "created_utc": thing.at,
            "created": thing.at,
            "replies": "",
            "subject": "username mention",
            "type": "username_mention",
            "was_comment": True,
            "new": True,
            "dest": US,
            "link_title": self.things[thing.link].title,
            "first_message": None,
        }
        return {"kind": "t1", "data": {**data, **thing.extra}}


def _listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"modhash": "", "children": children, "after": after, "before": None}}


def _errors(kind: str, words: str) -> Answer:
    return Answer(200, {"json": {"errors": [[kind, words, "parent"]]}})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--posts", type=int, default=0)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--now", type=float, help="a fixed time, in seconds since 1970")
    asked = parser.parse_args()
    serve_until_killed(RedditPeer(asked.posts, asked.state, asked.now), asked.port)


if __name__ == "__main__":
    main()
