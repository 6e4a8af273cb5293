"""A Mastodon server on 127.0.0.1: `mastodon_mock` (its own state, ids, tokens and idempotency keys) behind a door of
ours that counts, spoils and journals.

In-process: `with MastodonPeer(posts=130) as peer: MastodonChannel(credentials(), server=peer.url, …)`. As a process:
`python tests/peers/mastodon_peer.py --port 0 --posts 200 --state FILE` prints its port; every accepted reply is a line
of FILE. Over `/_control`: `{"fault": …}`, `{"add": {…}}`, `{"delete": id}`, `{"edit": {"id", "text"}}`.

What the mock lacks is put right at the door, as Mastodon's own documents have it: search takes quoted phrases, and
keeps to `min_id` and `max_id`. All words here are invented.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from mastodon_mock.app import create_app, dispose_app_resources
from mastodon_mock.config import MastodonMockConfig, SeedAccount, SeedConfig
from mastodon_mock.content_format import render_status_html
from mastodon_mock.db.models import Account, MediaAttachment, Notification, Poll, PollOption, Status, utcnow
from mastodon_mock.services import add_notification, attach_mentions_and_tags
from sqlalchemy import select

try:
    from tests.peers.loopback import Answer, Peer, Request, _Handler, _Server, serve_until_killed
except ImportError:  # run as a script, from this folder
    from loopback import Answer, Peer, Request, _Handler, _Server, serve_until_killed

US, TOKEN = "NorthvaleNHS", "token-SECRET-1"
ANOTHER = "invented_one"
_PLACES = ("outpatients", "the car park", "ward reception", "the pharmacy hatch", "the X-ray corridor")
_PASSED_ON = ("link", "x-ratelimit-reset", "x-ratelimit-remaining", "x-ratelimit-limit")


def credentials() -> Any:
    """The token that this peer accepts, for `MastodonChannel`."""
    from monitor.channels.mastodon import MastodonCredentials

    return MastodonCredentials(TOKEN)


class MastodonPeer(Peer):
    """See the module. Its posts mention us, unless they are told not to."""

    def __init__(self, posts: int = 0, state: Path | None = None) -> None:
        super().__init__(state)
        ours = SeedAccount(username=US, display_name="Northvale Hospitals", access_token=TOKEN)
        seed = SeedConfig(accounts=[ours, SeedAccount(username=ANOTHER)])
        self._app = create_app(MastodonMockConfig(domain="northvale.example", seed=seed))
        self._sessions = self._app.state.session_factory
        self._asked = threading.local()
        self._shown = 0
        self.read_behind = 0
        """How many of our newest statuses the list of our own statuses does not show yet."""
        self.rewrite: Callable[[str, Any], Any] = lambda path, body: body
        """What becomes of a body on its way out, by the path that was asked."""
        self.add_many(
            [f"@{US} post {n}: {_PLACES[n % len(_PLACES)]} & the queue again" for n in range(posts)]
        )

    # State

    def add(self, text: str, **more: Any) -> str:
        """A post by somebody; its id. See `_insert` for what else it can have."""
        return self.add_many([text], **more)[0]

    def add_many(self, texts: list[str], **more: Any) -> list[str]:
        """Several posts, each by a person of its own unless `author` is named."""
        with self.lock, self._sessions() as session:
            made = [self._insert(session, text, **more) for text in texts]
            session.commit()
            return made

    def _insert(
        self,
        session: Any,
        text: str,
        *,
        author: str = "",
        replied_to: str = "",
        status_id: int | None = None,
        at: float | None = None,
        alt_text: str = "",
        poll: tuple[str, ...] = (),
        quoted: str = "",
        html: str = "",
        **columns: Any,
    ) -> str:
        self._shown += 1
        account = self._person(session, author or f"invented_{self._shown}")
        moment = datetime.fromtimestamp(at, UTC) if at is not None else utcnow()
        status = Status(
            account_id=account.id, content=html or render_status_html(text), text=text, created_at=moment,
            edit_history=[], in_reply_to_id=int(replied_to) if replied_to else None,
            quoted_status_id=int(quoted) if quoted else None, **{"visibility": "public", **columns},
        )  # fmt: skip
        if status_id is not None:
            status.id = status_id
        session.add(status)
        session.flush()
        if alt_text:
            seen = MediaAttachment(
                account_id=account.id, status_id=status.id, type="image", description=alt_text
            )
            seen.url = "https://northvale.example/media/seen.png"
            session.add(seen)
        if poll:
            self._poll(session, status, poll)
        for mentioned in attach_mentions_and_tags(session, status.id, account.id, text):
            add_notification(
                session, recipient_id=mentioned.id, from_account_id=account.id, type_="mention",
                status_id=status.id,
            )  # fmt: skip
        return str(status.id)

    @staticmethod
    def _poll(session: Any, status: Any, choices: tuple[str, ...]) -> None:
        poll = Poll(status_id=status.id, expires_at=utcnow())
        session.add(poll)
        session.flush()
        status.poll_id = poll.id
        for place, title in enumerate(choices):
            session.add(PollOption(poll_id=poll.id, title=title, position=place))

    @staticmethod
    def _person(session: Any, name: str) -> Any:
        username, _, domain = name.partition("@")
        where = (Account.username == username, Account.domain == (domain or None))
        found = session.scalar(select(Account).where(*where))
        if found is None:
            found = Account(
                username=username, domain=domain or None, display_name=f"Invented Person {username}", note="",
                created_at=utcnow(), fields=[],
            )  # fmt: skip
            session.add(found)
            session.flush()
        return found

    def edit(self, post_id: str, text: str) -> None:
        with self.lock, self._sessions() as session:
            status = session.get(Status, int(post_id))
            status.text, status.content, status.edited_at = text, render_status_html(text), utcnow()
            session.commit()

    def delete(self, post_id: str) -> None:
        with self.lock, self._sessions() as session:
            for told in session.scalars(select(Notification).where(Notification.status_id == int(post_id))):
                session.delete(told)
            session.delete(session.get(Status, int(post_id)))
            session.commit()

    def hold_back(self, post_id: str) -> None:
        """Hold the mention back, as an account's own settings do with those of strangers."""
        with self.lock, self._sessions() as session:
            for told in session.scalars(select(Notification).where(Notification.status_id == int(post_id))):
                told.request_id = 1
            session.commit()

    def live(self) -> list[str]:
        """The ids of other people's posts that answer nothing, oldest first."""
        with self.lock, self._sessions() as session:
            us = self._person(session, US).id
            first = select(Status.id).where(Status.account_id != us, Status.in_reply_to_id.is_(None))
            return [str(one) for one in session.scalars(first.order_by(Status.id))]

    def replies(self) -> list[Any]:
        """Everything posted as us, oldest first: text, visibility and what it answers."""
        with self.lock, self._sessions() as session:
            us = self._person(session, US).id
            return list(session.scalars(select(Status).where(Status.account_id == us).order_by(Status.id)))

    def control(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "delete" in asked:
            self.delete(asked["delete"])
        if "edit" in asked:
            self.edit(asked["edit"]["id"], asked["edit"]["text"])
        added = self.add(**asked["add"]) if "add" in asked else None
        if added:  # answered without the whole list: storms add thousands
            return {"added": added}
        return {"added": added, "posts": self.live(), "replies": [one.text for one in self.replies()]}

    # HTTP

    def start(self, port: int = 0) -> str:
        peer = self

        class Handler(_Handler):
            owner = peer

            def _serve(self) -> None:
                peer._asked.line = self.path  # repeated parameters, which a request as a dict loses
                super()._serve()

        self._mock = _Inside(self._app)
        self._server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self.url

    def stop(self) -> None:
        super().stop()
        self._mock.stop()
        dispose_app_resources(self._app)

    def handle(self, request: Request) -> Answer:
        query = parse_qsl(urlsplit(self._asked.line).query, keep_blank_values=True)
        if request.path == "/api/v2/search":
            query = [(name, value.strip('"') if name == "q" else value) for name, value in query]
        status, told, raw = self._mock.ask(request, urlencode(query))
        headers = {name: told[name] for name in _PASSED_ON if name in told}
        try:
            body = json.loads(raw)
        except ValueError:
            body = raw.decode()
        self._journalled(request, status, body)
        return Answer(status, self._as_shown(request, body), headers)

    def _journalled(self, request: Request, status: int, body: Any) -> None:
        if (request.method, request.path, status) != ("POST", "/api/v1/statuses", 200):
            return
        if any(entry["id"] == body["id"] for entry in self.accepted):
            return  # the same key again: the mock made nothing new
        asked = request.form()
        self.commit({"id": body["id"], "parent": asked.get("in_reply_to_id", ""), "text": asked["status"]})

    def _as_shown(self, request: Request, body: Any) -> Any:
        asked = request.query
        if request.path == "/api/v2/search" and isinstance(body, dict):
            low, high = int(asked.get("min_id", 0)), int(asked.get("max_id", 1 << 63))
            body["statuses"] = [one for one in body["statuses"] if low < int(one["id"]) < high]
        if request.path.endswith("/statuses") and request.path.startswith("/api/v1/accounts/"):
            body = body[self.read_behind :]
        return self.rewrite(request.path, body)


class _Inside:
    """The mock, asked without a socket: a loop of its own in a thread that nobody waits for."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def ask(self, request: Request, query: str) -> tuple[int, dict[str, str], bytes]:
        return asyncio.run_coroutine_threadsafe(self._call(request, query), self._loop).result(timeout=60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _call(self, request: Request, query: str) -> tuple[int, dict[str, str], bytes]:
        answered, waiting = asyncio.Event(), [{"type": "http.request", "body": request.body}]
        start: dict[str, Any] = {}
        body = bytearray()

        async def receive() -> dict[str, Any]:
            if waiting:
                return dict(waiting.pop())
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    answered.set()

        named = [(k.lower().encode(), v.encode()) for k, v in request.headers.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "scheme": "http", "path": request.path, "raw_path": request.path.encode(), "root_path": "",
            "query_string": query.encode(), "headers": named, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        await self._app(scope, receive, send)
        return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, bytes(body)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--posts", type=int, default=0)
    parser.add_argument("--state", type=Path)
    asked = parser.parse_args()
    serve_until_killed(MastodonPeer(asked.posts, asked.state), asked.port)


if __name__ == "__main__":
    main()
