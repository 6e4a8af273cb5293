"""What intake hands to the casebook about one post: redacted and sealed, never raw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from casebook.model import Correction, IncidentKind
from policies.facts import Assessment
from redaction.text import Redacted


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One post, read. The keys are keyed hashes of the network's ids; `redacted.row` is bound to `mention_id`."""

    mention_id: str
    case_id: str
    """The conversation's case, or the id that a new case would get."""
    external_key: str
    conversation_key: str
    author_key: str
    redacted: Redacted
    assessment: Assessment
    why_unread: str
    language: str
    posted_at: datetime
    way: str
    way_reason: str
    numbering_after: bytes = field(repr=False)
    """The case's placeholder map after this post, sealed for `case_id`."""
    numbering_seen: str = ""
    """Digest of the sealed map that was there before this page, "" for a new case."""
    revision: str = ""
    edited: bool = False
    """A post that is known already, whose author has changed it: `mention_id` is the one that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """A post of our own account that was heard: keyed ids of it, and of what it answers ("" where nothing)."""

    external_key: str
    parent_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleRecord:
    """One source of a watch failed: in one word, and as the kind of incident that it makes, if it makes one."""

    outcome: str
    incident: IncidentKind | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSetAside:
    """An item that could not be understood, sealed for `set_aside_row(item_id)`."""

    item_id: str
    digest: str
    why: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What intake must know about a conversation before it redacts: its case and the numbers already given."""

    case_id: str
    numbering: bytes | None = field(repr=False)
    seen: str
    corrections: tuple[Correction, ...] = ()
    """What people have put right in it, words sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A listener taken for polling: only its holder may commit, and only while `fence` is the newest."""

    listener_id: str
    watch: str
    channel: str
    account: str
    query: dict[str, object]
    cursor: dict[str, object] = field(repr=False)
    owner: str
    fence: int
    interval_s: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """One page, ready to be committed with the cursor that follows it."""

    heard: tuple[Heard, ...]
    cursor: dict[str, object] = field(repr=False)
    more: bool
    asked: dict[str, object]
    saw: int
    started_at: datetime
    complete: bool = True
    gap: str = ""
    walk: str = ""
    page: int = 1
    source: str = ""
    window_from: datetime | None = None
    window_to: datetime | None = None
    newest_at: datetime | None = None
    oldest_at: datetime | None = None
    cap: str = ""
    passed_over: int = 0
    calls: int = 0
    micros: int = 0
    own: tuple[OwnPost, ...] = ()
    set_aside: tuple[ItemSetAside, ...] = ()
    trouble: TroubleRecord | None = None


def numbering_digest(sealed: bytes | None) -> str:
    """A short name for one state of a case's placeholder map."""
    return hashlib.sha256(sealed).hexdigest()[:16] if sealed else ""
