"""What X's refusals mean. X says the same thing by status, title, type or words, and not always by all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
from monitor.http import wait_until

NO_CREDIT = "out of credit"
CAP_REACHED = "monthly cap reached"
NOT_IN_PLAN = "not in the plan"
NOT_ALLOWED = "not allowed"
"""Reasons of `NotEntitled`: the first two are mended with money or time, the others with a permission."""
TOO_OLD, TOKEN, START = "since_id too old", "page token refused", "start_time refused"
"""Reasons of `CursorRefused`."""

_MONEY = ("CreditsDepleted", "SpendCapReached", "/credits")
_CAP = ("UsageCapExceeded", "/usage-capped")
_PLAN = ("client-not-enrolled", "client-forbidden", "oauth1-permissions", "unsupported-authentication")
_NOT_FOR_US = ("not been mentioned", "not allowed to reply", "conversation is not allowed")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 2xx: status, body (of any shape) and headers. `repr` shows the status alone."""

    status: int
    body: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def words(self) -> str:
        """Everything X says about why, for recognising it; never shown or logged."""
        return " ".join(
            str(one.get(key) or "")
            for one in (self._whole(), *self._errors())
            for key in ("title", "type", "reason", "detail", "message")
        )

    @property
    def parameters(self) -> Sequence[str]:
        """The parameters X blames."""
        blamed = (error.get("parameters") for error in self._errors())
        return [str(name) for names in blamed if isinstance(names, dict) for name in names]

    def blames(self, *names: str) -> bool:
        """Whether X blames a parameter of one of these names, by structure or in its message."""
        return any(name in self.parameters or f"'{name}'" in self.words for name in names)

    def says(self, *marks: str) -> bool:
        """Whether X's words hold one of these marks."""
        return any(mark in self.words for mark in marks)

    def _whole(self) -> Mapping[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    def _errors(self) -> list[Mapping[str, Any]]:
        found = self._whole().get("errors")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def names_a_field(refusal: Refusal) -> bool:
    """Whether X refused the names of the fields that were asked for."""
    return refusal.status == 400 and refusal.blames(
        "tweet.fields", "post.fields", "expansions", "media.fields", "poll.fields", "user.fields"
    )


def explain_read(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused read means for the listener."""
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if (why := _entitlement(refusal)) is not None:
        return NotEntitled(why)
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status == 400:
        return _bad_request(refusal)
    return Transient(str(status)) if status >= 500 or status == 408 else BadAnswer(str(status))


def explain_write(refusal: Refusal, now: datetime) -> ChannelError:
    """What a refused write means for the reply: certainly not posted, or not known."""
    status = refusal.status
    if status == 401:
        return CredentialsRefused("401")
    if status == 403 and refusal.says("duplicate content"):
        # X says so when the same words went out a moment ago: most likely our own first attempt.
        return OutcomeUnknown("duplicate text")
    why = _entitlement(refusal)
    if why is not None and why != NOT_ALLOWED:
        return NotEntitled(why)
    if status == 429:
        return Throttled("429", until=wait_until(refusal.headers, now))
    if status in {403, 404} and refusal.says("deleted or not visible", "resource-not-found"):
        return Gone("post is gone")
    if status == 408 or not 400 <= status < 500:
        return OutcomeUnknown(str(status))
    return Refused("only who is mentioned may answer" if refusal.says(*_NOT_FOR_US) else str(status))


def _entitlement(refusal: Refusal) -> str | None:
    """What is missing, money, cap, plan or permission; None where nothing of the kind is."""
    if refusal.status not in {402, 403, 429}:
        return None
    if refusal.says(*_CAP):
        return CAP_REACHED
    if refusal.status == 402 or refusal.says(*_MONEY):
        return NO_CREDIT
    if refusal.status == 429:
        return None
    return NOT_IN_PLAN if refusal.says(*_PLAN) else NOT_ALLOWED


def _bad_request(refusal: Refusal) -> ChannelError:
    if refusal.blames("next_token", "pagination_token"):
        return CursorRefused(TOKEN)
    if refusal.blames("since_id"):
        return CursorRefused(TOO_OLD)
    return CursorRefused(START) if refusal.blames("start_time") else NotEntitled("query refused")
