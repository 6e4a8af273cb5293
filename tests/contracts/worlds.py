"""One small world a network: a channel, what stands behind it, and ways to make it misbehave.

To put another channel under the contract: write a world here and name it in `WORLDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from monitor.channel import Channel, Cursor, Page, RawPost, ReplyWay, Watch
from monitor.http import Limits
from tests.peers import loopback

WATCH = Watch("contract", ("Northvale General", "St Bride's"), ("@NorthvaleNHS",), ("Northvale FC",))
QUICK = Limits(connect=1.0, read=0.4, whole=1.0)
SECRETS = "SECRET"
"""Part of every key the peers take, so that one look finds any of them."""


class World:
    """What the contract needs of a network. `over_http` worlds can also break answers."""

    over_http = True
    has_handles = True
    """Whether people have names there that they can be called by."""
    clock: Callable[[], datetime]
    """The clock of channels; this machine's own unless another is set."""
    through = ""
    """Another address that channels speak to, on the way to the network."""
    write = ""
    """The beginning of the path that replies are posted to."""
    throttled: Mapping[str, str]
    """The headers with which the network says until when to wait."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.clock = _now

    @property
    def watch(self) -> Watch:
        """What is listened for: `WATCH`, with places where the network needs them."""
        return WATCH

    @property
    def address(self) -> str:
        """Where the network is."""
        raise NotImplementedError

    @property
    def write_line(self) -> str:
        """How the first line of a request to post begins."""
        return f"POST {self.write}"

    def query(self) -> dict[str, list[str]]:
        """What a listener of this world's watch listens for."""
        return {
            "terms": list(WATCH.terms),
            "handles": list(WATCH.handles),
            "exclusions": list(WATCH.exclusions),
            "hashtags": list(WATCH.hashtags),
            "places": list(WATCH.places),
        }

    def channel(self) -> Channel:
        """A channel as a new process would build it."""
        raise NotImplementedError

    def live(self) -> list[str]:
        """The ids of other people's posts that the watch should hear now."""
        raise NotImplementedError

    def arrive(self, count: int) -> list[str]:
        """`count` more posts, now; their ids."""
        raise NotImplementedError

    def answered(self) -> tuple[str, str]:
        """A post of somebody's and an answer of somebody else's to it, made now."""
        raise NotImplementedError

    def delete(self, external_id: str) -> None:
        raise NotImplementedError

    def spoil_write(self, channel: Channel, how: str) -> None:
        """Make the next reply end as "cut", "refused" or "throttled"."""
        raise NotImplementedError

    def spoil_read(self, channel: Channel, how: str) -> None:
        """Make the next fetch "throttled" or "unreachable"; over HTTP also "html", "slow" or "drip"."""
        raise NotImplementedError

    def replies(self) -> list[str]:
        """The words of every reply the network holds of ours."""
        raise NotImplementedError

    def writes_asked(self) -> int:
        """How many requests to post have arrived, taken or not."""
        raise NotImplementedError


def walk(channel: Channel, cursor: Cursor, watch: Watch = WATCH) -> Iterator[Page]:
    """The pages of one walk."""
    while True:
        page = channel.fetch(watch, cursor)
        yield page
        cursor = page.cursor
        if not page.more:
            return


def hear(channel: Channel, cursor: Cursor, watch: Watch = WATCH) -> tuple[list[RawPost], Cursor]:
    """Every post of one walk, and where it ended."""
    posts: list[RawPost] = []
    for page in walk(channel, cursor, watch):
        posts.extend(page.posts)
        cursor = page.cursor
    return posts, cursor


def answerable(posts: Sequence[RawPost]) -> RawPost:
    return next(post for post in posts if post.capability.way is ReplyWay.API)


class _OverHttp(World):
    peer: Any
    search: str

    @property
    def address(self) -> str:
        return str(self.peer.url)

    def delete(self, external_id: str) -> None:
        self.peer.delete(external_id)

    def spoil_write(self, channel: Channel, how: str) -> None:
        effects = {
            "cut": loopback.cut_after_commit(),
            "refused": loopback.status(403, {"title": "Forbidden", "detail": "not allowed", "status": 403}),
            "throttled": loopback.throttle(self.throttled),
        }
        self.peer.faults.add(f"POST {self.write}", effects[how])

    def spoil_read(self, channel: Channel, how: str) -> None:
        effects = {
            "throttled": loopback.throttle(self.throttled),
            "unreachable": loopback.cut_before(),
            "html": loopback.html200(),
            "slow": loopback.slow(3.0),
            "drip": loopback.drip(0.1),
        }
        self.peer.faults.add(f"GET {self.search}", effects[how])

    def replies(self) -> list[str]:
        return [entry["text"] for entry in self.peer.accepted]

    def writes_asked(self) -> int:
        return int(self.peer.count("POST", self.write))


