"""The one place that wires the rooms together: settings in, an open casebook or a monitor out.

Nothing here is imported at the top that a line command may not need: the store brings SQLAlchemy, the monitor
brings Presidio and the networks' libraries, and each is imported by the function that makes it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casebook.book import Casebook
from casebook.errors import MissingKey, Refusal, StoreGone, WrongKey
from casebook.model import Mode
from casebook.ports import Reader, Reading
from desk.children import argv_of, environment_of
from desk.configuration import Configuration
from desk.keys import KeyPlaces, MasterKey
from desk.recovery_sheet import key_id
from desk.settings import PREFIX
from redaction.vault import Vault, derive

if TYPE_CHECKING:
    from casebook.store.base import SqlStore
    from desk.reader_process import ReaderProcess
    from monitor.service import Monitor
    from policies.policy import Policy

READ_LINES_ORGANISATION = f"{PREFIX}READ_LINES_ORGANISATION"
"""The variable that tells the reading process, as JSON, whose names it must keep in clear."""


def now() -> datetime:
    """The clock of everything that is wired here: UTC, with its zone."""
    return datetime.now(UTC)


class LazyReader:
    """A Reader that is made when it is first needed: its process takes seconds to start, most commands need none."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._making = threading.Lock()

    def start(self) -> None:
        """Make it now, and let it read one word, so that the first draft does not wait."""
        self.read("ready")

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        """Read one text, as `casebook.ports.Reader` promises."""
        with self._making:
            if self._made is None:
                self._made = self._make()
        reading: Reading = self._made.read(text, channel=channel, fields=fields)
        return reading

    def close(self) -> None:
        """End the process, if there is one."""
        close = getattr(self._made, "close", None)
        if close is not None:
            close()
        self._made = None


def reader_for(configuration: Configuration) -> Reader:
    """The desk's Reader under this configuration, made with the first text that needs it."""
    settings = configuration.settings
    patience = (settings.reader.start_seconds, settings.reader.answer_seconds)
    return LazyReader(lambda: reader_process(settings.organisation.as_mapping(), patience))


def reader_process(
    organisation: Mapping[str, Any], patience: tuple[float, float] = (60.0, 20.0)
) -> ReaderProcess:
    """A Reader in a child process that speaks the filters' lines; it knows the organisation and no secret.

    Args:
        organisation: whose names it keeps in clear.
        patience: seconds that the first answer and any later one may take.
    """
    from desk.reader_process import ReaderProcess

    known = {READ_LINES_ORGANISATION: json.dumps(dict(organisation))}
    start, answer = patience
    return ReaderProcess(
        argv_of("desk.cli.read_lines"),
        environment_of(os.environ, **known),
        start_seconds=start,
        answer_seconds=answer,
    )


def key_places(configuration: Configuration) -> KeyPlaces:
    """Where the key of the configured casebook is looked for."""
    settings = configuration.settings
    return KeyPlaces(configuration.key_file, settings.casebook.identity, settings.keys.store)


def find_master(configuration: Configuration) -> MasterKey:
    """The master key.

    Raises:
        casebook.errors.MissingKey: it is in none of its places.
        desk.keys.KeysError: it is there and cannot be used.
    """
    found = key_places(configuration).find()
    if found is None:
        raise MissingKey
    return found


def store_for(configuration: Configuration, master: bytes) -> SqlStore:
    """The configured store, not opened yet."""
    settings = configuration.settings.casebook
    if settings.url:
        from casebook.store.postgres import PostgresStore

        return PostgresStore(settings.url)
    from casebook.store.sqlite import SqliteStore

    return SqliteStore(settings.path, derive(master, "database"))


def file_store(path: Path, master: bytes, *, make: bool = False) -> SqlStore:
    """The encrypted file at `path` as a store; with `make`, a new one with the newest schema.

    Raises:
        casebook.errors.StoreError: it cannot be made there.
    """
    from casebook.store.sqlite import SqliteStore

    store = SqliteStore(path, derive(master, "database"))
    if make:
        from casebook.store.migrate import upgrade

        store.create()
        upgrade(store.engine)
    return store


def check_store(store: SqlStore) -> None:
    """Make sure that the store opens with its key and matches this program.

    Raises:
        casebook.errors.StoreError: it does not; nothing was changed.
    """
    from casebook.store.sqlite import SqliteStore

    if isinstance(store, SqliteStore):
        store.check_openable()
    store.check_version()


