"""X as a loopback server: recent search, look-up, own timeline, mentions and replies, with state.

In-process: `with XPeer(posts=250) as peer: XChannel(credentials(), base_url=peer.url, clock=…)`.
As a process: `python tests/peers/x_peer.py --port 0 --posts 2000 --state FILE` prints its port; every
accepted reply is a line of FILE. Over `/_control`: `{"fault": …}`, `{"add": {…}}`, `{"delete": id}`,
`{"protect": id}`.

Bodies have the shape of X's API v2 (OpenAPI 2.159 names; `names="post"` for those of 2.167). All words here
are invented.
"""

from __future__ import annotations

import argparse
import html
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

try:
    from tests.peers.loopback import Answer, Peer, Request, serve_until_killed
    from tests.peers.x_shapes import PROBLEM, bad, forbidden, iso, made_at, partial, picture, poll, snowflake
except ImportError:  # run as a script, from this folder
    from loopback import Answer, Peer, Request, serve_until_killed
    from x_shapes import PROBLEM, bad, forbidden, iso, made_at, partial, picture, poll, snowflake

US_ID, US_HANDLE = "900100200", "NorthvaleNHS"
WEEK = 7 * 24 * 3600
_OWN_NAMES = {
    "tweet": ("tweet.fields", "note_tweet", "edit_history_tweet_ids", "referenced_tweets", "tweets"),
    "post": ("post.fields", "note_post", "edit_history_post_ids", "referenced_posts", "posts"),
}
_PLACES = ("outpatients", "the car park", "ward reception", "the pharmacy hatch", "the X-ray corridor")


def credentials(**changes: str) -> Any:
    """Keys that this peer accepts, for `XChannel`."""
    from monitor.channels.x import XCredentials

    keys = {
        "bearer_token": "bearer-SECRET-1",
        "consumer_key": "consumer-SECRET-2",
        "consumer_secret": "consumer-SECRET-3",
        "access_token": "access-SECRET-4",
        "access_token_secret": "access-SECRET-5",
        "account_id": US_ID,
        "account_handle": "@" + US_HANDLE,
    }
    return XCredentials(**{**keys, **changes})


@dataclass
class Post:
    """One post as the network keeps it; `ids` has one id per edit, oldest first."""

    ids: list[str]
    text: str
    author: str
    conversation: str = ""
    replied_to: str = ""
    quoted: str = ""
    language: str = "en"
    alt_text: str = ""
    media_url: str = ""
    poll: list[str] = field(default_factory=list)
    state: str = "live"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.ids[-1]


