"""Posts a second through fetch, reading and storing, from a server on loopback, beside the Reader alone."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, best
from desk.cli.rehearsal import ORGANISATION
from monitor.practice.loading import load

POSTS = 600


def measure() -> list[Figure]:
    """The practice posts' words, posted on the X peer and heard through tweepy, read by the real Reader."""
    from casebook.actions import hearing, setting_up
    from monitor.channels.x import XChannel
    from monitor.reader import build_reader
    from monitor.service import Monitor
    from tests.peers.x_peer import XPeer, credentials
    from tests.support.books import HANDLE, rehearsal_book

    words = [post.text for post in load().posts if post.language in {"", "en"}]
    pick = random.Random(7)
    texts = [f"{pick.choice(words)} (Northvale General {number})" for number in range(POSTS)]
    reader = build_reader(ORGANISATION)
    alone = best(lambda: [reader.read(text) for text in texts], 1)
    with tempfile.TemporaryDirectory() as folder, XPeer() as peer:
        for text in texts:
            peer.add(text)
        book = rehearsal_book(Path(folder), lambda: datetime.now(UTC))
        account = setting_up.ensure_account(book, "x", HANDLE)
        setting_up.ensure_watch(book, "bench", "x", account, {"terms": ["Northvale General"]}, 60)
        channel = XChannel(credentials(), base_url=peer.url, clock=book.clock)
        monitor = Monitor(book, {"x": channel}, reader)
        (listener,) = hearing.due(book, whatever_due=True)
        whole = best(lambda: monitor.listening.poll(listener), 1)
        with book.store.read() as work:
            kept = len(work.mentions.where())
        book.store.close()
    return [
        Figure(
            "fetch, read and keep posts (X peer)", kept / whole, POSTS / alone, "posts/s", "the Reader alone"
        )
    ]
