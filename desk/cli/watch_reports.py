"""The configured watches, as people ask about them: what each becomes on its network, and what is wrong with it.

Nothing is asked of a network. Whether credentials are set is told, never what they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from casebook.ports import Clock
from desk.channels import account_on, kind_of, server_of
from desk.configuration import Configuration
from desk.credentials import CredentialsError, read_entry, variable
from desk.settings import AccountSettings, OrganisationSettings, WatchSettings
from monitor import channels, matching
from monitor.channel import Channel, ChannelError, ChannelKind, Making, Watch

SET, MISSING, NOT_NEEDED, OPTIONAL, UNKNOWN = (
    "set",
    "missing",
    "not needed",
    "not set, not needed to hear",
    "unknown",
)
_STAND_IN = "not-set"
"""What a channel is made with where a credential is missing; it is never sent, as nothing is asked."""


@dataclass(frozen=True, slots=True)
class WatchReport:
    """One configured watch. `queries` is empty where its channel names none.

    `wrong` says what keeps it from listening, `notes` what it does otherwise than one may think.
    """

    watch: Watch
    channel: str
    title: str
    package: str
    """The distribution that its channel comes from, "" for our own."""
    interval_s: int
    credentials: str
    queries: tuple[str, ...] = ()
    asks: str = ""
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def as_watch(settings: WatchSettings, organisation: OrganisationSettings) -> Watch:
    """A configured watch as channels take it, with the organisation's own names where they are wanted."""
    query = {name: tuple(words) for name, words in settings.query(organisation).items()}
    return Watch(name=settings.name, **query)


def shown_place(place: str) -> str:
    """A place as it may be shown: of an address only where it leads, since the rest of it may hold a secret."""
    try:
        parts = urlsplit(place)
        host = parts.hostname or ""
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{host}/…" if host else place


def reports(configuration: Configuration, clock: Clock) -> tuple[WatchReport, ...]:
    """Every configured watch, in the order of the configuration."""
    return tuple(report_on(configuration, watch, clock) for watch in configuration.settings.watch)


def report_on(configuration: Configuration, settings: WatchSettings, clock: Clock) -> WatchReport:
    """One configured watch."""
    watch = as_watch(settings, configuration.settings.organisation)
    bare = WatchReport(
        watch=watch,
        channel=settings.channel,
        title=settings.channel,
        package=channels.plugin_names().get(settings.channel, ""),
        interval_s=settings.interval_seconds,
        credentials=UNKNOWN,
        notes=tuple(_notes(settings, watch)),
    )
    try:
        kind = kind_of(settings.channel)
    except CredentialsError as error:
        return dataclasses.replace(bare, wrong=(_sentence(str(error)),))
    return _of_kind(bare, configuration, kind, clock)


def _of_kind(bare: WatchReport, configuration: Configuration, kind: ChannelKind, clock: Clock) -> WatchReport:
    account = account_on(configuration, kind.name)
    state, found, wrong = _credentials(configuration, kind, account)
    server, amiss = _told(lambda: server_of(kind, account))
    named = configuration.settings.account_of(kind.name) is not None or kind.credentials is None
    queries, asks, too_long = (
        _queries(kind, bare.watch, found, account, server, clock) if not amiss else ((), "", [])
    )
    lacking = ['It names no places: write places = ["https://…"].'] if _lacks_places(kind, bare.watch) else []
    return dataclasses.replace(
        bare,
        title=kind.title,
        credentials=state,
        queries=queries,
        asks=asks,
        wrong=(*wrong, *amiss, *lacking, *too_long),
        notes=(*bare.notes, *([] if named else [_taken_for(kind, account)])),
    )


def _taken_for(kind: ChannelKind, account: AccountSettings) -> str:
    return f"No [[account]] names your account on {kind.title}: {account.handle} is taken for it."


def _lacks_places(kind: ChannelKind, watch: Watch) -> bool:
    return kind.servers == "watch" and not watch.places


def _credentials(
    configuration: Configuration, kind: ChannelKind, account: AccountSettings
) -> tuple[str, dict[str, str], list[str]]:
    """The state of a network's credentials, those that are set, and what is wrong with them."""
    if kind.credentials is None:
        return NOT_NEEDED, {}, []
    wanted = dataclasses.fields(kind.credentials)
    found: dict[str, str] = {}
    try:
        found = read_entry(account.entry, [field.name for field in wanted], configuration.credentials_file)
    except CredentialsError as error:
        return UNKNOWN, {}, [_sentence(str(error))]
    lacking = [f.name for f in wanted if f.default is dataclasses.MISSING and f.name not in found]
    if found and not lacking:
        return SET, found, []
    if not found and kind.optional:
        return OPTIONAL, found, []
    missing = ", ".join(variable(account.entry, name) for name in lacking or [wanted[0].name])
    return (
        MISSING,
        found,
        [f"Its credentials are missing: {missing}, or [{account.entry}] in the credentials file."],
    )


def _queries(
    kind: ChannelKind,
    watch: Watch,
    found: dict[str, str],
    account: AccountSettings,
    server: str,
    clock: Clock,
) -> tuple[tuple[str, ...], str, list[str]]:
    """What a watch becomes on its network, or what is asked instead, and what is wrong with it."""
    try:
        made = kind.make(
            Making(
                clock=clock,
                credentials=_stand_in(kind, found, account),
                handle=account.handle,
                server=server,
            )
        )
        told = _queries_of(made, watch)
    except ChannelError as error:
        return (), "", [f"Its query cannot be made: {error.reason}."]
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way, and the list must name the others
        return (), "", [f"Its channel cannot be made: {type(error).__name__}."]
    if told is None:
        return (
            (),
            f"{kind.title} takes no query: what is new there is read, and the words above choose from it.",
            [],
        )
    return told, "", []


def _queries_of(channel: Channel, watch: Watch) -> tuple[str, ...] | None:
    queries: Any = getattr(channel, "queries", None)
    return None if queries is None else tuple(str(query) for query in queries(watch))


def _stand_in(kind: ChannelKind, found: dict[str, str], account: AccountSettings) -> Any:
    if kind.credentials is None or (not found and kind.optional):
        return None
    fields = dataclasses.fields(kind.credentials)
    filled = {field.name: _STAND_IN for field in fields if field.default is dataclasses.MISSING}
    if "account_handle" in {field.name for field in fields}:
        filled["account_handle"] = account.handle
    return kind.credentials(**{**filled, **found})


def _notes(settings: WatchSettings, watch: Watch) -> Iterator[str]:
    for word in matching.means_nothing(watch):
        yield f"“{word}” holds no letter or digit, so it is found nowhere."
    idle = set(matching.rules_out_nothing(watch)) & set(settings.exclusions)
    for word in [word for word in watch.exclusions if word in idle]:
        yield (
            f"The exclusion “{word}” rules out nothing here: none of the watch's words stand inside it. "
            "Write the phrase as it is written beside the name (“Northvale FC”)."
        )


def _told(act: Callable[[], str]) -> tuple[str, list[str]]:
    try:
        return act(), []
    except CredentialsError as error:
        return "", [_sentence(str(error))]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
