"""The practice network as a channel: the same protocol as the real ones, with nothing outside this machine.

It hears everybody on the practice network, whatever the watch asks for (each post counts as addressed to us): the
network was written for one organisation, look-alikes and spam included, so that sorting them out can be practised.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from monitor.channel import (
    Capabilities,
    Channel,
    ChannelKind,
    Cursor,
    CursorRefused,
    Gone,
    Lookup,
    Making,
    OutcomeUnknown,
    Page,
    RawPost,
    Refused,
    ReplyCapability,
    ReplyWay,
    Sent,
    Throttled,
    Transient,
    Watch,
)
from monitor.practice import errors
from monitor.practice.journal import Journal
from monitor.practice.loading import load
from monitor.practice.network import LONGEST_REPLY, LivePost, PracticeNetwork
from monitor.practice.script import Author, Script
from monitor.spending import Spend

NAME = "practice"
PAGE = 20
"""Posts a page."""

_API = ReplyCapability(ReplyWay.API, "this post can be answered from here")
_LIMITED = ReplyCapability(ReplyWay.HANDOFF, "the author has limited who can reply")
_LOCKED = ReplyCapability(ReplyWay.FORBIDDEN, "the conversation is locked: nobody can reply any more")


class PracticeChannel:
    """`monitor.channel.Channel` over a `PracticeNetwork`, speaking as `account` (a handle with its @)."""

    def __init__(self, network: PracticeNetwork, account: str) -> None:
        self.network = network
        self._account = Author(id=account.lstrip("@"), handle=account, name=account.lstrip("@"))

    @property
    def capabilities(self) -> Capabilities:
        """Replies go out, and the network itself refuses a second copy of one attempt."""
        return Capabilities(
            name=NAME,
            title="Practice network",
            can_reply=True,
            resend_within=math.inf,
            read_back_lag=0.0,
            longest_reply=LONGEST_REPLY,
            account=self._account.handle,
        )

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        """Up to 20 posts after the cursor `{"after": n}`: n posts of others have been heard."""
        after = cursor.get("after", 0)
        if isinstance(after, bool) or not isinstance(after, int):
            raise CursorRefused("not_a_cursor")
        try:
            with _said_as_channel():
                posts, upto, more = self.network.listen(after, PAGE)
        except Gone:
            raise CursorRefused("beyond_the_end") from None
        heard = [raw for post in posts if not (raw := self._raw(post)).ours]
        return Page(heard, {"after": upto}, more, {"watch": watch.name, "after": after, "page": PAGE})

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        """The very start: the practice network forgets nothing."""
        return {}

    def thread(self, external_id: str) -> Sequence[RawPost]:
        """The whole conversation, oldest first, our own posts among it."""
        with _said_as_channel():
            return tuple(self._raw(post) for post in self.network.conversation(external_id))

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        """Each post as it is now; gone as "deleted" or "not found"."""
        return tuple(self._look_up(external_id) for external_id in external_ids)

    def reply(self, external_id: str, text: str, *, key: str) -> Sent:
        """Post a reply; the same key again gives the reply that is already there."""
        with _said_as_channel():
            posted = self.network.reply(external_id, text, key=key, account=self._account)
        return Sent(posted.id, posted.url)

    def find_reply(self, external_id: str, text: str, *, key: str) -> Sent | None:
        """Our reply by its key, else by its exact words."""
        found = self.network.find_reply(external_id, text, key=key)
        return Sent(found.id, found.url) if found else None

    def spent(self) -> Spend:
        """Nothing: the practice network is in this process."""
        return Spend()

    def _look_up(self, external_id: str) -> Lookup:
        try:
            return Lookup(external_id, self._raw(self.network.post(external_id)))
        except errors.PostDeleted:
            return Lookup(external_id, None, "deleted")
        except errors.NoSuchPost:
            return Lookup(external_id, None, "not found")

    def _raw(self, post: LivePost) -> RawPost:
        return RawPost(
            channel=NAME,
            external_id=post.id,
            conversation_id=post.conversation,
            author_id=post.author.id,
            posted_at=post.at,
            text=post.text,
            handle=post.author.handle,
            display_name=post.author.name,
            title=post.title,
            alt_text=post.alt_text,
            quoted=post.quoted,
            permalink=post.url,
            in_reply_to=post.in_reply_to,
            language=post.language,
            direct=True,
            revision=_revision(post),
            capability=_LOCKED if post.locked else _LIMITED if post.limited else _API,
            ours=post.author.handle.casefold() == self._account.handle.casefold(),
        )


def _make(making: Making) -> Channel:
    return build(making.clock, account=making.handle or "@us", state=making.state)


KIND = ChannelKind("practice", "Practice network", _make)


def _revision(post: LivePost) -> str:
    return (
        f"edited-{hashlib.sha256(post.text.encode('utf-8', 'replace')).hexdigest()[:12]}"
        if post.edited
        else ""
    )


def build(
    clock: Callable[[], datetime],
    *,
    account: str = "@NorthvaleNHS",
    state: Path | None = None,
    started_at: datetime | None = None,
    speed: float = 1.0,
    visible_at_once: bool = False,
    script: Script | None = None,
) -> PracticeChannel:
    """A practice channel over the posts that come with the product.

    Args:
        clock: now, with its zone.
        account: the handle that replies are posted as.
        state: a file in which the network remembers when it began and what was replied.
        started_at: when the network began; left out, what `state` remembers, else now.
        speed: seconds of the script that pass in one of the clock's.
        visible_at_once: show every post from the start.
        script: other posts than the product's own.

    Raises:
        monitor.practice.errors.ScriptError: a file of posts is wrong.
    """
    began = started_at or _remembered_start(clock, state)
    network = PracticeNetwork(
        script or load(), began, clock, state, speed=speed, visible_at_once=visible_at_once
    )
    return PracticeChannel(network, account)


def _remembered_start(clock: Callable[[], datetime], state: Path | None) -> datetime:
    journal = Journal(state)
    for entry in journal.entries():
        if entry.get("kind") == "start":
            return datetime.fromisoformat(entry["at"])
    now = clock()
    journal.append({"kind": "start", "at": now.isoformat()})
    return now


@contextmanager
def _said_as_channel() -> Iterator[None]:
    """Turn what the network says into the channel's errors."""
    try:
        yield
    except (errors.NoSuchPost, errors.PostDeleted):
        raise Gone("gone") from None
    except errors.NotAccepted:
        raise Refused("refused") from None
    except errors.Busy as busy:
        raise Throttled("throttled", until=busy.until) from None
    except errors.Unreachable:
        raise Transient("unreachable") from None
    except errors.AnswerLost:
        raise OutcomeUnknown("answer_lost") from None
