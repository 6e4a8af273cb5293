"""What screens, line commands and reports read: frozen rows, and the narrow port that gives them.

Texts here are redacted; nothing sealed leaves through a query. `summary` and `listed` are made with the
share profile (health terms hidden), `text` with the desk profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from casebook.model import Account, CaseStatus, DraftState, IncidentKind, Organisation, OutboxState, Staff
from casebook.spending import NetworkFacts, Spent

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
    waits_until: datetime | None = None
    """Before this time a queued reply is not tried."""
    seen_at: datetime | None = None
    """When it was seen on the network itself."""
    looks: int = 0
    """How often one that was posted by hand was looked for."""
    looked_for_again: bool = False
    id_known: bool = False
    """The network's own id of the posted reply is known, not only an address that somebody typed."""


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
    complaint_live: bool = False
    """A formal complaint about this is open: nothing is answered in public."""


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
    why: str = ""
    waits_until: datetime | None = None
    """Before this time a queued reply is not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """Something that may not have been heard, as people see it. `says` and `closed_why` hold no word of a post."""

    incident_id: str
    listener_id: str
    watch: str
    channel: str
    source: str
    """Which source of the watch, "" where it is the whole."""
    kind: IncidentKind
    opened_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    says: str
    closed_at: datetime | None
    closed_by: str
    """Display name of whoever closed it, "" where it ended by itself or is open."""
    closed_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """The facts of one listener; `casebook.coverage.state_of` says what they mean at a given time."""

    watch: str
    channel: str
    listener_id: str
    interval_s: int
    last_success_at: datetime | None
    next_due_at: datetime
    failures: int
    stopped_why: str
    polls: int
    """Pages asked for in the time looked at, like all that follows up to `last_gap`."""
    heard: int
    """New posts."""
    incomplete: int
    last_gap: str
    capped: int = 0
    """Pages at which the network would not give more."""
    set_aside: int = 0
    calls: int = 0
    micros: int = 0
    """Money, in millionths of the network's currency."""
    counted_since: datetime | None = None
    """Where what is counted begins later than was asked, as only so many of the newest pages are counted."""
    active: bool = True
    last_new_at: datetime | None = None
    """When the newest poll that brought something began, as far back as is looked."""
    last_outcome: str = ""
    """How the newest poll ended, in one word."""
    open: tuple[IncidentRow, ...] = ()
    """Incidents that are open, the newest first."""


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


@dataclass(frozen=True, slots=True)
class HeardRow:
    """The redacted words of one post, and when it was heard. Where it is not `safe`, there are none."""

    heard_at: datetime
    safe: bool
    text: str = field(repr=False)
    listed: str = field(repr=False)


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
        """Every listener, with what it heard after `since`; what is longer ago costs nothing."""
        ...

    def incidents(self, *, open_only: bool = False, since: datetime | None = None) -> list[IncidentRow]:
        """Coverage incidents, open ones first, then the newest first; with `since`, closed ones only from then on."""
        ...

    def audit(self, *, case_id: str = "", after_seq: int = 0, limit: int = 200) -> list[AuditRow]:
        """Audit entries in order of `seq`, of one case or of all."""
        ...

    def heard(self, channel: str, since: datetime, limit: int = 100_000) -> list[HeardRow]:
        """Posts of one channel that were heard after `since`, the newest first."""
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

    def spent(self, now: datetime) -> Mapping[str, Spent]:
        """What each channel was asked today and this month (UTC); one that was asked nothing is left out."""
        ...

    def networks(self) -> Mapping[str, NetworkFacts]:
        """What the monitor last said of each channel, by channel."""
        ...
