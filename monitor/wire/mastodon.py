"""Mastodon's statuses and refusals, as plain JSON: what they say, whatever server of the fediverse they come from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
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
)
from monitor.wire.items import web_addresses
from monitor.wire.mastodon_html import plain

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading an item of a shape that we do not know raises."""

OURS = "This is a post of our own account."
MEMORIAL = "The author's account is a memorial: nothing is answered there."
NO_SCOPE = "Our token may not post: open the post on its server and answer there."
NARROW = "The post went to chosen people only; a reply from here goes to its author alone."
OPEN = "The post is public and our account can answer it from here."

SCOPE = "scope"
"""The reason of a refusal because of what our token may do."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_ACCT = re.compile(r"[\w.-]{1,100}(?:@[\w.:-]{1,255})?", re.ASCII)
_LEADING_MENTIONS = re.compile(r"^(?:@\S+\s+)+")
_LONGEST_WAIT = timedelta(days=1)
"""A server that asks for more than this is not believed: we would stop hearing on its word alone."""
_SEEN_WITHIN = {"public": "public", "unlisted": "unlisted"}


@dataclass(frozen=True, slots=True)
class Account:
    """Which account we are: its id on our server, and whether we can post as it."""

    id: str
    can_write: bool = True


# Ids


def is_id(value: object) -> bool:
    """Whether this can be an id of a server's: it is put into addresses as it stands."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def rank(status_id: str) -> tuple[int, str]:
    """What ids are sorted by, newest last: a longer one is newer. Source: Mastodon API, "Guidelines: ids"."""
    return len(status_id), status_id


def id_of(data: Mapping[str, Any]) -> str:
    """The id of a status, a notification or an account.

    Raises:
        KeyError, ValueError: it has none that can be one.
    """
    found = data["id"]
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not is_id(found):
        raise ValueError("no id")
    return str(found)


# Statuses


def post_of(data: Mapping[str, Any], account: Account, *, root: str = "", addressed: bool = False) -> RawPost:
    """One status as a post.

    Args:
        data: the status.
        account: ours.
        root: the first post of its conversation, where that is known; a status itself does not tell it.
        addressed: the server itself said that it is addressed to us.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, OverflowError: it is not of a shape we know.
    """
    status_id, author = id_of(data), data["account"]
    author_id, parent = id_of(author), str(data.get("in_reply_to_id") or "")
    acct = _words(author.get("acct"))
    ours = author_id == account.id
    return RawPost(
        channel="mastodon",
        external_id=status_id,
        conversation_id=root or parent or status_id,
        author_id=author_id,
        posted_at=moment(data["created_at"]),
        text=_content(data),
        handle=f"@{acct}" if acct else "",
        display_name=_words(author.get("display_name")),
        alt_text="\n".join(filter(None, (_words(one.get("description")) for one in _media(data)))),
        quoted=_quoted(data),
        permalink=next(iter(web_addresses([data.get("url"), data.get("uri")])), ""),
        in_reply_to=parent,
        language=_words(data.get("language")),
        capability=_capability(data, author, account, ours),
        ours=ours,
        direct=not ours and (addressed or account.id in mentioned(data)),
        revision=_words(data.get("edited_at")),
        warning=_words(data.get("spoiler_text")),
        poll=_poll(data),
        media=web_addresses(one.get("url") or one.get("remote_url") for one in _media(data)),
    )


def moment(value: Any) -> datetime:
    """A time of Mastodon's (ISO 8601), in UTC.

    Raises:
        TypeError, ValueError, OverflowError: it is none.
    """
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def mentioned(data: Mapping[str, Any]) -> set[str]:
    """The ids of the accounts that a status mentions."""
    found = data.get("mentions")
    return (
        {str(one.get("id")) for one in found if isinstance(one, dict)} if isinstance(found, list) else set()
    )


