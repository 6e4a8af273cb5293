"""Care Opinion: heard by its read-only API with days read again each time, answered on its own site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Cursor,
    NotEntitled,
    Page,
    RawPost,
    ReplyWay,
    Throttled,
    Watch,
)
from monitor.channels.careopinion import CareOpinionChannel, CareOpinionCredentials
from tests.contracts.worlds import QUICK
from tests.peers import loopback
from tests.peers.careopinion_peer import CareOpinionPeer, credentials

WATCH = Watch("stories", ())
LIST = "GET /api/v2/opinions"


@pytest.fixture
def peer() -> Iterator[CareOpinionPeer]:
    with CareOpinionPeer(posts=4) as peer:
        yield peer


def channel_at(peer: CareOpinionPeer, keys: CareOpinionCredentials | None = None) -> CareOpinionChannel:
    return CareOpinionChannel(
        keys or credentials(),
        base_url=peer.url,
        clock=lambda: datetime.now(UTC),
        limits=QUICK,
        pause=lambda _seconds: None,
    )


@pytest.fixture
def channel(peer: CareOpinionPeer) -> CareOpinionChannel:
    return channel_at(peer)


def hear(channel: CareOpinionChannel, cursor: Cursor) -> tuple[list[RawPost], Cursor, list[Page]]:
    posts: list[RawPost] = []
    pages: list[Page] = []
    for _ in range(50):
        page = channel.fetch(WATCH, cursor)
        pages.append(page)
        posts += page.posts
        cursor = page.cursor
        if not page.more:
            return posts, cursor, pages
    raise AssertionError("a walk that does not end")


def failure(channel: CareOpinionChannel) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.fetch(WATCH, {})
    assert caught.value.__context__ is None
    return caught.value


def test_stories_come_with_both_spellings_of_links_and_are_answered_on_the_site(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    posts, _, _ = hear(channel, {})
    assert {post.permalink for post in posts} == {f"{peer.url}/opinions/{post.external_id}" for post in posts}
    assert all(post.direct and post.capability.way is ReplyWay.HANDOFF for post in posts)
    assert posts[0].title == "Story 0 about Northvale General"
    assert posts[0].text == "The lifts were out again."


def test_a_story_that_is_published_days_after_it_was_sent_in_is_heard(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    _, cursor, _ = hear(channel, {})
    now = datetime.now(UTC)
    late = peer.add("Held back for a while", at=now, submitted=now - timedelta(days=5))
    assert [post.external_id for post in hear(channel, cursor)[0]] == [late]


def test_a_story_that_moves_the_others_along_the_list_hides_none(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    for number in range(220):
        peer.add(f"More {number}")
    first = channel.fetch(WATCH, {})
    gone = first.posts[0].external_id
    peer.delete(gone)  # everything behind it moves up by one place
    rest, cursor, _ = hear(channel, first.cursor)
    again, _, _ = hear(channel, cursor)
    heard = [post.external_id for post in [*first.posts, *rest, *again]]
    live = {str(story.id) for story in peer.stories.values() if story.state == "live"}
    assert set(heard) - {gone} == live
    assert len(heard) == len(set(heard))


def test_a_wrong_key_is_a_matter_of_credentials_though_it_is_answered_with_a_login_page(
    peer: CareOpinionPeer,
) -> None:
    assert isinstance(failure(channel_at(peer, CareOpinionCredentials("SECRET-other"))), CredentialsRefused)


def test_a_page_of_html_is_a_bad_answer(peer: CareOpinionPeer, channel: CareOpinionChannel) -> None:
    peer.faults.add(LIST, loopback.html200())
    assert isinstance(failure(channel), BadAnswer)


def test_throttling_is_told_in_seconds_since_1970(peer: CareOpinionPeer, channel: CareOpinionChannel) -> None:
    until = int(datetime.now(UTC).timestamp()) + 90
    peer.faults.add(LIST, loopback.throttle({"X-RateLimit-Reset": str(until)}))
    error = failure(channel)
    assert isinstance(error, Throttled)
    assert error.until == datetime.fromtimestamp(until, UTC)


def test_entries_of_another_shape_are_set_aside_and_the_rest_is_heard(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    peer.odd = ["words", {"id": None}, {"id": 7, "title": 3, "dateOfPublication": "yesterday"}, None]
    posts, _, pages = hear(channel, {})
    assert len(posts) == 4
    assert sum(len(page.unread) for page in pages) > 0


def test_our_response_is_found_on_the_story_by_its_words(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    story = hear(channel, {})[0][0].external_id
    assert channel.find_reply(story, "Thank you for telling us.", key="k") is None
    peer.respond(story, "Thank you  for telling us.")
    found = channel.find_reply(story, "Thank you for telling us.", key="k")
    assert found is not None
    assert story in found.url


def test_a_deleted_story_is_gone_and_nothing_can_be_posted_from_here(
    peer: CareOpinionPeer, channel: CareOpinionChannel
) -> None:
    story = hear(channel, {})[0][0].external_id
    peer.delete(story)
    (found,) = channel.look_up([story])
    assert (found.post, found.gone) == (None, "deleted")
    before = len(peer.seen)
    with pytest.raises(NotEntitled):
        channel.reply(story, "Thank you.", key="k")
    assert len(peer.seen) == before
