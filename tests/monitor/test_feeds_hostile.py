"""Bodies that are broken, or made to break a reader: only a `ChannelError` comes of any, and none holds us up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.channel import BadAnswer, ChannelError, Page, Watch
from monitor.channels.feeds import FeedsChannel
from monitor.wire import feed_parser
from monitor.wire.outward import is_public
from monitor.wire.plain_text import LONGEST_LINE, LONGEST_TEXT, from_html, from_markdown
from tests.contracts.worlds import _now
from tests.peers.feed_peer import FeedPeer

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "feeds"


def rss(inside: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{inside}</channel></rss>'


def item(inside: str) -> str:
    return rss(f"<item><guid>https://a.example/1</guid>{inside}</item>")


WHOLE = item("<title>Northvale General</title><description>Words — “quoted”, naïve, Żółw.</description>")
LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
BODIES: dict[str, bytes] = {
    "empty": b"",
    "spaces": b" \n\t ",
    "json": b'{"items": [{"title": "x"}]}',
    "json list": b"[]",
    "html": b"<!doctype html><html><head><title>x</title></head><body>Please wait</body></html>",
    "words": b"Sorry! Something went wrong.",
    "cut in the prologue": b"<?xml vers",
    "cut in a tag": WHOLE.encode()[:60],
    "cut in an entry": WHOLE.encode()[:-60],
    "cut in a character": WHOLE.encode()[: WHOLE.encode().index("—".encode()) + 1],
    "cut cdata": item("<title><![CDATA[never closed").encode(),
    "nothing but nul": b"\0" * 5000,
    "nul in the words": item("<title>a\0b</title>").encode(),
    "all bytes": bytes(range(256)) * 40,
    "bare latin-1": WHOLE.replace("—", "-").encode("latin-1", "replace"),
    "declared otherwise": WHOLE.replace('"1.0"?', '"1.0" encoding="ascii"?').encode(),
    "declared unknown": WHOLE.replace('"1.0"?', '"1.0" encoding="klingon"?').encode(),
    "declared utf-16, is utf-8": WHOLE.replace('"1.0"?', '"1.0" encoding="utf-16"?').encode(),
    "declared utf-7": WHOLE.replace('"1.0"?', '"1.0" encoding="utf-7"?').encode(),
    "declared idna": WHOLE.replace('"1.0"?', '"1.0" encoding="idna"?').encode(),
    "declared zip": WHOLE.replace('"1.0"?', '"1.0" encoding="zlib"?').encode(),
    "utf-16 with mark": WHOLE.encode("utf-16"),
    "utf-16 without mark": WHOLE.encode("utf-16-le"),
    "utf-32": WHOLE.encode("utf-32"),
    "two marks": b"\xef\xbb\xbf\xff\xfe" + WHOLE.encode(),
    "lone surrogate": item("<title>a&#xD800;b</title><description>&#xDFFF;</description>").encode(),
    "surrogate bytes": item("<title>a\ud800b</title>").encode("utf-8", "surrogatepass"),
    "characters that are none": item("<title>&#0;&#1;&#x110000;&#99999999999;</title>").encode(),
    "unknown entity": item("<title>&nothing; &amp &</title>").encode(),
    "many laughs": f"<!DOCTYPE x [<!ENTITY l0 'lol'>{LAUGHS}]>{item('<title>&l9;</title>')}".encode(),
    "outer entity": b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
    + item("<title>&e;</title>").encode(),
    "outer grammar": b"<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd'>" + WHOLE.encode(),
    "deep tags": item("<title>x</title><description>" + "<a>" * 20_000).encode(),
    "deep words": item("<description>" + "&lt;div&gt;" * 50_000 + "</description>").encode(),
    "many comments": item("<description>" + "&lt;!--" * 200_000 + "</description>").encode(),
    "very many tags": item("<description>" + "<div>" * 250_000 + "</description>").encode(),
    "many ampersands": item("<description>" + "&" * 2_000_000).encode(),
    "huge title": item(f"<title>{'x' * 2_000_000}</title>").encode(),
    "huge name": rss(f"<item><title>t</title><guid>{'x' * 500_000}</guid></item>").encode(),
    "many entries": rss("<item/>" * 30_000).encode(),
    "times of no clock": item("<title>t</title><pubDate>Mon, 99 Foo 99999 99:99:99 +9999</pubDate>").encode(),
    "year nought": item("<title>t</title><pubDate>0000-00-00T00:00:00Z</pubDate>").encode(),
    "broken address": item("<title>t</title><link>http://[::1/x</link><guid>http://[</guid>").encode(),
    "markup in the version": b'<rss version="&lt;9"><channel><item><title>t</title></item></channel></rss>',
    "shut before it opened": b"</rss></channel></item>",
    "tags of no space": b"<a:b:c:d><rss:rss:item></x>",
    "declarations": b"<rss>" + b"<!" * 50_000,
    "marked sections": item("<title>" + "<![if x" * 3000 + "</title>").encode(),
}


@pytest.fixture(scope="module")
def peer() -> Iterator[FeedPeer]:
    with FeedPeer() as peer:
        yield peer


def read(peer: FeedPeer, body: bytes, **headers: str) -> Page | ChannelError:
    address = peer.put("/hostile", body, **headers)
    channel = FeedsChannel(clock=_now)
    try:
        return channel.fetch(Watch("w", (), places=(address,)), {})
    except ChannelError as error:
        return error


def test_there_are_forty_of_them() -> None:
    assert len(BODIES) >= 40


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_gives_posts_or_one_of_our_errors(peer: FeedPeer, name: str) -> None:
    told = read(peer, BODIES[name])
    if isinstance(told, ChannelError):
        assert isinstance(told, BadAnswer)
        assert told.__context__ is None
        return
    for post in told.posts:
        words = (post.title, post.text, post.external_id, post.display_name)
        assert "".join(words).encode()  # no lone surrogate
        assert "\0" not in "".join(words)
        assert len(post.text) <= LONGEST_TEXT
        assert max(len(post.title), len(post.external_id)) <= LONGEST_LINE
        assert "localhost" not in post.text


@pytest.mark.parametrize(
    "name",
    [
        "empty",
        "json",
        "html",
        "words",
        "nothing but nul",
        "spaces",
        "cut in the prologue",
        "tags of no space",
    ],
)
def test_what_is_no_feed_is_said_to_be_none(peer: FeedPeer, name: str) -> None:
    assert isinstance(read(peer, BODIES[name]), BadAnswer)


@pytest.mark.parametrize(
    "name", ["utf-16 with mark", "utf-32", "declared unknown", "declared utf-16, is utf-8", "declared idna"]
)
def test_a_feed_in_another_encoding_than_it_says_is_read_all_the_same(peer: FeedPeer, name: str) -> None:
    told = read(peer, BODIES[name])
    assert isinstance(told, Page)
    assert [(post.title, post.text) for post in told.posts] == [
        ("Northvale General", "Words — “quoted”, naïve, Żółw.")
    ]


@pytest.mark.parametrize(
    "kind", ["text/html", "application/json; charset=klingon", "\xff", "a" * 5000, ";;="]
)
def test_a_header_that_lies_about_the_body_stops_nothing(peer: FeedPeer, kind: str) -> None:
    told = read(peer, WHOLE.encode(), content_type=kind)
    assert isinstance(told, Page)
    assert len(told.posts) == 1


def test_a_body_that_would_take_hours_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_parser, "LONGEST", 0.5)
    assert feed_parser.parse(item("<description>" + "<div>" * 900_000).encode(), {}) is None


def test_a_large_body_says_the_same_as_a_small_one() -> None:
    small = item("<title>Northvale &lt;b&gt;General&lt;/b&gt; \ud83d</title>").encode("utf-8", "replace")
    large = small.replace(b"</channel>", b" " * feed_parser.SMALL + b"</channel>")
    assert feed_parser.parse(large, {}) == feed_parser.parse(small, {})


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "hostile",
    [
        "<!--", "<script>", "<a ", "<", "&", "&#", "[", "[](", "*a", "**", "<img alt=", "<img alt='x' ", "`",
        "</script", "-->", ">",
    ],
)  # fmt: skip
def test_taking_marks_out_takes_no_longer_for_words_made_to_be_slow(hostile: str) -> None:
    source = hostile * (1_000_000 // len(hostile))
    assert len(from_html(source).text) <= LONGEST_TEXT
    assert len(from_markdown(source)) <= LONGEST_TEXT


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded feeds are not on this machine")
def test_every_recorded_feed_is_read_or_said_to_be_none(peer: FeedPeer) -> None:
    told = {path.name: read(peer, path.read_bytes()) for path in sorted(RECORDED.glob("*.xml"))}
    assert len(told) >= 30
    assert {type(one) for one in told.values()} <= {Page, BadAnswer}
    assert sum(isinstance(one, Page) for one in told.values()) >= 28
    alert = told["google_alerts_atom.xml"]
    assert isinstance(alert, Page)
    assert "google" not in alert.posts[0].external_id
    assert "<" not in alert.posts[0].title


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_which_addresses_are_of_the_public_internet(address: str, public: bool) -> None:
    assert is_public(address) is public
