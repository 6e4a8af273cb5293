"""The sender: looks once more, commits the attempt, then calls the network exactly once.

::

    queued → look the post up → read and gate the text again → commit "sending" → ONE call → record
                                                                        │
                                          no clear answer, or a crash   └→ uncertain → look for it on the network
                                                                             found → sent
                                                                             not found, twice → a person decides

Nothing here retries a write. A second call happens only where the network itself refuses a second copy of the
same attempt, or where a person has looked and said so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from casebook.actions import answering, pacing, sending
from casebook.book import Casebook
from casebook.errors import AnotherOnItsWay, CasebookError, NotYetSafe, SendingStopped, Stale, TooManyReplies
from casebook.model import Mode
from casebook.ports import OutgoingReply
from monitor.channel import (
    Channel,
    ChannelError,
    CredentialsRefused,
    Gone,
    Lookup,
    NotEntitled,
    Refused,
    ReplyWay,
    Sent,
    Throttled,
)
from monitor.composing import compose
from monitor.failures import word_for as word_for
from policies.facts import Verdict

log = logging.getLogger("voicedesk.monitor")

STEPS = ("looked_up", "gated", "begun", "called", "recorded")
"""The named steps of one sending, in order."""
PRACTICE = "practice"
"""The only channel that a rehearsal's replies may leave by."""
_AGAIN = timedelta(seconds=60)


def _quiet(_step: str) -> None:
    """Tell nobody."""


