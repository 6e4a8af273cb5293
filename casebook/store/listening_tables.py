"""The tables of listening: networks, what they were asked, what is listened for, polls, and coverage incidents."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from casebook.model import IncidentKind
from casebook.store import columns
from casebook.store.columns import metadata

_LASTS_WHILE_OPEN = text("closed_at IS NULL AND kind NOT IN ('cap', 'gap', 'set_aside')")


network = Table(
    "network",
    metadata,
    columns.identity(),
    Column("channel", Text, nullable=False, unique=True),
    columns.plain("facts"),
    columns.moment("at"),
    columns.version(),
)

spend = Table(
    "spend",
    metadata,
    columns.identity(),
    columns.words("channel"),
    columns.words("day"),
    columns.number("calls"),
    Column("micros", BigInteger, nullable=False),
    columns.version(),
    UniqueConstraint("channel", "day"),
)

watch = Table(
    "watch",
    metadata,
    columns.identity(),
    Column("name", Text, nullable=False),
    columns.words("channel"),
    columns.ref("account_id", "account"),
    columns.plain("query"),
    columns.flag("active"),
    columns.version(),
    UniqueConstraint("name", "channel"),
)

listener = Table(
    "listener",
    metadata,
    columns.identity(),
    Column("watch_id", Text, ForeignKey("watch.id"), nullable=False, unique=True),
    columns.number("interval_s"),
    columns.moment("next_due_at"),
    columns.sealed("cursor"),
    columns.words("lease_owner"),
    columns.moment("lease_until", nullable=True),
    columns.number("fence"),
    columns.number("failures"),
    columns.moment("last_success_at", nullable=True),
    columns.words("stopped_why"),
    columns.version(),
    CheckConstraint("interval_s > 0", name="interval"),
)

poll = Table(
    "poll",
    metadata,
    columns.identity(),
    columns.ref("listener_id", "listener"),
    columns.moment("started_at"),
    columns.moment("finished_at"),
    columns.plain("asked"),
    columns.number("saw"),
    columns.number("new"),
    columns.flag("complete"),
    columns.words("outcome"),
    columns.words("gap"),
    columns.words("walk"),
    columns.count("page", 1),
    columns.words("source"),
    columns.moment("window_from", nullable=True),
    columns.moment("window_to", nullable=True),
    columns.moment("newest_at", nullable=True),
    columns.moment("oldest_at", nullable=True),
    columns.words("cap"),
    columns.count("passed_over"),
    columns.count("set_aside"),
    columns.count("calls"),
    columns.count("micros"),
    Index("ix_poll_listener_started", "listener_id", "started_at"),
)

incident = Table(
    "incident",
    metadata,
    columns.identity(),
    columns.ref("listener_id", "listener"),
    columns.words("source"),
    columns.state("kind", IncidentKind),
    columns.moment("opened_at"),
    columns.moment("from_at", nullable=True),
    columns.moment("to_at", nullable=True),
    columns.words("says"),
    columns.moment("closed_at", nullable=True),
    columns.words("closed_by"),
    columns.words("closed_why"),
    columns.sealed("sealed"),
    columns.version(),
    columns.allowed("kind", IncidentKind),
    CheckConstraint("(closed_at IS NULL) = (closed_why = '')", name="closed_with_a_reason"),
    Index("ix_incident_listener_id", "listener_id", "opened_at"),
    Index(
        "uq_incident_open",
        "listener_id",
        "source",
        "kind",
        unique=True,
        sqlite_where=_LASTS_WHILE_OPEN,
        postgresql_where=_LASTS_WHILE_OPEN,
    ),
)

set_aside = Table(
    "set_aside",
    metadata,
    columns.identity(),
    columns.ref("listener_id", "listener"),
    columns.words("channel"),
    columns.words("digest"),
    columns.words("why"),
    columns.moment("at"),
    columns.sealed("sealed"),
    UniqueConstraint("channel", "digest"),
)
