"""From the configuration to the monitor: one channel for each network named, and the watches kept in the casebook.

Used by `bootstrap.monitor_for`, and by `watch`: this is where platform credentials are read.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable
from typing import Any

from casebook.actions.budgets import Budget
from casebook.actions.keeping import SessionKeep
from casebook.actions.setting_up import ensure_account, ensure_watch
from casebook.book import Casebook
from casebook.spending import UNLIMITED
from desk.ceilings import ceilings
from desk.configuration import Configuration
from desk.credentials import CredentialsError, read_entry, variable
from desk.settings import AccountSettings
from monitor import channels
from monitor.careful import Careful
from monitor.channel import Channel, ChannelKind, Keep, Making

log = logging.getLogger("voicedesk.monitor")


def channels_for(
    configuration: Configuration, book: Casebook, waiting: Iterable[str] = ()
) -> dict[str, Channel]:
    """A channel for each network that a watch listens on, and for each in `waiting` that can still be reached.

    Each keeps to its budget, and is counted.
    On those in `waiting` nothing is listened to any more, but replies or questions wait: without credentials for
    one, the monitor goes on without it, and says so of each reply.

    Raises:
        CredentialsError: an account's credentials are missing or cannot be used, or there is no such network.
    """
    names = sorted({watch.channel for watch in configuration.settings.watch})
    made = {name: _channel(configuration, name, book) for name in names}
    for name in sorted(set(waiting) - set(names)):
        try:
            made[name] = _channel(configuration, name, book)
        except CredentialsError as error:
            log.warning("%s", error)
    return made


def keep_watches(configuration: Configuration, book: Casebook) -> None:
    """Bring the casebook's accounts and watches up to what is configured; others are no longer listened to."""
    organisation = configuration.settings.organisation
    for watch in configuration.settings.watch:
        account = ensure_account(book, watch.channel, _handle(configuration, watch.channel))
        query = watch.query(organisation)
        ensure_watch(book, watch.name, watch.channel, account, query, watch.interval_seconds)
    _rest_others(book, {(watch.name, watch.channel) for watch in configuration.settings.watch})


def _rest_others(book: Casebook, wanted: set[tuple[str, str]]) -> None:
    with book.store.write() as work:
        for row in work.watches.where(active=True):
            if (row.name, row.channel) not in wanted:
                work.watches.save(dataclasses.replace(row, active=False))
        work.commit()


def channel_beside(configuration: Configuration, name: str, book: Casebook) -> Channel:
    """One channel for a process beside the monitor: it shares the budget, never the session with the network.

    Raises:
        CredentialsError: as for `channels_for`.
    """
    return _channel(configuration, name, book, NoKeep())


def kind_of(name: str) -> ChannelKind:
    """What a channel is.

    Raises:
        CredentialsError: there is none of that name, or it cannot be loaded.
    """
    try:
        return channels.kind(name)
    except (channels.UnknownChannel, channels.BrokenPlugin) as error:
        raise CredentialsError(str(error)) from None


def account_on(configuration: Configuration, channel: str) -> AccountSettings:
    """Our account on a channel, as configured or as it is taken to be."""
    account = configuration.settings.account_of(channel)
    return account or AccountSettings(channel=channel, handle=_handle(configuration, channel))


class NoKeep:
    """Keeps no session: `monitor.channel.Keep` for who logs in for himself."""

    def load(self) -> str:
        """Nothing."""
        return ""

    def save(self, session: str) -> None:
        """Forget it."""


def _channel(configuration: Configuration, name: str, book: Casebook, keep: Keep | None = None) -> Channel:
    kind = kind_of(name)
    handle = _handle(configuration, name)
    account = account_on(configuration, name)
    made = kind.make(
        Making(
            clock=book.clock,
            credentials=_credentials(configuration, kind, account),
            handle=handle,
            server=server_of(kind, account),
            keep=keep or SessionKeep(book, name, handle),
            state=configuration.settings.casebook.path.with_name("practice.jsonl"),
        )
    )
    ceiling = ceilings(configuration.settings).get(name, UNLIMITED)
    return Careful(made, Budget(book, name, ceiling), book.clock)


def server_of(kind: ChannelKind, account: AccountSettings) -> str:
    """The server to speak to, "" for the network's own.

    Raises:
        CredentialsError: one must be named and is not, or is named and must not be.
    """
    if kind.servers == "server" and not account.server:
        raise CredentialsError(
            f'The account on {kind.name} names no server: write server = "https://…" under [[account]].'
        )
    if kind.servers != "server" and account.server and not account.on_this_machine:
        raise CredentialsError(
            f"{kind.title} has one address of its own: take server out of the account on {kind.name}."
        )
    return account.server


def _credentials(configuration: Configuration, kind: ChannelKind, account: AccountSettings) -> Any:
    if kind.credentials is None:
        return None
    wanted = dataclasses.fields(kind.credentials)
    names = [field.name for field in wanted]
    found = read_entry(account.entry, names, configuration.credentials_file)
    if not found and kind.optional:
        return None
    for field in wanted:
        if field.default is dataclasses.MISSING and field.name not in found:
            raise CredentialsError(
                f"The account on {account.channel} has no {field.name}: set {variable(account.entry, field.name)}, "
                f"or {field.name} under [{account.entry}] in {configuration.credentials_file}."
            )
    if not found:
        raise CredentialsError(
            f"The account on {account.channel} has no credentials: set {variable(account.entry, names[0])}, "
            f"or write [{account.entry}] into {configuration.credentials_file} (mode 600)."
        )
    if "account_handle" in names:
        found.setdefault("account_handle", account.handle)
    return kind.credentials(**found)


def _handle(configuration: Configuration, channel: str) -> str:
    account = configuration.settings.account_of(channel)
    handles = configuration.settings.organisation.handles
    return account.handle if account else handles[0] if handles else "@us"
