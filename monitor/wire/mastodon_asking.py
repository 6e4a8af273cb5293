"""One call to a Mastodon server: its own answer, whatever the client library makes of it, or our error for it.

The library turns a field that it does not know into None, loses a server's words about a refusal, and fails on a
rate limit's header that it cannot read, even when a status has been posted. So what counts here is the answer itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from casebook.ports import Clock
from monitor.channel import BadAnswer, ChannelError, OutcomeUnknown, Refused, Throttled, Transient
from monitor.http import Limits, bound, never_left, soon
from monitor.meter import Meter
from monitor.wire import mastodon as wire

_ENOUGH = 30.0
"""Seconds after which no further request is begun, so that every call ends within a minute."""


class Asking:
    """What a channel asks its server with. `session` is for the library, and must be used by it alone."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.meter = Meter()
        self.session = bound(requests.Session(), limits, meter=self.meter)
        self.session.hooks["response"].append(self._note)
        self._clock = clock
        self._heard = threading.local()

    def read(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The JSON that a read brings.

        Raises:
            ChannelError: as `Channel.fetch` says, and `Gone`.
        """
        response, cause = self._ask(call, *args, **kwargs)
        if response is None:
            network = isinstance(cause, requests.RequestException)
            raise (Transient if network else BadAnswer)(type(cause).__name__)
        if response.status_code // 100 != 2:
            placed = bool({"min_id", "max_id"} & kwargs.keys())
            raise wire.explain_read(_refusal(response), self._clock(), at_cursor=placed)
        body = _json(response)
        if body is None:
            raise BadAnswer("not the JSON expected")
        return body

    def write(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The JSON that one write brings; None where it was accepted in words that are no JSON.

        Raises:
            ChannelError: as `Channel.reply` says.
        """
        response, cause = self._ask(call, *args, **kwargs)
        if response is None:
            raise self._lost(cause)
        if response.status_code // 100 != 2:
            raise wire.explain_write(_refusal(response), self._clock())
        return _json(response)

    def _lost(self, cause: BaseException | None) -> ChannelError:
        if cause is not None and never_left(cause):
            return Throttled("no connection", until=soon(self._clock()))
        if isinstance(cause, UnicodeError):
            return Refused("text that cannot be sent")
        return OutcomeUnknown(type(cause).__name__)

    def _ask(
        self, call: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> tuple[requests.Response | None, BaseException | None]:
        self._heard.response = None
        cause: BaseException | None = None
        try:
            call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the library lets errors of many kinds through
            cause = error.__context__ or error
        response, self._heard.response = self._heard.response, None
        return response, cause

    def _note(self, response: requests.Response, *args: Any, **kwargs: Any) -> None:
        self._heard.response = response


def go_on(started: float) -> None:
    """Nothing, while there is time for a further request in a call that began at `started` (`time.monotonic`).

    Raises:
        Transient: there is none.
    """
    if time.monotonic() - started > _ENOUGH:
        raise Transient("took too long")


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _refusal(response: requests.Response) -> wire.Refusal:
    return wire.Refusal(response.status_code, _json(response), response.headers)
