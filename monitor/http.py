"""What every network client that stands on requests is given: limits, a loopback way, and quiet loggers.

tweepy has no timeout of its own and prawcore's cannot be set through praw; a timeout of requests counts from
one byte to the next, so a dripping server could hold a listener for ever. The adapter here bounds the wait
for a connection, for a byte and for the whole answer, headers and all, and its size. Redirects are refused, since
following one could send a write twice or a token elsewhere, and the environment (netrc, proxies) is not read.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError as PoolConnectTimeout
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ReadTimeoutError

from monitor.limits import USUAL as USUAL
from monitor.limits import Limits as Limits
from monitor.meter import Meter

_CHUNK = 64 * 1024
_LONGEST_WAIT = timedelta(days=1)
"""A network that asks for more than this is not believed: we would stop hearing on its word alone."""


class _Watchdog:
    """Cuts the connection of one call when its time is up; a wait for bytes on it ends at once.

    Only cutting the socket ends a wait for headers: they are read deep in the standard library, where each byte
    that drips in starts the timeout anew.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._late = False

    def __enter__(self) -> _Watchdog:
        self._timer.start()
        _call.watchdog = self
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        _call.watchdog = None
        with self._lock:
            self._socket = None  # the connection goes back to the pool, and is the next call's

    @property
    def has_cut(self) -> bool:
        """Whether the time was up while an answer was awaited."""
        with self._lock:
            return self._late and self._socket is not None

    def hold(self, connection: socket.socket) -> None:
        """Watch this connection: the request has left on it."""
        with self._lock:
            self._socket = connection
            late = self._late
        if late:
            _cut(connection)

    def _fire(self) -> None:
        with self._lock:
            self._late = True
            if self._socket is not None:
                _cut(self._socket)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)


_call = threading.local()
"""The watchdog of the call that this thread is making: urllib3 has no other way to hand it to a connection."""


def _watched(connection: HTTPConnection) -> None:
    watchdog: _Watchdog | None = getattr(_call, "watchdog", None)
    if watchdog is not None and connection.sock is not None:
        watchdog.hold(connection.sock)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        """The answer, awaited under this call's watchdog."""
        _watched(self)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        """The answer, awaited under this call's watchdog."""
        _watched(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class BoundedAdapter(HTTPAdapter):
    """Sends within `limits`; with `base_url`, to that server instead of the one the client library named."""

    def __init__(
        self, limits: Limits = USUAL, base_url: str | None = None, meter: Meter | None = None
    ) -> None:
        super().__init__(max_retries=0)
        self._meter = meter
        self._limits = limits
        self._base = urlsplit(base_url) if base_url else None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Pools whose connections a watchdog can cut."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer, read in full.

        Raises:
            requests.ConnectionError: no connection, a cut one, or an answer larger than allowed.
            requests.Timeout: a limit passed.
        """
        if self._base is not None:
            request.url = self._rerouted(str(request.url))
        if request.method not in {"GET", "HEAD"}:
            # A kept connection may be closed at the other end; a write lost on it has no known outcome.
            self.poolmanager.clear()
        if self._meter is not None:
            self._meter.note(calls=1)
        deadline = time.monotonic() + self._limits.whole
        waits = (self._limits.connect, self._limits.read)
        with _Watchdog(self._limits.whole) as watchdog:
            try:
                response = super().send(request, True, waits, verify, cert, proxies)
                body = self._body(response, deadline)
            except requests.RequestException:
                if not watchdog.has_cut:
                    raise
            if watchdog.has_cut:  # headers that were cut off can look like headers that have ended
                raise requests.ReadTimeout("the answer took too long")
        response.raw = io.BytesIO(body)
        return response

    def _rerouted(self, url: str) -> str:
        parts = urlsplit(url)
        assert self._base is not None
        return urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        body = bytearray()
        try:
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if time.monotonic() > deadline:
                    raise requests.ReadTimeout("the answer took too long")
                if len(body) > self._limits.most_bytes:
                    raise requests.ConnectionError("the answer was too large")
        except ReadTimeoutError:
            raise requests.ReadTimeout("no more of the answer came") from None
        except (HTTPError, OSError) as broken:
            if isinstance(broken, requests.RequestException):
                raise
            raise requests.ConnectionError("the answer broke off") from None
        finally:
            response.raw.close()
            response.raw.release_conn()
        return bytes(body)


def bound(
    session: requests.Session,
    limits: Limits = USUAL,
    base_url: str | None = None,
    meter: Meter | None = None,
) -> requests.Session:
    """`session`, kept within `limits`, with no redirect followed and nothing taken from the environment.

    Every request is counted by `meter`.
    """
    session.trust_env = False
    session.max_redirects = 0
    for scheme in ("https://", "http://"):
        session.mount(scheme, BoundedAdapter(limits, base_url, meter))
    return session


def never_left(error: BaseException) -> bool:
    """Whether a failed request certainly never reached the network: no connection was made."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return isinstance(reason, NewConnectionError | PoolConnectTimeout)


def soon(now: datetime) -> datetime:
    """When to try again after a connection that was never made: in a minute."""
    return now + timedelta(minutes=1)


def wait_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the network's headers say that we may ask again, or None where they do not say.

    Reads `retry-after` (seconds), `x-rate-limit-reset` (X: seconds since 1970) and `x-ratelimit-reset`
    (Reddit: seconds from now); no wait longer than a day is believed.
    """
    for name, since_1970 in (
        ("retry-after", False),
        ("x-rate-limit-reset", True),
        ("x-ratelimit-reset", False),
    ):
        seconds = _number(headers.get(name))
        if seconds is None:
            continue
        wait = timedelta(seconds=min(max(seconds - now.timestamp() if since_1970 else seconds, 0.0), 10.0**8))
        return now + min(wait, _LONGEST_WAIT)
    return None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 10.0**12 else None


def quieten(*names: str) -> None:
    """Keep these libraries' loggers from writing below WARNING: at DEBUG they write tokens and posts."""
    for name in names:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def from_seconds(value: Any) -> datetime | None:
    """The UTC time of a number of seconds since 1970, or None where it is not one."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
