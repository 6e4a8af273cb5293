"""The process that a storm kills: a listener or a sender over a loopback network, telling each step as it takes it.

`python tests/slow/storm_child.py listen|send FOLDER CHANNEL PEER_URL --step FILE [--die-at STEP --nth N]
[--ahead SECONDS] [--once]`
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casebook.actions import hearing
from casebook.actions.keeping import SessionKeep
from casebook.book import policy_in_force
from casebook.store.sqlite import SqliteStore
from monitor.channel import Making
from monitor.channels import kind
from monitor.service import Monitor
from tests.support.books import DATABASE_KEY, HANDLE, open_book, scripted


class Steps:
    """Writes down the step in hand, and dies at the one it was told to die at."""

    def __init__(self, file: Path, die_at: str, nth: int) -> None:
        self._handle = os.open(file, os.O_CREAT | os.O_WRONLY)
        self._die_at, self._left = die_at, nth
        self("started")

    def __call__(self, step: str) -> None:
        os.pwrite(self._handle, step.ljust(32).encode(), 0)
        if step == self._die_at:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def channel_of(name: str, url: str, book):
    """The channel as `bootstrap` would make it, its session kept in the book."""
    handle, keys = account_of(name)
    keep = SessionKeep(book, name, handle)
    return kind(name).make(Making(clock=book.clock, credentials=keys, handle=handle, server=url, keep=keep))


def account_of(name: str):
    """Our account on this peer, and the credentials that it takes."""
    if name == "x":
        from tests.peers.x_peer import credentials

        return HANDLE, credentials()
    if name == "reddit":
        from tests.peers.reddit_peer import credentials as of_reddit

        return HANDLE, of_reddit()
    if name == "mastodon":
        from tests.peers.mastodon_peer import US
        from tests.peers.mastodon_peer import credentials as of_mastodon

        return f"@{US}", of_mastodon()
    from tests.peers.bluesky_view import HANDLE as OURS
    from tests.peers.bluesky_view import credentials as of_bluesky

    return OURS, of_bluesky()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("listen", "send"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("channel")
    parser.add_argument("url")
    parser.add_argument("--step", type=Path, required=True)
    parser.add_argument("--die-at", default="")
    parser.add_argument("--nth", type=int, default=1)
    parser.add_argument("--ahead", type=float, default=0.0)
    parser.add_argument("--once", action="store_true")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=asked.ahead)

    book = open_book(SqliteStore(asked.folder / "casebook.db", DATABASE_KEY), clock)
    channels = {asked.channel: channel_of(asked.channel, asked.url, book)}
    monitor = Monitor(book, channels, scripted(book), owner="storm")
    steps = Steps(asked.step, asked.die_at, asked.nth)
    monitor.intake.on_step = monitor.sender.on_step = steps
    hearing.give_back(book, "storm")
    with book.store.read() as work:
        policy_in_force(work)  # parsed before the storm begins, so that kills fall on the work itself
    print("ready", flush=True)
    while True:
        if asked.what == "listen":
            for listener_id in hearing.due(book, whatever_due=True):
                monitor.listening.poll(listener_id)
        else:
            monitor.send()
        steps("waiting")
        if asked.once:
            return
        time.sleep(0.02)


if __name__ == "__main__":
    main()
