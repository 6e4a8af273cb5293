"""Care Opinion's read-only API v2 on this machine: stories, responses, skip-paging over a list that moves.

A wrong key is redirected to a login page, as there; the first half of the stories has the older spelling of links.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.channels.careopinion import CareOpinionCredentials
from tests.peers.loopback import Answer, Peer, Request

KEY = "SECRET-subscription-key"


def credentials() -> CareOpinionCredentials:
    return CareOpinionCredentials(KEY)


@dataclass
class Story:
    id: int
    title: str
    body: str
    submitted: datetime
    published: datetime
    state: str = "live"
    responses: list[dict[str, Any]] = field(default_factory=list)


class CareOpinionPeer(Peer):
    """`odd` holds entries of other shapes, which stand at the end of every list."""

    def __init__(self, posts: int = 0, state: Path | None = None) -> None:
        super().__init__(state)
        self.stories: dict[int, Story] = {}
        self.odd: list[Any] = []
        self.queries: list[dict[str, str]] = []
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=posts + 60)
        for n in range(posts):
            self.add(f"Story {n} about Northvale General", at=start + timedelta(minutes=n))

    def add(
        self,
        title: str,
        body: str = "The **lifts** were out again.",
        at: datetime | None = None,
        submitted: datetime | None = None,
    ) -> str:
        with self.lock:
            number = 1_000_000 + len(self.stories)
            when = at or datetime.now(UTC).replace(microsecond=0)
            self.stories[number] = Story(number, title, body, submitted or when, when)
            return str(number)

    def respond(self, story: str, text: str, at: datetime | None = None, **more: Any) -> str:
        """Somebody posts a response on the site."""
        with self.lock:
            number = 1 + sum(len(one.responses) for one in self.stories.values())
            when = (at or datetime.now(UTC)).isoformat()
            self.stories[int(story)].responses.append(
                {"id": number, "body": text, "dateOfPublication": when, **more}
            )
            return f"{story}/responses/{number}"

    def delete(self, story: str) -> None:
        self.stories[int(story)].state = "deleted"

    def handle(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"SUBSCRIPTION_KEY {KEY}":
            return Answer(302, "<html>Sign in</html>", {"location": "/login"})
        parts = request.path.removeprefix("/api/v2/opinions").strip("/").split("/")
        if not request.path.startswith("/api/v2/opinions"):
            return Answer(404, {"message": "no such resource"})
        if parts == [""]:
            return self._list(dict(request.query))
        story = self.stories.get(int(parts[0])) if parts[0].isdecimal() else None
        if story is None or story.state != "live":
            return Answer(404, {"message": "no such story"})
        if parts[1:] == ["responses"]:
            return Answer(200, story.responses)
        return Answer(200, self._shown(story)) if not parts[1:] else Answer(404, {})

    def _list(self, query: dict[str, str]) -> Answer:
        self.queries.append(query)
        after = query.get("submittedonafter", "")
        chosen = [
            story
            for story in self.stories.values()
            if story.state == "live" and story.submitted.date().isoformat() >= after
        ]
        chosen.sort(key=lambda story: (story.published, story.id))
        skip, take = int(query.get("skip", 0)), min(int(query.get("take", 20)), 100)
        page = [self._shown(story) for story in chosen[skip : skip + take]]
        return Answer(200, [*page, *self.odd] if page else page)

    def _shown(self, story: Story) -> dict[str, Any]:
        own, api = f"{self.url}/opinions/{story.id}", f"{self.url}/api/v2/opinions/{story.id}"
        older = story.id % 2 == 0
        links = (
            [{"rel": "self", "id": "1", "href": api}, {"rel": "site", "id": "2", "href": own}]
            if older
            else [{"relation": "self", "id": "1", "link": api}, {"relation": "site", "id": "2", "link": own}]
        )
        return {
            "id": story.id,
            "title": story.title,
            "body": story.body,
            "dateOfSubmission": story.submitted.isoformat(),
            "dateOfPublication": story.published.isoformat(),
            "criticality": 1,
            "progress": "Published",
            "authorRole": "a relative",
            "links": links,
        }
