"""What every network must offer, and the plain types that pass between a network and intake.

`RawPost` holds raw text. It lives here, where `casebook` may not look: what is kept is made from it by the
Reader. Errors are drawn first, because intake's whole behaviour hangs on which one comes::

    ChannelError                 one base; `reason` is a short word for logs, never text of a post
    ├── Transient                a network fault on a read: try the same page again later
    ├── Throttled                asked to wait; `until` says when
    │   └── OverBudget           our own ceiling for this network is reached; nothing was asked of it
    ├── CredentialsRefused       401 and kin: stop this listener, tell a person
    ├── NotEntitled              402/403 plan, credit or permission: stop, tell a person
    ├── CursorRefused            the network no longer accepts this cursor: start again, record a gap
    ├── BadAnswer                the answer made no sense (HTML for JSON, a page that repeats)
    ├── Gone                     the post that was asked for or answered is deleted or hidden
    ├── Refused                  the network definitely refused the write: nothing was posted
    └── OutcomeUnknown           a write was begun and no answer came: it may or may not be posted
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from casebook.ports import Clock
from monitor.limits import USUAL, Limits
from monitor.spending import FREE, NOTHING, Prices, Spend

Cursor = Mapping[str, Any]
"""Where a listener is, as plain JSON; its meaning belongs to the channel. Empty at the very start."""


class ChannelError(Exception):
    """Something went wrong at a network."""

    def __init__(self, reason: str, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until
        self.cursor: Cursor | None = None
        """Where the next poll begins, where that is not where this one began."""


class Transient(ChannelError):
    """A network fault on a read; the same page may be asked for again."""


class Throttled(ChannelError):
    """The network asked us to wait, until `until` where it said so."""


class OverBudget(Throttled):
    """The budget set for this network is spent; `until` says when it begins anew."""


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
    direct: bool = False
    """The network itself says that it is addressed to us (a mention, an answer, a review of us): it is kept
    whatever its words are."""
    revision: str = ""
    """The network's name of this version; "" as first made. Another one means that the author has edited it."""
    warning: str = field(default="", repr=False)
    """The author's content warning."""
    poll: tuple[str, ...] = field(default=(), repr=False)
    """The choices of a poll, without votes."""
    media: tuple[str, ...] = field(default=(), repr=False)
    """Addresses of pictures and films: linked, never fetched."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a listener looks for, in the organisation's words; each channel compiles it to its own query."""

    name: str
    terms: tuple[str, ...]
    handles: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Where to look, where a network needs it: names of subreddits, addresses of feeds, and the like."""
    hashtags: tuple[str, ...] = ()
    """Without "#"."""


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item of a page that could not be understood, as it came. Raw: it is sealed and set aside."""

    body: str = field(repr=False)
    why: str = "shape"
    """One word."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One source of a watch (one feed, one hashtag) failed while the others went on."""

    source: str
    error: ChannelError


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
    source: str = ""
    """Which of the watch's sources this page is of, in words ("mentions", "feed 2"); "" where there is but one."""
    window: tuple[datetime | None, datetime | None] = (None, None)
    """From when to when was asked, where the network takes a window; None is open."""
    cap: str = ""
    """The cap that was hit, in plain words: the network would not give more although there may be more."""
    unread: Sequence[RawItem] = ()
    """Items that could not be understood: they are set aside, sealed, and the page stands."""
    trouble: Trouble | None = None
    """This source failed and gave no posts; the walk goes on with the others."""
    cost: Spend = NOTHING


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
    resend_within: float
    """Seconds from the first attempt for which the network itself refuses a second copy under the same key; 0 where
    it never does (then nothing is ever sent again by itself), infinite where it always does."""
    read_back_lag: float
    """Seconds to wait before looking for a reply whose outcome is unknown."""
    longest_reply: int
    """In code points."""
    account: str = ""
    """The account that replies are posted as, where the channel knows it: an approval binds the account, too."""
    looks_up: bool = True
    """Whether a post can be asked for again as it is now."""
    prices: Prices = FREE

    @property
    def idempotent(self) -> bool:
        """Whether the network itself refuses a second copy of the same attempt, for some time at least."""
        return self.resend_within > 0


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

    def spent(self) -> Spend:
        """What was asked of the network since this was last called; it counts from zero again."""
        ...


class Keep(Protocol):
    """Where a channel keeps its session with a network between runs, sealed."""

    def load(self) -> str:
        """What was saved last, "" where nothing was."""
        ...

    def save(self, session: str) -> None:
        """Keep this instead."""
        ...


@dataclass(frozen=True, slots=True)
class Making:
    """What a channel is made of. `repr` shows no credential."""

    clock: Clock
    credentials: Any = field(default=None, repr=False)
    """An instance of the kind's `credentials`, None where it has none."""
    handle: str = ""
    """Our account there, as the public sees it."""
    server: str = ""
    """The server to speak to, "" for the network's own."""
    limits: Limits = USUAL
    keep: Keep | None = field(default=None, repr=False)
    state: Path | None = None
    """The practice network's own file."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One kind of network: what an entry point of the group `voicedesk.channels` names, and each channel file offers.

    `credentials` is a frozen dataclass whose fields are all strings (fields without a default must be set), or None
    where none are needed. `servers` says where it may speak to: "network" (its own address alone, a stand-in on this
    machine for tests), "server" (an https address must be configured, as each Mastodon server is one of its own), or
    "watch" (each watch names its places).
    """

    name: str
    title: str
    make: Callable[[Making], Channel]
    credentials: type | None = None
    servers: str = "network"
    optional: bool = False
    """It can hear without credentials."""
