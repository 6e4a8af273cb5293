"""Bluesky's posts as it shows them: what they say, whose they are, and whether we may answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from monitor.channel import BadAnswer, Gone, RawItem, RawPost, ReplyCapability, ReplyWay

SITE = "https://bsky.app"
OPEN = "Bluesky lets us answer this post from here."
CLOSED = "The author has limited who may answer, and our account may not."
BLOCKED_BY = "The author has blocked our account: it cannot answer."
BLOCKING = "Our account has blocked the author: it cannot answer before the block is lifted."

_URI = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,512})"
)
_HANDLE = re.compile(r"[A-Za-z0-9.-]{1,253}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,35}")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_AFTER_LINK = ".,;:!?'…)]}»”’"
_LONE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_ESCAPES = re.compile(rb"\\\\|" + _LONE.pattern)
_WHY = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_DEEPEST = 400
"""Levels of a thread that are gone through."""


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a post's address: whose repository it is in, and its key there."""

    did: str
    rkey: str

    @classmethod
    def of(cls, text: object) -> Uri | None:
        """The parts of an address, or None where it is not that of a post."""
        found = _URI.fullmatch(text) if isinstance(text, str) else None
        return cls(found[1], found[2]) if found else None

    def __str__(self) -> str:
        return f"at://{self.did}/app.bsky.feed.post/{self.rkey}"


def mend(body: bytes) -> bytes:
    r"""A body in which no escape is half a character: the strict parser would refuse the whole page for one.

    A pair of halves stays, a half becomes U+FFFD; an escaped backslash before a "u" is no escape of a half.
    """
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPES.sub(_whole, body)


def _whole(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0] == rb"\\" or found[1] else rb"\ufffd"


def permalink(handle: str, uri: Uri) -> str:
    """A post's address on the web, also where the author's handle is not valid any more."""
    known = _HANDLE.fullmatch(handle) and handle != "handle.invalid"
    return f"{SITE}/profile/{handle if known else uri.did}/post/{uri.rkey}"


def posts_of(items: object, own_did: str) -> tuple[list[RawPost], list[RawItem]]:
    """The posts of a list, and what could not be understood: one bad entry stops no page.

    Raises:
        BadAnswer: it is no list.
    """
    if not isinstance(items, list):
        raise BadAnswer("answer without a list")
    posts: list[RawPost] = []
    unread: list[RawItem] = []
    for item in items:
        try:
            posts.append(post_of(item, own_did))
        except _WHY:
            unread.append(RawItem(json.dumps(item), "shape"))
    return posts, unread


def post_of(view: Mapping[str, Any], own_did: str) -> RawPost:
    """One post, as a view of it or a notification shows it.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    uri, record, author = Uri.of(view["uri"]), view["record"], view["author"]
    text, cid = record.get("text"), view["cid"]
    if uri is None or not isinstance(text, str) or not isinstance(cid, str) or author["did"] != uri.did:
        raise ValueError("no post")
    handle, embed = _text(author.get("handle")), view.get("embed") or record.get("embed")
    root, parent = refs_of(record)
    return RawPost(
        channel="bluesky",
        external_id=str(uri),
        conversation_id=root or str(uri),
        author_id=uri.did,
        posted_at=shown_at(view),
        text=text,
        handle=f"@{handle}" if handle else "",
        display_name=_text(author.get("displayName")),
        alt_text="\n".join(_alt_texts(embed)),
        quoted="\n".join(_attached(embed)),
        permalink=permalink(handle, uri),
        in_reply_to=parent,
        language=_language(record.get("langs")),
        capability=capability_of(view),
        ours=uri.did == own_did,
        revision=cid,
        warning=", ".join(_warnings(view, record)),
        media=tuple(_media(embed)),
    )


def addressed(post: RawPost) -> RawPost:
    """The same post, where Bluesky itself says that it is addressed to us."""
    return replace(post, direct=True)


def shown_at(view: Mapping[str, Any]) -> datetime:
    """Where Bluesky sorts a post: its author's time, but no later than the time when Bluesky first saw it.

    Raises:
        ValueError: it has neither.
    """
    times = [time_of(view["record"].get("createdAt")), time_of(view.get("indexedAt"))]
    known = [one for one in times if one is not None]
    if not known:
        raise ValueError("no time")
    return min(known)


def time_of(value: object) -> datetime | None:
    """A time of Bluesky's, in UTC, or None where it is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def refs_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """The first post of the conversation and the one that is answered; "" where it answers none."""
    reply = record.get("reply")
    if not reply:
        return "", ""
    return _text(reply["root"]["uri"]), _text(reply["parent"]["uri"])


def reply_ref(view: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer to this post refers to.

    Raises:
        BadAnswer: it is not of a shape we know.
    """
    try:
        own = {"uri": view["uri"], "cid": view["cid"]}
        root = (view["record"].get("reply") or {}).get("root") or own
        return {"root": {"uri": root["uri"], "cid": root["cid"]}, "parent": own}
    except _WHY:
        raise BadAnswer("post of another shape") from None


def reply_record(text: str, refers: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The record of an answer: always the same for the same words, post and time."""
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": stamp,
        "langs": ["en"],
        "reply": dict(refers),
    }
    found = list(_facets(text))
    return {**record, "facets": found} if found else record


