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


class UnitOfWork(Protocol):
    """The tables within one transaction."""

    organisations: Rows[model.Organisation]
    accounts: Rows[model.Account]
    watches: Rows[model.WatchRow]
    listeners: Rows[model.Listener]
    polls: Rows[model.Poll]
    mentions: Rows[model.Mention]
    cases: Rows[model.Case]
    events: Rows[model.CaseEvent]
    drafts: Rows[model.Draft]
    approvals: Rows[model.Approval]
    outbox: Rows[model.Outgoing]
    attempts: Rows[model.OutboxAttempt]
    requests: Rows[model.NetworkRequest]
    policies: Rows[model.PolicyVersion]
    staff: Rows[model.Staff]
    sessions: Rows[model.SessionRow]

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
