"""What a network client that stands on httpx is given: limits on one call, and what never left.

A timeout of httpx counts from one byte to the next, so a dripping server could hold a listener for ever. The
transport here bounds the wait for a connection, for a byte and for the whole answer, headers and all, and its size.
It follows no redirect (one could send a write twice, or a token elsewhere), reads nothing of the environment, and
uses each connection once: a kept one may be closed at the other end, and a write lost on it has no known outcome.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from monitor.limits import USUAL, Limits
from monitor.meter import Meter

_MOST_CONNECTIONS = 10
_call = threading.local()
"""When the call that this thread is making must have ended: httpcore has no other way to hand it down."""


class Redirected(httpx.TransportError):
    """The server points elsewhere; nobody follows."""


class BoundedTransport(httpx.HTTPTransport):
    """Sends within `limits` and reads each answer in full; every request is counted by `meter`.

    Args:
        limits: how long one call may take, and how much it may answer.
        meter: counts requests.
        mend: what is done to a body before anybody parses it.
    """

    def __init__(
        self, limits: Limits = USUAL, meter: Meter | None = None, mend: Callable[[bytes], bytes] = bytes
    ) -> None:
        super().__init__(trust_env=False)
        self._limits, self._meter, self._mend = limits, meter, mend
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=0,
            retries=0,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, read in full.

        Raises:
            httpx.TimeoutException: a limit passed.
            Redirected: the answer points elsewhere.
            httpx.TransportError: no connection, a cut one, or an answer larger than allowed.
        """
        if self._meter is not None:
            self._meter.note(calls=1)
        request.headers["accept-encoding"] = "identity"
        _call.until = time.monotonic() + self._limits.whole
        try:
            response = super().handle_request(request)
            try:
                return self._read(response)
            finally:
                response.close()
        finally:
            _call.until = None

    def _read(self, response: httpx.Response) -> httpx.Response:
        if 300 <= response.status_code < 400:
            raise Redirected("the server points elsewhere")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.most_bytes:
                raise httpx.ReadError("the answer was too large")
        headers = [(k, v) for k, v in response.headers.multi_items() if k not in _OF_THE_WAY]
        return httpx.Response(response.status_code, headers=headers, content=self._mend(bytes(body)))


_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that speak of how a body travelled."""


def timeout(limits: Limits) -> httpx.Timeout:
    """The waits of one call, for `httpx.Client`."""
    return httpx.Timeout(limits.read, connect=limits.connect, pool=limits.connect)


def never_left(error: BaseException) -> bool:
    """Whether a failed request certainly never reached the network: no connection was made."""
    cause = error if isinstance(error, httpx.HTTPError) else error.__cause__
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _left(wait: float | None, late: type[Exception]) -> float | None:
    """How long this call may still wait, `wait` at most."""
    until = getattr(_call, "until", None)
    if until is None:
        return wait
    left = float(until) - time.monotonic()
    if left <= 0:
        raise late("the call took too long")
    return left if wait is None else min(wait, left)


class _Stream(httpcore.NetworkStream):
    """A connection whose waits end when the call's time is up."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """The usual way to connect, with connections that keep a call's time."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        wait = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, wait, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
