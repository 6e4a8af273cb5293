"""What Bluesky's refusals mean. Its servers say why in one word of a JSON body; statuses alone tell little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    CursorRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    Refused,
    Throttled,
    Transient,
)
from monitor.http import from_seconds, soon, wait_until

_SESSION_OVER = frozenset({"ExpiredToken", "InvalidToken"})
_ACCOUNT = frozenset({"AccountDeactivated", "AccountTakedown", "AccountSuspended", "AuthFactorTokenRequired"})
_NOT_SERVED = frozenset({"MethodNotImplemented", "XRPCNotSupported"})
_GONE = frozenset({"NotFound", "RecordNotFound", "RepoNotFound", "BlockedActor", "BlockedByActor"})


class SessionOver(CredentialsRefused):
    """The session has ended; a new one may do."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: status, the one word that says why, and headers. `repr` shows the status alone."""

    status: int
    word: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def explain_read(refusal: Refusal, now: datetime, *, in_walk: bool = False) -> ChannelError:
    """What a refused read means; `in_walk` says that a cursor of Bluesky's was sent with it."""
    status, word = refusal.status, refusal.word
    if status in {400, 401} and word in _SESSION_OVER:
        return SessionOver("session over")
    if status in {400, 401, 403} and word in _ACCOUNT:
        return CredentialsRefused("account closed or locked")
    if status == 400 and word in _GONE:
        return Gone("post is gone")
    if status in {404, 501} and word in _NOT_SERVED:
        return NotEntitled("not served there")
    if status == 400:
        return CursorRefused("cursor refused") if in_walk else NotEntitled("query refused")
    return _by_status(refusal, now) or BadAnswer(str(status))


def _by_status(refusal: Refusal, now: datetime) -> ChannelError | None:
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status in {402, 403}:
        return NotEntitled(str(status))
    if status == 429:
        return Throttled("429", until=until(refusal.headers, now))
    return Transient(str(status)) if status >= 500 or status == 408 else None


def explain_login(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused login means: every word of 400, 401 and 403 speaks of our account or its password.

    A 403 without a word comes from before Bluesky (a wall of its network), and says nothing of them.
    """
    if refusal.status in {400, 401} or (refusal.status == 403 and refusal.word):
        return CredentialsRefused("login refused")
    return _by_status(refusal, now) or BadAnswer(str(refusal.status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known."""
    status, word = refusal.status, refusal.word
    if status in {400, 401} and word in _SESSION_OVER:
        # Not asked again here: a reply is one request. The next attempt begins with a new session.
        return Throttled("session over", until=soon(now))
    if status == 401 or word in _ACCOUNT:
        return CredentialsRefused(str(status))
    if status == 402:
        return NotEntitled("402")
    if status == 429:
        return Throttled("429", until=until(refusal.headers, now))
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused(str(status))


def before_write(error: ChannelError, now: datetime) -> ChannelError:
    """What a failure before the write means for the reply: it was certainly not posted."""
    if isinstance(error, Transient | BadAnswer | CursorRefused):
        return Throttled(error.reason, until=soon(now))
    return error


def until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When Bluesky says that we may ask again: `retry-after`, or `ratelimit-reset` in seconds since 1970."""
    said = {name.lower(): value for name, value in headers.items()}
    if "retry-after" not in said and from_seconds(said.get("ratelimit-reset")) is not None:
        return wait_until({"x-rate-limit-reset": said["ratelimit-reset"]}, now)
    return wait_until(said, now)
