"""How Bluesky's bodies, refusals and record keys are read and made. Recorded bodies are read where they are at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    CursorRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    Refused,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.wire import bluesky as wire
from monitor.wire import bluesky_walks as walks
from monitor.wire import tid
from monitor.wire.bluesky_refusals import Refusal, explain_login, explain_read, explain_write

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "payloads" / "bluesky" / "real_network"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEY = "0193a1b2c3d4" + "5e6f" * 5
recorded = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded bodies of Bluesky are not at hand")


def body(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_bytes())


def view(**changes: Any) -> dict[str, Any]:
    """A view of an invented post."""
    record = {"$type": "app.bsky.feed.post", "text": "the lift is out", "createdAt": "2026-11-25T08:00:00Z"}
    whole = {
        "uri": "at://did:plc:one/app.bsky.feed.post/3kaaaaaaaaaa2",
        "cid": "bafyone",
        "author": {"did": "did:plc:one", "handle": "one.example"},
        "record": {**record, **changes.pop("record", {})},
        "indexedAt": "2026-11-25T08:00:01Z",
    }
    return {**whole, **changes}


# Recorded bodies


@recorded
@pytest.mark.parametrize(
    ("name", "under"),
    [
        ("search_posts", "posts"),
        ("search_empty", "posts"),
        ("posts_image_quote", "posts"),
        ("quote_of_deleted", "posts"),
        ("posts_deleted_empty", "posts"),
        ("account_gone_before", "posts"),
        ("account_deactivated_posts", "posts"),
        ("notifications_mention_reply", "notifications"),
        ("notifications_after_delete", "notifications"),
    ],
)
def test_a_recorded_list_is_read_in_full(name: str, under: str) -> None:
    items = body(name)[under]
    posts, unread = wire.posts_of(items, "did:plc:nobody")
    wanted = [one for one in items if one["record"].get("$type") == "app.bsky.feed.post"]
    assert len(posts) == len(wanted)
    assert len(unread) == len(items) - len(wanted)
    assert all(post.revision and post.permalink and post.capability.way is ReplyWay.API for post in posts)


@recorded
def test_recorded_picture_and_quote_are_read() -> None:
    posts, _ = wire.posts_of(body("posts_image_quote")["posts"], "")
    assert any(post.alt_text for post in posts)
    posts, _ = wire.posts_of(body("quote_of_deleted")["posts"], "")
    assert [post.quoted for post in posts] == [""]


@recorded
@pytest.mark.parametrize("name", ["thread", "thread_of_reply_to_deleted"])
def test_a_recorded_thread_is_read(name: str) -> None:
    posts = wire.thread_of(body(name), "")
    assert len(posts) > 1
    assert any(post.in_reply_to for post in posts)


@recorded
@pytest.mark.parametrize(
    ("name", "status", "means"),
    [
        ("search_unauthenticated_401", 401, CredentialsRefused),
        ("search_bad_limit_400", 400, NotEntitled),
        ("thread_of_deleted_root_400", 400, Gone),
        ("get_record_deleted_400", 400, Gone),
        ("bad_token_400", 400, CredentialsRefused),
        ("account_deactivated_profile_400", 400, CredentialsRefused),
        ("create_session_429", 429, Throttled),
    ],
)
def test_a_recorded_refusal_is_understood(name: str, status: int, means: type[ChannelError]) -> None:
    assert isinstance(explain_read(Refusal(status, body(name)["error"], {}), NOW), means)


@recorded
def test_recorded_records_of_ours_name_what_they_answer() -> None:
    refers = [wire.refs_of(one["value"]) for one in body("list_records_own")["records"]]
    assert any(parent for _, parent in refers)


# Bodies


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "post",
        [],
        {},
        view(uri="https://one.example"),
        view(uri="at://did:plc:one/app.bsky.feed.like/3k"),
        view(uri="at://did:plc:two/app.bsky.feed.post/3k"),
        view(cid=None),
        view(author=None),
        view(record={"text": 5}),
        view(record={"text": None}),
        view(record={"createdAt": "x"}, indexedAt=12),
        view(record={"reply": 5}),
        view(record={"reply": {"root": None}}),
        {**view(), "record": "x"},
        view(author={"did": "did:plc:one", "viewer": 5}),
    ],
)
def test_what_is_no_post_is_set_aside_as_it_came(odd: Any) -> None:
    posts, unread = wire.posts_of([odd, view()], "")
    assert len(posts) == 1
    assert [json.loads(item.body) for item in unread] == [odd]


@pytest.mark.parametrize("odd", [None, {}, "x", 3])
def test_what_is_no_list_is_a_bad_answer(odd: Any) -> None:
    with pytest.raises(BadAnswer):
        wire.posts_of(odd, "")


@pytest.mark.parametrize(
    "embed",
    [
        5,
        [],
        {"images": 5},
        {"images": [5]},
        {"record": 5},
        {"record": {"record": {"record": {}}}},
        {"media": {}},
        {"external": "x"},
        {"external": {"title": 3}},
    ],
)
def test_what_is_attached_in_no_known_form_is_left_out(embed: Any) -> None:
    post = wire.post_of(
        view(embed=embed, labels=[5, {"val": 3}, {"val": "!hide"}, {"val": "x", "neg": True}]), ""
    )
    assert (post.alt_text, post.quoted, post.media, post.warning) == ("", "", (), "")


def test_the_card_of_a_link_is_read_with_the_post() -> None:
    card = {
        "uri": "https://paper.example/a",
        "title": "Lifts",
        "description": "out again",
        "thumb": "https://t.example",
    }
    post = wire.post_of(view(embed={"$type": "app.bsky.embed.external#view", "external": card}), "")
    assert post.quoted == "Lifts\nout again\nhttps://paper.example/a"
    assert post.media == ("https://t.example",)


def test_a_film_has_its_description_and_its_address() -> None:
    film = {"$type": "app.bsky.embed.video#view", "alt": "a corridor", "playlist": "https://v.example/p.m3u8"}
    post = wire.post_of(view(embed=film), "")
    assert (post.alt_text, post.media) == ("a corridor", ("https://v.example/p.m3u8",))


@pytest.mark.parametrize(
    ("created", "shown"),
    [
        ("2026-11-25T07:00:00Z", "2026-11-25T07:00:00+00:00"),
        ("2031-01-01T00:00:00Z", "2026-11-25T08:00:01+00:00"),
        ("0001-01-01T00:00:00+23:00", "2026-11-25T08:00:01+00:00"),
        ("yesterday", "2026-11-25T08:00:01+00:00"),
        (None, "2026-11-25T08:00:01+00:00"),
    ],
)
def test_a_post_is_never_later_than_bluesky_first_saw_it(created: Any, shown: str) -> None:
    assert wire.post_of(view(record={"createdAt": created}), "").posted_at.isoformat() == shown


def test_a_handle_that_is_no_longer_valid_does_not_stand_in_an_address() -> None:
    author = {"did": "did:plc:one", "handle": "handle.invalid"}
    assert wire.post_of(view(author=author), "").permalink.startswith("https://bsky.app/profile/did:plc:one/")
    hostile = {"did": "did:plc:one", "handle": "x/../../evil?"}
    assert wire.post_of(view(author=hostile), "").permalink.startswith(
        "https://bsky.app/profile/did:plc:one/"
    )


def test_a_thread_that_goes_very_deep_ends() -> None:
    node: dict[str, Any] = {"post": view()}
    for n in range(5000):
        node = {"post": view(uri=f"at://did:plc:one/app.bsky.feed.post/k{n}"), "replies": [node]}
    assert 300 < len(wire.thread_of({"thread": node}, "")) < 1000


@pytest.mark.parametrize("middle", [{"notFound": True, "uri": "x"}, {"blocked": True, "uri": "x"}])
def test_a_thread_around_nothing_is_gone(middle: Any) -> None:
    with pytest.raises(Gone):
        wire.thread_of({"thread": middle}, "")


def test_half_characters_are_mended_and_whole_ones_and_backslashes_stay() -> None:
    broken = rb'{"a": "\ud83d", "b": "\ud83d\ude00", "c": "\\ud83d", "d": "\udc00x", "e": "\\\uD83D", "f": "\u00e9"}'
    told = json.loads(wire.mend(broken))
    assert told == {
        "a": "\ufffd",
        "b": "\U0001f600",
        "c": "\\ud83d",
        "d": "\ufffdx",
        "e": "\\\ufffd",
        "f": "é",
    }


# Answers


def test_links_are_marked_by_their_bytes() -> None:
    text = "Sorry – ring us: https://northvale.example/pals, or (see http://a.example/b(c))."
    record = wire.reply_record(text, {}, NOW)
    found = [
        text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in record["facets"]
    ]
    assert found == ["https://northvale.example/pals", "http://a.example/b(c))"]
    assert [facet["features"][0]["uri"] for facet in record["facets"]] == found
    assert record["createdAt"] == "2026-11-25T09:00:00.000Z"
    assert "facets" not in wire.reply_record("no link", {}, NOW)


def test_an_answer_refers_to_the_first_post_of_the_conversation() -> None:
    own = {"uri": view()["uri"], "cid": "bafyone"}
    assert wire.reply_ref(view()) == {"root": own, "parent": own}
    root = {"uri": "at://did:plc:two/app.bsky.feed.post/3k", "cid": "bafytwo", "$type": "x"}
    deeper = view(record={"reply": {"root": root, "parent": root}})
    assert wire.reply_ref(deeper) == {"root": {"uri": root["uri"], "cid": "bafytwo"}, "parent": own}


def test_a_record_key_follows_from_the_attempt_alone_and_tells_its_time() -> None:
    made = tid.tid_of(KEY)
    assert made == tid.tid_of(KEY)
    assert len(made) == 13
    assert made[0] in "234567abcdefghij"
    number = 0
    for letter in made:
        number = number << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(letter)
    assert (number >> 10) // 1000 == int(KEY[:12], 16)
    assert tid.made_at(KEY) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(KEY[:12], 16))
    assert made != tid.tid_of(KEY[:-1] + "0")


@pytest.mark.parametrize("key", ["k1", "", "f" * 32, "0193A1B2C3D4" + "5" * 20, "\ud800"])
def test_a_key_that_tells_no_time_makes_a_record_key_all_the_same(key: str) -> None:
    assert tid.made_at(key) is None
    assert len(tid.tid_of(key)) == 13
    assert tid.tid_of(key)[0] in "234567abcdefghij"


def test_later_attempts_have_later_record_keys() -> None:
    keys = [f"{moment:012x}" + "9" * 20 for moment in range(1_790_000_000_000, 1_790_000_000_050)]
    made = [tid.tid_of(key) for key in keys]
    assert made == sorted(made)


# Refusals


@pytest.mark.parametrize(
    ("status", "word", "means"),
    [
        (400, "ExpiredToken", Throttled),
        (400, "InvalidRequest", Refused),
        (401, "AuthMissing", CredentialsRefused),
        (400, "AccountTakedown", CredentialsRefused),
        (402, "", NotEntitled),
        (403, "", Refused),
        (413, "", Refused),
        (429, "RateLimitExceeded", Throttled),
        (408, "", OutcomeUnknown),
        (500, "InternalServerError", OutcomeUnknown),
        (502, "", OutcomeUnknown),
        (301, "", OutcomeUnknown),
    ],
)
def test_a_refused_write_is_certain_or_unknown(status: int, word: str, means: type[ChannelError]) -> None:
    assert isinstance(explain_write(Refusal(status, word, {}), NOW), means)


@pytest.mark.parametrize(
    ("status", "word", "means"),
    [
        (403, "", NotEntitled),
        (404, "", BadAnswer),
        (501, "MethodNotImplemented", NotEntitled),
        (404, "XRPCNotSupported", NotEntitled),
        (408, "", Transient),
        (502, "UpstreamFailure", Transient),
        (400, "InvalidRequest", NotEntitled),
    ],
)
def test_a_refused_read_has_its_class(status: int, word: str, means: type[ChannelError]) -> None:
    assert isinstance(explain_read(Refusal(status, word, {}), NOW), means)


def test_a_refused_page_in_mid_walk_blames_the_cursor() -> None:
    assert isinstance(explain_read(Refusal(400, "InvalidRequest", {}), NOW, in_walk=True), CursorRefused)


@pytest.mark.parametrize(
    ("status", "word", "means"),
    [(401, "AuthenticationRequired", CredentialsRefused), (403, "", NotEntitled), (502, "", Transient)],
)
def test_a_refused_login_has_its_class(status: int, word: str, means: type[ChannelError]) -> None:
    assert isinstance(explain_login(Refusal(status, word, {}), NOW), means)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"Retry-After": "30", "ratelimit-reset": "9"}, 30),
        ({"ratelimit-reset": "9" * 11}, 86_400),
        ({"ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_what_the_headers_say(headers: dict[str, str], seconds: int | None) -> None:
    until = explain_read(Refusal(429, "", headers), NOW).until
    assert (until - NOW if until else None) == (timedelta(seconds=seconds) if seconds is not None else None)


# Queries


def test_a_watch_becomes_one_search_a_word() -> None:
    watch = Watch(
        "w",
        ('St "Bride\'s"', "#lifts", " "),
        ("@northvale.example", "@other.example"),
        ("FC",),
        (),
        ("#a", "lifts"),
    )
    asked = [query.q for query in walks.queries_of(watch, "@Northvale.example")]
    assert asked == ['"St Bride\'s"', "#a", "#lifts", "@other.example"]
