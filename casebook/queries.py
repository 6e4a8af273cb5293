"""What screens, line commands and reports read: frozen rows, and the narrow port that gives them.

Texts here are redacted; nothing sealed leaves through a query. `summary` and `listed` are made with the
share profile (health terms hidden), `text` with the desk profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from casebook.model import Account, CaseStatus, DraftState, Organisation, OutboxState, Staff

VIEWS = ("open", "unclaimed", "mine", "waiting", "escalated", "unsafe", "uncertain", "answered", "closed")
"""The views that a queue can be filtered by; "open" is everything that still needs somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which cases to list: one of `VIEWS`, optionally one queue, most urgent first."""

    view: str = "open"
    queue: str = ""
    staff_id: str = ""
    """Whose cases "mine" means."""
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One case in a list."""

    case_id: str
    number: int
    status: CaseStatus
    queue: str
    severity: int
    triaged: bool
    summary: str = field(repr=False)
    channel: str
    due_at: datetime
    opened_at: datetime
    holder: str
    """Display name of whoever holds it now, "" when nobody does."""
    holder_id: str
    held_until: datetime | None
    escalated_to: str
    risks: tuple[str, ...]
    safe: bool
    mentions: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionView:
    """One post of a case's thread; our own replies are among its drafts."""

    mention_id: str
    posted_at: datetime
    text: str = field(repr=False)
    safe: bool
    why_unread: str
    language: str
    way: str
    way_reason: str
    way_at: datetime
    gone: str
    assessment: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One line of a case's history."""

    at: datetime
    who: str
    kind: str
    facts: Mapping[str, Any]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """One revision of a reply, its text redacted for lists (the exact text: `actions.drafting.open_draft`)."""

    draft_id: str
    mention_id: str
    revision: int
    state: DraftState
    author: str
    author_id: str
    text: str = field(repr=False)
    verdict: str
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, bool, int, int, str], ...]
    """(reason, hard, start, end, words) as the gate gave them."""
    policy_version: str
    bundle_hash: str
    written_at: datetime
    decided_why: str = field(repr=False)
    approvals_needed: int
    approved_by: tuple[str, ...]
    outbox_id: str
    outbox_state: OutboxState | None
    outbox_why: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """Everything a case screen shows."""

    row: QueueRow
    account: str
    mention_id: str
    must_do: tuple[str, ...]
    tell: tuple[str, ...]
    rules: tuple[str, ...]
    suggested_severity: int
    closed_why: str
    thread: Sequence[MentionView]
    history: Sequence[EventView]
    drafts: Sequence[DraftView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many cases each view and each queue of open cases holds."""

    views: Mapping[str, int]
    queues: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One reply with who wrote it, who approved it, and under which policy version."""

    case_number: int
    channel: str
    author: str
    approvers: tuple[str, ...]
    verdict: str
    policy_version: str
    state: OutboxState
    queued_at: datetime
    sent_at: datetime | None
    attempts: int
    bundle_hash: str
    outbox_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How one listener is doing: quiet because nothing is new and quiet because broken look different."""

    watch: str
    channel: str
    listener_id: str
    interval_s: int
    last_success_at: datetime | None
    next_due_at: datetime
    failures: int
    stopped_why: str
    polls: int
    heard: int
    incomplete: int
    last_gap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One audit entry in words."""

    seq: int
    at: datetime
    who: str
    kind: str
    case_number: int | None
    sentence: str
    facts: Mapping[str, str | int]
    hash: str


class Queries(Protocol):
    """The reads. Each runs in its own short read-only transaction and never blocks a writer."""

    def organisation(self) -> Organisation:
        """The organisation of this casebook."""
        ...

    def queue(self, wanted: QueueFilter, now: datetime) -> list[QueueRow]:
        """Cases, most urgent first: severity, then due time, then number."""
        ...

    def case(self, case_id: str, now: datetime) -> CaseView:
        """One case whole.

        Raises:
            casebook.errors.NotFound: there is no such case.
        """
        ...

    def case_id(self, number: int) -> str:
        """The id of a case by its number.

        Raises:
            casebook.errors.NotFound: there is no such case.
        """
        ...

    def counts(self, staff_id: str, now: datetime) -> Counts:
        """How much there is to do; "mine" is of `staff_id`."""
        ...

    def replies(self, since: datetime | None = None) -> list[ReplyRow]:
        """Replies that passed approval, newest first."""
        ...

    def coverage(self, since: datetime) -> list[CoverageRow]:
        """Every listener, with what it heard after `since`."""
        ...

    def audit(self, *, case_id: str = "", after_seq: int = 0, limit: int = 200) -> list[AuditRow]:
        """Audit entries in order of `seq`, of one case or of all."""
        ...

    def staff(self) -> list[Staff]:
        """Everybody who works or worked here, by user name."""
        ...

    def accounts(self) -> list[Account]:
        """The organisation's own accounts."""
        ...

    def names(self) -> Mapping[str, str]:
        """Staff id → display name."""
        ...
