"""What the casebook needs from others, as narrow protocols. It never imports who implements them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from policies.facts import Assessment
from redaction.text import Finding

Clock = Callable[[], datetime]
"""Now, in UTC, with its zone. Handed in so that tests and replays own the time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the Reader makes of one text: who is in it, and what it means.

    `findings` is None when the text could not be read (engine failure, unsupported language): the post is
    then kept sealed and shown as "not yet safe". `why_unread` says why in a word, never with text.
    """

    findings: tuple[Finding, ...] | None
    assessment: Assessment
    why_unread: str = ""


class Reader(Protocol):
    """Reads raw text: the monitor's Reader itself, or a child process that speaks the filters' JSON lines."""

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        """Read one text.

        Never raises for bad input: a text that cannot be read gives `findings=None`.

        Raises:
            casebook.errors.ReaderUnavailable: the Reader itself is gone (the child died and did not come back).
        """
        ...


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """What the sender sends: bound by `bundle_hash` to exactly what was approved."""

    outbox_id: str
    attempt_id: str
    case_id: str
    channel: str
    account: str
    mode: str
    target_external_id: str = field(repr=False)
    text: str = field(repr=False)
    post: str = field(repr=False)
    bundle_hash: str = ""
    why: str = ""
    """What is known of its last attempt, as one word."""
    mention_id: str = ""
    """The post that it answers."""
