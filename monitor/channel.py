"""What every network must offer, and the plain types that pass between a network and intake.

`RawPost` holds raw text. It lives here, where `casebook` may not look: what is kept is made from it by the
Reader. Errors are drawn first, because intake's whole behaviour hangs on which one comes::

    ChannelError                 one base; `reason` is a short word for logs, never text of a post
    ├── Transient                a network fault on a read: try the same page again later
    ├── Throttled                asked to wait; `until` says when
    ├── CredentialsRefused       401 and kin: stop this listener, tell a person
    ├── NotEntitled              402/403 plan, credit or permission: stop, tell a person
    ├── CursorRefused            the network no longer accepts this cursor: start again, record a gap
    ├── BadAnswer                the answer made no sense (HTML for JSON, a page that repeats)
    ├── Gone                     the post that was asked for or answered is deleted or hidden
    ├── Refused                  the network definitely refused the write: nothing was posted
    └── OutcomeUnknown           a write was begun and no answer came: it may or may not be posted
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Cursor = Mapping[str, Any]
"""Where a listener is, as plain JSON; its meaning belongs to the channel. Empty at the very start."""


class ChannelError(Exception):
    """Something went wrong at a network."""

    def __init__(self, reason: str, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until


class Transient(ChannelError):
    """A network fault on a read; the same page may be asked for again."""


class Throttled(ChannelError):
    """The network asked us to wait, until `until` where it said so."""


class CredentialsRefused(ChannelError):
    """The network does not accept our credentials; a person must act."""


class NotEntitled(ChannelError):
    """The plan, the credit or the permission does not cover this call; a person must act."""


class CursorRefused(ChannelError):
    """The network no longer accepts the cursor; listening starts again and the gap is recorded."""


class BadAnswer(ChannelError):
    """The answer could not be understood."""


class Gone(ChannelError):
    """The post is deleted, hidden or withheld."""


class Refused(ChannelError):
    """The network refused the write outright; nothing was posted."""


class OutcomeUnknown(ChannelError):
    """A write was begun and no clear answer came; it may or may not have been posted."""


class ReplyWay(StrEnum):
    """How a mention can be answered."""

    API = "api"
    HANDOFF = "handoff"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class ReplyCapability:
    """Whether and how one post can be answered, and why, in plain words."""

    way: ReplyWay
    reason: str


@dataclass(frozen=True, slots=True)
class RawPost:
    """One public post as it came, in the network's own words. Raw: never stored, logged or printed."""

    channel: str
    external_id: str
    conversation_id: str
    author_id: str
    posted_at: datetime
    text: str = field(repr=False)
    handle: str = field(default="", repr=False)
    display_name: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    alt_text: str = field(default="", repr=False)
    quoted: str = field(default="", repr=False)
    permalink: str = field(default="", repr=False)
    in_reply_to: str = ""
    language: str = ""
    """The network's own guess (BCP 47), "" where it gives none."""
    capability: ReplyCapability = ReplyCapability(ReplyWay.HANDOFF, "this network told us nothing")
    ours: bool = False
    """Posted by the organisation's own account: kept in threads, never a mention."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a listener looks for, in the organisation's words; each channel compiles it to its own query."""

    name: str
    terms: tuple[str, ...]
    handles: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Where to look, where a network needs it: names of subreddits, and the like."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listening walk. Its posts and `cursor` are committed together.

    `more` says that the walk goes on from `cursor` at once. `asked` is what was asked, for the poll record
    (query, window, page token: no post text). `complete` is False when the network could not give everything
    (a cap was hit, a gap was jumped) and `gap` says why in plain words.
    """

    posts: Sequence[RawPost]
    cursor: Cursor
    more: bool
    asked: Mapping[str, Any]
    complete: bool = True
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A post as it is now: `post` is None when it is gone, and `gone` says how ("deleted", "protected" …)."""

    external_id: str
    post: RawPost | None
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply that the network has accepted."""

    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, before any particular post is considered."""

    name: str
    title: str
    can_reply: bool
    idempotent: bool
    """True when the network itself refuses a second copy of the same attempt (a key chosen before sending)."""
    read_back_lag: float
    """Seconds to wait before looking for a reply whose outcome is unknown."""
    longest_reply: int
    """In code points."""
    account: str = ""
    """The account that replies are posted as, where the channel knows it: an approval binds the account, too."""


class Channel(Protocol):
    """One network. Every call has a timeout; no call retries a write; nothing logs a token or a post."""

    @property
    def capabilities(self) -> Capabilities:
        """What this network can do with the credentials it was given."""
        ...

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page of posts after `cursor`; an empty cursor starts as far back as the network allows.

        Raises:
            Transient, Throttled, CredentialsRefused, NotEntitled, CursorRefused, BadAnswer: nothing was read.
        """
        ...

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """A cursor to start again with after `CursorRefused`, or where the walk from `cursor` never goes on.

        As far back as the network allows.
        """
        ...

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The conversation around a post, oldest first, as far as the network shows it.

        Raises:
            Gone: the post is no longer there. Other `ChannelError`s as for `fetch`.
        """
        ...

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now, in the order asked."""
        ...

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """Post `text` as a reply, with exactly one request to the network and no retry.

        `key` identifies the attempt; networks with idempotency keys use it, others ignore it.

        Raises:
            Refused, Gone, CredentialsRefused, NotEntitled, Throttled: certainly not posted.
            OutcomeUnknown: it may have been posted.
        """
        ...

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our own reply to a post, read back from the network; None when it is not to be seen."""
        ...
