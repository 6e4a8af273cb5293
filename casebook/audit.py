"""The audit: each kind of entry registered once, chained by SHA-256, with no post text in it.

An entry's payload holds ids, enums, numbers and hashes. Values that could carry prose are refused here, so
that erasing a case never breaks the chain. `chain_hash` follows the design of RFC-style hash chains with
a domain prefix and length-prefixed bytes, so that no two different histories hash alike.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from casebook.errors import BrokenChain
from casebook.model import AuditEntry, micros

GENESIS = "0" * 64
_DOMAIN = b"desk-audit-v1\0"
_FACT = re.compile(r"[A-Za-z0-9_.:,/@+=-]{0,400}")
"""400 characters hold every reason of the reply gate at once; prose has spaces and does not fit."""


@dataclass(frozen=True, slots=True)
class AuditKind:
    """One kind of entry: its name, the sentence people read, and the payload fields it carries."""

    name: str
    wording: str
    fields: frozenset[str]


KINDS: dict[str, AuditKind] = {}


def register(name: str, wording: str, *fields: str) -> str:
    """Register a kind once and return its name; `wording` may name its fields in braces.

    Raises:
        ValueError: the name is taken, or the wording names an unknown field.
    """
    if name in KINDS:
        raise ValueError(f"audit kind {name} is registered twice")
    wording.format(**dict.fromkeys(fields, ""))
    KINDS[name] = AuditKind(name, wording, frozenset(fields))
    return name


CASEBOOK_CREATED = register("casebook.created", "made this casebook ({mode})", "mode")
CASEBOOK_RESTORED = register(
    "casebook.restored",
    "put this casebook back from a backup; {unsure} replies were on their way, sending is stopped",
    "unsure",
)
ACCOUNT_ADDED = register("account.added", "added an account on {channel}", "account", "channel")
WATCH_CHANGED = register(
    "watch.changed", "set what is listened for on {channel} ({how})", "watch", "channel", "how"
)
STAFF_ADDED = register("staff.added", "added {username} as {roles}", "staff", "username", "roles")
STAFF_DISABLED = register("staff.disabled", "disabled {username}", "staff", "username")
STAFF_RESET = register("staff.reset", "set a new password for {username}", "staff", "username")
SIGNED_IN = register("session.started", "signed in ({how})", "how")
SIGN_IN_FAILED = register("session.refused", "sign-in refused for {staff}", "staff", "tries")
SIGNED_OUT = register("session.ended", "signed out")
POLICY_ACTIVATED = register("policy.activated", "put policy {name} {version} in force", "name", "version")
HEARD = register(
    "listener.heard",
    "heard {new} new of {saw} on {channel}",
    "channel",
    "listener",
    "saw",
    "new",
    "unsafe",
    "poll",
)
THREAD_KEPT = register("case.thread_kept", "kept {new} more posts of a conversation", "new", "unsafe")
LISTENER_STOPPED = register("listener.stopped", "listener stopped: {why}", "listener", "why")
LISTENER_STARTED = register(
    "listener.started", "listener started again, which had stopped: {why}", "listener", "why"
)
GAP = register("listener.gap", "listening has a gap on {channel}", "channel", "listener", "poll")
COVERAGE_OPENED = register(
    "coverage.opened",
    "noticed that something may not have been heard on {channel} ({incident_kind})",
    "incident",
    "listener",
    "channel",
    "incident_kind",
)
COVERAGE_CLOSED = register(
    "coverage.closed",
    "closed a coverage incident ({incident_kind}): {why}",
    "incident",
    "listener",
    "incident_kind",
    "why",
)
CASE_OPENED = register(
    "case.opened",
    "opened case {number} in {queue}, severity {severity}",
    "number",
    "queue",
    "severity",
    "rules",
)
MENTION_READ_AGAIN = register(
    "mention.read_again", "read a sealed post again: {outcome}", "mention", "outcome"
)
MENTION_EDITED = register("mention.edited", "kept the words of a post that its author changed", "mention")
CLAIMED = register("case.claimed", "claimed the case", "until")
RELEASED = register("case.released", "released the case", "holder")
TRIAGED = register(
    "case.triaged",
    "triaged: severity {was} to {severity}, queue {queue}",
    "was",
    "severity",
    "queue",
    "floor",
)
ESCALATED = register("case.escalated", "escalated to {to}", "to", "event")
NOTED = register("case.noted", "wrote a note", "event")
CLOSED = register("case.closed", "closed the case: {why}", "why")
REOPENED = register("case.reopened", "reopened the case", "why")
REVEALED = register("case.revealed", "opened the sealed original", "mention", "event")
MISSED = register(
    "redaction.missed",
    "marked something missed ({entity}): hidden in {posts} posts and {texts} texts of staff",
    "correction",
    "mention",
    "entity",
    "posts",
    "texts",
    "read_again",
)
UNHIDDEN = register(
    "redaction.unhidden",
    "showed something wrongly hidden ({entity}) again in {posts} posts and {texts} texts of staff",
    "correction",
    "mention",
    "entity",
    "posts",
    "texts",
    "event",
)
TAKEN_BACK = register(
    "redaction.taken_back",
    "took back a correction ({undone}, {entity}) in {posts} posts and {texts} texts of staff",
    "correction",
    "undoes",
    "undone",
    "entity",
    "posts",
    "texts",
)
HIDDEN_AGAIN = register("redaction.hidden_again", "hid what the case knows in {posts} earlier posts", "posts")
EXPORTED_CORRECTIONS = register(
    "redaction.exported", "exported {lines} corrections as test cases", "lines", "left_out", "direct"
)
SHARED = register("case.shared", "made a copy to share of {posts} posts", "posts")
DRAFTED = register("draft.saved", "saved revision {revision} of a reply", "draft", "revision", "text_hash")
REFUSED_BY_GATE = register(
    "draft.blocked", "the gate stopped a reply: {reasons}", "draft", "reasons", "policy", "text_hash"
)
SUBMITTED = register(
    "draft.submitted",
    "sent a reply for approval",
    "draft",
    "verdict",
    "reasons",
    "policy",
    "text_hash",
    "needs",
)
APPROVED = register("draft.approved", "approved a reply", "draft", "bundle", "policy", "approval")
REJECTED = register("draft.rejected", "rejected a reply", "draft", "event")
VOIDED = register("draft.voided", "a reply lost its approval: {why}", "draft", "why")
SENDING = register("reply.sending", "began to send a reply", "outbox", "attempt", "number", "bundle")
SENT = register("reply.sent", "a reply was posted", "outbox", "attempt", "reply_key", "how")
NOT_SENT = register("reply.refused", "a reply was not posted: {why}", "outbox", "attempt", "why")
UNCERTAIN = register("reply.uncertain", "nobody knows whether a reply was posted", "outbox", "attempt", "why")
WITHDRAWN = register("reply.withdrawn", "took an approved reply back before it was posted", "outbox")
RESOLVED = register("reply.resolved", "decided about an uncertain reply: {decision}", "outbox", "decision")
SEEN = register("reply.seen", "a reply was seen on the network ({how})", "outbox", "reply_key", "how")
NEVER_SEEN = register(
    "reply.never_seen",
    "a reply that was posted by hand was looked for {looks} times and never seen",
    "outbox",
    "looks",
)
COMPLAINT_OPENED = register("complaint.opened", "said that a formal complaint is open", "event", "taken_back")
COMPLAINT_ENDED = register("complaint.ended", "said that the formal complaint has ended", "event")
SENDING_STOPPED = register("sending.stopped", "stopped all sending")
SENDING_STARTED = register("sending.started", "allowed sending again")
REQUESTED = register("network.asked", "asked the network: {request_kind}", "request", "request_kind")
ANSWERED = register("network.answered", "the network answered: {outcome}", "request", "outcome")


def word(name: str) -> str:
    """A name from policy, or a network's reason, as one short fact: letters, digits and dashes, at most 40."""
    return re.sub(r"[^A-Za-z0-9_.]+", "-", name)[:40].strip("-")