@dataclass
class Sender:
    """Sends what the outbox holds, one reply at a time."""

    book: Casebook
    channels: Mapping[str, Channel]
    owner: str
    lease: timedelta = timedelta(seconds=120)
    on_step: Callable[[str], None] = _quiet

    def run_once(self) -> int:
        """Settle what is uncertain, then send what is ready; returns how many replies were posted or found."""
        sending.recover(self.book, self.owner)
        for outbox_id in sending.unserved(self.book, self.channels):
            self._set_aside(outbox_id, sending.NO_CHANNEL)
        done = 0
        try:
            for name, channel in self.channels.items():
                for posted in self._work_off(name, channel):
                    done += posted
        except SendingStopped:
            pass
        return done

    def _work_off(self, name: str, channel: Channel) -> Iterator[bool]:
        """One channel's replies, each by itself (what goes wrong with one holds up no other): was it posted?"""
        for outbox_id in sending.unopenable(self.book, name):
            self._set_aside(outbox_id, "unreadable")
        for reply in sending.uncertain(self.book, name):
            yield self._guarded(self._settle, channel, reply)
        for reply in sending.ready(self.book, name):
            yield self._guarded(self._send, channel, reply)

    def _guarded(
        self, step: Callable[[Channel, OutgoingReply], bool], channel: Channel, reply: OutgoingReply
    ) -> bool:
        """Do one step for one reply. A reply that was begun stays as the step left it, for `recover`."""
        try:
            return step(channel, reply)
        except SendingStopped:
            raise
        except CasebookError as error:
            log.warning("reply %s was left as it was: %s", reply.outbox_id, type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one reply's trouble never stops the others
            log.error("reply %s: unexpected %s", reply.outbox_id, type(error).__name__)
            self._set_aside(reply.outbox_id, "unexpected")
        return False

    def _set_aside(self, outbox_id: str, why: str) -> None:
        until = self.book.clock() + _AGAIN
        try:
            sending.record_waiting(self.book, outbox_id, why, until, begun=False)
        except CasebookError as error:
            log.warning("reply %s could not be set aside: %s", outbox_id, type(error).__name__)

    def _send(self, channel: Channel, reply: OutgoingReply) -> bool:
        if reply.mode == Mode.REHEARSAL and reply.channel != PRACTICE:
            sending.record_refused(self.book, reply.outbox_id, "rehearsal_stays_here")
            return False
        if _other_account(channel.capabilities.account, reply.account):
            sending.record_refused(self.book, reply.outbox_id, "other_account")
            return False
        if not self._its_turn(reply):
            return False
        if not self._still_there(channel, reply) or not self._still_allowed(reply):
            return False
        begun = self._begin(channel, reply)
        if begun is None:
            return False
        reply = begun
        self.on_step("begun")
        try:
            sent = channel.reply(reply.target_external_id, reply.text, key=reply.outbox_id)
        except Exception as error:  # noqa: BLE001 - whatever comes after a call has begun is recorded, never lost
            self._record(reply, error)
            return False
        self.on_step("called")
        self._record_sent(reply, sent, "api")
        return True

    def _its_turn(self, reply: OutgoingReply) -> bool:
        """Whether the reply may leave now, before the network is asked anything for it: every question costs."""
        try:
            pacing.check_turn(self.book, reply.outbox_id)
        except AnotherOnItsWay:
            return False
        except TooManyReplies as full:
            sending.record_waiting(self.book, reply.outbox_id, full.why, full.until, begun=False)
            return False
        return True

    def _begin(self, channel: Channel, reply: OutgoingReply) -> OutgoingReply | None:
        """The committed attempt, or None where it may not begin: then it waits, or the record says why not."""
        within = channel.capabilities.resend_within
        try:
            return sending.begin(self.book, reply, self.owner, self.lease, resend_within=within)
        except TooManyReplies as full:
            sending.record_waiting(self.book, reply.outbox_id, full.why, full.until, begun=False)
        except Stale:
            pass
        return None

    def _still_there(self, channel: Channel, reply: OutgoingReply) -> bool:
        """Whether the post is still what was answered; records why when it is not."""
        try:
            found = channel.look_up([reply.target_external_id])[0]
        except ChannelError as error:
            self._wait(reply, error, begun=False)
            return False
        self.on_step("looked_up")
        why = _no_longer(found, reply)
        if why:
            self._keep_state(reply, found)
            sending.record_refused(self.book, reply.outbox_id, why)
        return not why

    def _keep_state(self, reply: OutgoingReply, found: Lookup) -> None:
        """Keep how the post stands now, so that nobody writes another answer that cannot leave."""
        if found.post is None:
            answering.record_state(self.book, reply.mention_id, gone=found.gone or "deleted")
            return
        able = found.post.capability
        answering.record_state(self.book, reply.mention_id, way=able.way, way_reason=able.reason)

    def _still_allowed(self, reply: OutgoingReply) -> bool:
        try:
            result = sending.gate_again(self.book, reply)
        except NotYetSafe:
            self._set_aside(reply.outbox_id, "not_yet_safe")
            return False
        self.on_step("gated")
        if result.verdict is Verdict.BLOCK:
            sending.record_refused(self.book, reply.outbox_id, "gate")
            return False
        return True

    def _record(self, reply: OutgoingReply, error: Exception) -> None:
        """What an answer other than "posted" means for the reply."""
        match error:
            case Throttled():
                self._wait(reply, error)
            case Refused() | Gone() | CredentialsRefused() | NotEntitled():
                sending.record_refused(self.book, reply.outbox_id, word_for(error))
            case _:
                sending.record_uncertain(self.book, reply.outbox_id, word_for(error))
        log.warning("reply %s: %s", reply.outbox_id, word_for(error))
        self.on_step("recorded")

    def _wait(self, reply: OutgoingReply, error: ChannelError, *, begun: bool = True) -> None:
        """Try again when the network said, though never within a minute: some name a time that is past."""
        soonest = self.book.clock() + _AGAIN
        until = max(error.until or soonest, soonest)
        sending.record_waiting(self.book, reply.outbox_id, word_for(error), until, begun=begun)

    def _settle(self, channel: Channel, reply: OutgoingReply) -> bool:
        """Look for an uncertain reply on its network, once its answer has had time to appear there."""
        able = channel.capabilities
        waited = self.book.clock() - sending.last_attempt_at(self.book, reply.outbox_id)
        looks = 2 if reply.why == sending.LOOKED_ONCE else 1
        if reply.why == sending.NOT_FOUND or waited < timedelta(seconds=able.read_back_lag) * looks:
            return False
        try:
            found = channel.find_reply(reply.target_external_id, reply.text, key=reply.outbox_id)
        except ChannelError as error:
            log.warning("reply %s could not be looked for: %s", reply.outbox_id, word_for(error))
            return False
        if found is None:
            sending.record_not_found(self.book, reply.outbox_id, resend_within=able.resend_within)
            return False
        self._record_sent(reply, found, "read_back")
        return True

    def _record_sent(self, reply: OutgoingReply, sent: Sent, how: str) -> None:
        sending.record_sent(self.book, reply.outbox_id, sent.external_id, sent.url, how)
        self.on_step("recorded")


def _no_longer(found: Lookup, reply: OutgoingReply) -> str:
    """Why the post is not what was answered any more, as one word; the empty string while it is."""
    if found.post is None:
        return "post_gone"
    if compose(found.post) != reply.post:
        return "post_changed"
    return "" if found.post.capability.way is ReplyWay.API else "way_changed"


def _other_account(ours: str, approved: str) -> bool:
    """Whether the channel is signed in as somebody else than the account that was approved."""
    return bool(ours) and ours.lstrip("@").casefold() != approved.lstrip("@").casefold()
