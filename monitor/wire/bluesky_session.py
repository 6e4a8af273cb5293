"""Our one session with Bluesky, and what the errors of its library mean.

Beside the channel itself this is all that names atproto.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from atproto_client import Client, Session, SessionEvent
from atproto_client.exceptions import NetworkError, RequestErrorBase
from atproto_client.request import Request

from casebook.ports import Clock
from monitor.channel import BadAnswer, ChannelError, Keep, Transient
from monitor.httpx_bounds import BoundedTransport, Redirected, timeout
from monitor.limits import Limits
from monitor.meter import Meter
from monitor.wire import bluesky as wire
from monitor.wire import bluesky_refusals as refusals

log = logging.getLogger("voicedesk.monitor")

SERVER = "https://bsky.social"
_LOGIN_REST = timedelta(minutes=5)
"""How long a login that was refused is not tried again: 30 in 5 minutes are too many (docs.bsky.app, rate limits)."""


class SessionClient(Client):  # type: ignore[misc,unused-ignore]
    """A client that knows whose it is."""

    @property
    def session_did(self) -> str:
        """Our account's permanent name."""
        session = self._session
        assert session is not None, "used before it has a session"
        return str(session.did)


class Sessions:
    """Our one session with Bluesky: found again, begun, renewed, kept. Threads may ask at the same time."""

    def __init__(
        self,
        identifier: str,
        password: str,
        clock: Clock,
        server: str,
        limits: Limits,
        keep: Keep | None,
        meter: Meter,
    ) -> None:
        self._identifier, self._password, self._clock = identifier, password, clock
        self._server, self._limits, self._keep, self._meter = server, limits, keep, meter
        self._lock = threading.Lock()
        self._client: SessionClient | None = None
        self._tried = ""
        """The kept session that is over: not to be tried again."""
        self._refused: tuple[ChannelError, datetime] | None = None

    def client(self) -> SessionClient:
        """A client with a session; logs in where there is none.

        Raises:
            ChannelError: Bluesky gave us none.
        """
        with self._lock:
            if self._client is None:
                self._client = self._resumed() or self._logged_in()
            return self._client

    def over(self, client: SessionClient) -> None:
        """The session of this client is over: the next call finds another one, or begins one."""
        with self._lock:
            if self._client is client:
                self._tried = client.export_session_string()
                self._client = None

    def _resumed(self) -> SessionClient | None:
        kept = self._load()
        if not kept or kept == self._tried:
            return None
        client = self._new()
        try:
            good = Session.decode(kept).access_jwt_payload.exp is not None
            client.login(session_string=kept, fetch_bsky_profile=False)
        except Exception:  # noqa: BLE001 - what was kept is no session: begin one
            return None
        return client if good else None

    def _logged_in(self) -> SessionClient:
        self._rested()
        client = self._new()
        login = partial(client.login, self._identifier, self._password, fetch_bsky_profile=False)
        try:
            ask(self._login_failure, login)
        except ChannelError as error:
            if not isinstance(error, Transient | BadAnswer):
                self._refused = (error, max(self._clock() + _LOGIN_REST, error.until or self._clock()))
            raise
        return client

    def _rested(self) -> None:
        if self._refused is None:
            return
        error, until = self._refused
        if self._clock() < until <= self._clock() + timedelta(days=1):
            raise type(error)(error.reason, until=error.until)
        self._refused = None

    def _login_failure(self, error: Exception) -> ChannelError:
        refusal = refusal_of(error)
        return read_trouble(error) if refusal is None else refusals.explain_login(refusal, self._clock())

    def _new(self) -> SessionClient:
        transport = BoundedTransport(self._limits, self._meter, wire.mend)
        request = Request(transport=transport, trust_env=False, timeout=timeout(self._limits))
        client = SessionClient(self._server or SERVER, request=request)
        client.on_session_change(partial(self._changed, client))
        return client

    def _changed(self, client: SessionClient, event: SessionEvent, session: Session) -> None:
        # The library has just moved to the server that the account's own document names.
        if self._server or not str(session.pds_endpoint).startswith("https://"):
            client.update_base_url(self._server or SERVER)
        if event is not SessionEvent.IMPORT and self._keep is not None:
            try:
                self._keep.save(session.export())
            except Exception as error:  # noqa: BLE001 - the session serves this run all the same
                log.warning("Bluesky: the session could not be kept (%s).", type(error).__name__)

    def _load(self) -> str:
        return self._keep.load() if self._keep is not None else ""


def ask(explain: Callable[[Exception], ChannelError], call: Callable[[], Any]) -> Any:
    """What the call answers, as plain JSON; a failure as `explain` puts it, and nothing of the library's own.

    Raises:
        ChannelError: it failed.
    """
    try:
        answer = call()
        return getattr(answer, "content", answer)
    except Exception as error:  # noqa: BLE001 - atproto lets errors of httpx, pydantic and its own through
        failure = explain(error)
    # Raised out here: the library's error holds headers and text, and would travel along as context.
    raise failure


def refusal_of(error: Exception) -> refusals.Refusal | None:
    """The answer that an error of the library's carries, or None where none came."""
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        return None
    word = getattr(response.content, "error", "")
    return refusals.Refusal(response.status_code, word if isinstance(word, str) else "", response.headers)


def read_trouble(error: Exception) -> ChannelError:
    """What a read or a login without an answer means."""
    if isinstance(error, Redirected):
        return BadAnswer("the server points elsewhere")
    if isinstance(error, httpx.HTTPError | NetworkError):
        return Transient(type(error).__name__)
    return BadAnswer(type(error).__name__)