def canonical(
    seq: int,
    at: datetime,
    actor: str,
    session: str,
    kind: str,
    case_id: str,
    payload: Mapping[str, str | int],
) -> bytes:
    """The exact bytes of an entry: JSON with sorted keys, integers and fact strings alone.

    Raises:
        ValueError: the kind is not registered, a field is not its own, or a value could carry prose.
    """
    registered = KINDS.get(kind)
    if registered is None:
        raise ValueError(f"audit kind {kind!r} is not registered")
    if unknown := set(payload) - registered.fields:
        raise ValueError(f"audit kind {kind} has no field {sorted(unknown)}")
    for name, value in payload.items():
        if not (isinstance(value, int) or (isinstance(value, str) and _FACT.fullmatch(value))):
            raise ValueError(f"audit field {kind}.{name} may hold only a short fact")
    body = {
        "seq": seq,
        "at": micros(at),
        "actor": actor,
        "session": session,
        "kind": kind,
        "case": case_id,
        "payload": dict(payload),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def chain_hash(prev_hash: str, entry: bytes) -> str:
    """The hash of `entry` after `prev_hash`, as 64 hex digits."""
    return hashlib.sha256(
        _DOMAIN + bytes.fromhex(prev_hash) + len(entry).to_bytes(8, "big") + entry
    ).hexdigest()


def link(
    last: AuditEntry | None,
    at: datetime,
    actor: str,
    session: str,
    kind: str,
    case_id: str,
    payload: Mapping[str, str | int],
) -> AuditEntry:
    """The entry that follows `last` (None at the very start)."""
    seq = last.seq + 1 if last else 1
    prev = last.hash if last else GENESIS
    entry = canonical(seq, at, actor, session, kind, case_id, payload)
    return AuditEntry(
        seq=seq,
        at=at,
        actor=actor,
        session=session,
        kind=kind,
        case_id=case_id,
        entry=entry,
        prev_hash=prev,
        hash=chain_hash(prev, entry),
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """A chain that verifies: how many entries, and the hash of the last one."""

    entries: int
    head: str


def verify(entries: Iterable[AuditEntry]) -> Verified:
    """Check a whole chain, in order of `seq`, in constant memory.

    It shows edits, gaps and swaps. It cannot show a tail that was cut or a chain that was computed anew by
    somebody with the file; compare `head` with a copy kept elsewhere for that.

    Raises:
        BrokenChain: at the first entry that does not fit.
    """
    count, head = 0, GENESIS
    try:
        for found in entries:
            _demand_link(found, count + 1, head)
            count, head = count + 1, found.hash
    except (TypeError, ValueError, KeyError, OverflowError):
        # Somebody with the file can put anything into a column, and no such thing may end the check unsaid.
        raise BrokenChain(count + 1, "cannot be read") from None
    return Verified(count, head)


def _demand_link(found: AuditEntry, seq: int, head: str) -> None:
    if found.seq != seq:
        raise BrokenChain(seq, "is missing")
    if found.prev_hash != head:
        raise BrokenChain(seq, "does not follow the one before it")
    if found.hash != chain_hash(head, found.entry):
        raise BrokenChain(seq, "was changed")
    if not _columns_match(found):
        raise BrokenChain(seq, "says something else than what was hashed")


def _columns_match(found: AuditEntry) -> bool:
    body = json.loads(found.entry)
    return bool(
        body["seq"] == found.seq
        and body["at"] == micros(found.at)
        and body["actor"] == found.actor
        and body["session"] == found.session
        and body["kind"] == found.kind
        and body["case"] == found.case_id
    )


def payload_of(entry: AuditEntry) -> dict[str, str | int]:
    """The facts that an entry carries."""
    payload: dict[str, str | int] = json.loads(entry.entry)["payload"]
    return payload


def sentence(entry: AuditEntry) -> str:
    """What an entry says, in words."""
    kind = KINDS.get(entry.kind)
    if kind is None:
        return entry.kind
    payload = payload_of(entry)
    return kind.wording.format(**{name: payload.get(name, "") for name in kind.fields})
