"""The record as plain data: what is kept, which states it passes through, and what kind each column is.

Column kinds: *sealed* fields are bytes of a vault envelope; *redacted* text was made by
the redactor alone; *keyed* hashes find again without reading; everything else is facts (ids, enums,
times, numbers). Ids are 32 hex digits that sort by time. Times are UTC.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from casebook.listening import Incident as Incident
from casebook.listening import Listener as Listener
from casebook.listening import Network as Network
from casebook.listening import Poll as Poll
from casebook.listening import SetAside as SetAside
from casebook.listening import SpendRow as SpendRow
from casebook.listening import WatchRow as WatchRow
from casebook.listening import cursor_row as cursor_row
from casebook.listening import incident_row as incident_row
from casebook.listening import set_aside_row as set_aside_row
from casebook.states import ALIVE as ALIVE
from casebook.states import CASE_MOVES as CASE_MOVES
from casebook.states import DRAFT_MOVES as DRAFT_MOVES
from casebook.states import OUTBOX_MOVES as OUTBOX_MOVES
from casebook.states import CaseStatus as CaseStatus
from casebook.states import CorrectionKind as CorrectionKind
from casebook.states import DraftState as DraftState
from casebook.states import IncidentKind as IncidentKind
from casebook.states import Mode as Mode
from casebook.states import OutboxState as OutboxState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC, exactly (floats would round)."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The time, in UTC, that `micros` turned into a number."""
    return _EPOCH + timedelta(microseconds=value)


def new_id() -> str:
    """A new id: 48 bits of time, then 80 random bits, as 32 hex digits."""
    return f"{time.time_ns() // 1_000_000 & (1 << 48) - 1:012x}{os.urandom(10).hex()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The one organisation of this casebook; `mode` never changes after creation (the database refuses)."""

    id: str
    name: str
    mode: Mode
    settings: Mapping[str, Any]
    sending_stopped: bool
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One of the organisation's own accounts on a network; no credential is kept here."""

    id: str
    channel: str
    handle: str
    created_at: datetime
    session: bytes | None = field(default=None, repr=False)
    """A channel's session with its network, sealed; None where it keeps none."""
    version: int = 1


def session_row(account_id: str) -> str:
    """What an account's session is bound to."""
    return f"account|{account_id}|session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One public post about us. `sealed` holds the exact words and every identifying field."""

    id: str
    case_id: str
    channel: str
    external_key: str
    conversation_key: str
    author_key: str
    sealed: bytes | None = field(repr=False)
    content_hash: str
    safe: bool
    why_unread: str
    text: str = field(repr=False)
    listed: str = field(repr=False)
    findings: tuple[tuple[int, int, str, float], ...]
    assessment: Mapping[str, Any]
    language: str
    posted_at: datetime
    heard_at: datetime
    way: str
    way_reason: str
    way_at: datetime
    gone: str = ""
    revision: str = ""
    """The network's name of the version that is kept; "" as first made."""
    version: int = 1

    @property
    def row(self) -> str:
        """The identity that `sealed` is bound to."""
        return mention_row(self.id)


def mention_row(mention_id: str) -> str:
    """What a mention's envelope is bound to; so are those of its earlier versions."""
    return f"mention|{mention_id}|post"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVersion:
    """A post as it was before its author edited it. Bound as the mention is."""

    id: str
    mention_id: str
    sealed: bytes | None = field(repr=False)
    content_hash: str
    revision: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation to be looked at by a person, and answered or not."""

    id: str
    number: int
    channel: str
    account_id: str
    conversation_key: str
    status: CaseStatus
    queue: str
    severity: int
    suggested_severity: int
    due_at: datetime
    opened_at: datetime
    summary: str = field(repr=False)
    numbering: bytes | None = field(default=None, repr=False)
    mention_id: str = ""
    """The mention that a reply would answer: the newest one."""
    holder_id: str = ""
    held_until: datetime | None = None
    escalated_to: str = ""
    tell: tuple[str, ...] = ()
    must_do: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    safe: bool = True
    triaged: bool = False
    closed_why: str = ""
    complaint_live: bool = False
    """A formal complaint about this is open: it is answered there, never in public."""
    version: int = 1


def numbering_row(case_id: str) -> str:
    """What a case's placeholder map is bound to."""
    return f"case|{case_id}|numbering"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing that happened on a case, for the people who work it. `text` is redacted staff text."""

    id: str
    case_id: str
    at: datetime
    staff_id: str
    kind: str
    facts: Mapping[str, Any]
    text: str = field(default="", repr=False)
    sealed: bytes | None = field(default=None, repr=False)


def event_row(event_id: str) -> str:
    """What a note's envelope is bound to."""
    return f"case_event|{event_id}|text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction, never changed. `sealed` holds the words; erasing a case may empty it, nothing else may."""

    id: str
    case_id: str
    mention_id: str
    kind: CorrectionKind
    entity: str
    sealed: bytes | None = field(repr=False)
    staff_id: str
    at: datetime
    undoes: str = ""
    """The correction that one of the kind `TAKEN_BACK` takes back."""


