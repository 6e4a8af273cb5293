"""Bodies recorded from X and Reddit, read in full; none of their words are shown, also when a test fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.wire import reddit, x
from tests.peers.reddit_peer import RedditPeer
from tests.peers.x_peer import XPeer

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "payloads"
US = x.Account("1", "nobody", True)
THEM = reddit.Account("nobody", True)

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recorded bodies are not beside this tree")


def recorded(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text())


@pytest.mark.parametrize(
    "name", ["search_recent_default_fields", "users_mentions", "quote_tweets", "users_tweets", "tweet_emoji"]
)
def test_every_post_of_a_recorded_page_of_x_is_read(name: str) -> None:
    body = recorded(f"x/{name}.json")
    posts, unread = x.posts_of(body, US)
    assert (len(posts), unread) == (len(x.entries(body, "data")), 0)
    assert all(post.text and post.posted_at.year >= 2006 for post in posts)


def test_a_recorded_partial_look_up_says_which_post_is_deleted() -> None:
    (error,) = x.entries(recorded("x/partial_errors_lookup.json"), "errors")
    assert x.how_gone(error) == "deleted"


@pytest.mark.parametrize(
    ("name", "status", "read", "write"),
    [
        ("error_400_since_id_too_old", 400, "CursorRefused", "Refused"),
        ("error_402_credits", 402, "NotEntitled", "NotEntitled"),
        ("error_403_client_not_enrolled", 403, "NotEntitled", "NotEntitled"),
        ("error_403_duplicate", 403, "NotEntitled", "OutcomeUnknown"),
        ("error_429_rate", 429, "Throttled", "Throttled"),
        ("error_429_usage_cap", 429, "NotEntitled", "NotEntitled"),
    ],
)
def test_xs_own_refusals_are_understood(name: str, status: int, read: str, write: str) -> None:
    from datetime import UTC, datetime

    refusal = x.Refusal(status, recorded(f"x/{name}.json"), {})
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert type(x.explain_read(refusal, now)).__name__ == read
    assert type(x.explain_write(refusal, now)).__name__ == write


@pytest.mark.parametrize(
    "name", ["search_listing", "redditor_comments", "stream_submissions", "stream_comments"]
)
def test_every_thing_of_a_recorded_listing_of_reddit_is_read(name: str) -> None:
    listed = reddit.things(recorded(f"reddit/{name}.json"))
    posts = [reddit.post_of(thing, THEM) for thing in listed]
    assert len(posts) == len(listed) > 0
    assert all(post.conversation_id.startswith("t3_") and post.permalink for post in posts if post.permalink)


def test_a_recorded_deleted_comment_is_seen_to_be_deleted() -> None:
    (thing,) = reddit.things(recorded("reddit/comment_deleted.json"))
    assert reddit.how_gone(thing) == "deleted"


def test_our_xs_bodies_use_only_names_that_xs_own_document_has() -> None:
    schemas = recorded("x/openapi_x_api_v2.json")["components"]["schemas"]
    known = set((schemas.get("Post") or schemas["Tweet"])["properties"])
    with XPeer(names="post") as peer:
        quoted = peer.add("quoted", author="1")
        parent = peer.add("parent", author="2")
        peer.add("@NorthvaleNHS " + "long " * 99, quoted=quoted, replied_to=parent, alt_text="seen")
        everything = {
            "post.fields": ",".join(known),
            "expansions": ",".join([*known, "attachments.media_keys"]),
        }
        shown = [peer._shown(post, everything) for post in peer.posts.values()]
    assert set().union(*shown) <= known
    assert {"note_post", "referenced_posts", "edit_history_post_ids", "entities"} <= set().union(*shown)


def test_our_reddits_bodies_use_only_names_that_recordings_have() -> None:
    known: set[str] = {"removed_by_category", "author_fullname"}  # younger than the recordings
    for name in ("search_listing", "redditor_comments", "stream_submissions", "comment_reply"):
        body = recorded(f"reddit/{name}.json")
        listed = body["json"]["data"]["things"] if "json" in body else body["data"]["children"]
        known |= set().union(*(child["data"] for child in listed))
    peer = RedditPeer()
    root = peer.add("a", "b")
    peer.add("c", parent=root)
    assert set().union(*(peer._shown(thing)["data"] for thing in peer.things.values())) <= known
