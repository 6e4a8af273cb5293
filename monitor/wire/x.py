"""X's query, bodies and refusals. Both of X's names for a field are read: "tweet" and, since 2026, "post"."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    CursorRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    RawPost,
    Refused,
    ReplyCapability,
    ReplyWay,
    Throttled,
    Transient,
    Watch,
)
from monitor.http import from_seconds, wait_until
from monitor.wire.queries import any_of, quoted, within_limit

WINDOW = timedelta(days=7) - timedelta(minutes=5)
"""How far back recent search reaches, less a margin for the call itself. Source: X API, recent search."""

FIELDS: tuple[Mapping[str, list[str]], ...] = (
    {
        "tweet_fields": [
            *("attachments", "author_id", "conversation_id", "created_at", "entities"),
            *("in_reply_to_user_id", "lang", "note_tweet", "referenced_tweets"),
        ],
        "expansions": ["author_id", "attachments.media_keys", "referenced_tweets.id"],
        "media_fields": ["alt_text"],
    },
    {
        "post.fields": ["attachments", "conversation_id", "created_at", "entities", "lang", "note_post"],
        "expansions": ["author_id", "attachments.media_keys", "referenced_posts"],
        "media_fields": ["alt_text"],
    },
    {"expansions": ["author_id"]},
)
"""What is asked for, in turn: the names up to 2.159, those of 2.167, and the least that will do."""

NO_ACCOUNT = "No X account is connected for posting: open the post on x.com and answer there."
MENTIONED = "The post mentions or quotes our account, so X lets us answer from here."
NOT_MENTIONED = (
    "The post neither mentions nor quotes our account, and X then lets no app answer it: "
    "open the post on x.com and answer there."
)

_LONGEST_ID = 19
"""Digits of the largest id: ids are 63-bit numbers."""
_EPOCH_MS = 1_288_834_974_657
_NO_LANGUAGE = frozenset({"", "und", "zxx", "qam", "qct", "qht", "qme", "qst"})
_OLD_LANGUAGE = {"in": "id", "iw": "he"}
_LINK = re.compile(r"https?://\S+")
_LEADING_HANDLES = re.compile(r"^(?:@\w{1,20}\s+)+")
_MOST_PAGES = 1000
_MONEY = ("CreditsDepleted", "SpendCapReached", "UsageCapExceeded", "/credits", "/usage-capped")
_PLAN = ("client-not-enrolled", "client-forbidden", "oauth1-permissions", "unsupported-authentication")


@dataclass(frozen=True, slots=True)
class Account:
    """Which account we are: its id, its handle without "@", and whether we can post as it."""

    id: str
    handle: str
    can_write: bool


def compile_query(watch: Watch, account_handle: str = "") -> str:
    """X's query for a watch: any term or handle, no retweets, no posts of our own, none of the exclusions.

    Raises:
        QueryTooLong: it has more than 512 code points.
    """
    wanted = [quoted(term) for term in watch.terms] + ["@" + h.lstrip("@") for h in watch.handles]
    own = ["-from:" + account_handle.lstrip("@")] if account_handle else []
    unwanted = ["-" + quoted(word) for word in watch.exclusions]
    return within_limit(" ".join([any_of(wanted), "-is:retweet", *own, *unwanted]))


def made_at(external_id: str) -> datetime:
    """When a post was made, from its id alone (a snowflake: milliseconds in all but the last 22 bits)."""
    return from_seconds(((int(external_id) >> 22) + _EPOCH_MS) / 1000) or datetime.fromtimestamp(0, UTC)


def permalink(handle: str, external_id: str) -> str:
    """A post's address, also where the author's handle is not known."""
    return f"https://x.com/{handle or 'i'}/status/{external_id}"


def intent_url(external_id: str) -> str:
    """Where a person signed in as the organisation can answer this post by hand."""
    return f"https://x.com/intent/post?in_reply_to={external_id}"


# Walks


def new_walk(cursor: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What to ask at the start of a walk: since the last one, or as far back as search reaches."""
    if cursor.get("since_id"):
        return {"since_id": cursor["since_id"]}
    start = now - WINDOW
    walk = {"start_time": start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    lost = cursor.get("lost_since")
    if lost and datetime.fromisoformat(lost) < start:
        walk["gap"] = (
            f"X searches the last seven days only; {_said(lost)} to {_said(start.isoformat())} was not heard."
        )
    return walk


def _said(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%d %B %Y %H:%M UTC")


def next_cursor(
    cursor: Mapping[str, Any], walk: Mapping[str, Any], meta: Mapping[str, Any]
) -> dict[str, Any]:
    """Where the listener is after this page: further along the walk, or past it.

    The newest id of the walk's first page becomes `since_id`, but only once the walk has ended (X's rule).

    Raises:
        BadAnswer: the page repeats one we had, or the walk never ends.
    """
    token, newest, pages = meta.get("next_token"), meta.get("newest_id"), walk.get("pages", 0) + 1
    oldest_before = walk.get("oldest")
    if (token and token == walk.get("token")) or pages > _MOST_PAGES:
        raise BadAnswer("walk that does not end")
    if oldest_before and newest and _number(newest) >= _number(oldest_before):
        raise BadAnswer("page that repeats")
    first = walk.get("newest") or newest
    if not token:
        return {"since_id": first or walk.get("since_id"), "walk": None}
    kept = {key: walk[key] for key in ("since_id", "start_time") if walk.get(key)}
    oldest = meta.get("oldest_id") or oldest_before
    further = {**kept, "token": token, "newest": first, "oldest": oldest, "pages": pages}
    return {"since_id": cursor.get("since_id"), "walk": further}


def _number(external_id: object) -> int:
    text = str(external_id)
    if not text.isdecimal() or len(text) > _LONGEST_ID:
        raise BadAnswer("id that is no number")
    return int(text)


# Bodies


@dataclass(frozen=True, slots=True)
class Includes:
    """What a body carries beside its posts, by id."""

    users: Mapping[str, Mapping[str, Any]] = field(repr=False)
    posts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    media: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Includes:
        """The includes of a body."""
        found = body.get("includes")
        found = found if isinstance(found, dict) else {}
        posts = {**_by(found.get("tweets"), "id"), **_by(found.get("posts"), "id")}
        return cls(_by(found.get("users"), "id"), posts, _by(found.get("media"), "media_key"))


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


def post_of(data: Mapping[str, Any], includes: Includes, account: Account) -> RawPost:
    """One post.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    first, refers = versions(data)[0], referenced(data)
    author_id = str(data.get("author_id") or "")
    author = includes.users.get(author_id, {})
    handle = str(author.get("username") or "")
    quoted_post = includes.posts.get(refers.get("quoted", ""), {})
    return RawPost(
        channel="x",
        external_id=first,
        conversation_id=str(data.get("conversation_id") or first),
        author_id=author_id,
        posted_at=_posted_at(data, first),
        text=text_of(data),
        handle=f"@{handle}" if handle else "",
        display_name=html.unescape(str(author.get("name") or "")),
        alt_text=_alt_text(data, includes),
        quoted=text_of(quoted_post) if quoted_post else "",
        permalink=permalink(handle, str(data["id"])),
        in_reply_to=refers.get("replied_to", ""),
        language=language_of(data),
        capability=_capability(data, quoted_post, account),
        ours=bool(author_id) and author_id == account.id,
    )


def _posted_at(data: Mapping[str, Any], first: str) -> datetime:
    created = data.get("created_at")
    if not created:
        return made_at(first)
    at = datetime.fromisoformat(created)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def posts_of(body: Mapping[str, Any], account: Account) -> tuple[list[RawPost], int]:
    """The posts of a body, and how many entries could not be read: one bad entry stops no page."""
    includes, posts, unread = Includes.of(body), [], 0
    for data in entries(body, "data"):
        try:
            posts.append(post_of(data, includes, account))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            unread += 1
    return posts, unread


def language_of(data: Mapping[str, Any]) -> str:
    """X's guess as BCP 47; "" for its many ways of saying that there is none."""
    language = str(data.get("lang") or "")
    return "" if language in _NO_LANGUAGE else _OLD_LANGUAGE.get(language, language)


def _alt_text(data: Mapping[str, Any], includes: Includes) -> str:
    keys = (data.get("attachments") or {}).get("media_keys") or []
    found = (includes.media.get(str(key), {}).get("alt_text") for key in keys)
    return "\n".join(html.unescape(str(text)) for text in found if text)


def _capability(data: Mapping[str, Any], quoted_post: Mapping[str, Any], account: Account) -> ReplyCapability:
    """Since 2026-02-23 a self-serve app may answer only who mentions or quotes its account (X API docs)."""
    if not account.can_write:
        return ReplyCapability(ReplyWay.HANDOFF, NO_ACCOUNT)
    mentions = (data.get("entities") or {}).get("mentions") or []
    names = {str(one.get("username", "")).casefold() for one in mentions}
    by_name = bool(account.handle) and account.handle.casefold() in names
    by_id = account.id in {str(one.get("id", "")) for one in mentions}
    if by_name or by_id or str(quoted_post.get("author_id") or "") == account.id:
        return ReplyCapability(ReplyWay.API, MENTIONED)
    return ReplyCapability(ReplyWay.HANDOFF, NOT_MENTIONED)


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


# Refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: status, body (of any shape) and headers. `repr` shows the status alone."""

    status: int
    body: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def words(self) -> str:
        """Everything X says about why, for recognising it; never shown or logged."""
        body = self.body if isinstance(self.body, dict) else {}
        told = [body, *entries(body, "errors")]
        return " ".join(
            str(one.get(key) or "")
            for one in told
            for key in ("title", "type", "reason", "detail", "message")
        )

    @property
    def parameters(self) -> Sequence[str]:
        """The parameters X blames."""
        body = self.body if isinstance(self.body, dict) else {}
        blamed = [name for error in entries(body, "errors") for name in (error.get("parameters") or {})]
        return [str(name) for name in blamed]

    def blames(self, *names: str) -> bool:
        """Whether X blames a parameter of one of these names, by structure or in its message."""
        return any(name in self.parameters or f"'{name}'" in self.words for name in names)

    def says(self, *marks: str) -> bool:
        """Whether X's words hold one of these marks."""
        return any(mark in self.words for mark in marks)


def names_a_field(refusal: Refusal) -> bool:
    """Whether X refused the names of the fields that were asked for."""
    return refusal.status == 400 and refusal.blames(
        "tweet.fields", "post.fields", "expansions", "media.fields"
    )


def explain_read(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused read means for the listener."""
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status == 429 and not refusal.says(*_MONEY):
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status in {402, 403, 429}:
        return NotEntitled("credit or cap" if refusal.says(*_MONEY) else str(status))
    if status == 400:
        old = refusal.blames("since_id", "next_token", "pagination_token", "start_time")
        return CursorRefused("cursor too old") if old else NotEntitled("query refused")
    return Transient(str(status)) if status >= 500 or status == 408 else BadAnswer(str(status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known."""
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status == 403 and refusal.says("duplicate content"):
        # X says so when the same words went out a moment ago: most likely our own first attempt.
        return OutcomeUnknown("duplicate text")
    if status in {402, 403, 429} and refusal.says(*_MONEY, *_PLAN):
        return NotEntitled("credit, cap or plan")
    if status == 402:
        return NotEntitled("402")
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status in {403, 404} and refusal.says("deleted or not visible", "resource-not-found"):
        return Gone("post is gone")
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused(str(status))
