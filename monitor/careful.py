"""A channel, called carefully: within its budget, counted, and its reads tried again where that may help.

What must stay true: with the budget spent nothing is asked at all; every call is counted, whatever came of it; a
write is one call, never a second one, not even where it certainly never left. What is charged is known only when
an answer is there, so reads can pass what is theirs by one call's cost (and the hard ceiling is theirs only up to
its reserve).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import stamina

from casebook.ports import Clock
from monitor.channel import (
    Capabilities,
    Channel,
    Cursor,
    Lookup,
    OverBudget,
    Page,
    RawPost,
    Sent,
    Throttled,
    Transient,
    Watch,
)
from monitor.meter import Meter
from monitor.spending import NOTHING, Spend
from policies.gate.links import link_spans

log = logging.getLogger("voicedesk.monitor")

ATTEMPTS = 3
"""How often a read is tried in all."""
PATIENCE = 30.0
"""Seconds after which no further try of a read begins; the one that has begun keeps the channel's own limits."""
PAUSE = 0.5
"""Seconds before the second try, doubled before the third, and as much again at random."""
LONGEST_REST = timedelta(hours=1)
"""A budget is looked at again after this, though it begins anew later: somebody may have raised it. That look asks
nothing of the network."""
UNREAD_REST = timedelta(minutes=1)
"""The same where what is left could not be read."""
_MOST = 10**15
"""No count above this is believed."""

T = TypeVar("T")


class Counted(Protocol):
    """A budget: what may be asked, and where it is counted (`casebook.actions.budgets.Budget`)."""

    def rests_until(self, *, reserve: bool, calls: int = 1, micros: int = 0) -> datetime | None:
        """Until when nothing may be asked; None where a call of at least so much may be made now."""
        ...

    def record(self, calls: int, micros: int) -> None:
        """Add to what was asked."""
        ...


@dataclass(frozen=True, slots=True)
class Retrying:
    """How reads are tried again: tries in all, seconds in all, seconds before the second one."""

    attempts: int = ATTEMPTS
    patience: float = PATIENCE
    pause: float = PAUSE


USUAL = Retrying()


