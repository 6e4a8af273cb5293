"""A network in memory that counts what it is asked, and a careful way of asking it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from casebook.actions.budgets import Budget
from casebook.book import Casebook
from casebook.spending import UNLIMITED, Ceiling
from monitor.careful import Careful, Retrying
from monitor.channel import Capabilities, ChannelError, Lookup, Page, Sent, Watch
from monitor.meter import Meter
from monitor.spending import Prices, Spend
from tests.contracts.worlds import WATCH

NO_WAIT = Retrying(pause=0.0)
DEAR = Prices("USD", 5_000, 10_000, 200_000, "a test")
ONE = Spend(1, 0)
WORDS = "Thank you for telling us."
READS: dict[str, Callable[[Careful], object]] = {
    "fetch": lambda channel: channel.fetch(WATCH, {}),
    "thread": lambda channel: channel.thread("1"),
    "look_up": lambda channel: channel.look_up(["1"]),
    "find_reply": lambda channel: channel.find_reply("1", WORDS, key="k"),
}


class Counting:
    """A network in memory: each call takes `cost`, then gives the next of `answers` or raises it."""

    def __init__(self, *answers: object, cost: Spend = ONE, prices: Prices = DEAR) -> None:
        self.answers, self.cost, self.asked = list(answers), cost, list[str]()
        self.meter = Meter()
        self.capabilities = Capabilities("counting", "Counting", True, 0.0, 0.0, 280, prices=prices)

    def _ask(self, what: str, usual: object) -> object:
        self.asked.append(what)
        self.meter.note(calls=self.cost.calls, micros=self.cost.micros)
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer

    def fetch(self, watch: Watch, cursor: object) -> object:
        return self._ask("fetch", Page((), {"n": 1}, False, {}))

    def restart(self, watch: Watch, cursor: object) -> dict[str, object]:
        return {"again": True}

    def thread(self, external_id: str) -> object:
        return self._ask("thread", ())

    def look_up(self, external_ids: Sequence[str]) -> object:
        return self._ask("look_up", [Lookup(one, None, "deleted") for one in external_ids])

    def reply(self, external_id: str, text: str, *, key: str) -> object:
        return self._ask("reply", Sent("9", "https://posts.example/9"))

    def find_reply(self, external_id: str, text: str, *, key: str) -> object:
        return self._ask("find_reply", None)

    def spent(self) -> Spend:
        return self.meter.take()


def careful(book: Casebook, channel: object, ceiling: Ceiling = UNLIMITED, name: str = "counting") -> Careful:
    return Careful(channel, Budget(book, name, ceiling), book.clock, NO_WAIT)  # type: ignore[arg-type]


def error_of(call: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value
