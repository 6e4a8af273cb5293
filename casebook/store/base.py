"""What SQLite and PostgreSQL share: transactions, the translation of driver errors, the streamed audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, exc, func, select, text

from casebook import errors, model
from casebook.store import guards, tables
from casebook.store.reads import SqlQueries
from casebook.store.unit_of_work import SqlUnitOfWork

HEAD = "0003"
"""The newest revision in `migrations/`; a test holds the two together."""

_FORBIDDEN = ("permission denied", "cannot be emptied", "must be owner")

_SENTENCES: tuple[tuple[str, type[errors.StoreError]], ...] = (
    ("database is locked", errors.StoreBusy),
    ("busy", errors.StoreBusy),
    ("lock timeout", errors.StoreBusy),
    ("disk is full", errors.StoreFull),
    ("no space left", errors.StoreFull),
    ("malformed", errors.Damaged),
    ("not a database", errors.Damaged),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a driver raises into one plain sentence; the driver's own text may hold values and is dropped."""
    try:
        yield
    except exc.IntegrityError as error:
        raise errors.GuardRefused(_guard_sentence(error)) from None
    except exc.DBAPIError as error:
        said = str(error.orig).lower()
        for words, kind in _SENTENCES:
            if words in said:
                raise kind from None
        if sentence := _guard_sentence(error):
            raise errors.GuardRefused(sentence) from None
        if any(words in said for words in _FORBIDDEN):
            raise errors.GuardRefused from None
        raise errors.StoreGone from None
    except exc.TimeoutError:
        raise errors.StoreBusy from None


def _guard_sentence(error: exc.DBAPIError) -> str:
    said = str(error.orig)
    for guard in guards.GUARDS:
        if guard.says in said:
            return f"The database refused this: {guard.says}. Nothing was changed."
    return ""


class SqlStore:
    """A casebook in a SQL database: one engine for writing, one for reading."""

    def __init__(self, write_engine: Engine, read_engine: Engine) -> None:
        self._write = write_engine
        self._read = read_engine
        self._queries = SqlQueries(self.reading)

    @property
    def engine(self) -> Engine:
        """The write engine, for migrations and backups."""
        return self._write

    @property
    def queries(self) -> SqlQueries:
        """What screens and reports read."""
        return self._queries

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """One write transaction; rolls back unless committed. Raises `StoreError` in plain words."""
        with translated(), self._write.connect() as connection:
            yield SqlUnitOfWork(connection)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """One read-only transaction over the same tables."""
        with self.reading() as connection:
            yield SqlUnitOfWork(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One short read-only transaction."""
        with translated(), self._read.connect() as connection:
            yield connection

    def changed(self) -> int:
        """The newest audit entry's number: every act appends one, so it differs when something happened."""
        with self.reading() as connection:
            return int(connection.execute(select(func.max(tables.audit.c.seq))).scalar() or 0)

    def audit_entries(self) -> Iterator[model.AuditEntry]:
        """The whole chain in order, streamed."""
        statement = select(tables.audit).order_by(tables.audit.c.seq).execution_options(yield_per=1000)
        with self.reading() as connection:
            for row in connection.execute(statement).mappings():
                yield model.AuditEntry(**row)

    def guards_missing(self) -> list[str]:
        """Names of database guards that should exist and do not, or were changed."""
        with self.reading() as connection:
            return guards.missing_guards(connection)

    def schema_version(self) -> str:
        """The revision of the schema; "" for an empty database."""
        with self.reading() as connection:
            if not self._write.dialect.has_table(connection, "alembic_version"):
                return ""
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")

    def check_version(self) -> None:
        """Refuse a database that this program does not match.

        Raises:
            casebook.errors.NewerDatabase: it was written by a newer program.
            casebook.errors.NotUpToDate: it needs `db upgrade`.
        """
        found = self.schema_version()
        if found == HEAD:
            return
        raise errors.NewerDatabase if found > HEAD else errors.NotUpToDate

    def close(self) -> None:
        """Give every connection back."""
        self._write.dispose()
        self._read.dispose()