class XWorld(_OverHttp):
    search, write = "/2/", "/2/tweets"

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.x_peer import XPeer

        self.peer = stack.enter_context(XPeer(posts=250))
        self.throttled = {"x-rate-limit-reset": str(int(self.peer.now()) + 600)}

    def channel(self) -> Channel:
        from monitor.channels.x import XChannel
        from tests.peers.x_peer import credentials

        return XChannel(credentials(), base_url=self.through or self.peer.url, clock=self.clock, limits=QUICK)

    def live(self) -> list[str]:
        return [
            post.ids[0] for post in self.peer.posts.values() if post.state == "live" and not post.replied_to
        ]

    def arrive(self, count: int) -> list[str]:
        return [self.peer.add(f"@NorthvaleNHS late post {n} about Northvale General") for n in range(count)]

    def answered(self) -> tuple[str, str]:
        parent = self.live()[-1]
        return parent, str(self.peer.add("the same here", replied_to=parent))


class RedditWorld(_OverHttp):
    search, write = "/", "/api/comment/"
    throttled = {"retry-after": "600"}  # noqa: RUF012 - never changed

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.reddit_peer import RedditPeer

        self.peer = stack.enter_context(RedditPeer(posts=230))

    def channel(self) -> Channel:
        from monitor.channels.reddit import RedditChannel
        from tests.peers.reddit_peer import credentials

        url = self.through or self.peer.url
        return RedditChannel(credentials(), oauth_url=url, reddit_url=url, clock=self.clock, limits=QUICK)

    def live(self) -> list[str]:
        return [t.name for t in self.peer.things.values() if t.state == "live" and not t.link]

    def arrive(self, count: int) -> list[str]:
        return [self.peer.add(f"late post {n}", "Northvale General again") for n in range(count)]

    def answered(self) -> tuple[str, str]:
        parent = self.live()[-1]
        return parent, str(self.peer.add("the same here", parent=parent))


class PracticeWorld(World):
    """The practice network: no HTTP, so broken answers do not apply; later posts arrive as its clock goes on."""

    over_http = False

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        pytest.importorskip("monitor.channels.practice", reason="the practice channel is not in this tree")
        from monitor.practice.script import Author, ScriptedPost, script_of

        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.started = self.now
        self.deleted: set[str] = set()
        author = Author("a1", "@invented_one", "Invented One")
        early = [
            ScriptedPost(f"p{n}", n - 500.0, author, f"post {n} about Northvale General") for n in range(130)
        ]
        late = [ScriptedPost(f"late{n}", 60.0 + n, author, f"late post {n}") for n in range(50)]
        answer = ScriptedPost("said-back", 200.0, author, "no, thank you", in_reply_to="p100")
        self.script = script_of([*early, *late, answer])

    def channel(self) -> Channel:
        from monitor.channels.practice import build

        state = self.folder / "practice.jsonl"
        return build(lambda: self.now, state=state, started_at=self.started, script=self.script)

    def live(self) -> list[str]:
        here = [post for post in self.script.posts if self.started + timedelta(seconds=post.at) <= self.now]
        return [post.id for post in here if post.id not in self.deleted]

    def arrive(self, count: int) -> list[str]:
        before = set(self.live())
        self.now = self.started + timedelta(seconds=59.5 + count)
        return [name for name in self.live() if name not in before]

    def answered(self) -> tuple[str, str]:
        self.now = self.started + timedelta(seconds=201)
        return "p100", "said-back"

    def delete(self, external_id: str) -> None:
        self._network(self.channel()).delete(external_id)
        self.deleted.add(external_id)

    def spoil_write(self, channel: Channel, how: str) -> None:
        faults = {"cut": "lost_answer", "refused": "refused", "throttled": "throttled"}
        self._network(channel).fail_next(faults[how], "reply")

    def spoil_read(self, channel: Channel, how: str) -> None:
        self._network(channel).fail_next(how, "listen")

    def replies(self) -> list[str]:
        return [reply.text for reply in self._network(self.channel()).replies()]

    def writes_asked(self) -> int:
        return len(self.replies())

    @staticmethod
    def _network(channel: Any) -> Any:
        return channel.network


def _now() -> datetime:
    return datetime.now(UTC)


def _kept_in(module: str, name: str) -> Callable[[ExitStack, Path], World]:
    """A world of a file of its own, which is imported only when it is asked for."""

    def made(stack: ExitStack, folder: Path) -> World:
        world: World = getattr(import_module(f"tests.contracts.{module}"), name)(stack, folder)
        return world

    return made


WORLDS: dict[str, Callable[[ExitStack, Path], World]] = {
    "bluesky": _kept_in("world_bluesky", "BlueskyWorld"),
    "careopinion": _kept_in("world_readonly", "CareOpinionWorld"),
    "feeds": _kept_in("world_readonly", "FeedsWorld"),
    "mastodon": _kept_in("world_mastodon", "MastodonWorld"),
    "x": XWorld,
    "reddit": RedditWorld,
    "practice": PracticeWorld,
}