def open_casebook(configuration: Configuration, *, reader: Reader | None = None) -> Casebook:
    """The configured casebook, checked and ready.

    Args:
        configuration: the configuration in force.
        reader: what reads texts; left out, the child process of `reader_for`.

    Raises:
        casebook.errors.StoreError: there is none, its key is wrong or missing, or it does not match this program.
        desk.keys.KeysError: the key cannot be used.
    """
    demand_casebook(configuration)
    master = find_master(configuration).secret
    store = store_for(configuration, master)
    try:
        check_store(store)
        book = Casebook(store, Vault(master), now, reader or reader_for(configuration))
        noted = book.queries.organisation().settings.get("key_id", "")
        if noted and noted != key_id(master):
            raise WrongKey
    except BaseException:
        store.close()
        raise
    return book


def demand_room(configuration: Configuration) -> None:
    """Make sure that a casebook could be made in the configured file; a database server is asked when it is made.

    Raises:
        casebook.errors.Refusal: there is one already.
        casebook.errors.NetworkDrive: it would lie on a network drive.
    """
    settings = configuration.settings.casebook
    if settings.url:
        return
    from casebook.store.sqlite import refuse_network_drive

    if settings.path.exists():
        raise Refusal(f"There is a casebook at {settings.path} already. Nothing was changed.")
    refuse_network_drive(settings.path.parent)


def create_casebook(
    configuration: Configuration,
    master: bytes,
    policy: Policy,
    *,
    mode: Mode = Mode.LIVE,
    reader: Reader | None = None,
) -> Casebook:
    """Make the configured casebook with its organisation and first policy.

    A failure half-way leaves nothing behind in a file; in a PostgreSQL database the migrations that ran stay.

    Raises:
        casebook.errors.Refusal: there is one already.
        casebook.errors.StoreError: it cannot be made there.
    """
    from casebook.actions.setting_up import set_up
    from casebook.store.migrate import upgrade
    from casebook.store.sqlite import SqliteStore

    store = store_for(configuration, master)
    made_file = isinstance(store, SqliteStore)
    if isinstance(store, SqliteStore):
        store.create()
    elif store.schema_version():
        raise Refusal("This database holds a casebook already. Nothing was changed.")
    try:
        upgrade(store.engine)
        grant_role(configuration, store)
        organisation = configuration.settings.organisation
        kept = {"organisation": organisation.as_mapping(), "key_id": key_id(master)}
        book = Casebook(store, Vault(master), now, reader or reader_for(configuration))
        set_up(book, organisation.name, mode, kept, policy)
    except BaseException:
        store.close()
        if made_file:
            remove_casebook(configuration.settings.casebook.path)
        raise
    return book


def grant_role(configuration: Configuration, store: SqlStore) -> None:
    """Give the application's role of a PostgreSQL casebook its rights; done by the owner after each upgrade."""
    settings = configuration.settings.casebook
    if settings.url and settings.role:
        from casebook.store.postgres import grant

        grant(store.engine, settings.role)


def remove_casebook(path: Path) -> None:
    """Take away a casebook that was being made when something failed."""
    for ending in ("", "-wal", "-shm", ".key-id"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def monitor_for(configuration: Configuration, book: Casebook) -> Monitor:
    """The monitor over `book`, with the configured watches kept in it and a channel for each network named.

    The only function that reads platform credentials.

    Raises:
        desk.credentials.CredentialsError: they are missing or cannot be used.
        casebook.errors.Refusal: nothing is configured to listen for.
    """
    from casebook.actions.networks import note_networks
    from casebook.actions.sending import channels_waiting
    from desk.ceilings import ceilings
    from desk.channels import channels_for, keep_watches
    from monitor.networks import described
    from monitor.reader import build_reader
    from monitor.service import Monitor

    if not configuration.settings.watch:
        raise Refusal("There is nothing to listen for: the configuration names no [[watch]].")
    channels = channels_for(configuration, book, channels_waiting(book))
    keep_watches(configuration, book)
    note_networks(book, described(channels, ceilings(configuration.settings)))
    reader = build_reader(configuration.settings.organisation.as_mapping())
    return Monitor(book, channels, reader)


def demand_casebook(configuration: Configuration) -> None:
    """Make sure that a file is there, before its key is asked for.

    Raises:
        casebook.errors.StoreGone: there is none.
    """
    settings = configuration.settings.casebook
    if not settings.url and not settings.path.exists():
        raise StoreGone(f"There is no casebook at {settings.path}. Make one with “voicedesk init”.")
