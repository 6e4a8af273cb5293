"""The record of listening as plain data: networks, what they were asked, what is listened for, and what was missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casebook.states import IncidentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the monitor last said of one channel: its title, limits and prices, for the desk to show."""

    id: str
    channel: str
    facts: Mapping[str, Any]
    at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow:
    """What one channel was asked on one day (UTC): requests, and money in millionths of the network's currency."""

    id: str
    channel: str
    day: str
    """YYYY-MM-DD."""
    calls: int
    micros: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRow:
    """What a listener looks for, in the organisation's words."""

    id: str
    name: str
    channel: str
    account_id: str
    query: Mapping[str, Any]
    active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One watch's schedule, cursor and lease. `fence` rises with each lease, so a late commit is refused."""

    id: str
    watch_id: str
    interval_s: int
    next_due_at: datetime
    cursor: bytes | None = field(default=None, repr=False)
    """Where the listener is on its network, sealed: it holds the network's own ids. None at the very start."""
    lease_owner: str = ""
    lease_until: datetime | None = None
    fence: int = 0
    failures: int = 0
    last_success_at: datetime | None = None
    stopped_why: str = ""
    """"" while it listens; else the reason a person must act (credentials, entitlement)."""
    version: int = 1


def cursor_row(listener_id: str) -> str:
    """What a listener's cursor is bound to."""
    return f"listener|{listener_id}|cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One page asked of a network: what was asked, what was seen, and whether that was everything."""

    id: str
    listener_id: str
    started_at: datetime
    finished_at: datetime
    asked: Mapping[str, Any]
    saw: int
    new: int
    complete: bool
    outcome: str
    gap: str = ""
    walk: str = ""
    """Pages of one walk share it."""
    page: int = 1
    source: str = ""
    """Which of the watch's sources was asked, in words."""
    window_from: datetime | None = None
    window_to: datetime | None = None
    newest_at: datetime | None = None
    """When the newest post of the page was made."""
    oldest_at: datetime | None = None
    cap: str = ""
    passed_over: int = 0
    """Posts that the network gave and the watch does not mean."""
    set_aside: int = 0
    calls: int = 0
    micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something may not have been heard: from when to when, why, and how it ended."""

    id: str
    listener_id: str
    source: str
    kind: IncidentKind
    opened_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    says: str
    """One sentence of ours; no word of a post."""
    closed_at: datetime | None = None
    closed_by: str = ""
    closed_why: str = ""
    """One of our words, or the reason that a person gave, redacted."""
    sealed: bytes | None = field(default=None, repr=False)
    """The exact reason that a person gave."""
    version: int = 1


def incident_row(incident_id: str) -> str:
    """What an incident's reason is bound to."""
    return f"incident|{incident_id}|reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """An item of a network that could not be understood, kept sealed until somebody can."""

    id: str
    listener_id: str
    channel: str
    digest: str
    """Keyed hash of the item, so that it is kept once."""
    why: str
    at: datetime
    sealed: bytes | None = field(repr=False)


def set_aside_row(item_id: str) -> str:
    """What an item set aside is bound to."""
    return f"set_aside|{item_id}|item"
