"""Bluesky under the contract: a server of ours with sessions, reached through atproto."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from monitor.channel import Channel
from tests.contracts.worlds import QUICK, _now, _OverHttp


class BlueskyWorld(_OverHttp):
    """230 mentions, heard in three pages, and three posts that only a search finds."""

    search = "/xrpc/app.bsky.notification.listNotifications"
    write = "/xrpc/com.atproto.repo.putRecord"

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.bluesky_view import HANDLE, BlueskyView

        self.handle = HANDLE
        self.peer = stack.enter_context(BlueskyView(posts=230))
        for n in range(3):
            self.peer.add(f"post {n} about Northvale General and the lifts")
        reset = int(_now().timestamp()) + 600
        self.throttled = {"ratelimit-reset": str(reset), "ratelimit-remaining": "0"}

    def channel(self) -> Channel:
        from monitor.channels.bluesky import BlueskyChannel
        from tests.peers.bluesky_view import credentials

        server = self.through or self.peer.url
        return BlueskyChannel(
            credentials(), handle=self.handle, server=server, clock=self.clock, limits=QUICK
        )

    def live(self) -> list[str]:
        return list(self.peer.live())

    def arrive(self, count: int) -> list[str]:
        return [self.peer.add(f"@{self.handle} late post {n} about the lifts") for n in range(count)]

    def answered(self) -> tuple[str, str]:
        parent = self.live()[-1]
        return parent, str(self.peer.add("the same here", replied_to=parent))
