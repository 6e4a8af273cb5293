"""How facts are put into words on screens. Everything here is ours: no foreign text goes in or out."""

from __future__ import annotations

from datetime import datetime, timedelta

SEVERITIES = ("routine", "minor", "moderate", "serious", "urgent", "emergency")
"""Severity 0 to 5 in a word; what each means is in labels of the policy."""

VIEW_TITLES = {
    "open": "Needs somebody",
    "unclaimed": "Nobody has it",
    "mine": "Mine",
    "waiting": "To approve",
    "escalated": "Escalated",
    "unsafe": "Not yet safe",
    "uncertain": "Needs a hand",
    "answered": "Answered",
    "closed": "Closed",
}
"""The views as people read them. "Needs a hand": replies to post by hand or of unknown outcome."""

EMPTY_VIEWS = {
    "open": "Nothing needs anybody just now. New posts appear here by themselves.",
    "unclaimed": "Every case has somebody. Press 1 to see all that are open.",
    "mine": "You hold no case. Press 2 for cases that nobody has; c claims one.",
    "waiting": "No reply waits for approval. Press 1 to see all open cases.",
    "escalated": "Nothing is escalated. Press 1 to see all open cases.",
    "unsafe": "Every post could be read. Press 1 to see all open cases.",
    "uncertain": "No reply waits for a person to post it or to say whether it is there.",
    "answered": "Nothing is answered yet. Approved replies appear here once they are posted.",
    "closed": "Nothing is closed yet. Press 1 to see all open cases.",
}

STATUS_WORDS = {
    "new": "new",
    "open": "open",
    "waiting": "to approve",
    "approved": "on its way",
    "answered": "answered",
    "closed": "closed",
}
CHANNELS = {
    "x": "X",
    "reddit": "Reddit",
    "practice": "practice",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
}

OUTBOX_WORDS = {
    "queued": "approved, waiting to be sent",
    "sending": "being sent now",
    "sent": "posted",
    "refused": "the network refused it; nothing was posted",
    "uncertain": "nobody knows whether it was posted: look at the network, then press u",
    "by_hand": "approved, to be posted by hand: press h",
    "cancelled": "cancelled; nothing was posted",
}
DRAFT_WORDS = {
    "writing": "being written",
    "submitted": "waits for approval",
    "approved": "approved",
    "rejected": "sent back",
    "void": "no longer valid",
}
VERDICT_WORDS = {
    "": "not checked yet",
    "allow": "nothing found against it",
    "needs_approval": "may be sent, with points to weigh",
    "block": "may not be sent as it is",
}
VERDICT_SIGNS = {"": "·", "allow": "✓", "needs_approval": "?", "block": "✗"}
WAY_WORDS = {
    "api": "can be answered from here",
    "handoff": "to be posted by hand",
    "forbidden": "cannot be answered",
}
EVENT_WORDS = {
    "claimed": "claimed the case",
    "released": "gave the case back",
    "triaged": "triaged",
    "escalated": "escalated",
    "note": "noted",
    "drafted": "began a reply",
    "blocked": "the gate stopped a reply",
    "submitted": "asked for approval",
    "approved": "approved a reply",
    "rejected": "sent a reply back",
    "voided": "a reply lost its validity",
    "withdrawn": "withdrew a reply",
    "revealed": "opened the sealed original",
    "missed": "marked something missed",
    "unhidden": "had something shown that was wrongly hidden",
    "correction_undone": "took a mark back",
    "closed": "closed the case",
    "reopened": "opened the case again",
    "resolved": "decided about an uncertain reply",
    "post_joined": "a further post arrived",
    "post_edited": "the author changed the post; the earlier words are kept, sealed",
    "sent": "the reply was posted",
    "refused": "the network refused the reply",
    "uncertain": "nobody knows whether the reply was posted",
    "seen": "our reply was seen on the network",
    "never_seen": "the reply that was posted by hand was never seen on the network",
    "complaint_opened": "said that a formal complaint is open",
    "complaint_ended": "said that the formal complaint has ended",
}
ROLE_WORDS = {
    "responder": "responder",
    "approver": "approver",
    "governance_officer": "governance officer",
    "manager": "manager",
    "administrator": "administrator",
}


def spaced(name: str) -> str:
    """A label as words: "medical_emergency_now" → "medical emergency now"."""
    return name.replace("_", " ")


def severity(value: int) -> str:
    """A severity with its word: "4 urgent"."""
    return f"{value} {SEVERITIES[max(0, min(5, value))]}"


def channel(name: str) -> str:
    """A channel's name for people."""
    return CHANNELS.get(name, name)


def length(delta: timedelta) -> str:
    """A length of time in one unit: "40 min", "3 h", "2 days"."""
    minutes = max(0, int(delta.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def due(at: datetime, now: datetime) -> str:
    """When something is due: "in 40 min", "overdue 2 h"."""
    return f"overdue {length(now - at)}" if now > at else f"in {length(at - now)}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago: "just now", "5 min ago"."""
    return "just now" if now - at < timedelta(minutes=1) else f"{length(now - at)} ago"


def clock(at: datetime) -> str:
    """A time of day on this computer's clock."""
    return f"{at.astimezone():%H:%M}"


def moment(at: datetime, now: datetime) -> str:
    """A time, with its day when that is not today's."""
    local, today = at.astimezone(), now.astimezone()
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%a} {local.day} {local:%b %H:%M}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"
