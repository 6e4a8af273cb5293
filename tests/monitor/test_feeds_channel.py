"""Feeds over loopback: what is heard once, what may have been missed, and which addresses are never asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from monitor import channels
from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Gone,
    Making,
    NotEntitled,
    Page,
    RawPost,
    Throttled,
    Transient,
    Watch,
)
from monitor.channels.feeds import FeedsChannel
from monitor.wire.feeds import CUT_OFF, ROLLED_OVER
from tests.contracts.worlds import QUICK
from tests.peers.feed_peer import NEWS, FeedPeer, rss

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Alerts</title>{}</feed>'


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def peer() -> Iterator[FeedPeer]:
    with FeedPeer() as peer:
        yield peer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock: Clock) -> FeedsChannel:
    return FeedsChannel(clock=clock, limits=QUICK)


def watch(*places: str) -> Watch:
    return Watch("news", ("Northvale General",), places=places)


def hear(channel: FeedsChannel, cursor: Mapping[str, Any], *places: str) -> tuple[list[RawPost], list[Page]]:
    posts: list[RawPost] = []
    pages: list[Page] = []
    while not pages or pages[-1].more:
        pages.append(channel.fetch(watch(*places), cursor))
        cursor = json.loads(json.dumps(pages[-1].cursor))
        posts += pages[-1].posts
    return posts, pages


def failure(channel: FeedsChannel, *places: str) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.fetch(watch(*places), {})
    assert caught.value.__context__ is None
    return caught.value


def entry(**parts: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    return f"<entry>{inner}</entry>"


# What is heard


def test_entries_come_oldest_first_in_pages_of_a_hundred(channel: FeedsChannel) -> None:
    with FeedPeer(posts=230) as peer:
        posts, pages = hear(channel, {}, peer.feed)
        assert [len(page.posts) for page in pages] == [100, 100, 30]
        assert [post.external_id for post in posts] == [one.guid for one in peer.entries]
        assert [post.posted_at for post in posts] == sorted(post.posted_at for post in posts)


def test_an_unchanged_feed_is_not_sent_again_but_is_read_whole_once_a_day(
    peer: FeedPeer, channel: FeedsChannel, clock: Clock
) -> None:
    peer.add("Northvale General opens a ward")
    cursor = hear(channel, {}, peer.feed)[1][-1].cursor
    again = channel.fetch(watch(peer.feed), cursor)
    assert (list(again.posts), peer.unchanged) == ([], 1)
    clock.now += timedelta(hours=25)
    channel.fetch(watch(peer.feed), again.cursor)
    assert "if-none-match" not in peer.asked[-1]


def test_words_come_without_tags_and_pictures_with_their_descriptions(
    peer: FeedPeer, channel: FeedsChannel
) -> None:
    peer.add(
        "<b>Northvale</b> General &amp; more<script>",
        'Two<br>lines.<script>steal()</script><img alt="A ward" src="https://cdn.example/a.jpg">&nbsp;End\x01.',
        extra='<author>A. Writer</author><enclosure url="https://cdn.example/b.mp3" type="audio/mpeg"/>',
    )
    post = hear(channel, {}, peer.feed)[0][0]
    assert post.title == "Northvale General & more"
    assert post.text == "Two\nlines. End."
    assert post.alt_text == "A ward"
    assert set(post.media) == {"https://cdn.example/a.jpg", "https://cdn.example/b.mp3"}
    assert (post.display_name, post.handle, post.language) == ("A. Writer", "", "en-GB")
    assert not post.direct
    assert post.permalink.startswith(NEWS)


def test_a_google_alert_is_known_by_the_article_it_tells_of(peer: FeedPeer, channel: FeedsChannel) -> None:
    target = "https%3A%2F%2Fgazette.example%2Flifts%3Futm_source%3Da%26id%3D7%23top"
    link = f'<link href="https://www.google.com/url?rct=j&amp;url={target}&amp;ct=ga"/>'
    body = ATOM.format(
        "<entry><id>tag:google.com,2013:googlealerts/feed:17</id>"
        '<title type="html">Lifts at &lt;b&gt;Northvale General&lt;/b&gt; &amp;amp; St Bride&amp;#39;s</title>'
        f'{link}<published>2026-11-23T08:00:00Z</published><content type="html">Out &lt;b&gt;again&lt;/b&gt;.</content>'
        "</entry>"
    )
    post = hear(channel, {}, peer.put("/alerts", body.encode()))[0][0]
    assert post.external_id == "https://gazette.example/lifts?id=7#top"
    assert post.permalink == "https://gazette.example/lifts?utm_source=a&id=7#top"
    assert post.title == "Lifts at Northvale General & St Bride's"
    assert post.text == "Out again."
    assert post.posted_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_one_article_in_two_feeds_has_one_name_and_other_guids_are_of_their_feed(
    peer: FeedPeer, channel: FeedsChannel
) -> None:
    def body(guid: str, mark: str) -> bytes:
        link = f"<link>HTTP://Gazette.example:80/a?fbclid=x&amp;utm_medium={mark}#0</link>"
        two = f"<item><title>other</title><guid isPermaLink='false'>{guid}</guid></item>"
        return (
            f"<rss version='2.0'><channel><item><title>t</title>{link}</item>{two}</channel></rss>".encode()
        )

    one, two = peer.put("/one", body("17", "rss")), peer.put("/two", body("17", "mail"))
    names = [post.external_id for post in hear(channel, {}, one, two)[0]]
    assert names.count("https://gazette.example/a") == 2
    others = [name for name in names if name.endswith(":17")]
    assert len(set(others)) == 2


def test_entries_that_a_feed_names_alike_are_all_heard(peer: FeedPeer, channel: FeedsChannel) -> None:
    items = "".join(
        f"<item><title>Number {n}</title><guid>https://gazette.example/</guid></item>" for n in range(3)
    )
    address = peer.put("/alike", f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    assert {post.text for post in hear(channel, {}, address)[0]} == {"Number 0", "Number 1", "Number 2"}


def test_parts_of_one_page_are_entries_of_their_own(peer: FeedPeer, channel: FeedsChannel) -> None:
    items = "".join(
        f"<item><title>Comment</title><guid>https://gazette.example/a#comment-{n}</guid></item>"
        for n in range(2)
    )
    address = peer.put("/comments", f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    assert len(hear(channel, {}, address)[0]) == 2


def test_an_entry_that_says_it_was_updated_is_heard_again_as_another_version(
    peer: FeedPeer, channel: FeedsChannel
) -> None:
    parts = {"id": "urn:x:1", "title": "Northvale General", "published": "2026-11-20T08:00:00Z"}
    first = ATOM.format(entry(**parts, summary="Before.", updated="2026-11-20T08:00:00Z"))
    later = ATOM.format(entry(**parts, summary="After.", updated="2026-11-21T08:00:00Z"))
    address = peer.put("/atom", first.encode())
    before, pages = hear(channel, {}, address)
    assert hear(channel, pages[-1].cursor, address)[0] == []
    peer.put("/atom", later.encode())
    after = hear(channel, pages[-1].cursor, address)[0]
    assert [post.text for post in after] == ["After."]
    assert after[0].external_id == before[0].external_id
    assert after[0].revision not in {"", before[0].revision}
    assert after[0].posted_at == before[0].posted_at


def test_an_entry_without_a_date_or_with_one_to_come_is_of_now(
    peer: FeedPeer, channel: FeedsChannel, clock: Clock
) -> None:
    peer.add("tomorrow", at=clock.now.replace(microsecond=0) + timedelta(days=9))
    body = rss(peer.entries).replace(b"</channel>", b"<item><title>undated</title></item></channel>")
    posts, _ = hear(channel, {}, peer.put("/dates", body))
    assert [post.posted_at for post in posts] == [clock.now, clock.now]


def test_an_entry_with_nothing_to_read_is_set_aside_once_and_stops_no_other(
    peer: FeedPeer, channel: FeedsChannel
) -> None:
    peer.add("Northvale General")
    body = rss(peer.entries).replace(
        b"</channel>", b"<item><link>https://a.example/x</link></item></channel>"
    )
    address = peer.put("/odd", body)
    posts, pages = hear(channel, {}, address)
    assert [len(posts), len(pages[0].unread)] == [1, 1]
    assert "a.example" in pages[0].unread[0].body
    assert not channel.fetch(watch(address), pages[0].cursor).unread


# What may have been missed


def test_a_feed_in_which_everything_is_new_may_have_rolled_over(channel: FeedsChannel) -> None:
    with FeedPeer(posts=5) as peer:
        cursor = hear(channel, {}, peer.feed)[1][-1].cursor
        peer.entries.clear()
        for n in range(5):
            peer.add(f"new {n}")
        page = channel.fetch(watch(peer.feed), cursor)
        assert (len(page.posts), page.complete, page.gap) == (5, False, ROLLED_OVER)
        assert not channel.fetch(watch(peer.feed), page.cursor).gap


def test_a_feed_that_is_not_full_or_still_has_a_known_entry_has_lost_nothing(channel: FeedsChannel) -> None:
    with FeedPeer(posts=5) as peer:
        cursor = hear(channel, {}, peer.feed)[1][-1].cursor
        kept = peer.entries[-1]
        peer.entries.clear()
        peer.add("one of a short list")
        assert not channel.fetch(watch(peer.feed), cursor).gap
        peer.entries.insert(0, kept)
        for n in range(9):
            peer.add(f"new {n}")
        assert not channel.fetch(watch(peer.feed), cursor).gap


def test_a_feed_that_breaks_off_says_so_and_its_broken_entry_is_heard_when_it_is_whole(
    channel: FeedsChannel,
) -> None:
    with FeedPeer(posts=3) as peer:
        whole = rss(peer.entries)
        address = peer.put("/cut", whole[: whole.rindex(b"<guid>")], etag='"cut"')
        posts, pages = hear(channel, {}, address)
        assert (len(posts), pages[-1].gap) == (2, CUT_OFF)
        peer.put("/cut", whole)
        rest, pages = hear(channel, pages[-1].cursor, address)
        assert [post.external_id for post in [*rest, *posts]] == [one.guid for one in peer.entries]
        assert "if-none-match" not in peer.asked[-1]


# Refusals


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CredentialsRefused),
        (402, NotEntitled),
        (403, NotEntitled),
        (404, Gone),
        (410, Gone),
        (429, Throttled),
        (500, Transient),
        (503, Transient),
        (304, BadAnswer),
        (204, BadAnswer),
        (302, BadAnswer),
    ],
)
def test_each_refusal_has_its_class(
    peer: FeedPeer, channel: FeedsChannel, status: int, kind: type[ChannelError]
) -> None:
    assert type(failure(channel, peer.put("/no", b"", status))) is kind


def test_a_wait_is_believed_in_seconds_and_as_a_date(
    peer: FeedPeer, channel: FeedsChannel, clock: Clock
) -> None:
    at = clock.now.replace(microsecond=0) + timedelta(hours=2)
    told = peer.put("/date", b"", 503, retry_after=format_datetime(at.astimezone(UTC), usegmt=True))
    refused = failure(channel, told)
    assert isinstance(refused, Throttled)
    assert refused.until == at
    seconds = failure(channel, peer.put("/seconds", b"", 429, retry_after="90"))
    assert seconds.until == clock.now + timedelta(seconds=90)


def test_a_page_of_html_is_no_feed_and_an_empty_feed_is_one(peer: FeedPeer, channel: FeedsChannel) -> None:
    page = peer.put("/html", b"<!doctype html><html><body><p>Sign in</p></body></html>")
    assert isinstance(failure(channel, page), BadAnswer)
    assert list(hear(channel, {}, peer.feed)[0]) == []


def test_one_feed_that_fails_stops_no_other_and_tells_nobody_its_address(
    peer: FeedPeer, channel: FeedsChannel, caplog: pytest.LogCaptureFixture
) -> None:
    peer.add("Northvale General")
    secret = peer.put("/SECRET-token", b"", 410)
    with caplog.at_level(logging.DEBUG):
        posts, pages = hear(channel, {}, secret, peer.feed)
    assert len(posts) == 1
    trouble = pages[0].trouble
    assert trouble is not None
    assert isinstance(trouble.error, Gone)
    assert trouble.source == "feed 1 127.0.0.1"
    told = caplog.text + json.dumps([[page.cursor, page.asked] for page in pages]) + repr(pages)
    assert "SECRET" not in told


# Addresses


def test_a_redirect_is_followed_by_hand_three_times(peer: FeedPeer, channel: FeedsChannel) -> None:
    peer.add("Northvale General")
    peer.put("/c", b"", 307, location="/feed.xml")
    peer.put("/b", b"", 308, location=f"{peer.url}/c")
    three = peer.put("/a", b"", 301, location="/b")
    assert len(hear(channel, {}, three)[0]) == 1
    assert isinstance(failure(channel, peer.put("/z", b"", 301, location="/a")), BadAnswer)
    assert isinstance(failure(channel, peer.put("/loop", b"", 301, location="/loop")), BadAnswer)


@pytest.mark.parametrize(
    "target",
    [
        "http://gazette.example/feed", "file:///etc/hostname", "//[", "ftp://gazette.example/", "https://u:p@a.example/",
        "gopher:x", "https://", "javascript:x",
    ],
)  # fmt: skip
def test_a_redirect_to_anything_but_https_is_refused(
    peer: FeedPeer, channel: FeedsChannel, target: str
) -> None:
    address = peer.put("/moved", b"", 301, location=target)
    before = len(peer.seen)
    assert isinstance(failure(channel, address), NotEntitled | BadAnswer)
    assert len(peer.seen) <= before + 5


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_an_address_inside_is_refused_before_a_byte_is_sent(
    peer: FeedPeer, channel: FeedsChannel, host: str
) -> None:
    assert isinstance(failure(channel, f"https://{host}:{peer.port}/feed.xml"), NotEntitled)
    assert peer.seen == []


@pytest.mark.parametrize(
    "place",
    ["", "/etc/hostname", "feed", "http://gazette.example/feed", "https://a.example:99999/", "https://[/x"],
)
def test_a_place_that_is_no_public_https_address_is_never_asked(channel: FeedsChannel, place: str) -> None:
    assert isinstance(failure(channel, place), NotEntitled)


def test_a_watch_without_a_feed_is_for_a_person_to_put_right(channel: FeedsChannel) -> None:
    assert isinstance(failure(channel), NotEntitled)
    assert channel.spent().calls == 0


def test_a_body_larger_than_the_limit_is_not_read(peer: FeedPeer, channel: FeedsChannel) -> None:
    address = peer.put("/large", b"<rss>" + b" " * (5 * 1024 * 1024) + b"</rss>")
    assert isinstance(failure(channel, address), Transient)


def test_the_kind_makes_a_channel_without_credentials() -> None:
    kind = channels.kind("feeds")
    made = kind.make(Making(clock=lambda: NOW))
    assert (kind.servers, kind.credentials, made.capabilities.name) == ("watch", None, "feeds")


def test_a_feed_cannot_be_asked_for_an_entry_or_its_thread(channel: FeedsChannel) -> None:
    for call in (
        lambda: channel.look_up(["x"]),
        lambda: channel.thread("x"),
        lambda: channel.find_reply("x", "y", key="k"),
    ):
        with pytest.raises(NotEntitled):
            call()
    assert channel.spent().calls == 0