def correction_row(correction_id: str) -> str:
    """What a correction's words are bound to."""
    return f"correction|{correction_id}|words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One revision of a reply. `sealed` is the exact text, `text` the redacted one for lists."""

    id: str
    case_id: str
    mention_id: str
    revision: int
    author_id: str
    state: DraftState
    sealed: bytes = field(repr=False)
    text: str = field(repr=False)
    text_hash: str
    verdict: str
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, bool, int, int, str], ...]
    policy_version: str
    bundle_hash: str
    approvals_needed: int
    written_at: datetime
    decided_why: str = field(default="", repr=False)
    version: int = 1


def draft_row(draft_id: str) -> str:
    """What a draft's envelope is bound to."""
    return f"draft|{draft_id}|text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One person's decision on one exact bundle; the database refuses an author's own."""

    id: str
    draft_id: str
    author_id: str
    approver_id: str
    decision: str
    bundle_hash: str
    policy_version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An approved reply on its way out (the outbox)."""

    id: str
    draft_id: str
    case_id: str
    mention_id: str
    channel: str
    bundle_hash: str
    state: OutboxState
    queued_at: datetime
    not_before: datetime
    lease_owner: str = ""
    lease_until: datetime | None = None
    why: str = ""
    sent_at: datetime | None = None
    sealed_address: bytes | None = field(default=None, repr=False)
    """The posted reply's id and address, sealed."""
    reply_key: str = ""
    """Keyed hash of the reply's external id, so that a listener knows it as ours."""
    account_id: str = ""
    seen_at: datetime | None = None
    """When the reply was seen on the network itself: by a listener, or when it was looked for."""
    looks: int = 0
    """How often a reply posted by hand was looked for."""
    look_at: datetime | None = None
    """When to look for it next; None when there is nothing (more) to look for."""
    version: int = 1


def address_row(outbox_id: str) -> str:
    """What a sent reply's address is bound to."""
    return f"outbox|{outbox_id}|address"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxAttempt:
    """One call to a network, committed before the call; `outcome` stays "" while no answer is known."""

    id: str
    outbox_id: str
    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""
    reason: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRequest:
    """Something the desk asks of a network; the monitor answers it."""

    id: str
    kind: str
    case_id: str
    mention_id: str
    staff_id: str
    asked_at: datetime
    answered_at: datetime | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One policy as it was activated: its exact text, named by its hash."""

    id: str
    version_hash: str
    name: str
    source: str = field(repr=False)
    activated_at: datetime
    activated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One person who works here; disabling keeps the history."""

    id: str
    username: str
    display_name: str
    roles: tuple[str, ...]
    password_hash: str = field(repr=False)
    active: bool
    created_at: datetime
    failed_tries: int = 0
    locked_until: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One sign-in. The token itself is never stored, only its hash."""

    id: str
    staff_id: str
    token_hash: str = field(repr=False)
    kind: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of the chain. `entry` is the exact canonical bytes that were hashed."""

    seq: int
    at: datetime
    actor: str
    session: str
    kind: str
    case_id: str
    entry: bytes
    prev_hash: str
    hash: str
