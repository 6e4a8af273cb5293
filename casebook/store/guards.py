"""Triggers: what the database itself refuses, whatever program asks.

Frozen by revision: a later revision adds new constants and never edits these, since a released migration
must always make the same schema. Each guard is one row: its name, the table, and the condition under which it refuses,
written once in the SQL that SQLite and PostgreSQL share.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Guard:
    """One trigger: it refuses `event` on `table` when `when` holds ("" refuses always)."""

    name: str
    table: str
    event: str
    when: str
    says: str

    def create(self, dialect: str) -> list[str]:
        """The statements that make it."""
        return self._postgres() if dialect == "postgresql" else [self._sqlite()]

    def _sqlite(self) -> str:
        when = f"\nWHEN {self.when}" if self.when else ""
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW{when}\n"
            f"BEGIN SELECT RAISE(ABORT, '{self.says}'); END"
        )

    def _postgres(self) -> list[str]:
        condition = (self.when or "TRUE").replace(" IS NOT NEW.", " IS DISTINCT FROM NEW.")
        body = f"IF {condition} THEN RAISE EXCEPTION '{self.says}'; END IF; "
        returned = "OLD" if self.event == "DELETE" else "NEW"
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {body}RETURN {returned}; END $$",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW "
            f"EXECUTE FUNCTION {self.name}()",
        ]


_APPROVED = (
    "(SELECT count(*) FROM approval WHERE approval.draft_id = NEW.draft_id AND approval.decision = 'approve' "
    "AND approval.bundle_hash = NEW.bundle_hash) "
    "< (SELECT draft.approvals_needed FROM draft WHERE draft.id = NEW.draft_id)"
)
_LAST_HASH = f"coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '{'0' * 64}')"

GUARDS_0001 = (
    Guard("audit_no_update", "audit", "UPDATE", "", "audit entries cannot be changed"),
    Guard("audit_no_delete", "audit", "DELETE", "", "audit entries cannot be deleted"),
    Guard(
        "audit_in_sequence",
        "audit",
        "INSERT",
        f"(SELECT coalesce(max(seq), 0) + 1 FROM audit) IS NOT NEW.seq OR {_LAST_HASH} IS NOT NEW.prev_hash",
        "audit entries are appended one after the other",
    ),
    Guard("approval_no_update", "approval", "UPDATE", "", "a decision cannot be changed"),
    Guard("approval_no_delete", "approval", "DELETE", "", "a decision cannot be deleted"),
    Guard("attempt_no_delete", "outbox_attempt", "DELETE", "", "an attempt cannot be deleted"),
    Guard("outbox_no_delete", "outbox", "DELETE", "", "a reply on its way out cannot be deleted"),
    Guard(
        "outbox_needs_approval",
        "outbox",
        "INSERT",
        _APPROVED,
        "a reply leaves only with the approvals that it needs",
    ),
    Guard(
        "outbox_bundle_fixed",
        "outbox",
        "UPDATE",
        "OLD.bundle_hash IS NOT NEW.bundle_hash OR OLD.draft_id IS NOT NEW.draft_id "
        "OR OLD.mention_id IS NOT NEW.mention_id",
        "what was approved cannot be exchanged",
    ),
    Guard(
        "draft_text_fixed",
        "draft",
        "UPDATE",
        "OLD.state <> 'writing' AND (OLD.sealed IS NOT NEW.sealed OR OLD.text_hash IS NOT NEW.text_hash "
        "OR OLD.approvals_needed IS NOT NEW.approvals_needed OR OLD.bundle_hash IS NOT NEW.bundle_hash)",
        "a submitted text cannot be changed",
    ),
    Guard(
        "draft_author_fixed",
        "draft",
        "UPDATE",
        "OLD.author_id IS NOT NEW.author_id",
        "the author of a draft cannot be changed",
    ),
    Guard(
        "organisation_mode_fixed",
        "organisation",
        "UPDATE",
        "OLD.mode IS NOT NEW.mode",
        "a casebook stays what it was made for",
    ),
    Guard(
        "organisation_only_one",
        "organisation",
        "INSERT",
        "EXISTS (SELECT 1 FROM organisation)",
        "a casebook has one organisation",
    ),
    Guard("organisation_no_delete", "organisation", "DELETE", "", "a casebook keeps its organisation"),
    Guard(
        "session_rehearsal_only",
        "session",
        "INSERT",
        "NEW.kind = 'rehearsal' AND NOT EXISTS (SELECT 1 FROM organisation WHERE mode = 'rehearsal')",
        "signing in by role exists only in a rehearsal",
    ),
    Guard(
        "session_kind_fixed",
        "session",
        "UPDATE",
        "OLD.kind IS NOT NEW.kind OR OLD.staff_id IS NOT NEW.staff_id",
        "a session stays what it was made for",
    ),
)
"""The guards of the first schema."""

TRUNCATE_0001 = ("audit", "approval", "outbox", "outbox_attempt", "organisation")
"""Tables that PostgreSQL may never empty at one stroke (row triggers do not see TRUNCATE)."""

GUARDS = GUARDS_0001
"""Every guard that the newest schema has."""


def create_guards(connection: Connection, guards: tuple[Guard, ...], no_truncate: tuple[str, ...]) -> None:
    """Make the triggers, within a migration."""
    dialect = connection.dialect.name
    for guard in guards:
        for statement in guard.create(dialect):
            connection.exec_driver_sql(statement)
    if dialect != "postgresql":
        return
    connection.execute(
        text(
            "CREATE FUNCTION voicedesk_no_truncate() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'this table cannot be emptied'; END $$"
        )
    )
    for table in no_truncate:
        connection.execute(
            text(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
                "EXECUTE FUNCTION voicedesk_no_truncate()"
            )
        )


def missing_guards(connection: Connection) -> list[str]:
    """Names of guards that are not there, are switched off, or no longer say what they should."""
    if connection.dialect.name == "postgresql":
        return _missing_on_postgres(connection)
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    found = {str(name): str(sql) for name, sql in rows}
    return [guard.name for guard in GUARDS if found.get(guard.name) != guard.create("sqlite")[0]]


def _missing_on_postgres(connection: Connection) -> list[str]:
    rows = connection.execute(
        text(
            "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
        )
    ).all()
    found = {str(name): str(source) for name, source in rows}
    wrong = [
        g.name
        for g in GUARDS
        if found.get(g.name, "") not in g.create("postgresql")[0] or g.name not in found
    ]
    return wrong + [f"{table}_no_truncate" for table in TRUNCATE_0001 if f"{table}_no_truncate" not in found]