class Careful:
    """Keeps `monitor.channel.Channel` by wrapping one.

    Besides the errors of the channel it wraps, each call but `restart` raises `OverBudget`, and then nothing was
    asked of the network. Threads may call at the same time; what two of them ask at once may be counted with
    either, never twice. What the channel offers beyond the protocol is reached through this one, uncounted.
    """

    def __init__(self, channel: Channel, budget: Counted, clock: Clock, retrying: Retrying = USUAL) -> None:
        """Wrap `channel`.

        Args:
            channel: the network.
            budget: what it may be asked, and where that is counted.
            clock: now, in UTC.
            retrying: how reads are tried again.
        """
        logging.getLogger("stamina").setLevel(logging.ERROR)
        self._channel = channel
        self._budget = budget
        self._clock = clock
        self._retrying = retrying
        self._meter = Meter()
        self._lock = threading.Lock()
        self._open = NOTHING
        """What calls under way take at least, and what could not be recorded yet."""
        self._owed = NOTHING

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._channel, name)

    @property
    def capabilities(self) -> Capabilities:
        """What the network can do."""
        return self._channel.capabilities

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """One page, with what it cost. A source that failed in passing is asked again, too."""
        costs: list[Spend] = []
        passed: list[Page] = []

        def ask() -> Page:
            passed.clear()
            page = self._call(lambda: self._channel.fetch(watch, cursor), costs, micros=self._of_read())
            if page.trouble is not None and isinstance(page.trouble.error, Transient):
                passed.append(page)
                raise page.trouble.error
            return page

        page = self._patiently(ask, lambda: passed[0] if passed else None)
        return replace(page, cost=_sum(costs))

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """A cursor to start again with; nothing is asked for it."""
        return self._channel.restart(watch, cursor)

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The conversation around a post."""
        return self._patiently(
            lambda: self._call(lambda: self._channel.thread(external_id), micros=self._of_read())
        )

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now. It may use the reserve: no reply leaves without it."""
        return self._patiently(
            lambda: self._call(
                lambda: self._channel.look_up(external_ids), reserve=True, micros=self._of_read()
            )
        )

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our own reply to a post. It may use the reserve: whether a reply is there must become known."""
        return self._patiently(
            lambda: self._call(
                lambda: self._channel.find_reply(external_id, text, key=key),
                reserve=True,
                micros=self._of_read(),
            )
        )

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """One call, whatever comes of it. It may use the reserve."""
        prices = self._channel.capabilities.prices
        price = prices.reply
        if prices.reply_with_link > prices.reply and link_spans(text):
            price = prices.reply_with_link
        return self._call(lambda: self._channel.reply(external_id, text, key=key), reserve=True, micros=price)

    def spent(self) -> Spend:
        """What was asked since this was last called. It is recorded already."""
        return self._meter.take()

    # One call

    def _patiently(self, ask: Callable[[], T], otherwise: Callable[[], T | None] = lambda: None) -> T:
        """Ask, and again where the answer got lost in passing; at the end `otherwise`, or the last error."""
        how = self._retrying
        try:
            for attempt in stamina.retry_context(
                on=Transient,
                attempts=how.attempts,
                timeout=how.patience,
                wait_initial=how.pause,
                wait_max=how.pause * 4,
                wait_jitter=how.pause,
            ):
                with attempt:
                    return ask()
        except Transient as error:
            failed = error
        found = otherwise()
        if found is not None:
            return found
        # Raised out here, so that no earlier try's error travels along.
        raise failed

    def _call(
        self,
        call: Callable[[], T],
        costs: list[Spend] | None = None,
        *,
        reserve: bool = False,
        micros: int = 0,
    ) -> T:
        """Make one call within the budget, and count it.

        Args:
            call: what asks the network.
            costs: where to add what it cost.
            reserve: whether it may use what reads leave.
            micros: what it costs at least.
        """
        least = Spend(1, micros)
        with self._admitted(least, reserve):
            try:
                return call()
            finally:
                cost = self._take()
                if costs is not None:
                    costs.append(cost)
                self._record(cost)

    @contextmanager
    def _admitted(self, least: Spend, reserve: bool) -> Iterator[None]:
        """Hold `least` of the budget while a call is under way.

        Raises:
            OverBudget: there is not so much left.
            Throttled: what is left cannot be read just now. Nothing was asked, so no outcome is unknown.
        """
        with self._lock:
            asked = _sum([self._open, self._owed, least])
            refusal = self._refusal(asked, reserve)
            if refusal is None:
                self._open = _sum([self._open, least])
        if refusal is not None:
            raise refusal
        try:
            yield
        finally:
            with self._lock:
                self._open = Spend(self._open.calls - least.calls, self._open.micros - least.micros)

    def _refusal(self, asked: Spend, reserve: bool) -> Throttled | None:
        """Why a call may not be made now, None where it may."""
        try:
            until = self._budget.rests_until(reserve=reserve, calls=asked.calls, micros=asked.micros)
        except Exception as error:  # noqa: BLE001 - whatever the record fails with, the network is left alone
            log.warning("the budget of a network could not be read: %s", type(error).__name__)
            return Throttled("budget_unread", until=self._clock() + UNREAD_REST)
        if until is None:
            return None
        return OverBudget("over_budget", until=min(until, self._clock() + LONGEST_REST))

    def _take(self) -> Spend:
        """What the channel says that it asked; one request where it does not count, or counts nonsense."""
        spent = getattr(self._channel, "spent", None)
        try:
            said = spent() if spent is not None else None
        except Exception as error:  # noqa: BLE001 - a plugin's counter stops no answer that is there already
            log.warning("a channel's spending could not be read: %s", type(error).__name__)
            said = None
        cost = _believed(said) or Spend(calls=1)
        self._meter.note(calls=cost.calls, micros=cost.micros)
        return cost

    def _record(self, cost: Spend) -> None:
        """Keep what was spent; what cannot be kept now is kept with the next call."""
        with self._lock:
            whole, self._owed = _sum([self._owed, cost]), NOTHING
        try:
            self._budget.record(whole.calls, whole.micros)
        except Exception as error:  # noqa: BLE001 - the answer is there, and counts more than its cost
            with self._lock:
                self._owed = _sum([self._owed, whole])
            log.warning("what a network was asked could not be recorded: %s", type(error).__name__)

    def _of_read(self) -> int:
        """What a read costs that finds something at all."""
        return self._channel.capabilities.prices.read


def _sum(spends: Sequence[Spend]) -> Spend:
    return Spend(sum(one.calls for one in spends), sum(one.micros for one in spends))


def _believed(said: object) -> Spend | None:
    """What a channel says that it asked, None where that cannot be."""
    calls, micros = getattr(said, "calls", None), getattr(said, "micros", None)
    if type(calls) is not int or type(micros) is not int:
        return None
    return Spend(calls, micros) if 0 <= calls <= _MOST and 0 <= micros <= _MOST else None
