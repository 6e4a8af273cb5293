"""What columns are made of, and the one collection of tables."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    false,
)

from casebook.store.types import Json, Named, UtcTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def identity() -> Column[str]:
    """The id of a row."""
    return Column("id", Text, primary_key=True)


def ref(name: str, target: str) -> Column[str]:
    """The id of a row of another table."""
    return Column(name, Text, ForeignKey(f"{target}.id"), nullable=False)


def words(name: str) -> Column[str]:
    """Text, "" where there is none."""
    return Column(name, Words, nullable=False, server_default="")


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """A time in UTC."""
    return Column(name, UtcTime, nullable=nullable)


def plain(name: str) -> Column[Any]:
    """Plain data."""
    return Column(name, Json, nullable=False)


def number(name: str) -> Column[int]:
    """A whole number."""
    return Column(name, Integer, nullable=False)


def count(name: str, start: int = 0) -> Column[int]:
    """A whole number that begins at `start`."""
    return Column(name, Integer, nullable=False, server_default=str(start))


def off(name: str) -> Column[bool]:
    """Yes or no; no at first."""
    return Column(name, Boolean, nullable=False, server_default=false())


def flag(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def sealed(name: str, *, nullable: bool = True) -> Column[bytes]:
    """Bytes of a vault envelope."""
    return Column(name, LargeBinary, nullable=nullable)


def state(name: str, kind: type[StrEnum]) -> Column[Any]:
    """One of the names of `kind`."""
    return Column(name, Named(kind), nullable=False)


def allowed(name: str, kind: type[StrEnum]) -> CheckConstraint:
    """A check that a column holds one of the names of `kind`."""
    members = ", ".join(f"'{member}'" for member in kind)
    return CheckConstraint(f"{name} IN ({members})", name=name)


def version() -> Column[int]:
    """How often a row was written."""
    return Column("version", Integer, nullable=False, server_default="1")