def _facets(text: str) -> Iterator[dict[str, Any]]:
    """Links: their places are counted in bytes of UTF-8. Source: lexicon app.bsky.richtext.facet."""
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_AFTER_LINK if "(" not in match[0] else _AFTER_LINK.replace(")", ""))
        start = len(text[: match.start()].encode("utf-8", "replace"))
        yield {
            "index": {"byteStart": start, "byteEnd": start + len(link.encode("utf-8", "replace"))},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
        }


def capability_of(view: Mapping[str, Any]) -> ReplyCapability:
    """Whether our account may answer: Bluesky says so of each post it shows us."""
    author = view["author"].get("viewer") or {}
    if author.get("blockedBy"):
        return ReplyCapability(ReplyWay.FORBIDDEN, BLOCKED_BY)
    if author.get("blocking") or author.get("blockingByList"):
        return ReplyCapability(ReplyWay.FORBIDDEN, BLOCKING)
    if (view.get("viewer") or {}).get("replyDisabled"):
        return ReplyCapability(ReplyWay.FORBIDDEN, CLOSED)
    return ReplyCapability(ReplyWay.API, OPEN)


# Threads


def thread_of(body: Mapping[str, Any], own_did: str) -> list[RawPost]:
    """Every post that a thread shows, in no order.

    Raises:
        Gone: the post in its middle is deleted, hidden or blocked.
    """
    middle = body.get("thread")
    if not isinstance(middle, dict) or not isinstance(middle.get("post"), dict):
        known = isinstance(middle, dict) and (middle.get("notFound") or middle.get("blocked"))
        raise Gone("post is gone") if known else BadAnswer("thread of another shape")
    return posts_of(list(_views(middle)), own_did)[0]


def _views(middle: Mapping[str, Any]) -> Iterator[Any]:
    waiting: list[tuple[Any, int]] = [(middle, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, dict) or not isinstance(node.get("post"), dict) or depth > _DEEPEST:
            continue  # deleted and blocked posts are shown as a note without one
        yield node["post"]
        replies = node.get("replies")
        waiting += [(one, depth + 1) for one in replies] if isinstance(replies, list) else []
        waiting.append((node.get("parent"), depth + 1))


# What a post carries


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _language(langs: object) -> str:
    first = langs[0] if isinstance(langs, list) and langs else ""
    return first if isinstance(first, str) and _LANGUAGE.fullmatch(first) else ""


def _parts(embed: object) -> list[Mapping[str, Any]]:
    """What is embedded: the pictures and the quoted post of one that has both count as two."""
    if not isinstance(embed, dict):
        return []
    both = [embed.get("media"), embed.get("record")]
    if isinstance(embed.get("media"), dict):
        return [part for part in both if isinstance(part, dict)]
    return [embed]


def _pictures(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    images = part.get("images") or part.get("items")
    return [one for one in images if isinstance(one, dict)] if isinstance(images, list) else []


def _alt_texts(embed: object) -> Iterator[str]:
    for part in _parts(embed):
        for one in (*_pictures(part), part):
            if alt := _text(one.get("alt")):
                yield alt


def _media(embed: object) -> Iterator[str]:
    for part in _parts(embed):
        card = part.get("external")
        for one in (*_pictures(part), part, card if isinstance(card, dict) else {}):
            address = next(filter(None, (_text(one.get(key)) for key in _ADDRESSES)), "")
            if address.startswith("https://"):
                yield address


_ADDRESSES = ("fullsize", "thumb", "playlist", "thumbnail")


def _attached(embed: object) -> Iterator[str]:
    """The words of a quoted post and of a link's card."""
    for part in _parts(embed):
        yield from _quoted(part)
        card = part.get("external")
        if isinstance(card, dict):
            yield from filter(None, (_text(card.get(key)) for key in ("title", "description", "uri")))


def _quoted(part: Mapping[str, Any]) -> Iterator[str]:
    record = part.get("record")
    for _ in range(3):  # a quote lies one deeper where pictures go with it
        if not isinstance(record, dict):
            return
        value = record.get("value")
        if isinstance(value, dict):
            yield from filter(None, [_text(value.get("text"))])
            return
        record = record.get("record")


def _warnings(view: Mapping[str, Any], record: Mapping[str, Any]) -> Sequence[str]:
    """The labels that the author or a moderator has put on it; those that only hide are left out."""
    own = record.get("labels")
    given = [*_list(view.get("labels")), *_list(own.get("values") if isinstance(own, dict) else None)]
    words = [_text(one.get("val")) for one in given if isinstance(one, dict) and not one.get("neg")]
    return list(dict.fromkeys(word for word in words if word and not word.startswith("!")))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
