"""Asking addresses that others choose: never this machine, nor another inside the organisation's own network.

An address from a configuration, and more so one that a server redirects to, may name or resolve to a private address
and have us ask it for something that only insiders can ask for. The address is therefore looked at when the
connection has been made, before a byte is sent on it: what a name resolved to a moment earlier does not matter, so
an answer of DNS that changes in between ("rebinding") gains nothing. The limit of this: a site of our own that
resolves to a private address inside the organisation cannot be asked, and a proxy is not used.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import requests

from monitor.http import BoundedAdapter, bound
from monitor.limits import Limits
from monitor.meter import Meter

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class NotPublic(Exception):
    """The address is of this machine or of a private network."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; those that stand for another one count as that one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def is_askable(address: str, *, here: bool) -> bool:
    """Whether an address may be asked at all: https, or with `here` plain http of this machine; no user in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not address.isprintable():
        return False
    return parts.scheme == "https" or (here and parts.scheme == "http" and host in _LOOPBACK)


def is_here(address: str) -> bool:
    """Whether an address is plain http of this machine (a stand-in for tests and training)."""
    return is_askable(address, here=True) and not is_askable(address, here=False)


class _OutwardAdapter(BoundedAdapter):
    """A `BoundedAdapter` whose connections are closed again, unused, where they lead inside."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Pools whose connections look where they lead."""
        super().init_poolmanager(*args, **kwargs)
        pools = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _looking(pool.ConnectionCls)})
            for scheme, pool in pools.items()
        }


def _looking(connection: type) -> type:
    def connect(self: Any) -> Any:
        made = connection._new_conn(self)  # type: ignore[attr-defined]
        if not is_public(made.getpeername()[0]):
            made.close()
            raise NotPublic
        return made

    # urllib3 makes its socket here, before TLS: `connect` would only be able to look afterwards.
    return type(connection.__name__, (connection,), {"_new_conn": connect})


def outward(limits: Limits, meter: Meter) -> requests.Session:
    """A session that asks the public internet alone, within `limits`; it raises `NotPublic` for anything else."""
    session = bound(requests.Session(), limits, None, meter)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _OutwardAdapter(limits, None, meter))
    return session
