"""X's bodies. Both of X's names for a field are read: "tweet" and, since 2026, "post".

How X is asked is in `monitor.wire.x_asking`, what its refusals mean in `monitor.wire.x_refusals`, who may answer what
in `monitor.wire.x_answering`, and what it costs in `monitor.wire.x_prices`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor.channel import BadAnswer, RawItem, RawPost
from monitor.wire.items import set_aside, web_addresses
from monitor.wire.x_answering import Account, addresses_us, capability_of
from monitor.wire.x_asking import made_at

SENSITIVE = "X marks this post as possibly sensitive."

ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading an item of another shape than X's ends in."""

_NO_LANGUAGE = frozenset({"", "und", "zxx", "qam", "qct", "qht", "qme", "qst"})
_OLD_LANGUAGE = {"in": "id", "iw": "he"}
_LINK = re.compile(r"https?://\S+")
_LEADING_HANDLES = re.compile(r"^(?:@\w{1,20}\s+)+")


def permalink(handle: str, external_id: str) -> str:
    """A post's address, also where the author's handle is not known."""
    return f"https://x.com/{handle or 'i'}/status/{external_id}"


def intent_url(external_id: str) -> str:
    """Where a person signed in as the organisation can answer this post by hand."""
    return f"https://x.com/intent/post?in_reply_to={external_id}"


@dataclass(frozen=True, slots=True)
class Includes:
    """What a body carries beside its posts, by id."""

    users: Mapping[str, Mapping[str, Any]] = field(repr=False)
    posts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    media: Mapping[str, Mapping[str, Any]] = field(repr=False)
    polls: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Includes:
        """The includes of a body."""
        found = body.get("includes")
        found = found if isinstance(found, dict) else {}
        posts = {**_by(found.get("tweets"), "id"), **_by(found.get("posts"), "id")}
        media, polls = _by(found.get("media"), "media_key"), _by(found.get("polls"), "id")
        return cls(_by(found.get("users"), "id"), posts, media, polls)


def items(body: Mapping[str, Any]) -> list[object]:
    """Everything listed as data, of whatever shape; a single object counts as a list of one.

    Raises:
        BadAnswer: there is data that is no list.
    """
    found = body.get("data")
    if found is None:
        return []
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise BadAnswer("data that is no list")
    return found


