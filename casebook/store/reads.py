"""What screens ask, as SQL; implements `casebook.queries.Queries`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from casebook import audit as chain
from casebook import queries as q
from casebook.errors import NotFound
from casebook.model import Account, AuditEntry, CaseStatus, Organisation, OutboxState, Staff
from casebook.spending import NetworkFacts, Spent
from casebook.store import coverage_reads as ledger
from casebook.store import tables as t
from casebook.store.case_reads import approved_by, case_drafts, case_history, case_thread
from casebook.store.repositories import TableRows
from casebook.store.spend_reads import network_facts, spent_by_channel

_NEEDS_SOMEBODY = (CaseStatus.NEW, CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.APPROVED)


class SqlQueries:
    """The reads, each in its own short transaction."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading

    def organisation(self) -> Organisation:
        """The organisation of this casebook."""
        with self._reading() as connection:
            rows = TableRows(connection, t.organisation, Organisation).where()
        if not rows:
            raise NotFound("This casebook has no organisation yet. Run “voicedesk init”.")
        return rows[0]

    def queue(self, wanted: q.QueueFilter, now: datetime) -> list[q.QueueRow]:
        """Cases, most urgent first."""
        statement = _cases().where(_view(wanted.view, wanted.staff_id, now))
        if wanted.queue:
            statement = statement.where(t.case.c.queue == wanted.queue)
        statement = statement.order_by(t.case.c.severity.desc(), t.case.c.due_at, t.case.c.number)
        with self._reading() as connection:
            found = connection.execute(statement.limit(wanted.limit).offset(wanted.offset)).mappings()
            return [_queue_row(row, now) for row in found]

    def case(self, case_id: str, now: datetime) -> q.CaseView:
        """One case whole."""
        with self._reading() as connection:
            found = connection.execute(_cases().where(t.case.c.id == case_id)).mappings().first()
            if found is None:
                raise NotFound("There is no such case.")
            return q.CaseView(
                row=_queue_row(found, now),
                account=found["account_handle"],
                mention_id=found["mention_id"],
                must_do=found["must_do"],
                tell=found["tell"],
                rules=found["rules"],
                suggested_severity=found["suggested_severity"],
                closed_why=found["closed_why"],
                thread=case_thread(connection, case_id),
                history=case_history(connection, case_id),
                drafts=case_drafts(connection, case_id),
                complaint_live=found["complaint_live"],
            )

    def case_id(self, number: int) -> str:
        """The id of a case by its number."""
        with self._reading() as connection:
            found = connection.execute(select(t.case.c.id).where(t.case.c.number == number)).scalar()
        if found is None:
            raise NotFound(f"There is no case {number}.")
        return str(found)

    def counts(self, staff_id: str, now: datetime) -> q.Counts:
        """How much there is to do."""
        with self._reading() as connection:
            sums = [func.sum(case((_view(view, staff_id, now), 1), else_=0)).label(view) for view in q.VIEWS]
            totals = connection.execute(select(*sums).select_from(t.case)).mappings().one()
            queues = connection.execute(
                select(t.case.c.queue, func.count()).where(_view("open", "", now)).group_by(t.case.c.queue)
            )
            return q.Counts(
                views={view: int(totals[view] or 0) for view in q.VIEWS},
                queues={str(name): int(number) for name, number in queues},
            )

    def replies(self, since: datetime | None = None) -> list[q.ReplyRow]:
        """Replies that passed approval, newest first."""
        author = t.staff.alias("author")
        tries = select(func.count()).where(t.attempt.c.outbox_id == t.outbox.c.id).scalar_subquery()
        statement = (
            select(
                t.outbox, t.case.c.number, author.c.display_name, t.draft.c.verdict, t.draft.c.policy_version,
                tries.label("attempts"),
            )
            .join(t.draft, t.draft.c.id == t.outbox.c.draft_id)
            .join(t.case, t.case.c.id == t.outbox.c.case_id)
            .join(author, author.c.id == t.draft.c.author_id)
            .order_by(t.outbox.c.queued_at.desc())
        )  # fmt: skip
        if since is not None:
            statement = statement.where(t.outbox.c.queued_at >= since)
        with self._reading() as connection:
            found = connection.execute(statement).mappings().all()
            approvers = approved_by(connection)
        return [_reply_row(row, approvers.get(row["draft_id"], ())) for row in found]

    def coverage(self, since: datetime) -> list[q.CoverageRow]:
        """Every listener, with what it heard after `since`."""
        with self._reading() as connection:
            return ledger.coverage(connection, since)

    def incidents(self, *, open_only: bool = False, since: datetime | None = None) -> list[q.IncidentRow]:
        """Coverage incidents, open ones first."""
        with self._reading() as connection:
            return ledger.incidents(connection, open_only=open_only, since=since)

    def audit(self, *, case_id: str = "", after_seq: int = 0, limit: int = 200) -> list[q.AuditRow]:
        """Audit entries in order of `seq`."""
        statement = (
            select(t.audit, t.case.c.number.label("case_number"), t.staff.c.display_name.label("who"))
            .outerjoin(t.case, t.case.c.id == t.audit.c.case_id)
            .outerjoin(t.staff, t.staff.c.id == t.audit.c.actor)
            .where(t.audit.c.seq > after_seq)
            .order_by(t.audit.c.seq)
            .limit(limit)
        )
        if case_id:
            statement = statement.where(t.audit.c.case_id == case_id)
        with self._reading() as connection:
            return [_audit_row(row) for row in connection.execute(statement).mappings()]

    def heard(self, channel: str, since: datetime, limit: int = 100_000) -> list[q.HeardRow]:
        """Posts of one channel, the newest first."""
        columns = t.mention.c
        statement = select(columns.heard_at, columns.safe, columns.text, columns.listed).where(
            columns.channel == channel, columns.heard_at > since
        )
        with self._reading() as connection:
            found = connection.execute(statement.order_by(columns.heard_at.desc()).limit(limit))
            return [q.HeardRow(*row) for row in found]

    def staff(self) -> list[Staff]:
        """Everybody who works or worked here."""
        with self._reading() as connection:
            return sorted(TableRows(connection, t.staff, Staff).where(), key=lambda person: person.username)

    def accounts(self) -> list[Account]:
        """The organisation's own accounts."""
        with self._reading() as connection:
            return TableRows(connection, t.account, Account).where()

    def names(self) -> Mapping[str, str]:
        """Staff id → display name."""
        return {person.id: person.display_name for person in self.staff()}

    def spent(self, now: datetime) -> Mapping[str, Spent]:
        """What each channel was asked today and this month."""
        with self._reading() as connection:
            return spent_by_channel(connection, now)

    def networks(self) -> Mapping[str, NetworkFacts]:
        """What the monitor last said of each channel."""
        with self._reading() as connection:
            return network_facts(connection)


