"""Mastodon under the contract: `mastodon_mock` behind a door of ours, reached through Mastodon.py."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.channel import Channel
from monitor.http import Limits
from tests.contracts.worlds import _OverHttp

PATIENT = Limits(connect=2.0, read=2.5, whole=4.0)
"""The mock makes forty statuses in a few tenths of a second, and in more on a busy machine."""


class MastodonWorld(_OverHttp):
    """101 mentions, heard in three pages, and three posts that only search finds."""

    search, write = "/api/v1/notifications", "/api/v1/statuses"

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        super().__init__(stack, folder)
        from tests.peers.mastodon_peer import MastodonPeer

        self.peer = stack.enter_context(MastodonPeer(posts=101))
        self.peer.add_many([f"post {n} about Northvale General and the lifts" for n in range(3)])
        reset = datetime.now(UTC) + timedelta(minutes=5)
        self.throttled = {"x-ratelimit-reset": reset.isoformat(), "x-ratelimit-remaining": "0"}

    def channel(self) -> Channel:
        from monitor.channels.mastodon import MastodonChannel
        from tests.peers.mastodon_peer import US, credentials

        server = self.through or self.peer.url
        return MastodonChannel(
            credentials(), server=server, clock=self.clock, handle="@" + US, limits=PATIENT
        )

    def live(self) -> list[str]:
        return list(self.peer.live())

    def arrive(self, count: int) -> list[str]:
        return [str(self.peer.add(f"@NorthvaleNHS late post {n} about the lifts")) for n in range(count)]

    def answered(self) -> tuple[str, str]:
        parent = self.live()[-1]
        return parent, str(self.peer.add("the same here", replied_to=parent))

    def replies(self) -> list[str]:
        return [one.text.partition(" ")[2] for one in self.peer.replies()]
