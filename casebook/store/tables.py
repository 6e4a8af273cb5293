"""The schema. Each table is one dataclass of `casebook.model`, column for field.

What must never happen is refused here (checks, keys, unique indices) and in `guards` (triggers), not only in
the acts: the database enforces what matters.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from casebook.model import ALIVE, CaseStatus, CorrectionKind, DraftState, Mode, OutboxState
from casebook.store import columns
from casebook.store.columns import metadata as metadata
from casebook.store.listening_tables import incident as incident
from casebook.store.listening_tables import listener as listener
from casebook.store.listening_tables import network as network
from casebook.store.listening_tables import poll as poll
from casebook.store.listening_tables import set_aside as set_aside
from casebook.store.listening_tables import spend as spend
from casebook.store.listening_tables import watch as watch

_ALIVE = text("state IN (" + ", ".join(f"'{state}'" for state in sorted(ALIVE)) + ")")

_SENDING = text("state = 'sending' AND account_id <> ''")


organisation = Table(
    "organisation",
    metadata,
    columns.identity(),
    columns.words("name"),
    columns.state("mode", Mode),
    columns.plain("settings"),
    columns.flag("sending_stopped"),
    columns.moment("created_at"),
    columns.version(),
    columns.allowed("mode", Mode),
)

staff = Table(
    "staff",
    metadata,
    columns.identity(),
    Column("username", Text, nullable=False, unique=True),
    columns.words("display_name"),
    columns.plain("roles"),
    columns.words("password_hash"),
    columns.flag("active"),
    columns.moment("created_at"),
    columns.number("failed_tries"),
    columns.moment("locked_until", nullable=True),
    columns.version(),
)

session = Table(
    "session",
    metadata,
    columns.identity(),
    columns.ref("staff_id", "staff"),
    Column("token_hash", Text, nullable=False, unique=True),
    columns.words("kind"),
    columns.moment("started_at"),
    columns.moment("seen_at"),
    columns.moment("ends_at"),
    columns.moment("ended_at", nullable=True),
    columns.version(),
    CheckConstraint("kind IN ('password', 'rehearsal')", name="kind"),
)

account = Table(
    "account",
    metadata,
    columns.identity(),
    columns.words("channel"),
    columns.words("handle"),
    columns.moment("created_at"),
    columns.sealed("session"),
    columns.version(),
    UniqueConstraint("channel", "handle"),
)

case = Table(
    "case_file",
    metadata,
    columns.identity(),
    Column("number", Integer, nullable=False, unique=True),
    columns.words("channel"),
    columns.ref("account_id", "account"),
    columns.words("conversation_key"),
    columns.state("status", CaseStatus),
    columns.words("queue"),
    columns.number("severity"),
    columns.number("suggested_severity"),
    columns.moment("due_at"),
    columns.moment("opened_at"),
    columns.words("summary"),
    columns.sealed("numbering"),
    columns.words("mention_id"),
    columns.words("holder_id"),
    columns.moment("held_until", nullable=True),
    columns.words("escalated_to"),
    columns.plain("tell"),
    columns.plain("must_do"),
    columns.plain("rules"),
    columns.plain("risks"),
    columns.flag("safe"),
    columns.flag("triaged"),
    columns.words("closed_why"),
    columns.off("complaint_live"),
    columns.version(),
    columns.allowed("status", CaseStatus),
    CheckConstraint("severity BETWEEN 0 AND 5", name="severity"),
    UniqueConstraint("channel", "conversation_key"),
    Index("ix_case_file_urgency", "status", text("severity DESC"), "due_at", "number"),
    Index("ix_case_file_queue", "queue", "status"),
    Index("ix_case_file_holder_id", "holder_id"),
)

mention = Table(
    "mention",
    metadata,
    columns.identity(),
    columns.ref("case_id", "case_file"),
    columns.words("channel"),
    columns.words("external_key"),
    columns.words("conversation_key"),
    columns.words("author_key"),
    columns.sealed("sealed"),
    columns.words("content_hash"),
    columns.flag("safe"),
    columns.words("why_unread"),
    columns.words("text"),
    columns.words("listed"),
    columns.plain("findings"),
    columns.plain("assessment"),
    columns.words("language"),
    columns.moment("posted_at"),
    columns.moment("heard_at"),
    columns.words("way"),
    columns.words("way_reason"),
    columns.moment("way_at"),
    columns.words("gone"),
    columns.words("revision"),
    columns.version(),
    UniqueConstraint("channel", "external_key"),
    CheckConstraint("safe OR (text = '' AND listed = '')", name="unsafe_shows_nothing"),
    Index("ix_mention_case_id", "case_id"),
)

earlier_version = Table(
    "earlier_version",
    metadata,
    columns.identity(),
    columns.ref("mention_id", "mention"),
    columns.sealed("sealed"),
    columns.words("content_hash"),
    columns.words("revision"),
    columns.moment("replaced_at"),
    Index("ix_earlier_version_mention_id", "mention_id"),
)

event = Table(
    "case_event",
    metadata,
    columns.identity(),
    columns.ref("case_id", "case_file"),
    columns.moment("at"),
    columns.words("staff_id"),
    columns.words("kind"),
    columns.plain("facts"),
    columns.words("text"),
    columns.sealed("sealed"),
    Index("ix_case_event_case_id", "case_id"),
)

correction = Table(
    "correction",
    metadata,
    columns.identity(),
    columns.ref("case_id", "case_file"),
    columns.ref("mention_id", "mention"),
    columns.state("kind", CorrectionKind),
    columns.words("entity"),
    columns.sealed("sealed"),
    columns.ref("staff_id", "staff"),
    columns.moment("at"),
    columns.words("undoes"),
    columns.allowed("kind", CorrectionKind),
    CheckConstraint("(kind = 'taken_back') = (undoes <> '')", name="undoes"),
    Index("ix_correction_case_id", "case_id"),
    Index(
        "uq_correction_undoes",
        "undoes",
        unique=True,
        sqlite_where=text("undoes <> ''"),
        postgresql_where=text("undoes <> ''"),
    ),
)

draft = Table(
    "draft",
    metadata,
    columns.identity(),
    columns.ref("case_id", "case_file"),
    columns.ref("mention_id", "mention"),
    columns.number("revision"),
    columns.ref("author_id", "staff"),
    columns.state("state", DraftState),
    columns.sealed("sealed", nullable=False),
    columns.words("text"),
    columns.words("text_hash"),
    columns.words("verdict"),
    columns.plain("reasons"),
    columns.plain("findings"),
    columns.words("policy_version"),
    columns.words("bundle_hash"),
    columns.number("approvals_needed"),
    columns.moment("written_at"),
    columns.words("decided_why"),
    columns.version(),
    columns.allowed("state", DraftState),
    UniqueConstraint("case_id", "revision"),
    UniqueConstraint("id", "author_id"),
    CheckConstraint("approvals_needed >= 1", name="somebody_approves"),
)

approval = Table(
    "approval",
    metadata,
    columns.identity(),
    Column("draft_id", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    columns.ref("approver_id", "staff"),
    columns.words("decision"),
    columns.words("bundle_hash"),
    columns.words("policy_version"),
    columns.moment("at"),
    ForeignKeyConstraint(["draft_id", "author_id"], ["draft.id", "draft.author_id"]),
    UniqueConstraint("draft_id", "approver_id"),
    CheckConstraint("approver_id <> author_id", name="never_ones_own"),
    CheckConstraint("decision IN ('approve', 'reject')", name="decision"),
)

outbox = Table(
    "outbox",
    metadata,
    columns.identity(),
    Column("draft_id", Text, ForeignKey("draft.id"), nullable=False, unique=True),
    columns.ref("case_id", "case_file"),
    columns.ref("mention_id", "mention"),
    columns.words("channel"),
    columns.words("bundle_hash"),
    columns.state("state", OutboxState),
    columns.moment("queued_at"),
    columns.moment("not_before"),
    columns.words("lease_owner"),
    columns.moment("lease_until", nullable=True),
    columns.words("why"),
    columns.moment("sent_at", nullable=True),
    columns.sealed("sealed_address"),
    columns.words("reply_key"),
    columns.words("account_id"),
    columns.moment("seen_at", nullable=True),
    columns.count("looks"),
    columns.moment("look_at", nullable=True),
    columns.version(),
    columns.allowed("state", OutboxState),
    Index("ix_outbox_state", "state", "not_before"),
    Index("uq_outbox_one_alive", "case_id", unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
    Index(
        "uq_outbox_one_sending", "account_id", unique=True, sqlite_where=_SENDING, postgresql_where=_SENDING
    ),
)

attempt = Table(
    "outbox_attempt",
    metadata,
    columns.identity(),
    columns.ref("outbox_id", "outbox"),
    columns.number("number"),
    columns.moment("started_at"),
    columns.moment("ended_at", nullable=True),
    columns.words("outcome"),
    columns.words("reason"),
    columns.version(),
    UniqueConstraint("outbox_id", "number"),
    Index(
        "uq_outbox_attempt_in_flight",
        "outbox_id",
        unique=True,
        sqlite_where=text("outcome = ''"),
        postgresql_where=text("outcome = ''"),
    ),
)

request = Table(
    "request",
    metadata,
    columns.identity(),
    columns.words("kind"),
    columns.ref("case_id", "case_file"),
    columns.ref("mention_id", "mention"),
    columns.ref("staff_id", "staff"),
    columns.moment("asked_at"),
    columns.moment("answered_at", nullable=True),
    columns.plain("answer"),
    columns.version(),
    Index("ix_request_answered_at", "answered_at"),
)

policy_version = Table(
    "policy_version",
    metadata,
    columns.identity(),
    columns.words("version_hash"),
    columns.words("name"),
    columns.words("source"),
    columns.moment("activated_at"),
    columns.words("activated_by"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    columns.moment("at"),
    columns.words("actor"),
    columns.words("session"),
    columns.words("kind"),
    columns.words("case_id"),
    Column("entry", LargeBinary, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("ix_audit_case_id", "case_id", "seq"),
)