class XPeer(Peer):
    """See the module."""

    def __init__(
        self, posts: int = 0, state: Path | None = None, now: float | None = None, names: str = "tweet"
    ) -> None:
        super().__init__(state)
        self._fixed_now = now
        self.names = names
        self.most_mentions = 800
        self.protected: set[str] = set()
        self.users = {US_ID: (US_HANDLE, "Northvale Hospitals")}
        self.posts: dict[str, Post] = {}
        self._versions: dict[str, str] = {}
        self._sequence = 0
        start = self.now() - 2 * 24 * 3600
        for number in range(posts):
            self._scripted(number, start + number * (2 * 24 * 3600 - 120) / max(posts, 1))

    def now(self) -> float:
        return self._fixed_now if self._fixed_now is not None else time.time()

    # State

    def _scripted(self, number: int, moment: float) -> None:
        place = _PLACES[number % len(_PLACES)]
        named = "@NorthvaleNHS " if number % 3 == 0 else ""
        self.add(f"{named}post {number}: Northvale General, {place} & the queue again", at=moment)

    def add(self, text: str, *, at: float | None = None, author: str = "", **more: Any) -> str:
        """A post by somebody (a new person where `author` is ""); its id."""
        with self.lock:
            self._sequence += 1
            post_id = snowflake(at if at is not None else self.now(), self._sequence % 4096)
            author = author or str(700_000 + self._sequence)
            self.users.setdefault(author, (f"invented_{author}", f"Invented Person {author}"))
            parent = self.posts.get(self._first(more.get("replied_to", "")))
            post = Post([post_id], text, author, **more)
            post.conversation = post.conversation or (parent.conversation if parent else post_id)
            self.posts[post_id] = post
            self._versions[post_id] = post_id
            return post_id

    def edit(self, post_id: str, text: str) -> str:
        """Edit a post; like X, this gives it a further id."""
        self._sequence += 1
        post = self.posts[self._first(post_id)]
        post.ids.append(snowflake(self.now(), self._sequence % 4096))
        post.text = text
        self._versions[post.id] = post.ids[0]
        return post.id

    def delete(self, post_id: str) -> None:
        self.posts[self._first(post_id)].state = "deleted"

    def protect(self, post_id: str) -> None:
        self.posts[self._first(post_id)].state = "protected"

    def replies(self) -> list[Post]:
        """Everything posted as us, oldest first."""
        return [self.posts[entry["id"]] for entry in self.accepted]

    def control(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "delete" in asked:
            self.delete(asked["delete"])
        if "protect" in asked:
            self.protect(asked["protect"])
        added = self.add(**asked["add"]) if "add" in asked else None
        return {"added": added, "posts": [p.ids[0] for p in self.posts.values() if p.state == "live"]}

    def _first(self, post_id: str) -> str:
        return self._versions.get(post_id, post_id)

    # HTTP

    def handle(self, request: Request) -> Answer:
        refused = self._unauthorised(request) or self._bad_fields(request)
        answer = refused or self._route(request)
        reset = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "440"}
        return Answer(answer.status, answer.body, {**reset, "x-rate-limit-reset": str(int(self.now()) + 900)})

    def _route(self, request: Request) -> Answer:
        timeline = re.fullmatch(r"/2/users/(\d+)/(tweets|mentions)", request.path)
        if (request.method, request.path) == ("GET", "/2/tweets/search/recent"):
            return self._search(request)
        if (request.method, request.path) == ("GET", "/2/tweets"):
            return self._look_up(request)
        if (request.method, request.path) == ("POST", "/2/tweets"):
            return self._reply(request)
        if request.method == "GET" and timeline:
            return self._timeline(request, timeline[1], timeline[2])
        return Answer(404, {"title": "Not Found", "type": "about:blank", "status": 404})

    def _unauthorised(self, request: Request) -> Answer | None:
        given = request.headers.get("Authorization", "")
        user = given.startswith("OAuth ") and "access-SECRET-4" in given
        bearer = given == "Bearer bearer-SECRET-1" and request.method == "GET"
        if user or bearer:
            return None
        return Answer(401, {"title": "Unauthorized", "type": "about:blank", "status": 401})

    def _bad_fields(self, request: Request) -> Answer | None:
        other = _OWN_NAMES["post" if self.names == "tweet" else "tweet"][0]
        return (
            bad(other, f"The query parameter '{other}' is not one of […]") if other in request.query else None
        )

    def _search(self, request: Request) -> Answer:
        asked = request.query
        if not 10 <= int(asked.get("max_results", "10")) <= 100:
            return bad("max_results", "'max_results' must be between 10 and 100")
        if len(asked["query"]) > 512:
            return bad("query", "query is longer than 512")
        if "since_id" in asked and "start_time" in asked:
            return bad("since_id", "'since_id' and 'start_time' cannot be used together")
        oldest = self.now() - WEEK
        if "since_id" in asked and made_at(asked["since_id"]) < oldest:
            least = snowflake(oldest)
            return bad(
                "since_id",
                f"'since_id' must be a tweet id created after [{iso(oldest)}]. "
                f"Please use a 'since_id' that is larger than {least}",
            )
        start = datetime.fromisoformat(asked["start_time"]).timestamp() if "start_time" in asked else oldest
        if start < oldest:
            return bad("start_time", f"Invalid 'start_time': must be on or after {iso(oldest)}")
        matches = _matcher(asked["query"])
        found = [
            p
            for p in self.posts.values()
            if p.state == "live" and made_at(p.id) >= start and matches(p, self)
        ]
        return self._page(request, found, "next_token")

    def _timeline(self, request: Request, user: str, which: str) -> Answer:
        asked = request.query
        if "since_id" in asked and "start_time" in asked:
            return bad("since_id", "'since_id' and 'start_time' cannot be used together")
        start = datetime.fromisoformat(asked["start_time"]).timestamp() if "start_time" in asked else 0.0
        if start > self.now():
            return bad("start_time", "Invalid 'start_time': must be before 'end_time'")
        live = [p for p in self.posts.values() if p.state == "live"]
        mine = [p for p in live if (p.author == user if which == "tweets" else self._mentions(p, user))]
        newest = sorted(mine, key=lambda p: -int(p.id))[: self.most_mentions]
        return self._page(request, [p for p in newest if made_at(p.id) >= start], "pagination_token")

    def _page(self, request: Request, found: list[Post], token_name: str) -> Answer:
        asked = request.query
        since, before = (
            int(asked.get("since_id", "0")),
            int(asked.get(token_name, "t0").removeprefix("t")) or 1 << 63,
        )
        size = int(asked.get("max_results", "10"))
        ordered = sorted((p for p in found if since < int(p.id) < before), key=lambda p: -int(p.id))
        page = ordered[:size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(ordered) > size:
            meta["next_token"] = f"t{page[-1].id}"
        body: dict[str, Any] = {"data": [self._shown(p, asked) for p in page]} if page else {}
        return Answer(200, {**body, **self._includes(page, asked), "meta": meta})

    def _look_up(self, request: Request) -> Answer:
        found, errors = [], []
        for wanted in request.query["ids"].split(","):
            post = self.posts.get(self._first(wanted))
            if post and post.state == "live":
                found.append(post)
            else:
                errors.append(partial(wanted, post.state if post else "deleted"))
        body = {"data": [self._shown(p, request.query) for p in found]} if found else {}
        problems = {"errors": errors} if errors else {}
        return Answer(200, {**body, **self._includes(found, request.query), **problems})

    def _reply(self, request: Request) -> Answer:
        asked = request.json()
        text, parent_id = asked["text"], str(asked["reply"]["in_reply_to_tweet_id"])
        parent = self.posts.get(self._first(parent_id))
        if parent is None or parent.state != "live":
            return forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if len(text) > 280:
            return Answer(
                400, {"title": "Invalid Request", "detail": "too long", "type": PROBLEM + "invalid-request"}
            )
        if any(entry["text"] == text for entry in self.accepted):
            return forbidden("You are not allowed to create a Tweet with duplicate content.")
        if not self._mentions(parent, US_ID) and not self._quotes_us(parent):
            return forbidden("Reply to this conversation is not allowed because you have not been mentioned.")
        handle = self.users[parent.author][0]
        shown = f"@{handle} " + re.sub(r"https?://\S+", "https://t.co/abcDEF123", text)
        new = self.add(shown, author=US_ID, replied_to=parent.ids[0])
        self.commit({"id": new, "parent": parent.ids[0], "text": text})
        return Answer(
            201,
            {"data": {"id": new, "text": html.escape(shown, quote=False), _OWN_NAMES[self.names][2]: [new]}},
        )

    # Bodies

    def _mentions(self, post: Post, user: str) -> bool:
        return f"@{self.users[user][0]}".casefold() in post.text.casefold()

    def _quotes_us(self, post: Post) -> bool:
        quoted = self.posts.get(post.quoted)
        return bool(quoted and quoted.author == US_ID)

    def _shown(self, post: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        fields_name, note, history, referenced, _ = _OWN_NAMES[self.names]
        short = post.text if len(post.text) <= 280 else post.text[:279] + "…"
        body = {"id": post.id, "text": html.escape(short, quote=False), history: post.ids, **post.extra}
        wanted = set(asked.get(fields_name, "").split(",")) | set(asked.get("expansions", "").split(","))
        refers = [("replied_to", post.replied_to), ("quoted", post.quoted)]
        full: dict[str, Any] = {
            "author_id": post.author,
            "conversation_id": post.conversation,
            "created_at": iso(made_at(post.id)),
            "lang": post.language,
        }
        if any(one for _, one in refers):
            full[referenced] = [{"type": kind, "id": one} for kind, one in refers if one]
        named = [(key, handle) for key, (handle, _) in self.users.items() if self._mentions(post, key)]
        if named:
            full["entities"] = {
                "mentions": [{"id": i, "username": h, "start": 0, "end": 1} for i, h in named]
            }
        if len(post.text) > 280:
            full[note] = {"text": html.escape(post.text, quote=False)}
        attached = {"media_keys": [f"3_{post.ids[0]}"]} if post.alt_text or post.media_url else {}
        attached |= {"poll_ids": [f"7{post.ids[0]}"[:19]]} if post.poll else {}
        full |= {"attachments": attached} if attached else {}
        return {**body, **{k: v for k, v in full.items() if k in wanted}}

    def _includes(self, posts: list[Post], asked: Mapping[str, str]) -> dict[str, Any]:
        expansions = asked.get("expansions", "")
        found: dict[str, list[dict[str, Any]]] = {}
        refers = [self.posts[one] for p in posts for one in (p.quoted, p.replied_to) if one in self.posts]
        live = {p.ids[0]: p for p in refers if p.state == "live"}
        if "author_id" in expansions and posts:
            authors = dict.fromkeys(p.author for p in [*posts, *live.values()])
            found["users"] = [
                self._person(one, "protected" in asked.get("user.fields", "")) for one in authors
            ]
        if "referenced" in expansions and live:
            found[_OWN_NAMES[self.names][4]] = [self._shown(p, asked) for p in live.values()]
        media = [p for p in posts if p.alt_text or p.media_url]
        if "media_keys" in expansions and media:
            found["media"] = [picture(p, asked.get("media.fields", "").split(",")) for p in media]
        polls = [p for p in posts if p.poll]
        if "poll_ids" in expansions and polls:
            found["polls"] = [poll(p) for p in polls]
        return {"includes": found} if found else {}

    def _person(self, user: str, whole: bool) -> dict[str, Any]:
        handle, name = self.users[user]
        return {"id": user, "username": handle, "name": name} | (
            {"protected": user in self.protected} if whole else {}
        )


def _matcher(query: str) -> Any:
    """X's query, as far as the channel uses it: a group of words, exclusions, -from:, -@ and conversation_id:."""
    conversation = re.fullmatch(r"conversation_id:(\d+)", query)
    if conversation:
        return lambda post, peer: post.conversation == conversation[1]
    group, _, rest = query.partition(") ")
    wanted = [word.strip().strip('"').casefold() for word in group.strip("(").split(" OR ")]
    unwanted = [word.casefold() for word in re.findall(r'-"([^"]+)"', rest)]
    not_from = re.findall(r"-from:(\w+)", rest)
    unwanted += ["@" + handle.casefold() for handle in re.findall(r"-@(\w+)", rest)]

    def matches(post: Post, peer: XPeer) -> bool:
        text = post.text.casefold()
        chosen = any(word in text for word in wanted) and not any(word in text for word in unwanted)
        return chosen and peer.users[post.author][0] not in not_from

    return matches


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--posts", type=int, default=0)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--now", type=float, help="a fixed time, in seconds since 1970")
    asked = parser.parse_args()
    serve_until_killed(XPeer(asked.posts, asked.state, asked.now), asked.port)


if __name__ == "__main__":
    main()
