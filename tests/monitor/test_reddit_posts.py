"""What a post of Reddit holds, who may answer it, and how it is looked up, through praw against a loopback Reddit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.channel import NotEntitled, RawPost, ReplyWay, Watch
from monitor.wire import reddit as wire
from tests.peers.reddit_peer import US, RedditPeer
from tests.support.channels import error_of, hear, reddit_channel, reddit_reader

WATCH = Watch("w", ("Northvale General",))


@pytest.fixture
def peer() -> Iterator[RedditPeer]:
    with RedditPeer() as peer:
        yield peer


def only_post(channel: Any) -> RawPost:
    (post,) = [post for page in hear(channel, {}, WATCH) for post in page.posts]
    return post


def test_a_submission_keeps_title_words_captions_and_what_it_passes_on(peer: RedditPeer) -> None:
    passed_on = {"crosspost_parent_list": [{"title": "passed on", "selftext": "from elsewhere"}]}
    gallery = {
        "gallery_data": {"items": [{"media_id": "a", "caption": "a full corridor"}, {"media_id": "b"}]},
        "media_metadata": {
            "a": {"s": {"u": "https://i.example/a.jpg?x=1&amp;y=2"}},
            "b": {"status": "failed"},
        },
    }
    name = peer.add("words & more", "Northvale General", author="invented", extra={**passed_on, **gallery})
    post = only_post(reddit_reader(peer))
    assert (post.title, post.text) == ("Northvale General", "words & more")
    assert (post.quoted, post.alt_text) == ("passed on\nfrom elsewhere", "a full corridor")
    assert post.media == ("https://i.example/a.jpg?x=1&y=2",)
    assert (post.handle, post.author_id, post.conversation_id) == ("u/invented", "t2_invented", name)
    assert post.permalink.startswith("https://www.reddit.com/r/northvale/comments/")
    assert (post.warning, post.poll, post.revision, post.direct) == ("", (), "", False)


@pytest.mark.parametrize(
    ("extra", "field", "value"),
    [
        ({"over_18": True}, "warning", wire.ADULT),
        ({"over_18": True, "spoiler": True}, "warning", f"{wire.ADULT} {wire.SPOILER}"),
        ({"poll_data": {"options": [{"text": "yes"}, {"text": "no"}]}}, "poll", ("yes", "no")),
        ({"edited": 1795000000.0}, "revision", "1795000000"),
        ({"edited": True}, "revision", "edited"),
        ({"edited": False}, "revision", ""),
        ({"url_overridden_by_dest": "https://news.example/a"}, "media", ("https://news.example/a",)),
        ({"url_overridden_by_dest": "javascript:alert(1)"}, "media", ()),
        (
            {"preview": {"images": [{"source": {"url": "https://p.example/1"}}]}},
            "media",
            ("https://p.example/1",),
        ),
    ],
)
def test_warnings_polls_edits_and_pictures_come_along(
    peer: RedditPeer, extra: dict[str, Any], field: str, value: object
) -> None:
    peer.add("words", "Northvale General", extra=extra)
    assert getattr(only_post(reddit_reader(peer)), field) == value


@pytest.mark.parametrize(
    ("words", "direct"),
    [
        (f"ask u/{US}!", True),
        (f"/u/{US.upper()} hello", True),
        (f"u/{US}-fans", False),
        ("u/somebody", False),
    ],
)
def test_a_submission_that_names_us_is_addressed_to_us(peer: RedditPeer, words: str, direct: bool) -> None:
    peer.add(words, "Northvale General")
    assert only_post(reddit_channel(peer)).direct is direct


# Whether it can be answered


@pytest.mark.parametrize(
    ("more", "way", "why"),
    [
        ({}, ReplyWay.API, wire.OPEN),
        ({"locked": True}, ReplyWay.FORBIDDEN, wire.LOCKED),
        ({"archived": True}, ReplyWay.FORBIDDEN, wire.ARCHIVED),
        ({"extra": {"user_is_banned": True}}, ReplyWay.FORBIDDEN, wire.BANNED),
    ],
)
def test_who_may_answer_is_told_in_plain_words(
    peer: RedditPeer, more: dict[str, Any], way: ReplyWay, why: str
) -> None:
    target = peer.add("a", "Northvale General", **more)
    for post in (only_post(reddit_channel(peer)), reddit_channel(peer).look_up([target])[0].post):
        assert (post.capability.way, post.capability.reason) == (way, why)


def test_without_an_account_every_answer_is_by_hand_and_no_request_is_made(peer: RedditPeer) -> None:
    target = peer.add("a", "Northvale General")
    reader = reddit_reader(peer)
    assert only_post(reader).capability.way is ReplyWay.HANDOFF
    assert not reader.capabilities.can_reply
    assert isinstance(error_of(lambda: reader.reply(target, "words", key="k")), NotEntitled)
    assert peer.count("POST", "/api/comment") == 0


# Threads and look-ups


def test_a_deep_thread_comes_flat_oldest_first_without_deleted_comments(peer: RedditPeer) -> None:
    root = peer.add("root", "Northvale General", at=peer.now() - 900)
    chain = [root]
    for depth in range(60):
        chain.append(peer.add(f"depth {depth}", parent=chain[-1], at=peer.now() - 800 + depth))
    ours = peer.add("our answer", parent=chain[30], author=US, at=peer.now())
    peer.delete(chain[5])
    posts = reddit_channel(peer).thread(chain[40])
    assert [post.external_id for post in posts] == [*chain[:5], *chain[6:], ours]
    assert [post.external_id for post in posts if post.ours] == [ours]
    assert {post.conversation_id for post in posts} == {root}


def test_a_removed_post_is_gone_as_removed_and_an_unknown_one_as_not_found(peer: RedditPeer) -> None:
    removed, comment = peer.add("a", "Northvale General"), peer.add("b", "Northvale General")
    comment = peer.add("c", parent=comment)
    for name in (removed, comment):
        peer.remove(name)
    found = reddit_channel(peer).look_up([removed, comment, "t3_zzzzzz", "../api/v1/me"])
    assert [lookup.gone for lookup in found] == ["removed", "removed", "not found", "not found"]
