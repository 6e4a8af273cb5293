"""Bodies recorded from X and Reddit, read in full; none of their words are shown, also when a test fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.wire import reddit, x, x_refusals
from monitor.wire.x_answering import Account

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "payloads"
US = Account("1", "nobody", True)
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
    assert (len(posts), unread) == (len(x.entries(body, "data")), [])
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
    refusal = x_refusals.Refusal(status, recorded(f"x/{name}.json"), {})
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert type(x_refusals.explain_read(refusal, now)).__name__ == read
    assert type(x_refusals.explain_write(refusal, now)).__name__ == write


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


def test_the_reason_tells_money_from_permission() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    reasons = {
        name: x_refusals.explain_read(x_refusals.Refusal(status, recorded(f"x/{name}.json"), {}), now).reason
        for name, status in (
            ("error_402_credits", 402),
            ("error_429_usage_cap", 429),
            ("error_403_client_not_enrolled", 403),
            ("error_400_since_id_too_old", 400),
        )
    }
    assert list(reasons.values()) == [
        x_refusals.NO_CREDIT,
        x_refusals.CAP_REACHED,
        x_refusals.NOT_IN_PLAN,
        x_refusals.TOO_OLD,
    ]


@pytest.mark.parametrize("name", ["inbox_mentions", "inbox_stream"])
def test_every_mention_of_a_recorded_inbox_is_read(name: str) -> None:
    children = reddit.listed(recorded(f"reddit/{name}.json"))
    comments = [child for child in children if "/comments/" in str(child["data"].get("context"))]
    heard = reddit.hear(comments, THEM, inbox=True)
    assert (len(heard.posts), heard.odd) == (len(comments), [])
    assert all(post.direct and post.conversation_id.startswith("t3_") for post in heard.posts)
    assert all("?" not in post.permalink for post in heard.posts)


def test_the_pictures_of_a_recorded_gallery_are_linked() -> None:
    (thing,) = reddit.things(recorded("reddit/submit_gallery_1.json")[0])
    pictures = thing["gallery_data"]["items"]
    assert len(reddit.post_of(thing, THEM).media) == len(pictures) > 0
