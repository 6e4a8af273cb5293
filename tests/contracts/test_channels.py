"""What every channel promises, asked of each one through its real client library and a server of ours.

A channel that is not in the tree is skipped, and says so. Broken HTTP is asked only of those that speak it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.channel import (
    BadAnswer,
    Capabilities,
    Channel,
    ChannelError,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    Refused,
    ReplyWay,
    Throttled,
    Transient,
)
from monitor.spending import NOTHING
from tests.contracts.worlds import SECRETS, WORLDS, World, answerable, hear, walk

WORDS = "Thank you for telling us & sorry. Please ring us: https://northvale.example/pals"


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield WORLDS[request.param](stack, tmp_path)


@pytest.fixture
def channel(world: World) -> Channel:
    return world.channel()


@pytest.fixture
def http_world(world: World) -> World:
    if not world.over_http:
        pytest.skip("this channel speaks no HTTP")
    return world


@pytest.fixture
def can_reply(channel: Channel) -> None:
    if not channel.capabilities.can_reply:
        pytest.skip("this network is answered on its own site")


@pytest.fixture
def can_look_up(channel: Channel) -> None:
    if not channel.capabilities.looks_up:
        pytest.skip("this network cannot be asked for a post again")


def error_of(call: Callable[[], object]) -> ChannelError:
    """What went wrong: raised, or told as the trouble of one source while the others go on."""
    try:
        result = call()
    except ChannelError as error:
        return error
    trouble = getattr(result, "trouble", None)
    assert trouble is not None, "nothing went wrong"
    return trouble.error


# Hearing


def test_every_post_is_heard_exactly_once_over_many_pages(world: World, channel: Channel) -> None:
    pages = list(walk(channel, {}, world.watch))
    heard = [post.external_id for page in pages for post in page.posts]
    assert len(pages) > 2
    assert sorted(heard) == sorted(world.live())
    assert all(page.complete and not page.gap for page in pages)


def test_a_second_walk_with_nothing_new_hears_nothing(world: World, channel: Channel) -> None:
    _, cursor = hear(channel, {}, world.watch)
    assert hear(channel, cursor, world.watch)[0] == []


@pytest.mark.parametrize("pages_before", [1, 2])
def test_an_interrupted_walk_goes_on_in_another_process_and_loses_and_doubles_none(
    world: World, channel: Channel, pages_before: int
) -> None:
    posts, cursor = [], {}
    for _, page in zip(range(pages_before), walk(channel, {}, world.watch), strict=False):
        posts += page.posts
        cursor = dict(page.cursor)
    rest, _ = hear(world.channel(), cursor, world.watch)
    assert sorted(post.external_id for post in [*posts, *rest]) == sorted(world.live())


def test_posts_that_arrive_during_a_walk_are_heard_by_its_end_or_next_time(
    world: World, channel: Channel
) -> None:
    first = channel.fetch(world.watch, {})
    late = world.arrive(3)
    rest, cursor = hear(channel, first.cursor, world.watch)
    again, _ = hear(channel, cursor, world.watch)
    heard = [post.external_id for post in [*first.posts, *rest, *again]]
    assert len(late) == 3
    assert sorted(heard) == sorted(world.live())


def test_a_page_that_failed_can_be_asked_for_again_from_the_same_cursor(
    world: World, channel: Channel
) -> None:
    first = channel.fetch(world.watch, {})
    world.spoil_read(channel, "unreachable")
    assert isinstance(error_of(lambda: channel.fetch(world.watch, first.cursor)), Transient)
    rest, _ = hear(channel, first.cursor, world.watch)
    heard = [post.external_id for post in [*first.posts, *rest]]
    assert sorted(heard) == sorted(world.live())


def test_a_cursor_is_plain_json(world: World, channel: Channel) -> None:
    for page in walk(channel, {}, world.watch):
        assert json.loads(json.dumps(page.cursor)) == page.cursor
        assert json.loads(json.dumps(page.asked)) == page.asked


def test_starting_again_hears_what_the_network_still_has(world: World, channel: Channel) -> None:
    _, cursor = hear(channel, {}, world.watch)
    late = world.arrive(2)
    heard = {post.external_id for post in hear(channel, channel.restart(world.watch, cursor), world.watch)[0]}
    assert heard >= set(late)


def test_what_is_heard_says_where_it_comes_from_and_how_it_can_be_answered(
    world: World, channel: Channel
) -> None:
    for post in hear(channel, {}, world.watch)[0]:
        assert post.channel == channel.capabilities.name
        assert post.posted_at.tzinfo is not None
        assert post.text
        assert bool(post.handle) is world.has_handles
        assert post.conversation_id
        assert post.capability.reason
        assert not post.ours


# Threads and look-ups


@pytest.mark.usefixtures("can_look_up")
def test_a_deleted_post_is_said_to_be_gone_and_a_live_one_is_not(world: World, channel: Channel) -> None:
    gone, live = world.live()[:2]
    world.delete(gone)
    asked = [live, gone, live]
    found = channel.look_up(asked)
    assert [lookup.external_id for lookup in found] == asked
    assert [lookup.post is None for lookup in found] == [False, True, False]
    assert found[1].gone == "deleted"


@pytest.mark.usefixtures("can_look_up")
def test_more_posts_than_one_look_up_takes_come_back_in_the_order_asked(
    world: World, channel: Channel
) -> None:
    asked = list(reversed(world.live()))
    assert len(asked) > 100
    assert [lookup.external_id for lookup in channel.look_up(asked)] == asked


def test_nothing_asked_is_nothing_answered(channel: Channel) -> None:
    assert list(channel.look_up([])) == []


@pytest.mark.usefixtures("can_reply")
def test_a_thread_comes_oldest_first_with_our_own_reply_in_it(world: World, channel: Channel) -> None:
    parent, answer = world.answered()
    ours = channel.reply(parent, WORDS, key="k1")
    posts = channel.thread(answer)
    assert [post.external_id for post in posts] == sorted(
        [parent, answer, ours.external_id],
        key=lambda name: next(p.posted_at for p in posts if p.external_id == name),
    )
    assert posts[0].external_id == parent
    assert [post.posted_at for post in posts] == sorted(post.posted_at for post in posts)
    assert [post.external_id for post in posts if post.ours] == [ours.external_id]


@pytest.mark.usefixtures("can_look_up")
def test_the_thread_of_a_deleted_post_is_gone(world: World, channel: Channel) -> None:
    name = world.live()[0]
    world.delete(name)
    assert isinstance(error_of(lambda: channel.thread(name)), Gone)


# Answering


@pytest.mark.usefixtures("can_reply")
def test_a_reply_appears_once_and_can_be_read_back(world: World, channel: Channel) -> None:
    target = answerable(hear(channel, {}, world.watch)[0]).external_id
    sent = channel.reply(target, WORDS, key="k1")
    assert world.replies() == [WORDS]
    assert sent.url
    assert world.channel().find_reply(target, WORDS, key="k1") == sent


@pytest.mark.usefixtures("can_reply")
def test_a_reply_that_was_never_sent_is_not_found(world: World, channel: Channel) -> None:
    first, second = [
        p.external_id for p in hear(channel, {}, world.watch)[0] if p.capability.way is ReplyWay.API
    ][:2]
    channel.reply(first, WORDS, key="k1")
    assert channel.find_reply(second, WORDS, key="k2") is None
    assert channel.find_reply(first, "Quite other words.", key="k3") is None


@pytest.mark.usefixtures("can_reply")
def test_a_cut_answer_leaves_the_outcome_unknown_and_exactly_one_write(
    world: World, channel: Channel
) -> None:
    target = answerable(hear(channel, {}, world.watch)[0]).external_id
    world.spoil_write(channel, "cut")
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k1")), OutcomeUnknown)
    assert world.replies() == [WORDS]
    assert world.writes_asked() == 1
    assert world.channel().find_reply(target, WORDS, key="k1") is not None


@pytest.mark.usefixtures("can_reply")
def test_a_refused_reply_is_refused_and_nothing_is_posted(world: World, channel: Channel) -> None:
    target = answerable(hear(channel, {}, world.watch)[0]).external_id
    world.spoil_write(channel, "refused")
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k1")), Refused)
    assert world.replies() == []


@pytest.mark.parametrize("call", ["read", "write"])
def test_throttling_says_until_when(world: World, channel: Channel, call: str) -> None:
    if call == "read":
        world.spoil_read(channel, "throttled")
        error = error_of(lambda: channel.fetch(world.watch, {}))
    elif not channel.capabilities.can_reply:
        pytest.skip("this network is answered on its own site")
    else:
        target = answerable(hear(channel, {}, world.watch)[0]).external_id
        world.spoil_write(channel, "throttled")
        error = error_of(lambda: channel.reply(target, WORDS, key="k1"))
    assert isinstance(error, Throttled)
    assert error.until is not None
    assert error.until > datetime(2026, 1, 1, tzinfo=UTC)
    assert world.replies() == []


@pytest.mark.usefixtures("can_reply")
def test_a_reply_to_a_deleted_post_is_gone(world: World, channel: Channel) -> None:
    target = answerable(hear(channel, {}, world.watch)[0]).external_id
    world.delete(target)
    assert isinstance(error_of(lambda: channel.reply(target, WORDS, key="k1")), Gone)
    assert world.replies() == []


def test_a_network_that_is_only_read_refuses_a_reply_and_asks_nothing(world: World, channel: Channel) -> None:
    if channel.capabilities.can_reply:
        pytest.skip("this network takes replies")
    heard = hear(channel, {}, world.watch)[0]
    assert {post.capability.way for post in heard} == {ReplyWay.HANDOFF}
    channel.spent()
    assert isinstance(error_of(lambda: channel.reply(heard[0].external_id, WORDS, key="k1")), NotEntitled)
    assert world.writes_asked() == 0
    assert channel.spent() == NOTHING


def test_the_capabilities_are_those_the_labels_name(channel: Channel) -> None:
    limits = {"x": 280, "reddit": 1000}
    can = channel.capabilities
    assert isinstance(can, Capabilities)
    assert can.longest_reply == limits.get(can.name, can.longest_reply)
    assert can.can_reply == (can.name not in {"feeds", "careopinion"})
    assert can.looks_up == (can.name != "feeds")


# Broken answers


def test_html_where_json_was_due_is_a_bad_answer(http_world: World, channel: Channel) -> None:
    http_world.spoil_read(channel, "html")
    assert isinstance(error_of(lambda: channel.fetch(http_world.watch, {})), BadAnswer)


@pytest.mark.parametrize("how", ["slow", "drip"])
def test_a_server_that_does_not_finish_does_not_hold_a_read(
    http_world: World, channel: Channel, how: str
) -> None:
    # Without a limit the slow answer would be taken, and the dripping one would outlast this test's own time.
    http_world.spoil_read(channel, how)
    assert isinstance(error_of(lambda: channel.fetch(http_world.watch, {})), Transient)


# What must never be told


def test_no_error_text_repr_or_log_holds_a_token_or_a_post(
    world: World, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        posts, _ = hear(channel, {}, world.watch)
        writes = channel.capabilities.can_reply
        target = answerable(posts) if writes else posts[-1]
        errors = []
        for how in ("cut", "refused", "throttled") if writes else ():
            world.spoil_write(channel, how)
            errors.append(error_of(lambda: channel.reply(target.external_id, WORDS, key="k")))
        if not writes:
            errors.append(error_of(lambda: channel.reply(target.external_id, WORDS, key="k")))
        for how in ("throttled", "unreachable", "html") if world.over_http else ("throttled",):
            world.spoil_read(channel, how)
            errors.append(error_of(lambda: channel.fetch(world.watch, {})))
    told = [
        caplog.text,
        repr(channel),
        str(channel),
        *map(repr, posts),
        *map(repr, errors),
        *map(str, errors),
    ]
    told += [repr(error.__context__) + repr(error.__cause__) for error in errors]
    for text in told:
        assert SECRETS not in text
        # A part of the words, because a log may break long lines.
        assert "northvale.example/pals" not in text
        assert target.text not in text
    assert all(error.__context__ is None and error.__cause__ is None for error in errors if world.over_http)
