"""The schema. Each table is one dataclass of `casebook.model`, column for field.

What must never happen is refused here (checks, keys, unique indices) and in `guards` (triggers), not only in
the acts: the database enforces what matters.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from casebook.model import ALIVE, CaseStatus, DraftState, Mode, OutboxState
from casebook.store.types import Json, Named, UtcTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _ref(name: str, target: str) -> Column[str]:
    return Column(name, Text, ForeignKey(f"{target}.id"), nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, server_default="")


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcTime, nullable=nullable)


def _json(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _sealed(name: str, *, nullable: bool = True) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


def _state(name: str, kind: type[StrEnum]) -> Column[Any]:
    return Column(name, Named(kind), nullable=False)


def _allowed(name: str, kind: type[StrEnum]) -> CheckConstraint:
    members = ", ".join(f"'{member}'" for member in kind)
    return CheckConstraint(f"{name} IN ({members})", name=name)


_ALIVE = text("state IN (" + ", ".join(f"'{state}'" for state in sorted(ALIVE)) + ")")


def _version() -> Column[int]:
    return Column("version", Integer, nullable=False, server_default="1")


organisation = Table(
    "organisation",
    metadata,
    _id(),
    _text("name"),
    _state("mode", Mode),
    _json("settings"),
    _flag("sending_stopped"),
    _time("created_at"),
    _version(),
    _allowed("mode", Mode),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("username", Text, nullable=False, unique=True),
    _text("display_name"),
    _json("roles"),
    _text("password_hash"),
    _flag("active"),
    _time("created_at"),
    _number("failed_tries"),
    _time("locked_until", nullable=True),
    _version(),
)

session = Table(
    "session",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    Column("token_hash", Text, nullable=False, unique=True),
    _text("kind"),
    _time("started_at"),
    _time("seen_at"),
    _time("ends_at"),
    _time("ended_at", nullable=True),
    _version(),
    CheckConstraint("kind IN ('password', 'rehearsal')", name="kind"),
)

account = Table(
    "account",
    metadata,
    _id(),
    _text("channel"),
    _text("handle"),
    _time("created_at"),
    _version(),
    UniqueConstraint("channel", "handle"),
)

watch = Table(
    "watch",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    _text("channel"),
    _ref("account_id", "account"),
    _json("query"),
    _flag("active"),
    _version(),
    UniqueConstraint("name", "channel"),
)

listener = Table(
    "listener",
    metadata,
    _id(),
    Column("watch_id", Text, ForeignKey("watch.id"), nullable=False, unique=True),
    _number("interval_s"),
    _time("next_due_at"),
    _sealed("cursor"),
    _text("lease_owner"),
    _time("lease_until", nullable=True),
    _number("fence"),
    _number("failures"),
    _time("last_success_at", nullable=True),
    _text("stopped_why"),
    _version(),
    CheckConstraint("interval_s > 0", name="interval"),
)

poll = Table(
    "poll",
    metadata,
    _id(),
    _ref("listener_id", "listener"),
    _time("started_at"),
    _time("finished_at"),
    _json("asked"),
    _number("saw"),
    _number("new"),
    _flag("complete"),
    _text("outcome"),
    _text("gap"),
    Index("ix_poll_listener_started", "listener_id", "started_at"),
)

case = Table(
    "case_file",
    metadata,
    _id(),
    Column("number", Integer, nullable=False, unique=True),
    _text("channel"),
    _ref("account_id", "account"),
    _text("conversation_key"),
    _state("status", CaseStatus),
    _text("queue"),
    _number("severity"),
    _number("suggested_severity"),
    _time("due_at"),
    _time("opened_at"),
    _text("summary"),
    _sealed("numbering"),
    _text("mention_id"),
    _text("holder_id"),
    _time("held_until", nullable=True),
    _text("escalated_to"),
    _json("tell"),
    _json("must_do"),
    _json("rules"),
    _json("risks"),
    _flag("safe"),
    _flag("triaged"),
    _text("closed_why"),
    _version(),
    _allowed("status", CaseStatus),
    CheckConstraint("severity BETWEEN 0 AND 5", name="severity"),
    UniqueConstraint("channel", "conversation_key"),
    Index("ix_case_file_urgency", "status", text("severity DESC"), "due_at", "number"),
    Index("ix_case_file_queue", "queue", "status"),
    Index("ix_case_file_holder_id", "holder_id"),
)

mention = Table(
    "mention",
    metadata,
    _id(),
    _ref("case_id", "case_file"),
    _text("channel"),
    _text("external_key"),
    _text("conversation_key"),
    _text("author_key"),
    _sealed("sealed"),
    _text("content_hash"),
    _flag("safe"),
    _text("why_unread"),
    _text("text"),
    _text("listed"),
    _json("findings"),
    _json("assessment"),
    _text("language"),
    _time("posted_at"),
    _time("heard_at"),
    _text("way"),
    _text("way_reason"),
    _time("way_at"),
    _text("gone"),
    _version(),
    UniqueConstraint("channel", "external_key"),
    CheckConstraint("safe OR (text = '' AND listed = '')", name="unsafe_shows_nothing"),
    Index("ix_mention_case_id", "case_id"),
)

event = Table(
    "case_event",
    metadata,
    _id(),
    _ref("case_id", "case_file"),
    _time("at"),
    _text("staff_id"),
    _text("kind"),
    _json("facts"),
    _text("text"),
    _sealed("sealed"),
    Index("ix_case_event_case_id", "case_id"),
)

draft = Table(
    "draft",
    metadata,
    _id(),
    _ref("case_id", "case_file"),
    _ref("mention_id", "mention"),
    _number("revision"),
    _ref("author_id", "staff"),
    _state("state", DraftState),
    _sealed("sealed", nullable=False),
    _text("text"),
    _text("text_hash"),
    _text("verdict"),
    _json("reasons"),
    _json("findings"),
    _text("policy_version"),
    _text("bundle_hash"),
    _number("approvals_needed"),
    _time("written_at"),
    _text("decided_why"),
    _version(),
    _allowed("state", DraftState),
    UniqueConstraint("case_id", "revision"),
    UniqueConstraint("id", "author_id"),
    CheckConstraint("approvals_needed >= 1", name="somebody_approves"),
)

approval = Table(
    "approval",
    metadata,
    _id(),
    Column("draft_id", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    _ref("approver_id", "staff"),
    _text("decision"),
    _text("bundle_hash"),
    _text("policy_version"),
    _time("at"),
    ForeignKeyConstraint(["draft_id", "author_id"], ["draft.id", "draft.author_id"]),
    UniqueConstraint("draft_id", "approver_id"),
    CheckConstraint("approver_id <> author_id", name="never_ones_own"),
    CheckConstraint("decision IN ('approve', 'reject')", name="decision"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("draft_id", Text, ForeignKey("draft.id"), nullable=False, unique=True),
    _ref("case_id", "case_file"),
    _ref("mention_id", "mention"),
    _text("channel"),
    _text("bundle_hash"),
    _state("state", OutboxState),
    _time("queued_at"),
    _time("not_before"),
    _text("lease_owner"),
    _time("lease_until", nullable=True),
    _text("why"),
    _time("sent_at", nullable=True),
    _sealed("sealed_address"),
    _text("reply_key"),
    _version(),
    _allowed("state", OutboxState),
    Index("ix_outbox_state", "state", "not_before"),
    Index("uq_outbox_one_alive", "case_id", unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
)

attempt = Table(
    "outbox_attempt",
    metadata,
    _id(),
    _ref("outbox_id", "outbox"),
    _number("number"),
    _time("started_at"),
    _time("ended_at", nullable=True),
    _text("outcome"),
    _text("reason"),
    _version(),
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
    _id(),
    _text("kind"),
    _ref("case_id", "case_file"),
    _ref("mention_id", "mention"),
    _ref("staff_id", "staff"),
    _time("asked_at"),
    _time("answered_at", nullable=True),
    _json("answer"),
    _version(),
    Index("ix_request_answered_at", "answered_at"),
)

policy_version = Table(
    "policy_version",
    metadata,
    _id(),
    _text("version_hash"),
    _text("name"),
    _text("source"),
    _time("activated_at"),
    _text("activated_by"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _time("at"),
    _text("actor"),
    _text("session"),
    _text("kind"),
    _text("case_id"),
    Column("entry", LargeBinary, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("ix_audit_case_id", "case_id", "seq"),
)
