"""Replies that people post by hand, looked for on their networks: what is recorded as posted should be there.

A channel that cannot look for a reply is left alone: such a reply is seen when a listener hears it, or never. A
network that does not answer is asked again later, and that counts as no look.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from casebook.actions import verifying
from casebook.book import Casebook
from casebook.errors import CasebookError
from casebook.ports import OutgoingReply
from monitor.channel import Channel, ChannelError, NotEntitled
from monitor.failures import word_for

log = logging.getLogger("voicedesk.monitor")

PAUSE = timedelta(minutes=5)
"""After a network did not answer."""


@dataclass
class Verifying:
    """Looks for what people posted by hand, one reply at a time."""

    book: Casebook
    channels: Mapping[str, Channel]

    def run_once(self) -> int:
        """Look for every reply whose time has come; returns how many were found. What fails with one stops no other."""
        found = 0
        for name, channel in self.channels.items():
            for reply in verifying.to_look_for(self.book, name):
                found += self._guarded(channel, reply)
        return found

    def _guarded(self, channel: Channel, reply: OutgoingReply) -> bool:
        try:
            return self._look(channel, reply)
        except CasebookError as error:
            log.warning("reply %s was left as it was: %s", reply.outbox_id, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one reply's trouble never stops the others
            # What was thrown may hold a post: its class alone is noted.
            log.error("reply %s: unexpected %s", reply.outbox_id, type(error).__name__)
            verifying.put_off(self.book, reply.outbox_id, self.book.clock() + PAUSE)
        return False

    def _look(self, channel: Channel, reply: OutgoingReply) -> bool:
        now = self.book.clock()
        try:
            found = channel.find_reply(reply.target_external_id, reply.text, key=reply.outbox_id)
        except NotEntitled:
            verifying.put_off(self.book, reply.outbox_id, None)
            return False
        except ChannelError as error:
            log.warning("reply %s could not be looked for: %s", reply.outbox_id, word_for(error))
            verifying.put_off(self.book, reply.outbox_id, max(error.until or now, now + PAUSE))
            return False
        if found is not None and verifying.record_seen(
            self.book, reply.outbox_id, found.external_id, found.url
        ):
            return True
        verifying.record_not_seen(self.book, reply.outbox_id)
        return False
