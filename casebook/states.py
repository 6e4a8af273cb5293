"""Which states cases, drafts and replies pass through, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Mode(StrEnum):
    """Whether replies reach the public, or only a practice network."""

    LIVE = "live"
    REHEARSAL = "rehearsal"


class CaseStatus(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    """A reply waits for approval."""
    APPROVED = "approved"
    """A reply is approved and on its way, or waits to be posted by hand."""
    ANSWERED = "answered"
    CLOSED = "closed"


CASE_MOVES: Mapping[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.NEW: frozenset({CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.CLOSED}),
    CaseStatus.OPEN: frozenset({CaseStatus.WAITING, CaseStatus.CLOSED}),
    CaseStatus.WAITING: frozenset({CaseStatus.OPEN, CaseStatus.APPROVED, CaseStatus.CLOSED}),
    CaseStatus.APPROVED: frozenset({CaseStatus.OPEN, CaseStatus.ANSWERED}),
    CaseStatus.ANSWERED: frozenset({CaseStatus.OPEN, CaseStatus.CLOSED}),
    CaseStatus.CLOSED: frozenset({CaseStatus.OPEN}),
}
"""Which status may follow which."""


class CorrectionKind(StrEnum):
    """What somebody put right about what is hidden in a case."""

    MISSED = "missed"
    """Words stood in clear that identify somebody."""
    WRONGLY_HIDDEN = "wrongly_hidden"
    """A placeholder stood for words that identify nobody."""
    TAKEN_BACK = "taken_back"
    """An earlier correction holds no more."""


class IncidentKind(StrEnum):
    """Why something may not have been heard."""

    GAP = "gap"
    """A window of time, or a stretch of a walk, was not heard."""
    CAP = "cap"
    """The network would not give more, although there may have been more."""
    CREDENTIALS = "credentials"
    ENTITLEMENT = "entitlement"
    """The plan, the credit or the permission does not cover the call."""
    OVER_BUDGET = "over_budget"
    SOURCE_GONE = "source_gone"
    """A feed or a place that was listened to is there no more."""
    NOT_HEARD = "not_heard"
    """No poll has succeeded for three intervals."""
    SILENCE = "silence"
    """Polls succeed and bring nothing, for longer than is usual at these hours."""
    SET_ASIDE = "set_aside"
    """Items came that could not be understood; they are kept, sealed."""


LASTING = frozenset({IncidentKind.GAP, IncidentKind.CAP, IncidentKind.SET_ASIDE})
"""Incidents that do not end by themselves: something was lost, or waits, and a person closes them with a reason."""


class DraftState(StrEnum):
    """Where a draft reply stands; a new text is a new revision."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"


DRAFT_MOVES: Mapping[DraftState, frozenset[DraftState]] = {
    DraftState.WRITING: frozenset({DraftState.SUBMITTED, DraftState.VOID}),
    DraftState.SUBMITTED: frozenset({DraftState.APPROVED, DraftState.REJECTED, DraftState.VOID}),
    DraftState.APPROVED: frozenset({DraftState.VOID}),
    DraftState.REJECTED: frozenset(),
    DraftState.VOID: frozenset(),
}


class OutboxState(StrEnum):
    """Where an approved reply stands on its way out."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    BY_HAND = "by_hand"
    """The network does not allow it by API: a person posts it and records the address."""
    CANCELLED = "cancelled"


OUTBOX_MOVES: Mapping[OutboxState, frozenset[OutboxState]] = {
    OutboxState.QUEUED: frozenset(
        {
            OutboxState.SENDING,
            OutboxState.CANCELLED,
            OutboxState.REFUSED,
            OutboxState.SENT,
            OutboxState.UNCERTAIN,
        }
    ),
    OutboxState.SENDING: frozenset(
        {OutboxState.SENT, OutboxState.REFUSED, OutboxState.UNCERTAIN, OutboxState.QUEUED}
    ),
    OutboxState.UNCERTAIN: frozenset({OutboxState.SENT, OutboxState.QUEUED, OutboxState.CANCELLED}),
    OutboxState.BY_HAND: frozenset({OutboxState.SENT, OutboxState.CANCELLED}),
    OutboxState.SENT: frozenset(),
    OutboxState.REFUSED: frozenset(),
    OutboxState.CANCELLED: frozenset({OutboxState.SENT}),
}
"""SENDING → QUEUED only when the network certainly posted nothing (it asked us to wait).

QUEUED → UNCERTAIN when a reply that was begun before can no longer be sent again under its key, and after a restore.

QUEUED or CANCELLED → SENT when a network's late answer shows that the reply is posted after all: what is
posted is never recorded as anything else.
"""

ALIVE = frozenset({OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.BY_HAND})
"""A case has at most one reply in these states; the database refuses a second."""
