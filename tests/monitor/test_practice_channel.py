"""The practice channel keeps the promises of `monitor.channel.Channel`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.channel import (
    Channel,
    CursorRefused,
    Gone,
    OutcomeUnknown,
    RawPost,
    Refused,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels.practice import PAGE, PracticeChannel, build
from monitor.practice.loading import load

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
WATCH = Watch(name="everything", terms=("Northvale",))


class Time:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def channel(time: Time) -> PracticeChannel:
    return build(time, visible_at_once=True)


def walk(channel: Channel, cursor: dict[str, object]) -> tuple[list[RawPost], dict[str, object]]:
    posts: list[RawPost] = []
    while True:
        page = channel.fetch(WATCH, cursor)
        posts += page.posts
        cursor = dict(page.cursor)
        if not page.more:
            return posts, cursor


def ids(posts: list[RawPost]) -> list[str]:
    return [post.external_id for post in posts]


def test_every_post_is_heard_once_and_our_own_are_not(channel: PracticeChannel) -> None:
    posts, _ = walk(channel, {})
    assert ids(posts) == [post.id for post in load().posts if post.author.handle != "@NorthvaleNHS"]


def test_a_page_holds_at_most_twenty_and_says_that_more_is_waiting(channel: PracticeChannel) -> None:
    page = channel.fetch(WATCH, {})
    assert 0 < len(page.posts) <= PAGE
    assert page.more
    assert page.cursor == {"after": PAGE}
    assert page.complete


def test_an_interrupted_walk_goes_on_from_its_cursor(channel: PracticeChannel) -> None:
    whole, _ = walk(channel, {})
    first = channel.fetch(WATCH, {})
    rest, _ = walk(channel, dict(first.cursor))
    assert ids([*first.posts, *rest]) == ids(whole)


def test_posts_that_arrive_later_are_heard_later(time: Time) -> None:
    channel = build(time)
    early, cursor = walk(channel, {})
    assert walk(channel, cursor) == ([], cursor)
    time.pass_(600)
    late, _ = walk(channel, cursor)
    assert late
    assert not set(ids(early)) & set(ids(late))


@pytest.mark.parametrize("cursor", [{"after": 100_000}, {"after": -1}, {"after": "3"}, {"after": True}])
def test_a_cursor_that_makes_no_sense_is_refused_and_listening_can_start_again(
    channel: PracticeChannel, cursor: dict[str, object]
) -> None:
    with pytest.raises(CursorRefused):
        channel.fetch(WATCH, cursor)
    assert channel.fetch(WATCH, channel.restart(WATCH, cursor)).posts


def test_a_thread_comes_oldest_first_with_our_own_post_in_it(channel: PracticeChannel) -> None:
    thread = channel.thread("busy-six-hours")
    assert ids(list(thread)) == ["ours-busy", "busy-gasping", "busy-six-hours"]
    assert [post.ours for post in thread] == [True, False, False]
    assert {post.conversation_id for post in thread} == {"ours-busy"}


def test_a_deleted_post_is_said_to_be_gone(channel: PracticeChannel, time: Time) -> None:
    time.pass_(1000)
    gone, there, never = channel.look_up(["night-staff-whisper", "car-park-card", "no-such-post"])
    assert (gone.post, gone.gone) == (None, "deleted")
    assert there.post is not None
    assert (never.post, never.gone) == (None, "not found")
    with pytest.raises(Gone):
        channel.thread("night-staff-whisper")
    with pytest.raises(Gone):
        channel.reply("night-staff-whisper", "hello", key="k1")


def test_an_edited_post_is_looked_up_with_its_new_words(channel: PracticeChannel, time: Time) -> None:
    (before,) = channel.look_up(["edit-sunday-letter"])
    time.pass_(1000)
    (after,) = channel.look_up(["edit-sunday-letter"])
    assert before.post is not None
    assert after.post is not None
    assert before.post.text != after.post.text


@pytest.mark.parametrize(
    ("post_id", "way"),
    [
        ("car-park-card", ReplyWay.API),
        ("limited-stoma", ReplyWay.HANDOFF),
        ("locked-forum-reply", ReplyWay.FORBIDDEN),
    ],
)
def test_a_post_says_how_it_can_be_answered(channel: PracticeChannel, post_id: str, way: ReplyWay) -> None:
    (found,) = channel.look_up([post_id])
    assert found.post is not None
    assert found.post.capability.way is way
    assert found.post.capability.reason


@pytest.mark.parametrize("post_id", ["limited-stoma", "locked-forum-reply"])
def test_a_post_that_cannot_be_answered_refuses_a_reply(channel: PracticeChannel, post_id: str) -> None:
    with pytest.raises(Refused):
        channel.reply(post_id, "hello", key="k1")
    assert not channel.network.replies()


def test_a_reply_appears_once_and_is_read_back(channel: PracticeChannel) -> None:
    assert channel.find_reply("car-park-card", "sorry", key="k1") is None
    sent = channel.reply("car-park-card", "sorry", key="k1")
    assert channel.reply("car-park-card", "sorry", key="k1") == sent
    assert channel.find_reply("car-park-card", "sorry", key="k1") == sent
    posted = [post for post in channel.thread("car-park-card") if post.ours]
    assert [(post.external_id, post.text) for post in posted] == [(sent.external_id, "sorry")]
    assert sent.external_id not in ids(walk(channel, {})[0])


def test_a_lost_answer_is_an_unknown_outcome_and_exactly_one_reply(channel: PracticeChannel) -> None:
    channel.network.fail_next("lost_answer")
    with pytest.raises(OutcomeUnknown):
        channel.reply("car-park-card", "sorry", key="k1")
    (posted,) = channel.network.replies()
    found = channel.find_reply("car-park-card", "sorry", key="k1")
    assert found is not None
    assert found.external_id == posted.id


def test_refused_and_throttled_are_told_apart(channel: PracticeChannel) -> None:
    channel.network.fail_next("refused")
    channel.network.fail_next("throttled")
    with pytest.raises(Refused):
        channel.reply("car-park-card", "sorry", key="k1")
    with pytest.raises(Throttled) as throttled:
        channel.reply("car-park-card", "sorry", key="k1")
    assert throttled.value.until == START + timedelta(seconds=60)
    assert not channel.network.replies()


def test_a_read_that_fails_leaves_the_cursor_good(channel: PracticeChannel) -> None:
    channel.network.fail_next("unreachable", "listen")
    channel.network.fail_next("throttled", "listen")
    with pytest.raises(Transient):
        channel.fetch(WATCH, {})
    with pytest.raises(Throttled):
        channel.fetch(WATCH, {})
    assert channel.fetch(WATCH, {}).posts


def test_the_authors_answer_is_heard_as_a_new_post_of_the_same_conversation(
    channel: PracticeChannel, time: Time
) -> None:
    _, cursor = walk(channel, {})
    channel.reply("derek-gate-b", "It is the side door.", key="k1")
    time.pass_(60)
    (answer,) = walk(channel, cursor)[0]
    assert (answer.conversation_id, answer.author_id) == ("derek-gate-b", "derek_t_1939")


def test_a_restarted_listener_finds_the_same_network(time: Time, tmp_path: Path) -> None:
    state = tmp_path / "practice.jsonl"
    first = build(time, state=state)
    sent = first.reply("car-park-card", "sorry", key="k1")
    time.pass_(300)
    again = build(time, state=state)
    assert again.network.started_at == START
    assert again.find_reply("car-park-card", "sorry", key="k1") == sent
    assert ids(walk(again, {})[0]) == ids(walk(first, {})[0])


def test_no_words_of_a_post_reach_a_repr_or_an_error(channel: PracticeChannel) -> None:
    posts, _ = walk(channel, {})
    shown = repr(channel.fetch(WATCH, {})) + repr(posts) + repr(channel.network.script)
    assert "swallowed my card" not in shown
    channel.network.fail_next("lost_answer")
    with pytest.raises(OutcomeUnknown) as lost:
        channel.reply("car-park-card", "our very words", key="k1")
    assert "our very words" not in repr(lost.value)
    assert "our very words" not in repr(channel.network.replies())
    assert lost.value.__cause__ is None


def test_the_channel_says_what_it_can_do(channel: PracticeChannel) -> None:
    able = channel.capabilities
    assert (able.name, able.title, able.idempotent) == ("practice", "Practice network", True)
    assert (able.can_reply, able.longest_reply) == (True, 500)


def test_it_keeps_the_protocol(channel: PracticeChannel) -> None:
    kept: Channel = channel
    assert kept is channel
