"""From a network to the record: fetch a page, read every post, commit posts and cursor together.

The flow, for one listener that is due::

    take the lease → fetch a page → leave out what the watch does not mean and what is known
    → read and seal each post, and what could not be understood → commit → next page

Raw posts live only inside `hear`. Names of the steps are told to `on_step`, for progress and for fault tests.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from casebook.actions import editing, hearing, hiding
from casebook.book import Casebook
from casebook.corrections import corrections_of, organisation_table
from casebook.errors import Stale
from casebook.heard import Heard, ItemSetAside, Lease, OwnPost, PageRecord, TroubleRecord
from casebook.model import Mention, mention_row, new_id, numbering_row, set_aside_row
from casebook.ports import Reader
from monitor.channel import BadAnswer, Channel, CursorRefused, Page, RawPost, Trouble, Watch
from monitor.composing import compose as compose
from monitor.composing import identifying
from monitor.failures import meaning_of, word_for
from monitor.matching import matches
from monitor.sources import BEGUN_AGAIN, TRIES_AT_A_CURSOR
from redaction.sealing import open_numbering, seal_numbering, seal_text
from redaction.text import Corrections, Numbering

log = logging.getLogger("voicedesk.monitor")

LONGEST_WALK = 200
"""Pages of one walk; a walk that goes on longer is continued at the next wake-up."""
_IDS_ASKED = frozenset({"since_id", "token", "after"})
STEPS = ("taken", "fetched", "read", "committing", "committed", "finished")
"""The named steps of a poll, in order; all but the first and last happen once a page."""


def _quiet(_step: str) -> None:
    """Tell nobody."""


@dataclass
class Intake:
    """Brings posts into one casebook."""

    book: Casebook
    reader: Reader
    on_step: Callable[[str], None] = _quiet
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def hear(self, lease: Lease, channel: Channel) -> int:
        """Walk one listener's pages to the end; returns how many posts were new.

        Raises:
            monitor.channel.ChannelError: the network failed; pages committed before stay.
            casebook.errors.LeaseLost: another monitor took over.
        """
        watch = watch_of(lease)
        cursor, total = dict(lease.cursor), 0
        failures = lease.failures
        walk = new_id()
        self.on_step("taken")
        for number in range(1, LONGEST_WALK + 1):
            started = self.book.clock()
            page = self._fetch(channel, watch, cursor, failures)
            self.on_step("fetched")
            total += self._keep(lease, watch, page, _Turn(walk, number, started))
            cursor, failures = dict(page.cursor), 0
            if not page.more:
                break
        else:
            hearing.pause_walk(self.book, lease)
        self.on_step("finished")
        return total

    def keep_thread(self, case_id: str, channel: str, posts: Sequence[RawPost]) -> int:
        """Keep the posts of a case's conversation that no listener brought; returns how many were new."""
        for _ in range(3):
            try:
                heard = self._read(channel, posts)
                new = hearing.record_thread(self.book, case_id, heard)
            except Stale:
                continue
            self.hide_again(_joined(heard))
            return new
        return 0

    def _fetch(self, channel: Channel, watch: Watch, cursor: dict[str, object], failures: int) -> Page:
        """The next page; `failures` polls in a row have failed at this cursor before."""
        try:
            return channel.fetch(watch, cursor)
        except CursorRefused:
            log.warning("the cursor of watch %s was refused; listening starts again", watch.name)
            return channel.fetch(watch, channel.restart(watch, cursor))
        except BadAnswer:
            if failures + 1 < TRIES_AT_A_CURSOR or not cursor:
                raise
            log.warning("watch %s cannot go on from its cursor; listening starts again", watch.name)
        page = channel.fetch(watch, channel.restart(watch, cursor))
        return replace(page, complete=False, gap=f"{BEGUN_AGAIN} {page.gap}".strip())

    def keep_changed(self, mention: Mention, post: RawPost) -> bool:
        """Keep the new words of a post that its author has changed; whether they were new.

        Raises:
            casebook.errors.Stale: the case keeps changing; ask again.
        """
        for _ in range(3):
            heard = self._read(mention.channel, [replace(post, ours=False)], again=mention)
            try:
                kept = bool(heard) and editing.record_edit(self.book, heard[0])
            except Stale:
                continue
            if kept:
                self.hide_again([mention.case_id])
            return kept
        raise Stale

    def _keep(self, lease: Lease, watch: Watch, page: Page, turn: _Turn) -> int:
        meant = [post for post in page.posts if post.ours or matches(watch, post).caught]
        times = [post.posted_at for post in page.posts]
        record = PageRecord(
            heard=(),
            cursor=dict(page.cursor),
            more=page.more,
            asked=self._without_ids(page.asked),
            saw=len(page.posts),
            started_at=turn.started_at,
            complete=page.complete,
            gap=page.gap,
            walk=turn.walk,
            page=turn.number,
            source=page.source,
            window_from=page.window[0],
            window_to=page.window[1],
            newest_at=max(times, default=None),
            oldest_at=min(times, default=None),
            cap=page.cap,
            passed_over=len(page.posts) - len(meant),
            calls=page.cost.calls,
            micros=page.cost.micros,
            own=self._own(lease.channel, page.posts),
            set_aside=self._set_aside(lease.channel, page),
            trouble=_told(page.trouble),
        )
        for _ in range(5):
            heard = self._read(lease.channel, meant)
            self.on_step("read")
            self.on_step("committing")
            try:
                new = hearing.record_page(self.book, lease, replace(record, heard=tuple(heard)))
            except Stale:
                continue
            self.on_step("committed")
            self.hide_again(_joined(heard))
            return new
        raise Stale("A page could not be kept: its cases keep changing. It will be read again.")

    def _own(self, channel: str, posts: Iterable[RawPost]) -> tuple[OwnPost, ...]:
        """Posts of our own account, as keyed ids: what they say is known here already."""

        def key(external_id: str) -> str:
            return self.book.vault.index(external_id, f"external|{channel}") if external_id else ""

        return tuple(
            OwnPost(external_key=key(post.external_id), parent_key=key(post.in_reply_to))
            for post in posts
            if post.ours
        )

    def _set_aside(self, channel: str, page: Page) -> tuple[ItemSetAside, ...]:
        """What could not be understood, sealed."""
        vault = self.book.vault

        def sealed(body: str, why: str) -> ItemSetAside:
            item_id = new_id()
            return ItemSetAside(
                item_id=item_id,
                digest=vault.index(body, f"set_aside|{channel}"),
                why=why,
                sealed=vault.seal(body.encode("utf-8", "backslashreplace"), set_aside_row(item_id)),
            )

        return tuple(sealed(item.body, item.why) for item in page.unread)

    def hide_again(self, case_ids: Iterable[str]) -> None:
        """Hide in cases' earlier posts what later ones told. What goes wrong here never stops listening."""
        for case_id in case_ids:
            try:
                hiding.hide_again(self.book, case_id)
            except Exception as error:  # noqa: BLE001 - the page is kept; the next post of the case tries again
                log.error("case %s could not be hidden again: %s", case_id, type(error).__name__)

    def _organisation(self) -> Mapping[str, Any]:
        with self.book.store.read() as work:
            return organisation_table(work)

    def _without_ids(self, asked: Mapping[str, object]) -> dict[str, object]:
        """What was asked, with the network's ids of posts as keyed hashes."""
        return {
            name: self.book.vault.index(str(value), "asked")[:16] if name in _IDS_ASKED and value else value
            for name, value in asked.items()
        }

    def _read(self, channel: str, posts: Iterable[RawPost], again: Mention | None = None) -> list[Heard]:
        """Read and seal the posts that are new, or that their authors changed, and that are not our own.

        Args:
            channel: where they are from.
            posts: as they came.
            again: the mention that is kept of the one post in `posts`, which is known to have changed.
        """
        vault = self.book.vault
        others = {
            vault.index(post.external_id, f"external|{channel}"): post for post in posts if not post.ours
        }
        new = hearing.unheard(self.book, channel, list(others))
        changed = (
            {again.external_key: again}
            if again
            else editing.changed(
                self.book, channel, {key: post.revision for key, post in others.items() if key not in new}
            )
        )
        wanted = {key: post for key, post in others.items() if key in new or key in changed}
        by_conversation = {
            key: changed[key].conversation_key
            if key in changed
            else vault.index(post.conversation_id, f"conversation|{channel}")
            for key, post in wanted.items()
        }
        places = self._places(channel, by_conversation.values())
        organisation = self._organisation()
        with self._one_at_a_time:
            return [
                self._read_one(
                    channel, key, post, by_conversation[key], places, organisation, changed.get(key)
                )
                for key, post in wanted.items()
            ]

    def _places(self, channel: str, conversations: Iterable[str]) -> dict[str, _Place]:
        vault = self.book.vault
        known = hearing.conversations(self.book, channel, conversations)
        return {
            key: _Place(
                case_id=found.case_id,
                seen=found.seen,
                numbering=open_numbering(vault, numbering_row(found.case_id), found.numbering),
                corrections=corrections_of(vault, found.corrections),
            )
            for key, found in known.items()
        }

    def _read_one(
        self,
        channel: str,
        external_key: str,
        post: RawPost,
        conversation: str,
        places: dict[str, _Place],
        organisation: Mapping[str, Any],
        kept: Mention | None,
    ) -> Heard:
        place = places.setdefault(conversation, _Place(case_id=new_id()))
        mention_id, words = kept.id if kept else new_id(), compose(post)
        vault = self.book.vault
        reading = self.reader.read(words, channel=channel, fields={"language": post.language})
        redacted = seal_text(
            vault,
            mention_row(mention_id),
            words,
            reading.findings,
            place.numbering,
            extra=identifying(post),
            corrections=place.corrections,
            organisation=organisation,
        )
        place.numbering = redacted.numbering
        return Heard(
            mention_id=mention_id,
            case_id=place.case_id,
            external_key=external_key,
            conversation_key=conversation,
            author_key=vault.index(post.author_id, f"author|{channel}"),
            redacted=redacted,
            assessment=reading.assessment,
            why_unread=reading.why_unread,
            language=reading.assessment.language,
            posted_at=post.posted_at,
            way=post.capability.way,
            way_reason=post.capability.reason,
            numbering_after=seal_numbering(vault, numbering_row(place.case_id), redacted.numbering),
            numbering_seen=place.seen,
            revision=post.revision,
            edited=kept is not None,
        )