def _content(data: Mapping[str, Any]) -> str:
    content = data["content"]
    if not isinstance(content, str):
        raise TypeError("content of another shape")
    return plain(content)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _media(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = data.get("media_attachments")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _poll(data: Mapping[str, Any]) -> tuple[str, ...]:
    poll = data.get("poll")
    options = poll.get("options") if isinstance(poll, dict) else None
    found = options if isinstance(options, list) else []
    return tuple(_words(one.get("title")) for one in found if isinstance(one, dict) and one.get("title"))


def _quoted(data: Mapping[str, Any]) -> str:
    """The words of a quoted status: Mastodon's own form since 4.5, or that of servers which quoted before."""
    quote = data.get("quote")
    status = quote.get("quoted_status", quote) if isinstance(quote, dict) else None
    content = status.get("content") if isinstance(status, dict) else None
    return plain(content) if isinstance(content, str) else ""


def _capability(
    data: Mapping[str, Any], author: Mapping[str, Any], account: Account, ours: bool
) -> ReplyCapability:
    if ours:
        return ReplyCapability(ReplyWay.FORBIDDEN, OURS)
    if author.get("memorial") is True:
        return ReplyCapability(ReplyWay.FORBIDDEN, MEMORIAL)
    if not account.can_write:
        return ReplyCapability(ReplyWay.HANDOFF, NO_SCOPE)
    return ReplyCapability(ReplyWay.API, OPEN if data.get("visibility") in _SEEN_WITHIN else NARROW)


# Replies


def visibility_of(data: Mapping[str, Any]) -> str:
    """How widely a reply is shown: as widely as the status it answers, and never more widely.

    A status for followers is answered to its author alone: our followers are not those of its author.
    """
    return _SEEN_WITHIN.get(str(data.get("visibility")), "direct")


def addressed_to(data: Mapping[str, Any], text: str) -> str:
    """`text` with the author of `data` mentioned in it, since without that nobody is told of a reply.

    Raises:
        Refused: the author's address is none that can be mentioned.
    """
    author = data.get("account")
    acct = author.get("acct") if isinstance(author, dict) else None
    if not isinstance(acct, str) or not _ACCT.fullmatch(acct):
        raise Refused("author without an address")
    named = re.search(rf"(?<![\w@])@{re.escape(acct)}(?![\w@-]|\.\w)", text, re.IGNORECASE)
    return text if named else f"@{acct} {text}"


def is_reply(data: Mapping[str, Any], parent: str, text: str) -> bool:
    """Whether a status answers `parent` with the words of `text`: leading mentions and the shape of spaces aside."""
    content = data.get("content")
    if str(data.get("in_reply_to_id")) != parent or not isinstance(content, str):
        return False
    return _compared(text) == _compared(plain(content))


def _compared(text: str) -> list[str]:
    return _LEADING_MENTIONS.sub("", unicodedata.normalize("NFC", text).strip()).split()


# Refusals


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: status, body (of any shape) and headers. `repr` shows the status alone."""

    status: int
    body: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def of_scope(self) -> bool:
        """Whether it is our token that may not do this. Source: Mastodon API, OAuth scopes."""
        body = self.body if isinstance(self.body, dict) else {}
        return "authorized scope" in str(body.get("error") or "").lower()


def explain_read(refusal: Refusal, now: datetime, *, at_cursor: bool = False) -> ChannelError:
    """What a refused read means. `at_cursor` says that a place in a list was asked for."""
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status in {402, 403}:
        return NotEntitled(SCOPE if refusal.of_scope else str(status))
    if status in {404, 410}:
        return Gone(str(status))
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status in {400, 422} and at_cursor:
        return CursorRefused(str(status))
    return Transient(str(status)) if status >= 500 or status == 408 else BadAnswer(str(status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known.

    409 and 5xx leave it open: another attempt under the same key may be under way at the server.
    """
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status == 402 or (status == 403 and refusal.of_scope):
        return NotEntitled(SCOPE if refusal.of_scope else str(status))
    if status in {404, 410}:
        return Gone("post is gone")
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status in {408, 409} or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused(str(status))


def wait_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server's headers say that we may ask again, by our clock; None where they do not say.

    Reads `retry-after` (seconds) and `x-ratelimit-reset` (Mastodon: ISO 8601; GoToSocial: seconds since 1970), the
    latter against the server's own `date`, whose clock need not be right. No wait longer than a day is believed.
    """
    wait = _seconds(headers.get("retry-after"))
    if wait is None:
        reset = _reset(headers.get("x-ratelimit-reset"))
        wait = (reset - (_dated(headers.get("date")) or now)).total_seconds() if reset else None
    return None if wait is None else now + min(timedelta(seconds=max(wait, 1.0)), _LONGEST_WAIT)


def _seconds(value: str | None) -> float | None:
    return float(value) if value and re.fullmatch(r"\d{1,8}", value.strip()) else None


def _reset(value: str | None) -> datetime | None:
    try:
        if value and re.fullmatch(r"\d{9,11}", value.strip()):
            return datetime.fromtimestamp(int(value), UTC)
        return moment(value.strip()) if value else None
    except UNREADABLE:
        return None


def _dated(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value) if value else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except UNREADABLE:
        return None


def entries(body: object) -> Sequence[Any]:
    """The items of a list.

    Raises:
        BadAnswer: it is none.
    """
    if not isinstance(body, list):
        raise BadAnswer("answer of another shape")
    return body
