"""The JSON that commands print with `--json`: one versioned envelope, and the fields of each kind of item.

`{"schema": 1, "kind": "cases", "data": [...]}`. Within one schema number fields are only ever added. Output is
ASCII: every other character comes as its JSON escape, so nothing in it acts on a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

SCHEMA = 1

_CASE = (
    "number", "status", "queue", "severity", "triaged", "summary", "channel", "due_at", "opened_at", "holder",
    "held_until", "escalated_to", "risks", "safe", "mentions",
)  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "cases": _CASE,
    "case": (
        *_CASE, "must_do", "tell", "rules", "suggested_severity", "closed_why", "thread", "history", "drafts",
        "complaint_live",
    ),
    "post": (
        "post", "posted_at", "text", "safe", "why_unread", "language", "way", "way_reason", "way_at", "gone",
        "assessment",
    ),
    "event": ("at", "who", "kind", "facts", "text"),
    "draft": (
        "revision", "state", "author", "text", "verdict", "reasons", "findings", "policy_version", "bundle_hash",
        "written_at", "decided_why", "approvals_needed", "approved_by", "outbox_state", "outbox_why",
        "sent_at", "waits_until", "seen_at", "looks",
    ),
    "reply_text": (
        "case", "revision", "state", "author", "text", "bundle_hash", "policy_version", "characters", "cost_warning",
    ),
    "check": ("case", "verdict", "reasons", "findings", "policy_version", "cost_warning"),
    "finding": ("reason", "hard", "start", "end", "words"),
    "outbox": (
        "case_number", "channel", "author", "state", "queued_at", "attempts", "bundle_hash", "why", "waits_until",
    ),
    "replies": (
        "case_number", "channel", "author", "approvers", "verdict", "policy_version", "state", "queued_at", "sent_at",
        "attempts", "bundle_hash",
    ),
    "handoff": ("case", "text", "address", "characters"),
    "corrections": ("case_number", "kind", "entity", "at", "who", "taken_back"),
    "test_case": ("kind", "entity", "text", "keep"),
    "shared": ("channel", "posted_at", "text"),
    "original": ("case", "post", "fields"),
    "coverage": (
        "watch", "channel", "interval_s", "last_success_at", "next_due_at", "failures", "stopped_why", "polls",
        "heard", "incomplete", "last_gap", "state", "sentence", "listened_to", "last_new_at", "capped", "set_aside",
        "calls", "micros", "counted_since", "incidents",
    ),
    "budgets": (
        "channel", "title", "currency", "calls_today", "calls_month", "micros_today", "micros_month", "calls_a_day",
        "micros_a_month", "reserve", "calls_left", "micros_left", "calls_left_for_reads", "micros_left_for_reads",
        "day_ends_at", "month_ends_at", "reads_rest_until", "replies_rest_until", "nearly_spent", "prices",
    ),
    "prices": ("currency", "read", "reply", "reply_with_link", "source"),
    "watches": (
        "watch", "channel", "title", "package", "interval_s", "terms", "handles", "hashtags", "exclusions", "places",
        "credentials", "queries", "asks", "wrong", "notes",
    ),
    "watch_test": (
        "watch", "channel", "queries", "caught", "passed_over", "sealed", "caught_examples", "passed_over_examples",
        "pages", "calls", "micros", "gaps", "troubles", "wrong", "notes",
    ),
    "incident": (
        "incident_id", "source", "kind", "opened_at", "from_at", "to_at", "says", "closed_at", "closed_by",
        "closed_why",
    ),
    "audit": ("seq", "at", "who", "kind", "case_number", "sentence", "facts", "hash"),
    "verified": ("verifies", "entries", "head", "why"),
    "staff": ("username", "display_name", "roles", "active", "created_at", "locked_until"),
    "person": ("username", "display_name", "roles", "signed_in_at", "ends_at", "organisation", "mode"),
    "policy": ("name", "title", "version", "activated_at", "activated_by", "permissions"),
    "policies": ("name", "version", "activated_at", "activated_by", "in_force"),
    "settings": ("setting", "value", "origin", "where"),
    "checks": ("check", "state", "words", "advice"),
    "key": ("fingerprint", "kind", "where"),
}  # fmt: skip
"""Kind → its fields; "post", "event", "draft", "finding" and "incident" are parts of others."""


def item(kind: str, row: object, **more: object) -> dict[str, Any]:
    """The fields of one item: from `more` where it is named there, else the row's attribute of that name."""
    return {name: plain(more[name]) if name in more else plain(getattr(row, name)) for name in FIELDS[kind]}


def dumps(kind: str, data: object) -> str:
    """The envelope, as one line of ASCII."""
    return json.dumps({"schema": SCHEMA, "kind": kind, "data": data}, ensure_ascii=True)


def plain(value: object) -> Any:
    """A value as JSON has it: times as ISO 8601, tuples as lists, mappings as objects."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return str(value)
