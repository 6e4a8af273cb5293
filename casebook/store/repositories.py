"""Rows in and out: frozen dataclasses on one side, one table on the other, the same code for all."""

from __future__ import annotations

import dataclasses
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table, insert, select, update

from casebook.errors import NotFound, Stale

T = TypeVar("T")


class TableRows(Generic[T]):
    """All rows of `table`, as instances of the dataclass `kind` (column for field)."""

    def __init__(self, connection: Connection, table: Table, kind: type[T]) -> None:
        self._connection = connection
        self._table = table
        self._kind = kind
        self._names = [f.name for f in dataclasses.fields(kind)]  # type: ignore[arg-type]

    def get(self, key: str) -> T:
        """The row with this id; raises `NotFound`."""
        found = self.find(id=key)
        if found is None:
            raise NotFound
        return found

    def find(self, **equals: Any) -> T | None:
        """The one row whose columns equal these, or None."""
        row = self._connection.execute(self._select(equals)).mappings().first()
        return None if row is None else self._kind(**row)

    def where(self, **equals: Any) -> list[T]:
        """Every row whose columns equal these, in order of id."""
        rows = self._connection.execute(self._select(equals).order_by(self._table.c.id)).mappings()
        return [self._kind(**row) for row in rows]

    def add(self, row: T) -> T:
        """Insert a row."""
        self._connection.execute(insert(self._table), self._values(row))
        return row

    def save(self, row: T) -> T:
        """Write a row read earlier with its version raised by one; raises `Stale`."""
        version: int = row.version  # type: ignore[attr-defined]
        newer = dataclasses.replace(row, version=version + 1)  # type: ignore[type-var]
        columns = self._table.c
        done = self._connection.execute(
            update(self._table)
            .where(columns.id == newer.id, columns.version == version)  # type: ignore[attr-defined]
            .values(self._values(newer))
        )
        if done.rowcount != 1:
            raise Stale
        return newer

    def _select(self, equals: dict[str, Any]) -> Any:
        columns = self._table.c
        return select(*(columns[name] for name in self._names)).where(
            *(columns[name] == value for name, value in equals.items())
        )

    def _values(self, row: T) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self._names}