def _cases() -> Select[Any]:
    counted = select(func.count()).where(t.mention.c.case_id == t.case.c.id).scalar_subquery()
    return (
        select(
            t.case,
            counted.label("mentions"),
            func.coalesce(t.staff.c.display_name, "").label("holder"),
            t.account.c.handle.label("account_handle"),
        )
        .outerjoin(t.staff, t.staff.c.id == t.case.c.holder_id)
        .join(t.account, t.account.c.id == t.case.c.account_id)
    )


def _view(view: str, staff_id: str, now: datetime) -> ColumnElement[bool]:
    """Which cases a view holds; a claim that has run out counts as none."""
    columns = t.case.c
    held = and_(columns.holder_id != "", columns.held_until > now)
    still_open = columns.status.in_(_NEEDS_SOMEBODY)
    uncertain = select(t.outbox.c.id).where(
        t.outbox.c.case_id == columns.id, t.outbox.c.state.in_((OutboxState.UNCERTAIN, OutboxState.BY_HAND))
    )
    views: dict[str, ColumnElement[bool]] = {
        "open": still_open,
        "unclaimed": and_(columns.status.in_((CaseStatus.NEW, CaseStatus.OPEN)), ~held),
        "mine": and_(still_open, held, columns.holder_id == staff_id),
        "waiting": columns.status == CaseStatus.WAITING,
        "escalated": and_(still_open, columns.escalated_to != ""),
        "unsafe": and_(still_open, ~columns.safe),
        "uncertain": or_(uncertain.exists()),
        "answered": columns.status == CaseStatus.ANSWERED,
        "closed": columns.status == CaseStatus.CLOSED,
    }
    return views[view]


def _queue_row(row: Any, now: datetime) -> q.QueueRow:
    held = bool(row["holder_id"]) and row["held_until"] is not None and row["held_until"] > now
    return q.QueueRow(
        case_id=row["id"],
        number=row["number"],
        status=row["status"],
        queue=row["queue"],
        severity=row["severity"],
        triaged=row["triaged"],
        summary=row["summary"],
        channel=row["channel"],
        due_at=row["due_at"],
        opened_at=row["opened_at"],
        holder=row["holder"] if held else "",
        holder_id=row["holder_id"] if held else "",
        held_until=row["held_until"] if held else None,
        escalated_to=row["escalated_to"],
        risks=row["risks"],
        safe=row["safe"],
        mentions=row["mentions"],
        version=row["version"],
    )


def _reply_row(row: Any, approvers: tuple[str, ...]) -> q.ReplyRow:
    return q.ReplyRow(
        case_number=row["number"],
        channel=row["channel"],
        author=row["display_name"],
        approvers=approvers,
        verdict=row["verdict"],
        policy_version=row["policy_version"],
        state=row["state"],
        queued_at=row["queued_at"],
        sent_at=row["sent_at"],
        attempts=row["attempts"],
        bundle_hash=row["bundle_hash"],
        outbox_id=row["id"],
        why=row["why"],
        waits_until=row["not_before"],
    )


def _audit_row(row: Any) -> q.AuditRow:
    entry = AuditEntry(**{name: row[name] for name in AuditEntry.__slots__})
    return q.AuditRow(
        seq=entry.seq,
        at=entry.at,
        who=row["who"] or entry.actor,
        kind=entry.kind,
        case_number=row["case_number"],
        sentence=chain.sentence(entry),
        facts=chain.payload_of(entry),
        hash=entry.hash,
    )
