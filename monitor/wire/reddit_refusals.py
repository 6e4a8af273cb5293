"""What Reddit's refusals mean, by status or by the errors inside an answer of 200, and the pace it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from casebook.ports import Clock
from monitor.channel import (
    BadAnswer,
    ChannelError,
    CredentialsRefused,
    Gone,
    NotEntitled,
    OutcomeUnknown,
    Refused,
    Throttled,
    Transient,
)
from monitor.http import wait_until

WITHDRAWN = "401"
"""The reason of a `CredentialsRefused` that a fresh token may cure."""

_WAIT = re.compile(r"(\d{1,4}) (millisecond|second|minute)")


class Pace:
    """Until when Reddit wants no more requests, by the headers of its last answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: datetime | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer said of our pace."""
        remaining = headers.get("x-ratelimit-remaining", "1")
        self._until = wait_until(headers, self._clock()) if remaining.startswith(("0", "-")) else None

    def check(self) -> None:
        """Let a request go, or not: prawcore would sleep, for minutes.

        Raises:
            Throttled: Reddit wants no request yet.
        """
        if self._until is not None and self._until > self._clock():
            raise Throttled("pace", until=self._until)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: its status and headers, and whether the token endpoint gave it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    token: bool = False


def explain_read(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused read means for the listener."""
    status = refusal.status
    if refusal.token and status in {400, 401, 403}:
        return CredentialsRefused("token refused")
    if status == 401:
        return CredentialsRefused(WITHDRAWN)
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status >= 500 or status == 408:
        return Transient(str(status))
    # 302 and 404 are how a subreddit that does not exist answers, 403 a private one: a person must look.
    return NotEntitled(str(status)) if status in {302, 402, 403, 404, 451} else BadAnswer(str(status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known."""
    status = refusal.status
    if refusal.token and (status >= 500 or status == 408):
        return Throttled("no token", until=now + timedelta(minutes=1))
    if refusal.token or status in {401, 429}:
        return explain_read(refusal, now)
    if "insufficient_scope" in refusal.headers.get("www-authenticate", ""):
        return NotEntitled("scope")
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused(str(status))


def explain_errors(errors: Sequence[object], now: datetime) -> ChannelError:
    """What the errors inside a 200 answer to a write mean: Reddit has not posted it.

    Each error is `[type, words, field]`. Source of the types: praw's documentation and Reddit's API.
    """
    kind, words = (str(part) for part in _first_error(errors))
    if kind == "RATELIMIT":
        return Throttled("RATELIMIT", until=now + _asked_wait(words))
    if kind.startswith("DELETED_") or kind == "NO_THING_ID":
        return Gone(kind)
    if kind == "USER_REQUIRED":
        return CredentialsRefused(kind)
    return Refused(kind if re.fullmatch(r"[A-Z_]{3,40}", kind) else "refused")


def _first_error(errors: Sequence[object]) -> tuple[object, object]:
    first = errors[0]
    return (
        (first[0], first[1] if len(first) > 1 else "") if isinstance(first, list) and first else (first, "")
    )


def _asked_wait(words: str) -> timedelta:
    found = _WAIT.search(words)
    if not found:
        return timedelta(minutes=10)
    seconds = int(found.group(1)) * {"minute": 60, "second": 1, "millisecond": 0}[found.group(2)]
    return timedelta(seconds=seconds + 1)
