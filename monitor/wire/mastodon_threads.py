"""Which conversation a Mastodon status belongs to: a status names the one that it answers, and nothing above it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from monitor.channel import ChannelError
from monitor.wire.mastodon import is_id

BATCH = 20
"""Statuses that a server gives at once. Source: Mastodon API, GET /api/v1/statuses (since 4.3)."""
_LEVELS, _REMEMBERED = 6, 5000
_AT_ONCE = 10.0
"""Seconds after which no further level is asked for."""


class Conversations:
    """Remembers what each status answers, and finds the first post of a conversation.

    Args:
        ask: some statuses by their ids; what it raises only parts a conversation, and never stops the hearing.
    """

    def __init__(self, ask: Callable[[list[str]], Any]) -> None:
        self._ask = ask
        self._parents: dict[str, str] = {}

    def remember(self, statuses: Iterable[Any]) -> None:
        """What these statuses answer."""
        for status in statuses:
            if isinstance(status, dict) and is_id(status.get("id")):
                parent = status.get("in_reply_to_id")
                self._parents[status["id"]] = str(parent) if is_id(parent) else ""
        while len(self._parents) > _REMEMBERED:
            del self._parents[next(iter(self._parents))]

    def find(self, statuses: Sequence[Any], started: float) -> None:
        """Ask for what these statuses answer, a level at a time, as far as it is cheap.

        `started` is when this call to the channel began, by `time.monotonic`.
        """
        self.remember(statuses)
        tops = [str(status.get("id")) for status in statuses]
        for _ in range(_LEVELS):
            tops = list(dict.fromkeys(self.root(one) for one in tops))
            unknown = [one for one in tops if one not in self._parents and is_id(one)][:BATCH]
            if not unknown or time.monotonic() - started > _AT_ONCE:
                return
            try:
                body = self._ask(unknown)
            except ChannelError:
                return
            self.remember(body if isinstance(body, list) else [])
            for one in unknown:
                self._parents.setdefault(one, "")

    def root(self, status_id: str) -> str:
        """The first post of the conversation, as far as it is known."""
        seen = {status_id}
        while (parent := self._parents.get(status_id, "")) and parent not in seen:
            status_id = parent
            seen.add(status_id)
        return status_id
