"""The plain facts that rules are asked about, and the answers they give.

Nothing here decides anything. Names of risks, intents, verdicts and reasons are those of `policies.vocabulary`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is at the desk; one person may hold several."""

    RESPONDER = "responder"
    APPROVER = "approver"
    GOVERNANCE = "governance_officer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """Everything the permission matrix can allow or refuse."""

    VIEW = "view"
    CLAIM = "claim"
    TRIAGE = "triage"
    ESCALATE = "escalate"
    NOTE = "note"
    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    HANDOFF = "handoff"
    CLOSE = "close"
    REVEAL = "reveal"
    RELEASE_OTHERS = "release_others"
    RESOLVE_UNCERTAIN = "resolve_uncertain"
    AUDIT = "audit"
    POLICY_ACTIVATE = "policy_activate"
    STAFF_ADMIN = "staff_admin"
    STOP_SENDING = "stop_sending"
    LISTEN = "listen"
    """Let a listener that stopped start again."""


class Verdict(StrEnum):
    """What the reply gate says of a draft."""

    ALLOW = "allow"
    NEEDS_APPROVAL = "needs_approval"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch found by the redactor, as policies see it: code points, end exclusive."""

    start: int
    end: int
    entity: str
    group: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a label was given: `label` names it, the offsets point at the words (equal when none)."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a post means, by the names of `policies.vocabulary`; it holds no personal text."""

    relevant: bool = True
    severity: int = 0
    sentiment: int = 0
    intent: str = "story"
    risks: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    needs_reply: str = "yes"
    language: str = "en"
    unsure: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MentionFacts:
    """What escalation rules may ask about one mention."""

    channel: str
    assessment: Assessment
    heard_at: datetime
    safe: bool = True
    """False while the post is "not yet safe": unread, and so looked at by a person early."""


@dataclass(frozen=True, slots=True)
class Triage:
    """Where a mention goes, how urgent it is and why; a suggestion above the floor that policy sets."""

    severity: int
    queue: str
    due_at: datetime
    tell: tuple[str, ...]
    """Roles or contacts that policy says must be told."""
    must_do: tuple[str, ...]
    """What must be done, in plain words."""
    rules: tuple[str, ...]
    """Names of the rules that fired."""


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What the reply gate reads: the draft and the post it answers, each with its spans."""

    channel: str
    draft: str = field(repr=False)
    post: str = field(repr=False)
    draft_spans: Sequence[Span] = ()
    post_spans: Sequence[Span] = ()
    severity: int = 0
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateFinding:
    """One fault in a draft: its reason, whether it blocks, where, and plain words for the writer."""

    reason: str
    hard: bool
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """The gate's verdict and every finding behind it, under one policy version."""

    verdict: Verdict
    findings: tuple[GateFinding, ...]
    policy_version: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons named, each once, in the order found."""
        return tuple(dict.fromkeys(f.reason for f in self.findings))


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What decides how many approvals a reply needs."""

    channel: str
    severity: int
    verdict: Verdict
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """What policy says about one channel: longest reply in code points, and how long a claim lasts."""

    longest_reply: int
    claim_lease: timedelta = timedelta(minutes=15)
