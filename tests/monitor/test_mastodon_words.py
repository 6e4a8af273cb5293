"""What is read out of Mastodon's statuses and refusals: ours, hostile ones and recorded ones, as plain bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.channel import RawPost, Refused, ReplyWay
from monitor.wire import mastodon as wire
from monitor.wire.mastodon_html import plain
from monitor.wire.mastodon_walk import found_in

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "mastodon"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
US = wire.Account("1")


def status(**changes: Any) -> dict[str, Any]:
    whole = {
        "id": "115000000000000001",
        "created_at": "2026-11-23T08:00:00.123Z",
        "in_reply_to_id": None,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": "https://town.example/users/ann/statuses/1",
        "url": "https://town.example/@ann/1",
        "edited_at": None,
        "content": "<p>Northvale General: three hours</p>",
        "account": {"id": "22", "acct": "ann@town.example", "display_name": "Ann Invented"},
        "media_attachments": [],
        "mentions": [],
        "poll": None,
    }
    return {**whole, **changes}


def post(**changes: Any) -> RawPost:
    return wire.post_of(status(**changes), US)


# Words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<p>one<br>two<br />three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", "1 < 2 &amp; 3"),
        (
            '<p><a href="https://town.example/@ann" class="u-url mention">@<span>ann</span></a> hello</p>',
            "@ann hello",
        ),
        ('<p><a href="https://town.example/tags/A" class="hashtag">#<span>A</span></a></p>', "#A"),
        (
            '<a href="https://northvale.example/a/b"><span class="invisible">https://</span>'
            '<span class="ellipsis">northvale.example/a</span><span class="invisible">/b</span></a>',
            "https://northvale.example/a/b",
        ),
        (
            'see <a href="https://northvale.example/x">this page</a>.',
            "see this page (https://northvale.example/x).",
        ),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('<a href="https://northvale.example/x"></a>', "https://northvale.example/x"),
        ("<script>alert('x')</script>a<style>p{}</style>b", "ab"),
        (
            '<p class="quote-inline">RE: <a href="https://t.example/1">t</a><br></p><p>so it is</p>',
            "so it is",
        ),
        ("<p>open <b>and never closed", "open and never closed"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("plain words, no HTML", "plain words, no HTML"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_people_read(content: str, words: str) -> None:
    assert plain(content) == words


@pytest.mark.parametrize(
    "content",
    ["<![bad[ x", "<!DOCTYPE [", "<", "</", "<a href=", "&#99999999999;", "<p" * 20_000, "<div>" * 50_000 + "x",
     "<script>" * 9 + "x", "</p>" * 9, "\ud800 <p>", "a\x00b\x1b[31m", "<!--", "<?php", "<template><p>x</template>y"],
)  # fmt: skip
def test_hostile_html_is_read_or_emptied_and_never_stops_anything(content: str) -> None:
    assert isinstance(plain(content), str)
    assert "<script" not in plain(content)


# Statuses


def test_everything_a_status_carries_survives_into_the_post() -> None:
    one = post(
        edited_at="2026-11-23T08:30:00.000Z",
        in_reply_to_id="115000000000000000",
        spoiler_text="waiting times",
        language="cy",
        poll={"options": [{"title": "yes", "votes_count": 3}, {"title": "no"}]},
        media_attachments=[
            {"type": "image", "url": "https://town.example/a.png", "description": "a full corridor"},
            {"type": "image", "url": "https://town.example/b.png", "description": None},
            {"type": "image", "url": "file:///etc/passwd", "description": "x"},
        ],
        quote={"state": "accepted", "quoted_status": {"content": "<p>what they said</p>"}},
        mentions=[{"id": "1", "acct": "NorthvaleNHS"}],
    )
    assert (one.external_id, one.in_reply_to, one.revision) == (
        "115000000000000001", "115000000000000000", "2026-11-23T08:30:00.000Z",
    )  # fmt: skip
    assert (one.warning, one.language, one.poll) == ("waiting times", "cy", ("yes", "no"))
    assert one.media == ("https://town.example/a.png", "https://town.example/b.png")
    assert one.alt_text == "a full corridor\nx"
    assert one.quoted == "what they said"
    assert one.direct
    assert (one.handle, one.display_name) == ("@ann@town.example", "Ann Invented")
    assert one.posted_at == datetime(2026, 11, 23, 8, 0, 0, 123000, tzinfo=UTC)
    assert one.permalink == "https://town.example/@ann/1"


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({"visibility": "public"}, ReplyWay.API),
        ({"visibility": "direct"}, ReplyWay.API),
        ({"account": {"id": "22", "acct": "ann", "memorial": True}}, ReplyWay.FORBIDDEN),
        ({"account": {"id": "1", "acct": "NorthvaleNHS"}}, ReplyWay.FORBIDDEN),
    ],
)
def test_whether_a_post_can_be_answered_is_said_with_its_reason(
    changes: dict[str, Any], way: ReplyWay
) -> None:
    capability = post(**changes).capability
    assert capability.way is way
    assert capability.reason.endswith(".") or ":" in capability.reason


def test_a_token_that_may_not_post_makes_every_post_a_hand_off() -> None:
    one = wire.post_of(status(), wire.Account("1", can_write=False))
    assert (one.capability.way, one.capability.reason) == (ReplyWay.HANDOFF, wire.NO_SCOPE)


@pytest.mark.parametrize(
    ("shown_to", "answered_to"),
    [("public", "public"), ("unlisted", "unlisted"), ("private", "direct"), ("direct", "direct"), ("new", "direct"),
     (None, "direct"), (["public"], "direct")],
)  # fmt: skip
def test_a_reply_is_never_shown_more_widely_than_what_it_answers(shown_to: Any, answered_to: str) -> None:
    assert wire.visibility_of(status(visibility=shown_to)) == answered_to


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Thank you.", "@ann@town.example Thank you."),
        ("Thank you, @Ann@town.example!", "Thank you, @Ann@town.example!"),
        ("Write to x@ann@town.example", "@ann@town.example Write to x@ann@town.example"),
        ("@ann@town.example.org asked", "@ann@town.example @ann@town.example.org asked"),
        ("@ann@town.example. Sorry", "@ann@town.example. Sorry"),
    ],
)
def test_the_author_is_mentioned_once(text: str, sent: str) -> None:
    assert wire.addressed_to(status(), text) == sent


@pytest.mark.parametrize("acct", [None, 7, "", "ann everyone@else", "ann\n@all", "<b>", "a" * 999])
def test_an_author_who_cannot_be_mentioned_is_not_answered(acct: Any) -> None:
    with pytest.raises(Refused):
        wire.addressed_to(status(account={"id": "22", "acct": acct}), "Thank you.")


def test_our_reply_is_known_by_its_words_whatever_html_a_server_makes_of_it() -> None:
    sent = "Thank you & sorry.\n\nRing us: https://northvale.example/pals"
    shown = (
        '<p><span class="h-card"><a href="https://t.example/@ann">@<span>ann</span></a></span> Thank you &amp; sorry.'
        '</p><p>Ring us: <a href="https://northvale.example/pals"><span class="invisible">https://</span>'
        "<span>northvale.example/pals</span></a></p>"
    )
    assert wire.is_reply(status(content=shown, in_reply_to_id="5"), "5", sent)
    assert not wire.is_reply(status(content=shown, in_reply_to_id="6"), "5", sent)
    assert not wire.is_reply(status(content=shown + "More.", in_reply_to_id="5"), "5", sent)


WRONG = {
    "no id": {"id": None}, "id of another kind": {"id": {"a": 1}}, "an id that is a path": {"id": "../../x"},
    "no time": {"created_at": None}, "a time without a zone": {"created_at": "2026-11-23T08:00:00"},
    "a time that is none": {"created_at": "yesterday"}, "a number for a time": {"created_at": 17},
    "no content": {"content": None}, "content of another kind": {"content": ["x"]}, "no author": {"account": None},
    "an author of another kind": {"account": "ann"}, "a time out of range": {"created_at": "0001-01-01T00:00:00+23:59"},
}  # fmt: skip


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_status_that_lacks_what_counts_is_refused_as_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(wire.UNREADABLE):
        post(**changes)


ODD = {
    "media": {"media_attachments": "x"}, "media items": {"media_attachments": [None, 3, {"url": 5, "description": {}}]},
    "poll": {"poll": []}, "options": {"poll": {"options": {"a": 1}}}, "option": {"poll": {"options": [None, {}]}},
    "quote": {"quote": 5}, "quoted": {"quote": {"quoted_status": None}},
    "shallow": {"quote": {"quoted_status_id": "1"}},
    "mentions": {"mentions": {"id": "1"}}, "mention": {"mentions": [None]}, "language": {"language": 5},
    "warning": {"spoiler_text": None}, "edited": {"edited_at": {}}, "url": {"url": None, "uri": 7},
    "name": {"account": {"id": 22, "acct": None, "display_name": []}},
}  # fmt: skip


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_anything_else_of_another_shape_is_left_out_and_the_post_is_read(changes: dict[str, Any]) -> None:
    one = post(**changes)
    assert one.text == "Northvale General: three hours"
    assert all(
        isinstance(text, str) for text in (one.handle, one.revision, one.language, one.permalink, one.quoted)
    )


# Refusals


@pytest.mark.parametrize(
    ("code", "read", "write"),
    [
        (302, "BadAnswer", "OutcomeUnknown"), (400, "BadAnswer", "Refused"),
        (401, "CredentialsRefused", "CredentialsRefused"),
        (402, "NotEntitled", "NotEntitled"), (403, "NotEntitled", "Refused"), (404, "Gone", "Gone"),
        (408, "Transient", "OutcomeUnknown"), (409, "BadAnswer", "OutcomeUnknown"), (410, "Gone", "Gone"),
        (422, "BadAnswer", "Refused"), (429, "Throttled", "Throttled"), (500, "Transient", "OutcomeUnknown"),
        (502, "Transient", "OutcomeUnknown"), (503, "Transient", "OutcomeUnknown"),
        (504, "Transient", "OutcomeUnknown"),
        (520, "Transient", "OutcomeUnknown"),
    ],
)  # fmt: skip
def test_each_refusal_means_one_thing(code: int, read: str, write: str) -> None:
    refusal = wire.Refusal(code, {"error": "No."}, {})
    assert type(wire.explain_read(refusal, NOW)).__name__ == read
    assert type(wire.explain_write(refusal, NOW)).__name__ == write


def test_a_place_that_is_refused_is_a_refused_cursor_and_a_scope_is_the_tokens() -> None:
    assert (
        type(wire.explain_read(wire.Refusal(422, None, {}), NOW, at_cursor=True)).__name__ == "CursorRefused"
    )
    scope = wire.Refusal(403, {"error": "This action is outside the authorized scopes"}, {})
    assert type(wire.explain_write(scope, NOW)).__name__ == "NotEntitled"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "90"}, 90),
        ({"x-ratelimit-reset": "2026-11-23T09:05:00.000000Z"}, 300),
        ({"x-ratelimit-reset": "2026-11-23T10:05:00Z", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 300),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-ratelimit-reset": "2026-11-23T08:00:00Z"}, 1),
        ({"x-ratelimit-reset": "2999-01-01T00:00:00Z"}, 24 * 3600),
        ({"x-ratelimit-reset": "9" * 400}, None),
        ({"x-ratelimit-reset": "soon", "retry-after": "-5", "date": "never"}, None),
    ],
)
def test_until_when_to_wait_is_read_by_the_servers_own_clock(
    headers: dict[str, str], seconds: int | None
) -> None:
    until = wire.wait_until(headers, NOW)
    assert until == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_ids_are_ordered_by_age_also_where_they_are_no_numbers() -> None:
    assert sorted(["100", "99", "9"], key=wire.rank) == ["9", "99", "100"]
    ulids = ["01HA0000000000000000000001", "01HA0000000000000000000002"]
    assert sorted(reversed(ulids), key=wire.rank) == ulids


# Recordings


def recorded() -> list[dict[str, Any]]:
    """Every status in the recorded bodies, wherever it lies."""
    found: list[dict[str, Any]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if {"content", "account", "visibility"} <= value.keys():
                found.append(value)
            value = list(value.values())
        for one in value if isinstance(value, list) else []:
            look(one)

    for file in sorted(PAYLOADS.glob("**/*.json")):
        look(json.loads(file.read_text()))
    return found


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recorded bodies are not beside this tree")
def test_every_recorded_status_is_read() -> None:
    statuses = recorded()
    assert len(statuses) > 50
    unreadable = 0
    for one in statuses:
        try:
            read = wire.post_of(one, US)
        except wire.UNREADABLE:
            unreadable += 1
            continue
        assert "<p" not in read.text
        assert read.handle.startswith("@")
        assert read.permalink.startswith("http")
        assert found_in(one, NOW).id == read.external_id
    assert unreadable == 0


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recorded bodies are not beside this tree")
def test_every_recorded_list_is_walked() -> None:
    lists = 0
    for file in sorted(PAYLOADS.glob("*notification*.json")):
        body = json.loads(file.read_text())
        if isinstance(body, list) and body and "type" in body[0]:
            lists += 1
            assert all(found_in(one, NOW).id for one in body)
    assert lists > 0
