"""The loopback Reddit's bodies beside recorded ones: the same names, of the same types. No recorded word is shown."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.peers.reddit_peer import RedditPeer

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "reddit"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded bodies are not beside this tree")

YOUNGER = {
    "removed_by_category": {"str"},
    "author_fullname": {"str"},
    "user_is_banned": {"bool"},
    "locked": {"bool"},
    "permalink": {"str"},
}
"""Names and types younger than the recordings."""
NUMBER = {"int": "number", "float": "number"}

Shapes = Mapping[str, set[str]]


def kind(value: Any) -> str:
    name = type(value).__name__
    return NUMBER.get(name, name)


def data_in(body: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The kind and data of every thing in a body, however deep."""
    if isinstance(body, list):
        for one in body:
            yield from data_in(one)
    elif isinstance(body, dict):
        if str(body.get("kind")) in {"t1", "t3"} and isinstance(body.get("data"), dict):
            inbox = "-inbox" if "was_comment" in body["data"] else ""
            yield body["kind"] + inbox, body["data"]
        for value in body.values():
            yield from data_in(value)


def shapes(bodies: list[Any]) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for body in bodies:
        for name, data in data_in(body):
            for key, value in data.items():
                found[name][key].add(kind(value))
    return found


def ours() -> list[Any]:
    peer = RedditPeer()
    root = peer.add(
        "a", "b", extra={"over_18": True, "spoiler": True, "url_overridden_by_dest": "https://a.example/"}
    )
    comment = peer.add("for u/northvale-nhs", parent=root)
    peer.add("c", parent=comment)
    removed = peer.add("d", "e")
    peer.remove(removed)
    things = [peer._shown(thing) for thing in peer.things.values()]
    return [things, peer._in_inbox(peer.things[comment]), peer._thread(root).body]


def test_our_reddits_things_have_names_and_types_that_recordings_have() -> None:
    recorded = shapes([json.loads(path.read_bytes()) for path in sorted(RECORDED.glob("*.json"))])
    made = shapes(ours())
    assert set(made) == {"t1", "t3", "t1-inbox"} <= set(recorded)
    for name, fields in made.items():
        for key, kinds in fields.items():
            known = recorded[name].get(key, set()) | YOUNGER.get(key, set())
            assert kinds <= known | ({"NoneType"} if known else set()), f"{name}.{key}"


def test_what_the_channel_reads_is_in_recordings() -> None:
    recorded = shapes([json.loads(path.read_bytes()) for path in sorted(RECORDED.glob("*.json"))])
    for name, wanted in {
        "t1": {"name", "body", "author", "link_id", "parent_id", "created_utc", "edited", "archived"},
        "t3": {
            "name",
            "title",
            "selftext",
            "permalink",
            "locked",
            "archived",
            "over_18",
            "edited",
            "gallery_data",
        },
        "t1-inbox": {"name", "body", "author", "context", "parent_id", "created_utc", "type"},
    }.items():
        assert wanted <= set(recorded[name]), name


def test_a_listing_of_ours_has_the_frame_of_a_recorded_one() -> None:
    recorded = json.loads((RECORDED / "search_listing.json").read_bytes())
    from tests.peers.reddit_peer import _listing

    made = _listing([], "t3_x")
    assert set(made) <= set(recorded)
    assert set(made["data"]) <= set(recorded["data"])
