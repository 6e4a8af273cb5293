"""The coverage ledger, budgets, earlier versions of posts, and what sending needs to know of accounts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from casebook.store.guards import GUARDS_0003, TRUNCATE_0003, create_guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN = "closed_at IS NULL AND kind NOT IN ('cap', 'gap', 'set_aside')"
_SENDING = "state = 'sending' AND account_id <> ''"


def upgrade() -> None:
    """Add the columns and tables, and their guards."""
    _columns()
    _tables()
    _outbox()
    create_guards(op.get_bind(), GUARDS_0003, TRUNCATE_0003, first=False)


def _columns() -> None:
    for name in ("walk", "source", "cap"):
        op.add_column("poll", _words(name))
    op.add_column("poll", _count("page", "1"))
    for name in ("window_from", "window_to", "newest_at", "oldest_at"):
        op.add_column("poll", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in ("passed_over", "set_aside", "calls", "micros"):
        op.add_column("poll", _count(name))
    op.add_column("account", sa.Column("session", sa.LargeBinary(), nullable=True))
    op.add_column("mention", _words("revision"))
    op.add_column(
        "case_file", sa.Column("complaint_live", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def _outbox() -> None:
    op.add_column("outbox", _words("account_id"))
    op.add_column("outbox", _count("looks"))
    for name in ("seen_at", "look_at"):
        op.add_column("outbox", sa.Column(name, sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE outbox SET account_id = "
        "(SELECT case_file.account_id FROM case_file WHERE case_file.id = outbox.case_id)"
    )
    # Two replies of one account that were begun under the older schema: the senders of both are gone by now.
    op.execute("UPDATE outbox SET account_id = '' WHERE state = 'sending'")
    op.create_index(
        "uq_outbox_one_sending",
        "outbox",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text(_SENDING),
        postgresql_where=sa.text(_SENDING),
    )


def _tables() -> None:
    _table(
        "network",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _version(),
        sa.UniqueConstraint("channel", name=op.f("uq_network_channel")),
    )
    _table(
        "spend",
        _words("channel"),
        _words("day"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        _version(),
        sa.UniqueConstraint("channel", "day", name=op.f("uq_spend_channel_day")),
    )
    _table(
        "set_aside",
        sa.Column("listener_id", sa.Text(), nullable=False),
        *(_words(name) for name in ("channel", "digest", "why")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["listener_id"], ["listener.id"], name=op.f("fk_set_aside_listener_id")),
        sa.UniqueConstraint("channel", "digest", name=op.f("uq_set_aside_channel_digest")),
    )
    _table(
        "earlier_version",
        sa.Column("mention_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *(_words(name) for name in ("content_hash", "revision")),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_earlier_version_mention_id")),
    )
    op.create_index("ix_earlier_version_mention_id", "earlier_version", ["mention_id"])
    _incidents()


def _incidents() -> None:
    kinds = (
        "'gap', 'cap', 'credentials', 'entitlement', 'over_budget', 'source_gone', 'not_heard', 'silence', "
        "'set_aside'"
    )
    _table(
        "incident",
        sa.Column("listener_id", sa.Text(), nullable=False),
        _words("source"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("from_at", "to_at", "closed_at")),
        *(_words(name) for name in ("says", "closed_by", "closed_why")),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        _version(),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_incident_kind")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_why = '')", name=op.f("ck_incident_closed_with_a_reason")
        ),
        sa.ForeignKeyConstraint(["listener_id"], ["listener.id"], name=op.f("fk_incident_listener_id")),
    )
    op.create_index("ix_incident_listener_id", "incident", ["listener_id", "opened_at"])
    op.create_index(
        "uq_incident_open",
        "incident",
        ["listener_id", "source", "kind"],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )


def _table(name: str, *parts: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Text(), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str, start: str = "0") -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=start, nullable=False)


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer(), server_default="1", nullable=False)


def downgrade() -> None:
    """What was listened to is never forgotten: an older program refuses a newer database instead."""
    raise NotImplementedError("a casebook is never taken back to an older schema")
