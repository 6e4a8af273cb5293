"""`--dry-run`: the whole act is tried, with every check, in a transaction that is never committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from casebook.unit_of_work import Store, UnitOfWork


class UncommittedWork:
    """A transaction whose `commit` keeps nothing; everything else is the real one's."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def commit(self) -> None:
        """Keep nothing: the transaction ends without it and is rolled back."""


class UncommittedStore:
    """A store on which every act runs and nothing stays."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A write transaction that is rolled back in the end, whatever it says."""
        with self._store.write() as work:
            yield cast(UnitOfWork, UncommittedWork(work))


def uncommitted(store: Store) -> Store:
    """`store`, with nothing kept of what is done in it."""
    return cast(Store, UncommittedStore(store))
