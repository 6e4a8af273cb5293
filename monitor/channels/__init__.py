"""The networks, one a file: found by looking in this folder, loaded only when asked for.

A channel file offers `KIND`, a `monitor.channel.ChannelKind`, whose `make` gives a channel that keeps
`monitor.channel.Channel`. Channel files never import each other; what they share stands in `monitor.http`,
`monitor.sources` and `monitor.wire`.

Other packages add networks through the entry-point group `voicedesk.channels`, each entry naming such a
`ChannelKind`. A plugin runs in the monitor, beside every credential: installing one is trusting its authors.
A network of ours cannot be replaced by one.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from monitor.channel import ChannelKind

GROUP = "voicedesk.channels"
"""The entry-point group of networks from other packages."""


class UnknownChannel(LookupError):
    """There is no channel of that name."""


class BrokenPlugin(LookupError):
    """A channel from another package cannot be used."""


def names() -> tuple[str, ...]:
    """The names of all channels, in alphabetical order; nothing is imported."""
    return tuple(sorted({*_own(), *_plugins()}))


def plugin_names() -> dict[str, str]:
    """Channels that come from other packages: name → distribution."""
    return {name: entry.dist.name if entry.dist else "" for name, entry in _plugins().items()}


def shadowed() -> dict[str, str]:
    """Channels of other packages that are not used, because one of ours has their name: name → distribution."""
    return {entry.name: entry.dist.name if entry.dist else "" for entry in _offered() if entry.name in _own()}


def kind(name: str) -> ChannelKind:
    """What one channel is; only now is its client library imported.

    Raises:
        UnknownChannel: there is none of that name.
        BrokenPlugin: it comes from another package and cannot be loaded, or is no `ChannelKind` of that name.
    """
    if name in _own():
        found: ChannelKind = import_module(f"{__name__}.{name}").KIND
        return found
    entry = _plugins().get(name)
    if entry is None:
        raise UnknownChannel(f"{UnknownChannel.__doc__} {name!r}; there are {', '.join(names())}")
    return _plugin(name, entry)


def _own() -> set[str]:
    return {found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")}


def _plugins() -> dict[str, EntryPoint]:
    own = _own()
    return {entry.name: entry for entry in _offered() if entry.name not in own}


def _offered() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _plugin(name: str, entry: EntryPoint) -> ChannelKind:
    try:
        found = entry.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin that fails must not take the others along
        raise BrokenPlugin(f"The channel {name!r} cannot be loaded: {type(error).__name__}.") from None
    if not isinstance(found, ChannelKind) or found.name != name:
        raise BrokenPlugin(f"The channel {name!r} names no ChannelKind of that name.")
    return found
