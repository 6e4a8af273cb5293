"""The peers run as processes of their own too, for tests that kill the other side."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.channel import Channel, OutcomeUnknown
from tests.peers import loopback
from tests.support.channels import hear, names

ROOT = Path(__file__).parents[2]


@contextmanager
def peer_process(name: str, state: Path) -> Iterator[str]:
    command = [sys.executable, str(ROOT / "tests/peers" / f"{name}_peer.py"), "--port", "0", "--posts", "120"]
    with subprocess.Popen([*command, "--state", str(state)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def control(url: str, asked: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url + "/_control", json.dumps(asked).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


def channel_to(name: str, url: str) -> Channel:
    if name == "x":
        from monitor.channels.x import XChannel
        from tests.peers.x_peer import credentials as x_credentials

        return XChannel(x_credentials(), base_url=url, clock=lambda: datetime.now(UTC))
    from monitor.channels.reddit import RedditChannel
    from tests.peers.reddit_peer import credentials

    return RedditChannel(credentials(), oauth_url=url, reddit_url=url, clock=lambda: datetime.now(UTC))


@pytest.mark.parametrize("name", ["x", "reddit"])
def test_a_peer_process_takes_orders_and_journals_every_reply_it_accepted(name: str, tmp_path: Path) -> None:
    state = tmp_path / "replies.jsonl"
    with peer_process(name, state) as url:
        channel = channel_to(name, url)
        added = control(url, {"add": {"text": "@NorthvaleNHS Northvale General hello"}})["added"]
        heard = names(hear(channel, {}))
        path = "POST /2/tweets" if name == "x" else "POST /api/comment/"
        control(url, {"fault": {"path": path, "effect": loopback.cut_after_commit()}})
        with pytest.raises(OutcomeUnknown):
            channel.reply(added, "our words", key="k")
        told = control(url, {"delete": added})
    assert len(heard) == 121
    assert added in heard
    assert [entry["text"] for entry in told["accepted"]] == ["our words"]
    assert told["requests"][path] == 1
    assert added not in told["posts"]
    assert [entry["text"] for entry in loopback.Journal(state).entries()] == ["our words"]
