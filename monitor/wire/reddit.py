"""Reddit's bodies. Things are named by fullname: "t3_…" is a submission, "t1_…" a comment.

How Reddit is asked is in `monitor.wire.reddit_asking`, what its refusals mean in `monitor.wire.reddit_refusals`.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from monitor.channel import BadAnswer, RawItem, RawPost, ReplyCapability, ReplyWay
from monitor.http import from_seconds
from monitor.wire.items import set_aside, web_addresses

SITE = "https://www.reddit.com"

NO_ACCOUNT = "No Reddit account is connected for posting: open the post on reddit.com and answer there."
OPEN = "Reddit lets us answer this post from here."
LOCKED = "The discussion is locked: nobody can answer it any more."
ARCHIVED = "The discussion is too old: Reddit has archived it, and nobody can answer it any more."
REMOVED = "The post has been removed by the moderators: nobody would see an answer."
BANNED = "Our account is banned from this subreddit."
ADULT, SPOILER = "Marked as for adults only (NSFW).", "Marked as a spoiler."

ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)
"""What reading a thing of another shape than Reddit's ends in."""

_REMOVED = frozenset({"[removed]", "[removed by reddit]"})
_DELETED = "[deleted]"
_CONTEXT = re.compile(r"/r/[^/]{1,50}/comments/([0-9a-z]{1,13})/")


@dataclass(frozen=True, slots=True)
class Account:
    """Which account we are: its name without "u/", and whether we can post as it."""

    name: str
    can_write: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What a page held: posts, when each version of a thing was made, and what could not be read (by name, if any)."""

    posts: list[RawPost] = field(default_factory=list, repr=False)
    made: dict[str, float] = field(default_factory=dict)
    odd: list[tuple[str, RawItem]] = field(default_factory=list, repr=False)

    def unread(self, fresh: frozenset[str]) -> list[RawItem]:
        """What could not be read and was not there the last time."""
        return [item for name, item in self.odd if not name or name in fresh]


def listed(body: object) -> list[object]:
    """Everything in a listing, of whatever shape.

    Raises:
        BadAnswer: it is no listing.
    """
    data = body.get("data") if isinstance(body, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(children, list):
        raise BadAnswer("no listing")
    return [one for one in children if not (isinstance(one, dict) and one.get("kind") == "more")]


def things(body: object) -> list[Mapping[str, Any]]:
    """The data of each thing in a listing.

    Raises:
        BadAnswer: it is no listing.
    """
    found = (child.get("data") for child in listed(body) if isinstance(child, dict))
    return [thing for thing in found if isinstance(thing, dict)]


def anchor_of(body: Mapping[str, Any]) -> str | None:
    """The listing's own anchor for its next page."""
    after = body["data"].get("after")
    return str(after) if after else None


def hear(children: Sequence[object], account: Account, *, inbox: bool = False) -> Heard:
    """Read the things of a page; one that cannot be read stops none of the others.

    Args:
        children: as `listed` gives them.
        account: who we are.
        inbox: they are mentions out of our inbox, which have a shape of their own and are addressed to us.
    """
    heard = Heard()
    for child in children:
        try:
            thing = child["data"]  # type: ignore[index]
            name, when = made(thing)
            heard.made[version_of(name, _revision(thing))] = when
            if not how_gone(thing):
                heard.posts.append(post_of(_of_inbox(thing) if inbox else thing, account, direct=inbox))
        except ODD:
            heard.odd.append((_name(child), set_aside(child)))
    return heard


def version_of(name: str, revision: str) -> str:
    """What a thing is known by once it has been heard: an edited one is another, so that it is heard again."""
    return f"{name}~{revision}" if revision else name


def _name(child: object) -> str:
    thing = child.get("data") if isinstance(child, dict) else None
    name = thing.get("name") if isinstance(thing, dict) else None
    return name if isinstance(name, str) else ""


def made(thing: Mapping[str, Any]) -> tuple[str, float]:
    """A thing's fullname and when it was made, in seconds since 1970.

    Raises:
        KeyError, TypeError, ValueError: it has none.
    """
    when = float(thing["created_utc"])
    if not math.isfinite(when):
        raise ValueError("no time")
    return str(thing["name"]), when