def entries(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects listed under `name`; a single object counts as a list of one."""
    found = body.get(name)
    found = [found] if isinstance(found, dict) else found
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _by(found: object, key: str) -> dict[str, Mapping[str, Any]]:
    return {str(entry.get(key)): entry for entry in entries({"found": found}, "found")}


def versions(data: Mapping[str, Any]) -> list[str]:
    """The ids a post has had, oldest first (each edit has a new one); its own id at least.

    Raises:
        KeyError, ValueError: it has no id, or one that is no number.
    """
    history = data.get("edit_history_tweet_ids") or data.get("edit_history_post_ids") or []
    return list(dict.fromkeys(str(_id(one)) for one in [*history, data["id"]]))


def _id(value: Any) -> int:
    number = int(value)
    if not 0 <= number < 1 << 63:
        raise ValueError("no id of X's")
    return number


def text_of(data: Mapping[str, Any]) -> str:
    """A post's full text, as its author wrote it: X sends `&`, `<` and `>` escaped."""
    note = data.get("note_tweet") or data.get("note_post") or {}
    return html.unescape(str(note.get("text") or data["text"]))


def referenced(data: Mapping[str, Any]) -> dict[str, str]:
    """The posts this one refers to: "replied_to", "quoted" → id."""
    found = data.get("referenced_tweets") or data.get("referenced_posts") or []
    return {str(one.get("type")): str(one.get("id")) for one in found}


def post_of(
    data: Mapping[str, Any], includes: Includes, account: Account, *, direct: bool = False
) -> RawPost:
    """One post. `direct` says that it comes from our list of mentions.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    ids, refers = versions(data), referenced(data)
    author_id = str(data.get("author_id") or "")
    author = includes.users.get(author_id, {})
    handle = str(author.get("username") or "")
    quoted_post = includes.posts.get(refers.get("quoted", ""), {})
    return RawPost(
        channel="x",
        external_id=ids[0],
        conversation_id=str(data.get("conversation_id") or ids[0]),
        author_id=author_id,
        posted_at=_posted_at(data, ids[0]),
        text=text_of(data),
        handle=f"@{handle}" if handle else "",
        display_name=html.unescape(str(author.get("name") or "")),
        alt_text=_alt_text(data, includes),
        quoted=text_of(quoted_post) if quoted_post else "",
        permalink=permalink(handle, str(_id(data["id"]))),
        in_reply_to=refers.get("replied_to", ""),
        language=language_of(data),
        capability=capability_of(data, author, quoted_post, account, listed=direct),
        ours=bool(author_id) and author_id == account.id,
        direct=direct or addresses_us(data, quoted_post, account),
        revision=ids[-1] if len(ids) > 1 else "",
        warning=SENSITIVE if data.get("possibly_sensitive") is True else "",
        poll=_choices(data, includes),
        media=_media(data, includes),
    )


def _posted_at(data: Mapping[str, Any], first: str) -> datetime:
    created = data.get("created_at")
    if not created:
        return made_at(first)
    at = datetime.fromisoformat(created)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def posts_of(
    body: Mapping[str, Any], account: Account, *, direct: bool = False
) -> tuple[list[RawPost], list[RawItem]]:
    """The posts of a body, and the items that could not be read: one bad item stops no page."""
    includes, unread = Includes.of(body), []
    posts: list[RawPost] = []
    for item in items(body):
        try:
            if not isinstance(item, dict):
                raise TypeError
            posts.append(post_of(item, includes, account, direct=direct))
        except ODD:
            unread.append(set_aside(item))
    return posts, unread


def language_of(data: Mapping[str, Any]) -> str:
    """X's guess as BCP 47; "" for its many ways of saying that there is none."""
    language = str(data.get("lang") or "")
    return "" if language in _NO_LANGUAGE else _OLD_LANGUAGE.get(language, language)


def _attached(data: Mapping[str, Any], name: str, found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    keys = (data.get("attachments") or {}).get(name) or []
    return [found[str(key)] for key in keys if str(key) in found]


def _alt_text(data: Mapping[str, Any], includes: Includes) -> str:
    texts = (one.get("alt_text") for one in _attached(data, "media_keys", includes.media))
    return "\n".join(html.unescape(str(text)) for text in texts if text)


def _media(data: Mapping[str, Any], includes: Includes) -> tuple[str, ...]:
    shown = _attached(data, "media_keys", includes.media)
    return web_addresses(one.get("url") or one.get("preview_image_url") for one in shown)


def _choices(data: Mapping[str, Any], includes: Includes) -> tuple[str, ...]:
    listed = [one for poll in _attached(data, "poll_ids", includes.polls) for one in entries(poll, "options")]
    return tuple(html.unescape(str(one["label"])) for one in listed if one.get("label"))


def how_gone(error: Mapping[str, Any]) -> str:
    """How a post that could not be looked up is gone, from X's partial error."""
    kind = str(error.get("type") or "")
    if kind.endswith("resource-not-found"):
        return "deleted"
    return "protected" if kind.endswith("not-authorized-for-resource") else "withheld"


def same_reply(ours: str, theirs: str) -> bool:
    """Whether a post in our timeline has the words we sent: X adds leading handles and shortens links."""
    return _words(ours) == _words(theirs)


def _words(text: str) -> list[str]:
    plain = _LEADING_HANDLES.sub("", unicodedata.normalize("NFC", text).strip())
    return _LINK.sub("⟨link⟩", plain).split()
