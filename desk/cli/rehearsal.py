"""A rehearsal: a casebook of its own in a temporary folder, with the practice network and staff that are roles.

It reads no configuration, no credential and no key but the one it makes, and it leaves nothing when it ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casebook.actions.setting_up import ensure_account, ensure_watch, set_up
from casebook.actions.staffing import add_staff
from casebook.book import Casebook
from casebook.model import Mode
from casebook.ports import Reader
from casebook.unit_of_work import Store
from desk.bootstrap import file_store
from policies.facts import Role
from policies.loader import load_pack
from redaction.vault import Vault

ORGANISATION: Mapping[str, Any] = {
    "name": "Northvale Hospitals NHS Foundation Trust",
    "aliases": ["Northvale hospitals", "Northvale NHS"],
    "handles": ["@NorthvaleNHS"],
    "sites": ["Northvale General", "St Bride's", "Harrow Fold Community Hospital"],
    "look_alikes": ["Northvale FC", "Northvale, New Jersey", "St Bride's church"],
    "domains": ["northvale.example"],
    "nation": "england",
}
"""The invented organisation that the practice network talks about."""

STAFF = (
    ("responder", "Responder", (Role.RESPONDER,)),
    ("responder2", "Second responder", (Role.RESPONDER,)),
    ("approver", "Approver", (Role.RESPONDER, Role.APPROVER)),
    ("governance", "Governance officer", (Role.GOVERNANCE,)),
    ("manager", "Manager", (Role.APPROVER, Role.MANAGER)),
    ("administrator", "Administrator", (Role.ADMINISTRATOR,)),
)
"""User name, what the desk calls them, and roles: parts to play, not people."""

HANDLE = "@NorthvaleNHS"
KEY_FILE, DATABASE, NETWORK = "key", "casebook.db", "network.jsonl"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where a rehearsal lives while it lasts."""

    folder: Path

    @property
    def master(self) -> bytes:
        """Its own key, made for it and gone with it."""
        return bytes.fromhex((self.folder / KEY_FILE).read_text().strip())

    def open(self, reader: Reader, clock: Callable[[], datetime] | None = None) -> Casebook:
        """Its casebook, with `reader` to read texts."""
        return self._over(file_store(self.folder / DATABASE, self.master), reader, clock)

    def make(self, reader: Reader, clock: Callable[[], datetime] | None = None) -> Casebook:
        """The same, made new, with its organisation, staff and watch."""
        book = self._over(file_store(self.folder / DATABASE, self.master, make=True), reader, clock)
        fill(book)
        return book

    def _over(self, store: Store, reader: Reader, clock: Callable[[], datetime] | None) -> Casebook:
        return Casebook(store, Vault(self.master), clock or utc_now, reader)

    @property
    def network(self) -> Path:
        """Where the practice network remembers replies."""
        return self.folder / NETWORK


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@contextmanager
def rehearsal(
    reader: Reader, clock: Callable[[], datetime] | None = None
) -> Iterator[tuple[Rehearsal, Casebook]]:
    """A fresh rehearsal; the folder and everything in it is removed at the end, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="voicedesk-rehearsal-"))
    book = None
    for number in (signal.SIGTERM, signal.SIGHUP):
        # A closed terminal must not leave a casebook behind: leave by the ordinary way, through `finally`.
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, lambda taken, _frame: sys.exit(128 + taken))
    try:
        folder.chmod(0o700)
        handle = os.open(folder / KEY_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(32).hex())
        made = Rehearsal(folder)
        book = made.make(reader, clock)
        yield made, book
    finally:
        if book is not None:
            book.store.close()
        shutil.rmtree(folder, ignore_errors=True)


def fill(book: Casebook) -> None:
    """Make the organisation, the staff, the account and the watch of a rehearsal."""
    set_up(
        book,
        ORGANISATION["name"],
        Mode.REHEARSAL,
        {"organisation": dict(ORGANISATION)},
        load_pack("nhs-england"),
    )
    for username, name, roles in STAFF:
        add_staff(book, None, username, name, roles, None)
    account = ensure_account(book, "practice", HANDLE)
    query = {"terms": [ORGANISATION["name"]], "handles": [HANDLE]}
    ensure_watch(book, "everything about us", "practice", account, query, interval_s=2)