def _of_inbox(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    """A mention of the inbox as a comment: it names its submission only in the address of its context."""
    context = str(thing["context"])
    found = _CONTEXT.match(context)
    if not found:
        raise ValueError("no context")
    return {**thing, "link_id": f"t3_{found[1]}", "permalink": context.partition("?")[0]}


def how_gone(thing: Mapping[str, Any]) -> str:
    """How a thing is gone ("deleted", "removed"), or "" while it is there."""
    category = str(thing.get("removed_by_category") or "")
    words = str(thing.get("selftext") if thing["name"].startswith("t3_") else thing.get("body") or "")
    if category == "deleted" or words.strip() == _DELETED:
        return "deleted"
    return "removed" if category or words.strip().casefold() in _REMOVED else ""


def post_of(thing: Mapping[str, Any], account: Account, *, direct: bool = False) -> RawPost:
    """One submission or comment. `direct` says that Reddit itself lists it as addressed to us.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError: it is not of a shape we know.
    """
    name, seconds = made(thing)
    submission = name.startswith("t3_")
    author = str(thing.get("author") or "")
    author = "" if author == _DELETED else author
    text = str(thing.get("selftext" if submission else "body") or "")
    title = str(thing.get("title") or "") if submission else ""
    return RawPost(
        channel="reddit",
        external_id=name,
        conversation_id=name if submission else str(thing["link_id"]),
        author_id=str(thing.get("author_fullname") or author) if author else "",
        posted_at=from_seconds(seconds) or datetime.fromtimestamp(0, UTC),
        text=text,
        handle=f"u/{author}" if author else "",
        display_name=author,
        title=title,
        alt_text=_captions(thing),
        quoted=_crosspost(thing),
        permalink=SITE + str(thing.get("permalink") or ""),
        in_reply_to="" if submission else str(thing.get("parent_id") or ""),
        capability=capability_of(thing, account),
        ours=bool(author) and author.casefold() == account.name.casefold(),
        direct=direct or _names_us(f"{title} {text}", account),
        revision=_revision(thing),
        warning=_warning(thing) if submission else "",
        poll=_choices(thing),
        media=_media(thing) if submission else (),
    )


def _names_us(words: str, account: Account) -> bool:
    name = re.escape(account.name)
    return bool(name) and bool(re.search(rf"(?<![\w/-])/?u/{name}(?![\w-])", words, re.IGNORECASE))


def _warning(thing: Mapping[str, Any]) -> str:
    return " ".join(
        words for key, words in (("over_18", ADULT), ("spoiler", SPOILER)) if thing.get(key) is True
    )


def _revision(thing: Mapping[str, Any]) -> str:
    """When it was last edited: false where never, a time, or (in old comments) just true."""
    edited = thing.get("edited")
    if not edited:
        return ""
    return "edited" if edited is True else str(int(float(edited)))


def flatten(found: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Comments and the replies below them, without recursion: threads can be hundreds deep."""
    waiting = list(found)
    while waiting:
        comment = waiting.pop()
        yield comment
        replies = comment.get("replies")
        if isinstance(replies, dict):
            waiting.extend(things(replies))


def _captions(thing: Mapping[str, Any]) -> str:
    pictures = (thing.get("gallery_data") or {}).get("items") or []
    return "\n".join(str(picture["caption"]) for picture in pictures if picture.get("caption"))


def _media(thing: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses of a gallery's pictures; else what the submission links to; else its preview."""
    known = thing.get("media_metadata") or {}
    pictures = (thing.get("gallery_data") or {}).get("items") or []
    shown = [(known.get(str(picture.get("media_id"))) or {}).get("s") or {} for picture in pictures]
    found = [one.get("u") or one.get("gif") or one.get("mp4") for one in shown]
    if not any(found):
        found = [thing.get("url_overridden_by_dest")]
    if not any(found):
        previews = (thing.get("preview") or {}).get("images") or []
        found = [(preview.get("source") or {}).get("url") for preview in previews]
    # Reddit escapes "&" in addresses unless it is asked not to.
    return web_addresses(html.unescape(one) for one in found if isinstance(one, str))


def _choices(thing: Mapping[str, Any]) -> tuple[str, ...]:
    options = (thing.get("poll_data") or {}).get("options") or []
    return tuple(str(option["text"]) for option in options if option.get("text"))


def _crosspost(thing: Mapping[str, Any]) -> str:
    parents = thing.get("crosspost_parent_list") or []
    if not parents:
        return ""
    return "\n".join(str(parents[0].get(key)) for key in ("title", "selftext") if parents[0].get(key))


def capability_of(thing: Mapping[str, Any], account: Account) -> ReplyCapability:
    """Whether we can answer a thing."""
    for key, why in (("locked", LOCKED), ("archived", ARCHIVED), ("user_is_banned", BANNED)):
        if thing.get(key) is True:
            return ReplyCapability(ReplyWay.FORBIDDEN, why)
    if how_gone(thing) == "removed":
        return ReplyCapability(ReplyWay.FORBIDDEN, REMOVED)
    if not account.can_write:
        return ReplyCapability(ReplyWay.HANDOFF, NO_ACCOUNT)
    return ReplyCapability(ReplyWay.API, OPEN)


def same_reply(ours: str, theirs: str) -> bool:
    """Whether a comment of ours has the words we sent; Reddit trims and re-wraps white space."""
    return unicodedata.normalize("NFC", ours).split() == unicodedata.normalize("NFC", theirs).split()
