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
        return [_function(self.name, self.body), self.trigger]

    @property
    def body(self) -> str:
        """The source of its function on PostgreSQL."""
        condition = (self.when or "TRUE").replace(" IS NOT NEW.", " IS DISTINCT FROM NEW.")
        returned = "OLD" if self.event == "DELETE" else "NEW"
        return f" BEGIN IF {condition} THEN RAISE EXCEPTION '{self.says}'; END IF; RETURN {returned}; END "

    @property
    def trigger(self) -> str:
        """Its trigger on PostgreSQL, spelled as `pg_get_triggerdef` spells it."""
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW "
            f"EXECUTE FUNCTION {self.name}()"
        )


_SEARCH_PATH = "search_path=public, pg_temp"
_NO_TRUNCATE_BODY = " BEGIN RAISE EXCEPTION 'this table cannot be emptied'; END "


def _function(name: str, body: str) -> str:
    # With the path fixed, nobody's temporary table can stand in for the one that a guard looks at.
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET {_SEARCH_PATH.replace('=', ' = ')} AS "
        f"$${body}$$"
    )


def _no_truncate(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION voicedesk_no_truncate()"
    )


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
    Guard(
        "approval_no_replace",
        "approval",
        "INSERT",
        "EXISTS (SELECT 1 FROM approval WHERE approval.id = NEW.id "
        "OR (approval.draft_id = NEW.draft_id AND approval.approver_id = NEW.approver_id))",
        "a decision cannot be replaced",
    ),
    Guard("attempt_no_delete", "outbox_attempt", "DELETE", "", "an attempt cannot be deleted"),
    Guard(
        "attempt_no_replace",
        "outbox_attempt",
        "INSERT",
        "EXISTS (SELECT 1 FROM outbox_attempt AS a WHERE a.id = NEW.id "
        "OR (a.outbox_id = NEW.outbox_id AND (a.number = NEW.number OR a.outcome = '')))",
        "an attempt cannot be replaced, nor made while another is in flight",
    ),
    Guard("outbox_no_delete", "outbox", "DELETE", "", "a reply on its way out cannot be deleted"),
    Guard(
        "outbox_needs_approval",
        "outbox",
        "INSERT",
        _APPROVED,
        "a reply leaves only with the approvals that it needs",
    ),
    Guard(
        "outbox_no_replace",
        "outbox",
        "INSERT",
        "EXISTS (SELECT 1 FROM outbox AS o WHERE o.id = NEW.id OR o.draft_id = NEW.draft_id "
        "OR (o.case_id = NEW.case_id AND o.state IN ('queued', 'sending', 'uncertain', 'by_hand')))",
        "a case has one reply on its way, and it cannot be replaced",
    ),
    Guard(
        "outbox_sent_is_final",
        "outbox",
        "UPDATE",
        "OLD.state = 'sent' AND NEW.state <> 'sent'",
        "what is posted stays posted",
    ),
    Guard(
        "outbox_bundle_fixed",
        "outbox",
        "UPDATE",
        "OLD.bundle_hash IS NOT NEW.bundle_hash OR OLD.draft_id IS NOT NEW.draft_id "
        "OR OLD.mention_id IS NOT NEW.mention_id",
        "what was approved cannot be exchanged",
    ),
    Guard("draft_no_delete", "draft", "DELETE", "", "a draft cannot be deleted"),
    Guard(
        "draft_no_replace",
        "draft",
        "INSERT",
        "EXISTS (SELECT 1 FROM draft AS d WHERE d.id = NEW.id "
        "OR (d.case_id = NEW.case_id AND d.revision = NEW.revision))",
        "a draft cannot be replaced",
    ),
    Guard("policy_no_update", "policy_version", "UPDATE", "", "a policy that was in force cannot be changed"),
    Guard("policy_no_delete", "policy_version", "DELETE", "", "a policy that was in force cannot be deleted"),
    Guard(
        "policy_no_replace",
        "policy_version",
        "INSERT",
        "EXISTS (SELECT 1 FROM policy_version AS p WHERE p.id = NEW.id)",
        "a policy that was in force cannot be replaced",
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

TRUNCATE_0001 = ("audit", "approval", "draft", "outbox", "outbox_attempt", "organisation", "policy_version")
"""Tables that PostgreSQL may never empty at one stroke (row triggers do not see TRUNCATE)."""

GUARDS_0002 = (
    Guard("correction_no_delete", "correction", "DELETE", "", "a correction cannot be deleted"),
    Guard(
        "correction_no_replace",
        "correction",
        "INSERT",
        "EXISTS (SELECT 1 FROM correction AS c WHERE c.id = NEW.id OR (c.undoes <> '' AND c.undoes = NEW.undoes))",
        "a correction cannot be replaced, nor taken back twice",
    ),
    Guard(
        "correction_undoes_its_own",
        "correction",
        "INSERT",
        "NEW.undoes <> '' AND NOT EXISTS (SELECT 1 FROM correction AS c WHERE c.id = NEW.undoes "
        "AND c.case_id = NEW.case_id AND c.undoes = '')",
        "only a correction of the same case can be taken back",
    ),
    Guard(
        "correction_fixed",
        "correction",
        "UPDATE",
        "NEW.sealed IS NOT NULL OR OLD.id IS NOT NEW.id OR OLD.case_id IS NOT NEW.case_id "
        "OR OLD.mention_id IS NOT NEW.mention_id OR OLD.kind IS NOT NEW.kind OR OLD.entity IS NOT NEW.entity "
        "OR OLD.staff_id IS NOT NEW.staff_id OR OLD.at IS NOT NEW.at OR OLD.undoes IS NOT NEW.undoes",
        "a correction cannot be changed, only its words erased",
    ),
    Guard(
        "event_fixed",
        "case_event",
        "UPDATE",
        "OLD.id IS NOT NEW.id OR OLD.case_id IS NOT NEW.case_id OR OLD.at IS NOT NEW.at "
        "OR OLD.staff_id IS NOT NEW.staff_id OR OLD.kind IS NOT NEW.kind OR OLD.facts IS NOT NEW.facts",
        "what happened on a case cannot be changed, only what is hidden in its words",
    ),
)
"""The guards of corrections; an event's words may be hidden further, and nothing else of it may change."""

TRUNCATE_0002 = ("correction",)

GUARDS_0003 = (
    Guard("incident_no_delete", "incident", "DELETE", "", "a coverage incident cannot be deleted"),
    Guard(
        "incident_no_replace",
        "incident",
        "INSERT",
        "EXISTS (SELECT 1 FROM incident AS i WHERE i.id = NEW.id)",
        "a coverage incident cannot be replaced",
    ),
    Guard(
        "incident_fixed",
        "incident",
        "UPDATE",
        "OLD.closed_at IS NOT NULL OR OLD.id IS NOT NEW.id OR OLD.listener_id IS NOT NEW.listener_id "
        "OR OLD.source IS NOT NEW.source OR OLD.kind IS NOT NEW.kind OR OLD.opened_at IS NOT NEW.opened_at "
        "OR OLD.from_at IS NOT NEW.from_at",
        "a coverage incident stays what it was; once closed it is never changed",
    ),
    Guard("poll_no_delete", "poll", "DELETE", "", "what was listened to cannot be deleted"),
    Guard("poll_no_update", "poll", "UPDATE", "", "what was listened to cannot be changed"),
    Guard(
        "poll_no_replace",
        "poll",
        "INSERT",
        "EXISTS (SELECT 1 FROM poll AS p WHERE p.id = NEW.id)",
        "what was listened to cannot be replaced",
    ),
    Guard("version_no_delete", "earlier_version", "DELETE", "", "an earlier version cannot be deleted"),
    Guard(
        "version_no_replace",
        "earlier_version",
        "INSERT",
        "EXISTS (SELECT 1 FROM earlier_version AS v WHERE v.id = NEW.id)",
        "an earlier version cannot be replaced",
    ),
    Guard(
        "version_fixed",
        "earlier_version",
        "UPDATE",
        "NEW.sealed IS NOT NULL OR OLD.id IS NOT NEW.id OR OLD.mention_id IS NOT NEW.mention_id "
        "OR OLD.content_hash IS NOT NEW.content_hash OR OLD.replaced_at IS NOT NEW.replaced_at",
        "an earlier version cannot be changed, only erased",
    ),
)
"""The guards of the coverage ledger and of earlier versions."""

TRUNCATE_0003 = ("incident", "poll", "earlier_version")

GUARDS = GUARDS_0001 + GUARDS_0002 + GUARDS_0003
"""Every guard that the newest schema has."""
TRUNCATE = TRUNCATE_0001 + TRUNCATE_0002 + TRUNCATE_0003
"""Every table of the newest schema that may never be emptied."""


def create_guards(
    connection: Connection,
    guards: tuple[Guard, ...],
    no_truncate: tuple[str, ...],
    *,
    first: bool = True,
) -> None:
    """Make the triggers, within a migration; the `first` one also makes the function that others share."""
    dialect = connection.dialect.name
    for guard in guards:
        for statement in guard.create(dialect):
            connection.exec_driver_sql(statement)
    if dialect != "postgresql":
        return
    if first:
        connection.exec_driver_sql(_function("voicedesk_no_truncate", _NO_TRUNCATE_BODY))
    for table in no_truncate:
        connection.exec_driver_sql(_no_truncate(table))


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
            "SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc, array_to_string(p.proconfig, ';') "
            "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
        )
    ).all()
    found = {str(name): (trigger, body, path) for name, trigger, body, path in rows}
    wanted = {g.name: (g.trigger, g.body, _SEARCH_PATH) for g in GUARDS}
    for table in TRUNCATE:
        wanted[f"{table}_no_truncate"] = (_no_truncate(table), _NO_TRUNCATE_BODY, _SEARCH_PATH)
    return [name for name, definition in wanted.items() if found.get(name) != definition]
