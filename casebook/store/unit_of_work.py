"""One transaction over the tables; implements `casebook.unit_of_work.UnitOfWork`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from casebook import audit, model
from casebook.store import tables
from casebook.store.coverage_reads import SqlLedger
from casebook.store.repositories import TableRows

_CHUNK = 500
_LOOKS = 20
"""Replies looked for on one channel at one turn: each costs the network a request."""


class SqlUnitOfWork:
    """The tables within one open transaction; nothing is kept unless `commit` is called."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.organisations = TableRows(connection, tables.organisation, model.Organisation)
        self.accounts = TableRows(connection, tables.account, model.Account)
        self.networks = TableRows(connection, tables.network, model.Network)
        self.spends = TableRows(connection, tables.spend, model.SpendRow)
        self.watches = TableRows(connection, tables.watch, model.WatchRow)
        self.listeners = TableRows(connection, tables.listener, model.Listener)
        self.polls = TableRows(connection, tables.poll, model.Poll)
        self.incidents = TableRows(connection, tables.incident, model.Incident)
        self.ledger = SqlLedger(connection)
        self.items_set_aside = TableRows(connection, tables.set_aside, model.SetAside)
        self.mentions = TableRows(connection, tables.mention, model.Mention)
        self.earlier_versions = TableRows(connection, tables.earlier_version, model.EarlierVersion)
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

    def posted_since(self, since: datetime, *, account_id: str = "", case_id: str = "") -> list[datetime]:
        """When each reply that is or may be on a network began to leave after `since`, of an account or a case."""
        outbox, attempt = tables.outbox.c, tables.attempt.c
        whose = [outbox.account_id == account_id] if account_id else []
        whose += [outbox.case_id == case_id] if case_id else []
        called = (
            select(attempt.started_at)
            .join(tables.outbox, outbox.id == attempt.outbox_id)
            .where(*whose, attempt.started_at > since, attempt.outcome.in_(("", "sent", "unknown")))
        )
        any_attempt = select(attempt.id).where(attempt.outbox_id == outbox.id).exists()
        by_hand = select(outbox.sent_at).where(*whose, outbox.sent_at > since, ~any_attempt)
        found = [*self._connection.execute(called).scalars(), *self._connection.execute(by_hand).scalars()]
        return sorted(at for at in found if at is not None)

    def to_look_for(self, now: datetime, channel: str) -> list[model.Outgoing]:
        """Replies of one channel that are to be looked for on the network by now, the longest waiting first."""
        columns = tables.outbox.c
        due = select(*(columns[name] for name in model.Outgoing.__slots__)).where(
            columns.look_at <= now, columns.channel == channel
        )
        found = self._connection.execute(due.order_by(columns.look_at).limit(_LOOKS)).mappings()
        return [model.Outgoing(**row) for row in found]

    def reword(self, event_id: str, text: str) -> None:
        """Give an event of a case another redacted text; what happened, and the sealed words, stay."""
        columns = tables.event.c
        self._connection.execute(update(tables.event).where(columns.id == event_id).values(text=text))

    def commit(self) -> None:
        """Keep everything done in this transaction."""
        self._connection.commit()
