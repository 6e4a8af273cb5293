"""Corrections of what is hidden: a table that only grows, and what may change of an event's words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from casebook.store.guards import GUARDS_0002, TRUNCATE_0002, create_guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "correction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("mention_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('missed', 'wrongly_hidden', 'taken_back')", name=op.f("ck_correction_kind")
        ),
        sa.CheckConstraint("(kind = 'taken_back') = (undoes <> '')", name=op.f("ck_correction_undoes")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_correction_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_correction_mention_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_correction_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_case_id", "correction", ["case_id"], unique=False)
    op.create_index(
        "uq_correction_undoes",
        "correction",
        ["undoes"],
        unique=True,
        sqlite_where=sa.text("undoes <> ''"),
        postgresql_where=sa.text("undoes <> ''"),
    )
    create_guards(op.get_bind(), GUARDS_0002, TRUNCATE_0002, first=False)


def downgrade() -> None:
    """Corrections are never lost: an older program refuses a newer database instead."""
    raise NotImplementedError("a casebook is never taken back to an older schema")
