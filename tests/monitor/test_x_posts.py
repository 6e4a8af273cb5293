"""What a post of X holds, who may answer it, and how it is looked up, through tweepy against a loopback X."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.channel import BadAnswer, NotEntitled, RawPost, ReplyWay
from monitor.wire import x_answering as answering
from monitor.wire.x import SENSITIVE
from tests.peers import loopback
from tests.peers.x_peer import US_ID, XPeer, snowflake
from tests.support.channels import WATCH, error_of, hear, names, x_channel, x_reader

SEARCH = "/2/tweets/search/recent"


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer() as peer:
        yield peer


def only_post(channel: Any) -> RawPost:
    (post,) = [post for page in hear(channel, {}) for post in page.posts]
    return post


def test_escaped_text_is_unescaped_once(peer: XPeer) -> None:
    peer.add("Northvale General < 4 hours & they wrote &amp;lt;")
    assert only_post(x_channel(peer)).text == "Northvale General < 4 hours & they wrote &amp;lt;"


def test_a_long_post_is_read_in_full(peer: XPeer) -> None:
    words = "Northvale General " + "and then we waited & waited " * 20
    peer.add(words)
    assert only_post(x_channel(peer)).text == words


def test_an_edited_post_keeps_its_first_id_names_its_version_and_is_found_by_any(peer: XPeer) -> None:
    first = peer.add("Northvale General, tpyo", at=peer.now() - 600)
    assert only_post(x_channel(peer)).revision == ""
    second = peer.edit(first, "Northvale General, typo")
    post = only_post(x_channel(peer))
    assert (post.external_id, post.revision, post.text) == (first, second, "Northvale General, typo")
    found = x_channel(peer).look_up([second, first])
    assert [lookup.post and lookup.post.external_id for lookup in found] == [first, first]


def test_an_edit_is_heard_as_a_further_version_of_the_same_post(peer: XPeer) -> None:
    first = peer.add("Northvale General, tpyo", at=peer.now() - 600)
    pages = hear(x_channel(peer), {})
    second = peer.edit(first, "Northvale General, typo")
    again = [post for page in hear(x_channel(peer), pages[-1].cursor) for post in page.posts]
    assert [(post.external_id, post.revision) for post in again] == [(first, second)]


def test_author_language_picture_poll_warning_and_quoted_words_come_along(peer: XPeer) -> None:
    quoted = peer.add("the words that are quoted & more", author="1")
    peer.add(
        "Northvale General, see below",
        author="2",
        quoted=quoted,
        language="iw",
        alt_text="a full corridor",
        media_url="https://pictures.example/a.jpg?b=1&c=2",
        poll=["yes", "no & never"],
        extra={"possibly_sensitive": True},
    )
    post = only_post(x_channel(peer))
    assert (post.handle, post.display_name) == ("@invented_2", "Invented Person 2")
    assert post.quoted == "the words that are quoted & more"
    assert post.alt_text == "a full corridor"
    assert post.media == ("https://pictures.example/a.jpg?b=1&c=2",)
    assert post.poll == ("yes", "no & never")
    assert post.warning == SENSITIVE
    assert post.language == "he"
    assert post.permalink == f"https://x.com/invented_2/status/{post.external_id}"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/x", "https://a.example/\x1b[2J", 7])
def test_an_address_that_is_none_of_the_web_is_left_out(peer: XPeer, address: Any) -> None:
    peer.add("Northvale General", media_url=address)
    assert only_post(x_channel(peer)).media == ()


def test_a_network_that_renamed_its_fields_is_heard_without_a_stop() -> None:
    with XPeer(names="post") as peer:
        words = "Northvale General " + "& a long story " * 30
        quoted = peer.add("quoted", author=US_ID)
        first = peer.add(words, quoted=quoted, poll=["a", "b"], at=peer.now() - 60)
        channel = x_channel(peer)
        post = only_post(channel)
        assert (post.external_id, post.text, post.quoted, post.poll) == (first, words, "quoted", ("a", "b"))
        assert post.capability.way is ReplyWay.API
        assert post.direct
        asked = peer.count("GET", "/2/")
        hear(channel, {})
        assert peer.count("GET", "/2/") - asked == 2
        assert channel.reply(first, "words", key="k").external_id == peer.replies()[0].id


# Whether it can be answered


def test_only_a_post_that_mentions_or_quotes_us_can_be_answered_from_here(peer: XPeer) -> None:
    ours = peer.add("Our news", author=US_ID)
    mention = peer.add("@northvalenhs thank you")
    quote = peer.add("Northvale General again", quoted=ours)
    neither = peer.add("Northvale General again")
    posts = [post for page in hear(x_channel(peer), {}) for post in page.posts]
    ways = {post.external_id: post.capability.way for post in posts}
    assert ways == {mention: ReplyWay.API, quote: ReplyWay.API, neither: ReplyWay.HANDOFF}
    assert all("x.com" in post.capability.reason for post in posts if post.capability.way is ReplyWay.HANDOFF)
    assert {post.external_id for post in posts if post.direct} == {mention, quote}


@pytest.mark.parametrize(
    ("text", "extra", "way", "why"),
    [
        ("@NorthvaleNHS", {"reply_settings": "everyone"}, ReplyWay.API, answering.MENTIONED),
        ("@NorthvaleNHS", {"reply_settings": "mentionedUsers"}, ReplyWay.API, answering.MENTIONED),
        ("@NorthvaleNHS", {"reply_settings": "following"}, ReplyWay.API, answering.MENTIONED),
        ("", {"reply_settings": "mentionedUsers"}, ReplyWay.FORBIDDEN, answering.ONLY_MENTIONED),
        ("", {"reply_settings": "following"}, ReplyWay.HANDOFF, answering.ONLY_SOME),
        ("", {"reply_settings": "subscribers"}, ReplyWay.HANDOFF, answering.ONLY_SOME),
        ("", {"reply_settings": "something new"}, ReplyWay.HANDOFF, answering.ONLY_SOME),
        ("", {}, ReplyWay.HANDOFF, answering.NOT_MENTIONED),
        (
            "@NorthvaleNHS",
            {"withheld": {"copyright": False, "country_codes": ["FR", "GB"]}},
            ReplyWay.FORBIDDEN,
            answering.WITHHELD,
        ),
        ("@NorthvaleNHS", {"withheld": {"country_codes": ["FR"]}}, ReplyWay.API, answering.MENTIONED),
    ],
)
def test_who_may_answer_is_told_in_plain_words(
    peer: XPeer, text: str, extra: dict[str, Any], way: ReplyWay, why: str
) -> None:
    target = peer.add(f"Northvale General {text}", extra=extra)
    capability = x_channel(peer).look_up([target])[0].post.capability
    assert (capability.way, capability.reason) == (way, why)


def test_the_reply_settings_are_asked_for(peer: XPeer) -> None:
    asked: list[str] = []
    handle = peer.handle
    peer.handle = lambda request: asked.append(request.query.get("tweet.fields", "")) or handle(request)  # type: ignore[method-assign]
    hear(x_channel(peer), {})
    assert all("reply_settings" in fields and "possibly_sensitive" in fields for fields in asked)


def test_the_post_of_a_protected_author_is_left_to_a_person(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello", author="31")
    peer.protected.add("31")
    assert x_channel(peer).look_up([target])[0].post.capability.reason == answering.PROTECTED


def test_without_posting_keys_every_answer_is_by_hand_and_no_request_is_made(peer: XPeer) -> None:
    target = peer.add("@NorthvaleNHS hello")
    reader = x_channel(peer, access_token="")
    assert only_post(reader).capability.way is ReplyWay.HANDOFF
    assert not reader.capabilities.can_reply
    assert isinstance(error_of(lambda: reader.reply(target, "words", key="k")), NotEntitled)
    assert peer.count("POST", "/") == 0


def test_our_own_posts_are_not_heard_but_are_known_as_ours_in_a_thread(peer: XPeer) -> None:
    ours = peer.add("Northvale General is open", author=US_ID)
    answer = peer.add("Northvale General is not", replied_to=ours)
    assert names(hear(x_channel(peer), {})) == [answer]
    assert [(p.external_id, p.ours) for p in x_channel(peer).thread(answer)] == [
        (ours, True),
        (answer, False),
    ]


# Looking up


def test_a_protected_post_is_gone_as_protected(peer: XPeer) -> None:
    post = peer.add("Northvale General")
    peer.protect(post)
    assert x_channel(peer).look_up([post])[0].gone == "protected"


def test_a_post_that_the_answer_leaves_out_is_not_taken_for_gone(peer: XPeer) -> None:
    post = peer.add("Northvale General")
    peer.faults.add("GET /2/tweets", loopback.status(200, {"data": []}))
    assert isinstance(error_of(lambda: x_channel(peer).look_up([post])), BadAnswer)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "9" * 400},
        {"id": "9" * 5000},
        {"id": "-4"},
        {"created_at": "2026-11-23T09:00:00"},
        {"created_at": "9999-12-31T23:59:59-14:00"},
        {"created_at": 7},
        {"edit_history_tweet_ids": ["9" * 400]},
        {"attachments": {"media_keys": 3}},
        {"withheld": "everywhere"},
    ],
    ids=lambda odd: f"{next(iter(odd))}-{len(str(odd))}",
)
def test_an_item_with_something_in_it_that_cannot_be_is_set_aside_alone(
    peer: XPeer, odd: dict[str, object]
) -> None:
    good = {"id": str(snowflake(datetime.now(UTC).timestamp())), "text": "I waited long", "author_id": "7"}
    body = {"data": [good, {**good, **odd}], "meta": {"result_count": 2, "newest_id": good["id"]}}
    peer.faults.add(SEARCH, loopback.status(200, body))
    (page,) = hear(x_reader(peer), {}, WATCH)
    assert [post.external_id for post in page.posts] == [good["id"]]
    assert len(page.unread) == 1