@dataclass(frozen=True, slots=True)
class _Turn:
    """Which page of which walk is in hand, and when it was asked for."""

    walk: str
    number: int
    started_at: datetime


def _told(trouble: Trouble | None) -> TroubleRecord | None:
    """A source's trouble in our own words."""
    if trouble is None:
        return None
    meaning = meaning_of(trouble.error)
    return TroubleRecord(outcome=word_for(trouble.error), incident=meaning.incident, says=meaning.says)


def _joined(heard: Sequence[Heard]) -> list[str]:
    """The cases that have an earlier post than one of these."""
    posts = Counter(post.case_id for post in heard)
    return sorted({post.case_id for post in heard if post.numbering_seen or posts[post.case_id] > 1})


@dataclass
class _Place:
    """A conversation's case while a page is read: the numbers grow from post to post."""

    case_id: str
    seen: str = ""
    numbering: Numbering = field(default_factory=Numbering)
    corrections: Corrections = field(default_factory=Corrections)


def watch_of(lease: Lease) -> Watch:
    """The watch that a lease is for, as channels take it."""
    query = lease.query

    def words(name: str) -> tuple[str, ...]:
        found = query.get(name, ())
        return tuple(str(word) for word in found) if isinstance(found, list | tuple) else ()

    return Watch(
        name=lease.watch,
        terms=words("terms"),
        handles=words("handles"),
        exclusions=words("exclusions"),
        places=words("places"),
        hashtags=words("hashtags"),
    )
