"""The networks, one a file: found by looking in this folder, loaded only when asked for.

A channel file offers one class named `<Something>Channel` that keeps `monitor.channel.Channel`, and the
frozen dataclass of the credentials it needs. Channel files never import each other; what they share stands
in `monitor.http` and `monitor.wire`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

from monitor.channel import Channel


class UnknownChannel(LookupError):
    """There is no channel of that name."""


def names() -> tuple[str, ...]:
    """The names of all channels, in alphabetical order; nothing is imported."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    )


def load(name: str) -> ModuleType:
    """The module of one channel; only now is its client library imported.

    Raises:
        UnknownChannel: no file of that name is in this folder.
    """
    if name not in names():
        raise UnknownChannel(f"{UnknownChannel.__doc__} {name!r}; there are {', '.join(names())}")
    return import_module(f"{__name__}.{name}")


def channel_class(name: str) -> type[Channel]:
    """The class of one channel.

    Raises:
        UnknownChannel: no file of that name is in this folder.
    """
    module = load(name)
    found = [
        thing
        for key, thing in vars(module).items()
        if key.endswith("Channel") and isinstance(thing, type) and thing.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must offer exactly one class named …Channel")
    return found[0]
