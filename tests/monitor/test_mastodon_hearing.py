"""Hearing on Mastodon, through Mastodon.py against `mastodon_mock` behind a door of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Cursor,
    Gone,
    NotEntitled,
    Page,
    RawPost,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels import kind
from monitor.channels.mastodon import MastodonChannel
from monitor.http import Limits
from monitor.wire import mastodon as wire
from tests.peers import loopback
from tests.peers.mastodon_peer import US, MastodonPeer, credentials

MENTIONS = Watch("w", ())
EVERYTHING = Watch(
    "w", ("Northvale General", "St Bride's"), ("@NorthvaleNHS", "@StBrides"), hashtags=("#Northvale",)
)
PATIENT = Limits(connect=2.0, read=5.0, whole=8.0)


@pytest.fixture(scope="module")
def shared() -> Iterator[MastodonPeer]:
    with MastodonPeer() as peer:
        yield peer


@pytest.fixture
def peer(shared: MastodonPeer) -> Iterator[MastodonPeer]:
    """One server for all tests of this file: each looks only at what it adds, from where the list then ends."""
    yield shared
    shared.faults.clear()
    shared.rewrite = lambda path, body: body


def now() -> datetime:
    return datetime.now(UTC)


def channel_of(peer: MastodonPeer, limits: Limits = PATIENT) -> MastodonChannel:
    return MastodonChannel(credentials(), server=peer.url, clock=now, handle="@" + US, limits=limits)


def hear(channel: MastodonChannel, cursor: Cursor, watch: Watch = MENTIONS) -> tuple[list[Page], Cursor]:
    pages = [channel.fetch(watch, cursor)]
    while pages[-1].more:
        pages.append(channel.fetch(watch, pages[-1].cursor))
    return pages, pages[-1].cursor


def posts_of(pages: list[Page]) -> list[RawPost]:
    return [post for page in pages for post in page.posts]


def new(peer: MastodonPeer, *texts: str, watch: Watch = MENTIONS, **more: Any) -> list[RawPost]:
    """What a listener that had heard everything hears after these posts."""
    channel = channel_of(peer)
    cursor = hear(channel, {}, watch)[1]
    for text in texts:
        peer.add(text, **more)
    return posts_of(hear(channel, cursor, watch)[0])


def error_of(page_or_error: Any) -> ChannelError:
    try:
        page = page_or_error()
    except ChannelError as error:
        return error
    assert page.trouble is not None
    return page.trouble.error


# Sources


def test_mentions_hashtags_and_each_term_are_walked_one_after_another(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {}, EVERYTHING)[1]
    tagged = peer.add("queues again #northvale")
    named = peer.add("the lifts at St Bride's are out")
    mentioned = peer.add("@NorthvaleNHS is anybody there?")
    pages, _ = hear(channel, cursor, EVERYTHING)
    heard = {page.source: [post.external_id for post in page.posts] for page in pages if page.posts}
    assert heard == {"mentions": [mentioned], "hashtag northvale": [tagged], "search for St Bride's": [named]}
    assert list(cursor["of"]) == ["mentions", "tag:northvale", *(
        f"search:{term}" for term in ("Northvale General", "St Bride's", "StBrides"))]  # fmt: skip


def test_only_a_mention_is_addressed_to_us(peer: MastodonPeer) -> None:
    told = {
        post.text: post.direct
        for post in new(peer, "@NorthvaleNHS hello", "hello #northvale", watch=EVERYTHING)
    }
    assert told == {"@NorthvaleNHS hello": True, "hello #northvale": False}


def test_a_mention_that_the_accounts_own_settings_hold_back_is_heard(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {})[1]
    held = peer.add("@NorthvaleNHS from a stranger")
    peer.hold_back(held)
    assert [post.external_id for post in posts_of(hear(channel, cursor)[0])] == [held]


def test_one_source_that_fails_never_stops_the_others(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {}, EVERYTHING)[1]
    peer.add("@NorthvaleNHS hello again")
    peer.faults.add("GET /api/v1/timelines/tag", loopback.status(500))
    pages, _ = hear(channel, cursor, EVERYTHING)
    troubles = [page.trouble for page in pages if page.trouble]
    assert [(one.source, type(one.error)) for one in troubles] == [("hashtag northvale", Transient)]
    assert [post.text for post in posts_of(pages)] == ["@NorthvaleNHS hello again"]


def test_nothing_is_asked_behind_our_back(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    before = len(peer.seen)
    pages, _ = hear(channel, {}, EVERYTHING)
    asked = peer.seen[before:]
    assert len(asked) == len(pages) + 1
    assert channel.spent().calls == len(asked)
    assert not [path for _, path in asked if "instance" in path]


def test_what_was_asked_is_recorded_without_words_of_posts(peer: MastodonPeer) -> None:
    pages, _ = hear(channel_of(peer), {}, EVERYTHING)
    assert {page.asked["source"] for page in pages} == {
        "mentions", "tag:northvale", "search:Northvale General", "search:St Bride's", "search:StBrides"
    }  # fmt: skip


def test_a_post_that_reaches_the_server_late_is_heard(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    first = int(peer.add("before #northvale"))
    peer.add_many([f"after {n} #northvale" for n in range(3)])
    cursor = hear(channel, {}, EVERYTHING)[1]
    late = peer.add("came from a slow server #northvale", status_id=first + 1)
    assert [post.external_id for post in posts_of(hear(channel, cursor, EVERYTHING)[0])] == [late]


def test_an_edited_post_is_heard_again_as_another_revision(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    name = peer.add("@NorthvaleNHS first words")
    cursor = hear(channel, {})[1]
    peer.edit(name, "@NorthvaleNHS better words")
    (heard,) = posts_of(hear(channel, cursor)[0])
    assert (heard.external_id, heard.text) == (name, "@NorthvaleNHS better words")
    assert heard.revision
    assert channel.look_up([name])[0].post == heard


def test_warnings_polls_pictures_quotes_and_languages_survive(peer: MastodonPeer) -> None:
    quoted = peer.add("what she said")
    (heard,) = new(
        peer, "@NorthvaleNHS look", spoiler_text="waiting", poll=("yes", "no"), alt_text="a full corridor",
        quoted=quoted, language="cy",
    )  # fmt: skip
    assert (heard.warning, heard.poll, heard.language) == ("waiting", ("yes", "no"), "cy")
    assert (heard.alt_text, heard.quoted) == ("a full corridor", "what she said")
    assert heard.media[0].startswith("https://")


def test_a_private_mention_can_be_answered_and_says_who_will_see_it(peer: MastodonPeer) -> None:
    (heard,) = new(peer, "@NorthvaleNHS just for you", visibility="direct")
    assert (heard.capability.way, heard.capability.reason) == (ReplyWay.API, wire.NARROW)


def test_the_mentions_of_another_server_keep_their_whole_address(peer: MastodonPeer) -> None:
    (heard,) = new(peer, "@NorthvaleNHS hello", author="ann@town.example")
    assert heard.handle == "@ann@town.example"


# Conversations


def test_an_answer_far_down_belongs_to_the_conversation_of_its_first_post(peer: MastodonPeer) -> None:
    root = last = peer.add("the first post, about nothing")
    for n in range(4):
        last = peer.add(f"and {n}", replied_to=last)
    (heard,) = new(peer, "@NorthvaleNHS what do you say?", replied_to=last)
    assert (heard.conversation_id, heard.in_reply_to) == (root, last)


def test_a_server_that_gives_no_batches_still_lets_the_post_be_heard(peer: MastodonPeer) -> None:
    parent = peer.add("something older")
    peer.faults.add("GET /api/v1/statuses", loopback.status(404), times=9)
    (heard,) = new(peer, "@NorthvaleNHS and now?", replied_to=parent)
    assert heard.conversation_id == parent


def test_posts_are_looked_up_one_by_one_where_there_are_no_batches(peer: MastodonPeer) -> None:
    names = peer.add_many(["one", "two"])
    gone = peer.add("three")
    peer.delete(gone)
    peer.rewrite = lambda path, body: {"error": "x"} if path == "/api/v1/statuses" else body
    found = channel_of(peer).look_up([*names, gone])
    assert [(one.external_id, one.gone, one.post is None) for one in found] == [
        (names[0], "", False), (names[1], "", False), (gone, "deleted", True),
    ]  # fmt: skip


# Hostile and broken


BAD_ITEMS: list[Any] = [
    None,
    7,
    "x",
    [],
    {},
    {"id": "../x"},
    {"type": "mention"},
    {"id": "9" * 400, "type": "mention"},
]


def test_items_that_cannot_be_read_are_set_aside_and_the_page_stands(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {})[1]
    name = peer.add("@NorthvaleNHS still heard")
    bad = {
        "id": "99999999999999",
        "type": "mention",
        "status": {"id": "1", "content": None, "mark": "keep me"},
    }

    def spoil(path: str, body: Any) -> Any:
        fresh = isinstance(body, list) and any(one["status"]["id"] == name for one in body)
        return [*BAD_ITEMS, bad, *body] if path.endswith("/notifications") and fresh else body

    peer.rewrite = spoil
    pages, _ = hear(channel, cursor)
    assert [post.external_id for post in posts_of(pages)] == [name]
    unread = [item for page in pages for item in page.unread]
    assert len(unread) == len(BAD_ITEMS) + 1
    assert json.loads(unread[-1].body)["mark"] == "keep me"


@pytest.mark.parametrize(
    ("effect", "wanted"),
    [
        (loopback.status(401, {"error": "The access token is invalid"}), CredentialsRefused),
        (loopback.status(403, {"error": "This action is outside the authorized scopes"}), NotEntitled),
        (loopback.status(404, {"error": "Record not found"}), Gone),
        (loopback.status(410), Gone),
        (loopback.throttle(), Throttled),
        (loopback.status(500), Transient),
        (loopback.status(503, "<html>busy</html>"), Transient),
        (loopback.status(302, "", {"location": "https://elsewhere.example/"}), BadAnswer),
        (loopback.cut_before(), Transient),
        (loopback.cut_body(), Transient),
        (loopback.html200(), BadAnswer),
    ],
)
def test_each_failure_of_a_read_means_one_thing_and_nothing_is_lost(
    peer: MastodonPeer, effect: loopback.Effect, wanted: type[ChannelError]
) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {})[1]
    name = peer.add("@NorthvaleNHS once more")
    peer.faults.add("GET /api/v1/notifications", effect)
    error = error_of(lambda: channel.fetch(MENTIONS, cursor))
    assert type(error) is wanted
    assert error.__context__ is None
    assert error.__cause__ is None
    assert [post.external_id for post in posts_of(hear(channel, cursor)[0])] == [name]


@pytest.mark.parametrize("body", [{"error": "odd"}, {}, "text", 7, None, {"statuses": []}])
def test_json_of_another_shape_is_a_bad_answer(peer: MastodonPeer, body: Any) -> None:
    peer.faults.add("GET /api/v1/notifications", loopback.status(200, body))
    assert isinstance(error_of(lambda: channel_of(peer).fetch(MENTIONS, {})), BadAnswer)


def test_a_cursor_that_the_server_refuses_is_begun_again_at_once(peer: MastodonPeer) -> None:
    channel = channel_of(peer)
    cursor = hear(channel, {})[1]
    name = peer.add("@NorthvaleNHS after a refusal")
    peer.faults.add("GET /api/v1/notifications", loopback.status(422, {"error": "Validation failed"}))
    heard = [post.external_id for post in posts_of(hear(channel, cursor)[0])]
    assert heard.count(name) == 1


@pytest.mark.parametrize("effect", [loopback.slow(3.0), loopback.drip_headers(0.05)], ids=["slow", "headers"])
def test_a_server_that_does_not_finish_does_not_hold_a_walk(
    peer: MastodonPeer, effect: loopback.Effect
) -> None:
    channel = channel_of(peer, Limits(connect=2.0, read=1.0, whole=2.0))
    peer.faults.add("GET /api/v1/accounts/verify_credentials", effect)
    assert isinstance(error_of(lambda: channel.fetch(MENTIONS, {})), Transient)


def test_a_rate_limit_header_that_cannot_be_read_stops_nothing(peer: MastodonPeer) -> None:
    headers = {"x-ratelimit-reset": "the day after tomorrow", "x-ratelimit-remaining": "few"}
    peer.faults.add("GET /api/v1/notifications", loopback.status(200, [], headers))
    assert channel_of(peer).fetch(MENTIONS, {}).trouble is None


def test_it_is_found_under_its_name_and_says_that_each_server_is_its_own() -> None:
    found = kind("mastodon")
    assert (found.title, found.servers, found.credentials.__name__) == (
        "Mastodon",
        "server",
        "MastodonCredentials",
    )
    assert "SECRET" not in repr(credentials())
