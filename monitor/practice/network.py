"""The practice network itself: what can be seen on it now, and what happens when somebody replies.

Posts appear as the clock passes their moment, change and vanish when the script says so, and some authors
answer back after our reply. What must stay true: the sequence of other people's posts only ever grows at its
end (so that "after the nth" is a cursor), and one key makes at most one reply, whoever sends it and however
often.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.practice.errors import AnswerLost, Busy, NoSuchPost, NotAccepted, PostDeleted, Unreachable
from monitor.practice.journal import Journal
from monitor.practice.script import Author, Script, ScriptedPost

LONGEST_REPLY = 500
"""Code points a reply may have on this network."""
_WAIT = timedelta(seconds=60)
_SHORTEST_ANSWER = 1.0


class Fault(StrEnum):
    """What can be made to go wrong, for training and tests."""

    LOST_ANSWER = "lost_answer"
    """The reply is posted and the answer never arrives."""
    LOST_REQUEST = "lost_request"
    """The reply never arrives, which from outside looks the same."""
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class LivePost:
    """A post as the network shows it now."""

    id: str
    at: datetime
    author: Author
    conversation: str
    text: str = field(repr=False)
    title: str = field(default="", repr=False)
    alt_text: str = field(default="", repr=False)
    quoted: str = field(default="", repr=False)
    in_reply_to: str = ""
    language: str = ""
    locked: bool = False
    limited: bool = False
    deleted: bool = False
    edited: bool = False

    @property
    def url(self) -> str:
        """Its address, which leads nowhere outside the practice network."""
        return f"practice://post/{self.id}"


class PracticeNetwork:
    """A network that plays `script` from `started_at`.

    Args:
        script: the posts.
        started_at: the moment the script counts from, with its zone.
        clock: now.
        state: a file that remembers replies, shared by every process that is given it; None forgets.
        speed: how many seconds of the script pass in one of the clock's.
        visible_at_once: every post is there from the start, the last one just now; edits and deletions
            follow as long after the start as they would have followed the post.
    """

    def __init__(
        self,
        script: Script,
        started_at: datetime,
        clock: Callable[[], datetime],
        state: Path | None = None,
        *,
        speed: float = 1.0,
        visible_at_once: bool = False,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.script = script
        self.started_at = started_at
        self._clock = clock
        self._journal = Journal(state)
        self._speed = speed
        self._at_once = visible_at_once
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def fail_next(self, fault: Fault | str, call: str = "reply") -> None:
        """Make the next `call` ("reply" or "listen") fail in this way; several queue up."""
        self._faults[call].append(Fault(fault))

    def now(self) -> datetime:
        """The network's own time."""
        return self._clock()

    def listen(self, after: int, size: int) -> tuple[tuple[LivePost, ...], int, bool]:
        """Up to `size` of other people's posts after the nth, the n to go on from, and whether more wait.

        Deleted posts keep their place in the count and are not shown.

        Raises:
            NoSuchPost: the network has never had that many posts.
            Busy, Unreachable: where `fail_next` asked for it.
        """
        self._read_fault()
        everything = list(self._from_others())
        if not 0 <= after <= len(everything):
            raise NoSuchPost
        upto = min(after + size, len(everything))
        shown = tuple(post for post in everything[after:upto] if not post.deleted)
        return shown, upto, upto < len(everything)

    def post(self, post_id: str) -> LivePost:
        """One post, or one of our replies, as it is now.

        Raises:
            NoSuchPost, PostDeleted
        """
        for post in self._everything():
            if post.id == post_id:
                if post.deleted:
                    raise PostDeleted
                return post
        raise NoSuchPost

    def conversation(self, post_id: str) -> tuple[LivePost, ...]:
        """What is left of the conversation around a post, oldest first, replies of ours among it.

        Raises:
            NoSuchPost, PostDeleted: of the post asked for.
        """
        root = self.post(post_id).conversation
        return tuple(post for post in self._everything() if post.conversation == root and not post.deleted)

    def reply(self, post_id: str, text: str, *, key: str, account: Author) -> LivePost:
        """Post a reply. The same key again gives the reply that is already there.

        Raises:
            NoSuchPost, PostDeleted, NotAccepted, Busy: nothing was posted.
            AnswerLost: where `fail_next` asked for it; it may be there.
        """
        fault = self._next_fault("reply")
        if fault is Fault.REFUSED:
            raise NotAccepted("the practice network was told to refuse")
        if fault is Fault.THROTTLED:
            raise Busy(self.now() + _WAIT)
        if fault in (Fault.LOST_REQUEST, Fault.UNREACHABLE):
            raise AnswerLost
        posted = self._take(post_id, text, key, account)
        if fault is Fault.LOST_ANSWER:
            raise AnswerLost
        return posted

    def find_reply(self, post_id: str, text: str, *, key: str) -> LivePost | None:
        """Our reply to a post: by its key, else by its exact words; None where there is none."""
        to_post = [reply for reply in self.replies() if reply.in_reply_to == post_id]
        by_key = [reply for reply in to_post if reply.id == reply_id(key)]
        by_words = [reply for reply in to_post if reply.text == text]
        return next(iter([*by_key, *by_words]), None)

    def replies(self) -> tuple[LivePost, ...]:
        """Every reply the network has taken, oldest first."""
        taken: dict[str, LivePost] = {}
        for entry in self._journal.entries():
            if entry.get("kind") == "reply":
                taken.setdefault(entry["key"], _reply_of(entry))
        return tuple(taken.values())

    def delete(self, post_id: str) -> None:
        """Delete a post now, as its author could."""
        self.post(post_id)
        self._journal.append({"kind": "deleted", "id": post_id})

    def edit(self, post_id: str, text: str) -> None:
        """Change a post's words now, as its author could."""
        self.post(post_id)
        self._journal.append({"kind": "edited", "id": post_id, "text": text})

    def _take(self, post_id: str, text: str, key: str, account: Author) -> LivePost:
        for earlier in self.replies():
            if earlier.id == reply_id(key):
                if (earlier.text, earlier.in_reply_to) != (text, post_id):
                    raise NotAccepted("this key was used for another reply")
                return earlier
        target = self.post(post_id)
        if target.locked or target.limited:
            raise NotAccepted("this post does not take our replies")
        if not text.strip() or len(text) > LONGEST_REPLY:
            raise NotAccepted("the reply is empty or too long")
        entry = {
            "kind": "reply",
            "key": key,
            "to": post_id,
            "conversation": target.conversation,
            "text": text,
            "by": [account.id, account.handle, account.name],
            "at": self.now().isoformat(),
        }
        self._journal.append(entry)
        return _reply_of(entry)

    def _next_fault(self, call: str) -> Fault | None:
        return self._faults[call].popleft() if self._faults[call] else None

    def _read_fault(self) -> None:
        fault = self._next_fault("listen")
        if fault is Fault.THROTTLED:
            raise Busy(self.now() + _WAIT)
        if fault is not None:
            raise Unreachable

    def _everything(self) -> list[LivePost]:
        return sorted([*self._from_others(), *self.replies()], key=lambda post: post.at)

    def _from_others(self) -> Iterator[LivePost]:
        """Scripted posts and authors' answers that have arrived, in order of arrival."""
        now = self.now()
        arrived = [live for post in self.script.posts if (live := self._live(post)).at <= now]
        arrived += [answer for answer in self._answers() if answer.at <= now]
        changes = self._changes()
        for post in sorted(arrived, key=lambda post: (post.at, post.id)):
            yield _changed(post, changes.get(post.id, {}))

    def _live(self, post: ScriptedPost) -> LivePost:
        edited = post.edited_at is not None and self._has_come(post, post.edited_at)
        return LivePost(
            id=post.id,
            at=self._moment(post.at),
            author=post.author,
            conversation=post.conversation or post.id,
            text=post.edited_text if edited else post.text,
            title=post.title,
            alt_text=post.alt_text,
            quoted=post.quoted,
            in_reply_to=post.in_reply_to,
            language=post.language,
            locked=post.locked,
            limited=post.limited,
            deleted=post.deleted_at is not None and self._has_come(post, post.deleted_at),
            edited=edited,
        )

    def _moment(self, at: float) -> datetime:
        if self._at_once:
            return self.started_at - timedelta(seconds=self.script.posts[-1].at - at)
        # What lies before the start is history: it does not come nearer because the clock runs faster.
        return self.started_at + timedelta(seconds=at if at < 0 else at / self._speed)

    def _has_come(self, post: ScriptedPost, at: float) -> bool:
        elapsed = (self.now() - self.started_at).total_seconds() * self._speed
        return elapsed >= (at - post.at if self._at_once else at)

    def _answers(self) -> Iterator[LivePost]:
        """What authors say back to the first of our replies to them."""
        first: dict[str, LivePost] = {}
        for reply in self.replies():
            first.setdefault(reply.in_reply_to, reply)
        for post in self.script.posts:
            reply_to = first.get(post.id)
            for number, answer in enumerate(post.answers if reply_to else (), start=1):
                assert reply_to is not None
                # Never at once: a listener in another process must be able to see the reply first.
                after = max(answer.after / self._speed, _SHORTEST_ANSWER)
                yield LivePost(
                    id=f"{post.id}-answer-{number}",
                    at=reply_to.at + timedelta(seconds=after),
                    author=post.author,
                    conversation=post.conversation or post.id,
                    text=answer.text,
                    in_reply_to=reply_to.id,
                    language=post.language,
                )

    def _changes(self) -> Mapping[str, Mapping[str, Any]]:
        """By post id, what was changed by hand."""
        changes: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for entry in self._journal.entries():
            if entry.get("kind") == "deleted":
                changes[entry["id"]]["deleted"] = True
            elif entry.get("kind") == "edited":
                changes[entry["id"]].update(text=entry["text"], edited=True)
        return changes


def reply_id(key: str) -> str:
    """The id of the reply made with `key`: the same for every process, so that no counter is shared."""
    return "reply-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _reply_of(entry: Mapping[str, Any]) -> LivePost:
    return LivePost(
        id=reply_id(entry["key"]),
        at=datetime.fromisoformat(entry["at"]),
        author=Author(*entry["by"]),
        conversation=entry["conversation"],
        text=entry["text"],
        in_reply_to=entry["to"],
    )


def _changed(post: LivePost, change: Mapping[str, Any]) -> LivePost:
    return replace(post, **change) if change else post
