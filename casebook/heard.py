"""What intake hands to the casebook about one post: redacted and sealed, never raw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from casebook.model import Correction
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
