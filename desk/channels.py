"""From the configuration to the monitor: one channel for each network named, and the watches kept in the casebook.

Used by `bootstrap.monitor_for` alone: this is where platform credentials are read.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from casebook.actions.setting_up import ensure_account, ensure_watch
from casebook.book import Casebook
from desk.configuration import Configuration
from desk.credentials import CredentialsError, read_entry, variable
from desk.settings import AccountSettings
from monitor import channels
from monitor.channel import Channel

log = logging.getLogger("voicedesk.monitor")

Clock = Callable[[], datetime]

PRACTICE = "practice"
_SERVERS: Mapping[str, tuple[str, ...]] = {"x": ("base_url",), "reddit": ("oauth_url", "reddit_url")}
"""What each channel calls the address of a stand-in server."""


def channels_for(
    configuration: Configuration, clock: Clock, waiting: Iterable[str] = ()
) -> dict[str, Channel]:
    """A channel for each network that a watch listens on, and for each in `waiting` that can still be reached.

    On those in `waiting` nothing is listened to any more, but replies or questions wait: without credentials for
    one, the monitor goes on without it, and says so of each reply.

    Raises:
        CredentialsError: an account's credentials are missing or cannot be used, or there is no such network.
    """
    names = sorted({watch.channel for watch in configuration.settings.watch})
    made = {name: _channel(configuration, name, clock) for name in names}
    for name in sorted(set(waiting) - set(names)):
        try:
            made[name] = _channel(configuration, name, clock)
        except CredentialsError as error:
            log.warning("%s", error)
    return made


def keep_watches(configuration: Configuration, book: Casebook) -> None:
    """Bring the casebook's accounts and watches up to what is configured; others are no longer listened to."""
    for watch in configuration.settings.watch:
        account = ensure_account(book, watch.channel, _handle(configuration, watch.channel))
        ensure_watch(book, watch.name, watch.channel, account, watch.query(), watch.interval_seconds)
    _rest_others(book, {(watch.name, watch.channel) for watch in configuration.settings.watch})


def _rest_others(book: Casebook, wanted: set[tuple[str, str]]) -> None:
    with book.store.write() as work:
        for row in work.watches.where(active=True):
            if (row.name, row.channel) not in wanted:
                work.watches.save(dataclasses.replace(row, active=False))
        work.commit()


def _channel(configuration: Configuration, name: str, clock: Clock) -> Channel:
    try:
        module = channels.load(name)
    except channels.UnknownChannel as error:
        raise CredentialsError(str(error)) from None
    if name == PRACTICE:
        state = configuration.settings.casebook.path.with_name("practice.jsonl")
        practice: Channel = module.build(clock, account=_handle(configuration, name), state=state)
        return practice
    account = configuration.settings.account_of(name) or AccountSettings(
        channel=name, handle=_handle(configuration, name)
    )
    keys = _credentials(configuration, module, account)
    servers = dict.fromkeys(_SERVERS.get(name, ()), account.server) if account.server else {}
    kind: Any = channels.channel_class(name)
    made: Channel = kind(keys, clock=clock, **servers)
    return made


def _credentials(configuration: Configuration, module: ModuleType, account: AccountSettings) -> Any:
    kind = next(thing for key, thing in vars(module).items() if key.endswith("Credentials"))
    fields = [field.name for field in dataclasses.fields(kind)]
    found = read_entry(account.entry, fields, configuration.credentials_file)
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.name not in found:
            raise CredentialsError(
                f"The account on {account.channel} has no {field.name}: set {variable(account.entry, field.name)}, "
                f"or {field.name} under [{account.entry}] in {configuration.credentials_file}."
            )
    if not found:
        raise CredentialsError(
            f"The account on {account.channel} has no credentials: set {variable(account.entry, fields[0])}, "
            f"or write [{account.entry}] into {configuration.credentials_file} (mode 600)."
        )
    if "account_handle" in fields:
        found.setdefault("account_handle", account.handle)
    return kind(**found)


def _handle(configuration: Configuration, channel: str) -> str:
    account = configuration.settings.account_of(channel)
    handles = configuration.settings.organisation.handles
    return account.handle if account else handles[0] if handles else "@us"
