"""How many audit entries a second verify, beside the bare hashing of the same bytes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from benchmarks.figures import Figure, best
from casebook import audit
from casebook.model import AuditEntry

ENTRIES = 50_000


def measure() -> list[Figure]:
    """A chain in memory, so that the figure is the verifier's and not the disk's."""
    chain: list[AuditEntry] = []
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(ENTRIES):
        last = chain[-1] if chain else None
        chain.append(audit.link(last, at, "monitor", "", audit.CLAIMED, "c" * 32, {"until": "2026-01-01"}))
    ours = best(lambda: audit.verify(chain))
    bare = best(lambda: [hashlib.sha256(entry.entry).hexdigest() for entry in chain])
    return [
        Figure("verify the audit", ENTRIES / ours, ENTRIES / bare, "entries/s", "SHA-256 of the same bytes")
    ]
