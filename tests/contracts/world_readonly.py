"""Feeds and Care Opinion under the contract: networks that are heard, and answered on their own sites alone."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from monitor.channel import Channel, Watch
from tests.contracts.worlds import QUICK, WATCH, _OverHttp


class _ReadOnly(_OverHttp):
    has_handles = False
    throttled = {"retry-after": "600"}  # noqa: RUF012 - never changed

    def replies(self) -> list[str]:
        return []

    def writes_asked(self) -> int:
        return sum(1 for method, _ in self.peer.seen if method != "GET")


class FeedsWorld(_ReadOnly):
    search = "/feed.xml"

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.feed_peer import FeedPeer

        self.peer = stack.enter_context(FeedPeer(posts=250))

    @property
    def watch(self) -> Watch:
        return replace(WATCH, places=(f"{self.through or self.peer.url}/feed.xml",))

    def query(self) -> dict[str, list[str]]:
        return {**super().query(), "places": list(self.watch.places)}

    def channel(self) -> Channel:
        from monitor.channels.feeds import FeedsChannel

        return FeedsChannel(clock=self.clock, limits=QUICK)

    def live(self) -> list[str]:
        return [entry.guid for entry in self.peer.entries]

    def arrive(self, count: int) -> list[str]:
        return [self.peer.add(f"Late item {n} about Northvale General") for n in range(count)]


class CareOpinionWorld(_ReadOnly):
    search = "/api/v2/opinions"

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.careopinion_peer import CareOpinionPeer

        self.peer = stack.enter_context(CareOpinionPeer(posts=250))
        self.throttled = {"x-ratelimit-reset": str(int(self.clock().timestamp()) + 600)}

    def channel(self) -> Channel:
        from monitor.channels.careopinion import CareOpinionChannel
        from tests.peers.careopinion_peer import credentials

        return CareOpinionChannel(
            credentials(),
            base_url=self.through or self.peer.url,
            clock=self.clock,
            limits=QUICK,
            pause=lambda seconds: None,
        )

    def live(self) -> list[str]:
        return [str(story.id) for story in self.peer.stories.values() if story.state == "live"]

    def arrive(self, count: int) -> list[str]:
        return [self.peer.add(f"Late story {n} about Northvale General") for n in range(count)]

    def answered(self) -> tuple[str, str]:
        parent = self.live()[-1]
        return parent, self.peer.respond(parent, "The same here.", authorRole="a relative")
