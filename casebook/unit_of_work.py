"""One transaction over the record, as actions see it: it rolls back unless `commit` was called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from casebook import model
from casebook.queries import Queries

T = TypeVar("T")


class Rows(Protocol[T]):
    """All rows of one table, as frozen dataclasses."""

    def get(self, key: str) -> T:
        """The row with this id.

        Raises:
            casebook.errors.NotFound: there is none.
        """
        ...

    def find(self, **equals: Any) -> T | None:
        """The one row whose columns equal these, or None."""
        ...

    def where(self, **equals: Any) -> list[T]:
        """Every row whose columns equal these, in order of id."""
        ...

    def add(self, row: T) -> T:
        """Insert a row."""
        ...

    def save(self, row: T) -> T:
        """Write a row read earlier, with its version raised by one.

        Raises:
            casebook.errors.Stale: somebody wrote it in between.
        """
        ...


class Ledger(Protocol):
    """What the polls of one listener say; each answer is quick over millions of them. `source` "" means any."""

    def last_well(
        self, listener_id: str, *, source: str = "", but_walk: str = "", since: datetime | None = None
    ) -> datetime | None:
        """When the newest good page was asked for, leaving one walk out."""
        ...

    def first_asked(
        self, listener_id: str, *, source: str = "", since: datetime | None = None
    ) -> datetime | None:
        """When the oldest page was asked for, good or not."""
        ...

    def last_new(self, listener_id: str) -> datetime | None:
        """When the newest page that brought something was asked for, as far back as is looked."""
        ...

    def busy(self, listener_id: str, since: datetime) -> list[datetime]:
        """The quarters of an hour that brought something new, by their beginning, in order."""
        ...


class UnitOfWork(Protocol):
    """The tables within one transaction."""

    @property
    def organisations(self) -> Rows[model.Organisation]:
        """The one organisation."""
        ...

    @property
    def accounts(self) -> Rows[model.Account]:
        """The organisation's own accounts."""
        ...

    @property
    def networks(self) -> Rows[model.Network]:
        """What the monitor last said of each channel."""
        ...

    @property
    def spends(self) -> Rows[model.SpendRow]:
        """What each channel was asked, by day."""
        ...

    @property
    def watches(self) -> Rows[model.WatchRow]:
        """What is listened for."""
        ...

    @property
    def listeners(self) -> Rows[model.Listener]:
        """Schedules, cursors and leases."""
        ...

    @property
    def polls(self) -> Rows[model.Poll]:
        """What was asked of networks."""
        ...

    @property
    def incidents(self) -> Rows[model.Incident]:
        """What may not have been heard."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What the polls say."""
        ...

    @property
    def items_set_aside(self) -> Rows[model.SetAside]:
        """Items of networks that could not be understood, sealed."""
        ...

    @property
    def mentions(self) -> Rows[model.Mention]:
        """Posts about us."""
        ...

    @property
    def earlier_versions(self) -> Rows[model.EarlierVersion]:
        """Posts as they were before an edit."""
        ...

    @property
    def cases(self) -> Rows[model.Case]:
        """Conversations to be looked at."""
        ...

    @property
    def events(self) -> Rows[model.CaseEvent]:
        """What happened on cases."""
        ...

    @property
    def corrections(self) -> Rows[model.Correction]:
        """What people put right about what is hidden."""
        ...

    @property
    def drafts(self) -> Rows[model.Draft]:
        """Replies being written or decided."""
        ...

    @property
    def approvals(self) -> Rows[model.Approval]:
        """Decisions on replies."""
        ...

    @property
    def outbox(self) -> Rows[model.Outgoing]:
        """Approved replies on their way."""
        ...

    @property
    def attempts(self) -> Rows[model.OutboxAttempt]:
        """Calls to networks."""
        ...

    @property
    def requests(self) -> Rows[model.NetworkRequest]:
        """What the desk asked of networks."""
        ...

    @property
    def policies(self) -> Rows[model.PolicyVersion]:
        """Policies as they were activated."""
        ...

    @property
    def staff(self) -> Rows[model.Staff]:
        """People who work here."""
        ...

    @property
    def sessions(self) -> Rows[model.SessionRow]:
        """Sign-ins."""
        ...

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
        ...

    def next_case_number(self) -> int:
        """The number for a new case: one more than the highest."""
        ...

    def known(self, channel: str, external_keys: list[str]) -> set[str]:
        """Which of these keyed ids are already mentions or our own replies."""
        ...

    def active_policy(self) -> model.PolicyVersion | None:
        """The policy version in force."""
        ...

    def posted_since(self, since: datetime, *, account_id: str = "", case_id: str = "") -> list[datetime]:
        """When each reply that is or may be on a network began to leave after `since`, of an account or a case.

        A reply posted by hand counts from when it was recorded. One that certainly was not posted does not count.
        """
        ...

    def to_look_for(self, now: datetime, channel: str) -> list[model.Outgoing]:
        """Replies of one channel that are to be looked for on the network by now, the longest waiting first."""
        ...

    def reword(self, event_id: str, text: str) -> None:
        """Give an event of a case another redacted text; what happened, and the sealed words, stay."""
        ...

    def commit(self) -> None:
        """Keep everything done in this transaction."""
        ...


class Store(Protocol):
    """A database that holds one casebook."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """A write transaction; one at a time across all processes. No network call belongs inside.

        Raises:
            casebook.errors.StoreError: it cannot be had.
        """
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A read-only transaction over the same tables; it never blocks a writer."""
        ...

    @property
    def queries(self) -> Queries:
        """What screens and reports read."""
        ...

    def audit_entries(self) -> Iterator[model.AuditEntry]:
        """The whole chain in order, streamed."""
        ...

    def guards_missing(self) -> list[str]:
        """Names of database guards (triggers) that should exist and do not, or were changed."""
        ...

    def changed(self) -> int:
        """A number that rises when somebody has done something."""
        ...

    def close(self) -> None:
        """Give every connection back."""
        ...
