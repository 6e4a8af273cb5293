"""One transaction over the tables; implements `casebook.unit_of_work.UnitOfWork`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from casebook import audit, model
from casebook.store import tables
from casebook.store.repositories import TableRows

_CHUNK = 500


class SqlUnitOfWork:
    """The tables within one open transaction; nothing is kept unless `commit` is called."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.organisations = TableRows(connection, tables.organisation, model.Organisation)
        self.accounts = TableRows(connection, tables.account, model.Account)
        self.watches = TableRows(connection, tables.watch, model.WatchRow)
        self.listeners = TableRows(connection, tables.listener, model.Listener)
        self.polls = TableRows(connection, tables.poll, model.Poll)
        self.mentions = TableRows(connection, tables.mention, model.Mention)
        self.cases = TableRows(connection, tables.case, model.Case)
        self.events = TableRows(connection, tables.event, model.CaseEvent)
        self.corrections = TableRows(connection, tables.correction, model.Correction)
        self.drafts = TableRows(connection, tables.draft, model.Draft)
        self.approvals = TableRows(connection, tables.approval, model.Approval)
        self.outbox = TableRows(connection, tables.outbox, model.Outgoing)
        self.attempts = TableRows(connection, tables.attempt, model.OutboxAttempt)
        self.requests = TableRows(connection, tables.request, model.NetworkRequest)
        self.policies = TableRows(connection, tables.policy_version, model.PolicyVersion)
        self.staff = TableRows(connection, tables.staff, model.Staff)
        self.sessions = TableRows(connection, tables.session, model.SessionRow)

    def audit(
        self,
        at: datetime,
        kind: str,
        *,
        actor: str,
        session: str = "",
        case_id: str = "",
        **payload: str | int,
    ) -> model.AuditEntry:
        """Append an entry to the chain, in this transaction."""
        entry = audit.link(self._last_entry(), at, actor, session, kind, case_id, payload)
        self._connection.execute(
            insert(tables.audit), {name: getattr(entry, name) for name in model.AuditEntry.__slots__}
        )
        return entry

    def _last_entry(self) -> model.AuditEntry | None:
        row = self._connection.execute(select(tables.audit).order_by(tables.audit.c.seq.desc()).limit(1))
        found = row.mappings().first()
        return None if found is None else model.AuditEntry(**found)

    def next_case_number(self) -> int:
        """The number for a new case: one more than the highest."""
        highest = self._connection.execute(select(func.max(tables.case.c.number))).scalar()
        return int(highest or 0) + 1

    def known(self, channel: str, external_keys: list[str]) -> set[str]:
        """Which of these keyed ids are already mentions or our own replies."""
        found: set[str] = set()
        for at in range(0, len(external_keys), _CHUNK):
            part = external_keys[at : at + _CHUNK]
            for column, where in (
                (tables.mention.c.external_key, tables.mention.c.channel == channel),
                (tables.outbox.c.reply_key, tables.outbox.c.channel == channel),
            ):
                found.update(
                    self._connection.execute(select(column).where(where, column.in_(part))).scalars()
                )
        return found

    def active_policy(self) -> model.PolicyVersion | None:
        """The policy version in force: the last one activated."""
        latest = tables.policy_version
        row = self._connection.execute(
            select(latest).order_by(latest.c.activated_at.desc(), latest.c.id.desc()).limit(1)
        )
        found = row.mappings().first()
        return None if found is None else model.PolicyVersion(**found)

    def reword(self, event_id: str, text: str) -> None:
        """Give an event of a case another redacted text; what happened, and the sealed words, stay."""
        columns = tables.event.c
        self._connection.execute(update(tables.event).where(columns.id == event_id).values(text=text))

    def commit(self) -> None:
        """Keep everything done in this transaction."""
        self._connection.commit()
