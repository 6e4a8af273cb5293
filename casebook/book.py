"""The casebook as its callers hold it: the store with the few collaborators that acts need."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from casebook.errors import Damaged, NotFound
from casebook.model import Mode
from casebook.ports import Clock, Reader
from casebook.queries import Queries
from casebook.unit_of_work import Store, UnitOfWork
from policies.facts import Role
from policies.loader import parse_pack
from policies.policy import Policy
from redaction.vault import Vault


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, as a session gives them; every act checks session and roles again in the record."""

    staff_id: str
    username: str
    display_name: str
    roles: frozenset[Role]
    session_id: str


SYSTEM = "monitor"
"""The actor's name in the audit for what no person did."""


@dataclass(frozen=True, slots=True)
class Casebook:
    """One open casebook. Acts are the functions of `casebook.actions`; they take it as their first argument."""

    store: Store
    vault: Vault = field(repr=False)
    clock: Clock
    reader: Reader = field(repr=False)

    @property
    def queries(self) -> Queries:
        """What can be read."""
        return self.store.queries

    def is_rehearsal(self) -> bool:
        """Whether this casebook was made for a rehearsal."""
        return self.queries.organisation().mode is Mode.REHEARSAL


def policy_in_force(work: UnitOfWork) -> Policy:
    """The active policy, parsed from the exact text that was activated.

    Raises:
        casebook.errors.NotFound: no policy was ever activated.
        casebook.errors.Damaged: the text kept is not the one that was activated.
    """
    row = work.active_policy()
    if row is None:
        raise NotFound("No policy is in force. Activate one first.")
    policy = _parsed(row.source, row.name)
    if policy.version != row.version_hash:
        raise Damaged("The policy in force is not the text that was activated. Nothing was changed.")
    return policy


@lru_cache(maxsize=8)
def _parsed(source: str, name: str) -> Policy:
    return parse_pack(source, name)
