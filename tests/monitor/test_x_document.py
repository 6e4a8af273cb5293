"""The loopback X's bodies, checked against X's own OpenAPI document (2.167)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.wire.x_asking import FIELDS
from tests.peers import loopback
from tests.peers.x_peer import US_ID, XPeer
from tests.support.channels import hear, x_channel

DOCUMENT = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "x" / "openapi_x_api_v2.json"
pytestmark = pytest.mark.skipif(not DOCUMENT.is_file(), reason="X's OpenAPI document is not beside this tree")

SCHEMAS = {
    "/2/tweets/search/recent": "SearchPostsRecentResponse",
    f"/2/users/{US_ID}/mentions": "GetUsersMentionsResponse",
    f"/2/users/{US_ID}/tweets": "GetUsersPostsResponse",
    "/2/tweets": "GetPostsByIdsResponse",
}


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(DOCUMENT.read_bytes())


def strict(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema, closed: `nullable` allows null, and no name is allowed that the document lacks."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key not in {"nullable", "discriminator"}}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def faults(document: Any, name: str, body: Any) -> list[str]:
    """Where a body departs from a schema: paths and rules, none of its words."""
    from jsonschema import Draft202012Validator

    whole = {"$ref": f"#/components/schemas/{name}", "components": strict(document["components"])}
    found = Draft202012Validator(whole).iter_errors(body)
    return [f"{list(error.absolute_path)} {error.validator}" for error in found]


class Recorder:
    """A loopback X that keeps every body it sends, by method and path."""

    def __init__(self, peer: XPeer) -> None:
        self.sent: list[tuple[str, str, int, Any]] = []
        handle = peer.handle

        def kept(request: loopback.Request) -> loopback.Answer:
            answer = handle(request)
            self.sent.append((request.method, request.path, answer.status, answer.body))
            return answer

        peer.handle = kept  # type: ignore[method-assign]


@pytest.fixture
def peer() -> Iterator[XPeer]:
    with XPeer(names="post") as peer:
        yield peer


def use_everything(peer: XPeer) -> Recorder:
    ours, gone = peer.add("our news", author=US_ID), peer.add("gone")
    peer.delete(gone)
    parent = peer.add("Northvale General, a parent", author="2")
    words = "@NorthvaleNHS " + "long & longer " * 40
    target = peer.add(
        words,
        quoted=ours,
        replied_to=parent,
        alt_text="seen",
        media_url="https://a.example/b",
        poll=["a", "b"],
    )
    peer.edit(target, words + " edited")
    recorder = Recorder(peer)
    channel = x_channel(peer)
    hear(channel, {})
    channel.look_up([target, parent, gone])
    channel.thread(target)
    channel.reply(target, "Thank you.", key="k")
    channel.find_reply(target, "Thank you.", key="k")
    return recorder


def test_every_body_of_our_x_is_one_that_xs_document_allows(peer: XPeer, document: Any) -> None:
    sent = use_everything(peer).sent
    checked = set()
    for method, path, status, body in sent:
        name = "CreatePostsResponse" if method == "POST" else SCHEMAS[path]
        if status < 300:
            assert faults(document, name, body) == [], f"{method} {path}"
            checked.add(name)
    assert checked == {*SCHEMAS.values(), "CreatePostsResponse"}


def test_the_bodies_hold_what_the_channel_reads(peer: XPeer) -> None:
    bodies = [body for _, _, status, body in use_everything(peer).sent if status < 300]
    listed = [body["data"] for body in bodies if isinstance(body.get("data"), list)]
    names = {name for data in listed for post in data for name in post}
    along = {name for body in bodies for name in body.get("includes", {})}
    wanted = {
        "note_post",
        "referenced_posts",
        "edit_history_post_ids",
        "entities",
        "attachments",
        "author_id",
    }
    assert wanted <= names
    assert {"users", "posts", "media", "polls"} <= along


def test_the_check_itself_refuses_a_name_of_before(document: Any) -> None:
    old = {"data": [{"id": "1", "text": "a", "edit_history_tweet_ids": ["1"]}], "meta": {"result_count": 1}}
    assert faults(document, "SearchPostsRecentResponse", old)
    assert faults(document, "CreatePostsResponse", {"data": {"id": "x", "text": "a"}})


def test_everything_we_ask_for_by_the_new_names_is_in_the_document(document: Any) -> None:
    parameters = document["components"]["parameters"]
    kinds = {"post.fields": "PostFields", "expansions": "PostExpansions"}
    kinds |= {"media.fields": "MediaFields", "poll.fields": "PollFields", "user.fields": "UserFields"}
    known = {
        name: set(parameters[f"{key}Parameter"]["schema"]["items"]["enum"]) for name, key in kinds.items()
    }
    asked = {name.replace("_fields", ".fields"): set(values) for name, values in FIELDS[1].items()}
    assert {name: values - known[name] for name, values in asked.items()} == {name: set() for name in asked}
