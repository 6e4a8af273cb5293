"""What Bluesky's channel hears, and how it keeps its one session, through atproto and a server of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    NotEntitled,
    Page,
    RawPost,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels.bluesky import BlueskyChannel, BlueskyCredentials
from monitor.limits import Limits
from tests.peers import loopback
from tests.peers.bluesky_view import ANOTHER, DID, HANDLE, PASSWORD, BlueskyView, credentials

WATCH = Watch("names", ("Northvale General", "St Bride's"), (f"@{HANDLE}",), (), (), ("northvalecares",))
QUICK = Limits(connect=1.0, read=0.5, whole=1.0)
LOGIN, RENEW = "/xrpc/com.atproto.server.createSession", "/xrpc/com.atproto.server.refreshSession"
SEARCH, NOTICES = "/xrpc/app.bsky.feed.searchPosts", "/xrpc/app.bsky.notification.listNotifications"


class Drawer:
    """Where a session is kept."""

    def __init__(self, kept: str = "") -> None:
        self.kept = kept
        self.saves = 0

    def load(self) -> str:
        return self.kept

    def save(self, session: str) -> None:
        self.kept = session
        self.saves += 1


@pytest.fixture
def peer() -> Iterator[BlueskyView]:
    with BlueskyView() as peer:
        yield peer


def channel(peer: BlueskyView, keep: Drawer | None = None, **changes: Any) -> BlueskyChannel:
    given = {"handle": "@" + HANDLE, "server": peer.url, "clock": lambda: datetime.now(UTC), "limits": QUICK}
    return BlueskyChannel(credentials(), keep=keep, **{**given, **changes})


def pages(channel: BlueskyChannel, cursor: Any, watch: Watch = WATCH) -> list[Page]:
    found = []
    while True:
        found.append(channel.fetch(watch, cursor))
        cursor = found[-1].cursor
        if not found[-1].more:
            return found


def heard(found: list[Page]) -> list[RawPost]:
    return [post for page in found for post in page.posts]


def error_of(call: Any) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value


# Hearing


def test_each_word_of_a_watch_is_a_search_and_our_own_handle_is_not(peer: BlueskyView) -> None:
    keys = [(one.label, one.key) for one in channel(peer).sources(WATCH)]
    assert [label for label, _ in keys] == [
        "notifications",
        "search 1 of 3",
        "search 2 of 3",
        "search 3 of 3",
    ]
    assert keys == [(one.label, one.key) for one in channel(peer).sources(WATCH)]


def test_what_notifications_bring_is_addressed_to_us_and_what_search_brings_is_not(peer: BlueskyView) -> None:
    mention = peer.add(f"@{HANDLE} thank you")
    found = peer.add("St Bride's was kind to my mother")
    posts = {post.external_id: post for post in heard(pages(channel(peer), {}))}
    assert posts[mention].direct
    assert not posts[found].direct


def test_likes_and_follows_are_passed_over(peer: BlueskyView) -> None:
    peer.add("a like", notifies="like")
    answer = peer.add("an answer", notifies="reply")
    quote = peer.add("a quote", notifies="quote")
    assert {post.external_id for post in heard(pages(channel(peer), {}))} == {answer, quote}


def test_a_mention_is_heard_with_its_pictures_and_its_quote(peer: BlueskyView) -> None:
    quote = {"$type": "app.bsky.embed.record#viewRecord", "value": {"text": "the words quoted"}}
    image = {"thumb": "https://cdn.example/t", "fullsize": "https://cdn.example/f", "alt": "a queue"}
    media = {"$type": "app.bsky.embed.images#view", "images": [image]}
    embed = {"$type": "app.bsky.embed.recordWithMedia#view", "media": media, "record": {"record": quote}}
    record = {
        "langs": ["cy"],
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]},
    }
    uri = peer.add(f"@{HANDLE} look", view={"embed": embed}, record=record)
    (post,) = heard(pages(channel(peer), {}))
    assert (post.external_id, post.revision) == (uri, peer.posts[uri].cid)
    assert (post.alt_text, post.quoted, post.warning) == ("a queue", "the words quoted", "graphic-media")
    assert (post.language, post.media) == ("cy", ("https://cdn.example/f",))
    assert post.permalink == f"https://bsky.app/profile/invented.example/post/{uri.rsplit('/', 1)[1]}"


def test_an_edited_post_is_heard_again_and_an_unchanged_one_is_not(peer: BlueskyView) -> None:
    uri = peer.add("Northvale General was closed")
    peer.add("Northvale General was open")
    first = pages(channel(peer), {})
    peer.edit(uri, "Northvale General was not closed")
    (again,) = heard(pages(channel(peer), first[-1].cursor))
    assert (again.external_id, again.text) == (uri, "Northvale General was not closed")


def test_a_post_shown_late_is_heard_although_newer_ones_were_heard_before(peer: BlueskyView) -> None:
    peer.add("Northvale General at noon")
    cursor = pages(channel(peer), {})[-1].cursor
    late = peer.add("Northvale General an hour before", at=datetime.now(UTC) - timedelta(hours=1))
    assert [post.external_id for post in heard(pages(channel(peer), cursor))] == [late]


def test_a_post_deleted_between_two_pages_lets_no_other_slip_by_for_good(peer: BlueskyView) -> None:
    names = [peer.add(f"Northvale General {n}") for n in range(150)]
    first = channel(peer).fetch(Watch("one", ("Northvale General",)), {})
    first = channel(peer).fetch(Watch("one", ("Northvale General",)), first.cursor)
    assert len(first.posts) == 100
    for post in first.posts[:5]:
        peer.delete(post.external_id)
    rest = pages(channel(peer), first.cursor, Watch("one", ("Northvale General",)))
    again = pages(channel(peer), rest[-1].cursor, Watch("one", ("Northvale General",)))
    everything = {post.external_id for post in [*first.posts, *heard(rest), *heard(again)]}
    assert len({post.external_id for post in [*first.posts, *heard(rest)]}) < len(names)
    assert everything == set(names)


def test_posts_of_one_and_the_same_time_are_all_heard(peer: BlueskyView) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=5)
    names = [peer.add(f"St Bride's {n}", at=moment) for n in range(250)]
    mentions = [peer.add(f"@{HANDLE} {n}", at=moment) for n in range(120)]
    found = [post.external_id for post in heard(pages(channel(peer), {}))]
    assert set(found) >= set(names)
    assert set(found) >= set(mentions)


def test_a_search_that_stops_after_a_full_page_says_so(peer: BlueskyView) -> None:
    for n in range(150):
        peer.add(f"St Bride's {n}")
    search = peer._search
    peer._search = lambda request: {**search(request), "cursor": None}  # type: ignore[method-assign]
    caps = [page.cap for page in pages(channel(peer), {}) if page.cap]
    assert len(caps) == 1
    assert "no more pages" in caps[0]


def test_a_source_that_fails_is_named_and_the_others_are_heard(peer: BlueskyView) -> None:
    mention = peer.add(f"@{HANDLE} thank you")
    peer.faults.add(f"GET {SEARCH}", loopback.html200(), times=3)
    found = pages(channel(peer), {})
    assert [post.external_id for post in heard(found)] == [mention]
    assert [page.trouble.source for page in found if page.trouble] == [f"search {n} of 3" for n in (1, 2, 3)]


def test_throttling_counts_for_every_source(peer: BlueskyView) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 120)
    peer.faults.add(f"GET {NOTICES}", loopback.throttle({"ratelimit-reset": reset}))
    error = error_of(lambda: channel(peer).fetch(WATCH, {}))
    assert isinstance(error, Throttled)
    assert error.until is not None
    assert abs(error.until.timestamp() - int(reset)) < 2


def test_a_page_that_leads_back_to_itself_ends_the_walk(peer: BlueskyView) -> None:
    peer._search = lambda request: {"posts": [], "cursor": "same"}  # type: ignore[method-assign]
    troubles = [page.trouble for page in pages(channel(peer), {}) if page.trouble]
    assert len(troubles) == 3
    assert all(isinstance(one.error, BadAnswer) for one in troubles)


def test_one_bad_item_is_set_aside_and_the_page_stands(peer: BlueskyView) -> None:
    good = [peer.add(f"St Bride's {n}") for n in range(3)]
    search, bad = peer._search, [7, {"uri": "at://x"}, {"uri": 3, "record": [], "author": None, "cid": {}}]

    def spoiled(request: Any) -> dict[str, Any]:
        return {"posts": [*search(request)["posts"], *bad]}

    peer._search = spoiled  # type: ignore[method-assign]
    found = pages(channel(peer), {}, Watch("one", ("St Bride's",)))
    assert {post.external_id for post in heard(found)} == set(good)
    assert [len(page.unread) for page in found] == [0, 3]


def test_half_a_character_in_a_post_hides_no_page(peer: BlueskyView) -> None:
    peer.add("St Bride's \ud83d and \\ud83d and \U0001f600")
    (post,) = heard(pages(channel(peer), {}))
    assert post.text == "St Bride's \ufffd and \\ud83d and \U0001f600"


def test_our_own_posts_are_marked_as_ours(peer: BlueskyView) -> None:
    peer.add("St Bride's opens again", did=DID, handle=HANDLE)
    assert [post.ours for post in heard(pages(channel(peer), {}))] == [True]


@pytest.mark.parametrize(
    ("view", "author", "says"),
    [
        ({"viewer": {"replyDisabled": True}}, {}, "limited who may answer"),
        ({}, {"viewer": {"blockedBy": True}}, "blocked our account"),
        ({}, {"viewer": {"blocking": "at://us/app.bsky.graph.block/1"}}, "has blocked the author"),
    ],
)
def test_what_cannot_be_answered_says_why(peer: BlueskyView, view: Any, author: Any, says: str) -> None:
    uri = peer.add(f"@{HANDLE} no answers please", view=view, author=author)
    (post,) = heard(pages(channel(peer), {}))
    assert post.capability.way is ReplyWay.FORBIDDEN
    assert says in post.capability.reason
    assert (
        error_of(lambda: channel(peer).reply(uri, "Thank you.", key="k")).reason == "answers are closed to us"
    )
    assert peer.accepted == []


def test_a_term_longer_than_any_search_is_for_a_person_to_shorten(peer: BlueskyView) -> None:
    assert isinstance(error_of(lambda: channel(peer).fetch(Watch("x", ("a" * 300,)), {})), NotEntitled)
    assert peer.seen == []


@pytest.mark.parametrize(
    "odd", [{"newest": "x"}, {"walk": {"since": 3}}, {"walk": "x"}, {"newest": "0001-01-01T00:00:00+00:00"}]
)
def test_a_cursor_not_of_our_making_is_given_up_after_a_few_tries(peer: BlueskyView, odd: Any) -> None:
    uri = peer.add(f"@{HANDLE} hello")
    rest = {"notifications": {"tries": 2, "until": "2000-01-01T00:00:00+00:00"}}
    page = channel(peer).fetch(WATCH, {"of": {"notifications": odd}, "rest": rest})
    assert [post.external_id for post in page.posts] == [uri]
    assert page.gap


# Sessions


def test_one_login_serves_another_run(peer: BlueskyView) -> None:
    drawer = Drawer()
    channel(peer, drawer).look_up([peer.add("hello")])
    channel(peer, drawer).look_up([peer.add("hello again")])
    assert (peer.sessions, drawer.saves) == (1, 1)
    assert "SECRET" in drawer.kept


def test_a_session_near_its_end_is_renewed_and_kept(peer: BlueskyView) -> None:
    drawer = Drawer()
    peer.access_seconds = 60
    channel(peer, drawer).look_up([peer.add("hello")])
    assert (peer.sessions, peer.renewals) == (1, 1)
    before = drawer.kept
    peer.access_seconds = 7200
    channel(peer, drawer).look_up([peer.add("hello again")])
    assert (peer.sessions, peer.renewals) == (1, 2)
    assert drawer.kept != before


def test_a_session_that_is_over_is_begun_anew_once(peer: BlueskyView) -> None:
    drawer, name = Drawer(), peer.add("hello")
    talker = channel(peer, drawer)
    talker.look_up([name])
    peer.end_sessions()
    assert talker.look_up([name])[0].post is not None
    assert channel(peer, drawer).look_up([name])[0].post is not None
    assert peer.sessions == 2


@pytest.mark.parametrize("kept", ["nonsense", "a:::b:::c:::d", "a:::b:::c:::d:::e:::f", ":::" * 4])
def test_a_kept_session_that_makes_no_sense_is_begun_anew(peer: BlueskyView, kept: str) -> None:
    assert channel(peer, Drawer(kept)).look_up([peer.add("hello")])[0].post is not None
    assert peer.sessions == 1


def test_a_login_that_was_refused_is_not_tried_with_every_call(peer: BlueskyView) -> None:
    now = [datetime.now(UTC)]
    given = {"handle": HANDLE, "server": peer.url, "clock": lambda: now[0], "limits": QUICK}
    talker = BlueskyChannel(BlueskyCredentials("wrong-SECRET"), **given)  # type: ignore[arg-type]
    for _ in range(5):
        assert isinstance(error_of(lambda: talker.fetch(WATCH, {})), CredentialsRefused)
    assert peer.count("POST", LOGIN) == 1
    now[0] += timedelta(minutes=6)
    error_of(lambda: talker.fetch(WATCH, {}))
    assert peer.count("POST", LOGIN) == 2


def test_too_many_logins_say_until_when(peer: BlueskyView) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 200)
    peer.faults.add(f"POST {LOGIN}", loopback.throttle({"ratelimit-reset": reset}))
    error = error_of(lambda: channel(peer).fetch(WATCH, {}))
    assert isinstance(error, Throttled)
    assert error.until is not None


def test_a_drawer_that_cannot_be_written_stops_nothing(
    peer: BlueskyView, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(Drawer):
        def save(self, session: str) -> None:
            raise OSError(session)

    with caplog.at_level(logging.DEBUG):
        assert channel(peer, Stuck()).look_up([peer.add("hello")])[0].post is not None
    assert "could not be kept (OSError)" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_login_without_an_answer_is_only_a_fault_of_the_network(peer: BlueskyView) -> None:
    peer.faults.add(f"POST {LOGIN}", loopback.cut_before())
    talker = channel(peer)
    assert isinstance(error_of(lambda: talker.fetch(WATCH, {})), Transient)
    assert talker.fetch(WATCH, {}).trouble is None


def test_every_request_is_counted(peer: BlueskyView) -> None:
    talker = channel(peer)
    pages(talker, {})
    assert talker.spent().calls == len(peer.seen)
    assert talker.spent().calls == 0


def test_no_repr_shows_the_password() -> None:
    assert PASSWORD not in repr(credentials())
    assert ANOTHER not in repr(credentials())
