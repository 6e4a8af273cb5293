"""The one place that makes `Redacted`: findings in, placeholders in clear, the exact original sealed.

A text that could not be read (engine failure, unsupported language) is sealed whole and marked not safe:
redaction fails closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from redaction.text import Finding, Numbering, Profile, Redacted, hide
from redaction.vault import Vault


def seal_text(
    vault: Vault,
    row: str,
    text: str,
    findings: Sequence[Finding] | None,
    numbering: Numbering | None = None,
    extra: Mapping[str, str] | None = None,
) -> Redacted:
    """Redact and seal `text` for `row`.

    Args:
        vault: what seals.
        row: table, row id and column, as `Vault.seal` takes it.
        text: the exact words that came in.
        findings: what identifies somebody in `text`; None when it could not be read, and nothing is shown.
        numbering: numbers already given in this case; it is copied, never changed in place.
        extra: other identifying fields sealed along with the text (handle, display name, permalink …).
    """
    numbers = numbering.copy() if numbering else Numbering()
    sealed = vault.seal(_pack({**(extra or {}), "text": text}), row)
    digest = vault.index(text, "content")
    if findings is None:
        return Redacted(row=row, sealed=sealed, content_hash=digest, safe=False, numbering=numbers)
    return Redacted(
        row=row,
        sealed=sealed,
        content_hash=digest,
        safe=True,
        text=hide(text, findings, numbers, Profile.DESK),
        listed=hide(text, findings, numbers, Profile.SHARE),
        findings=tuple(findings),
        numbering=numbers,
    )


def open_text(vault: Vault, row: str, sealed: bytes) -> dict[str, str]:
    """The fields that `seal_text` sealed for `row`: "text" and whatever went with it.

    Raises:
        VaultError: the envelope does not open (wrong key, altered, moved).
    """
    fields: dict[str, str] = json.loads(vault.open(sealed, row))
    return fields


def seal_numbering(vault: Vault, row: str, numbering: Numbering) -> bytes:
    """A case's placeholder map, sealed for `row`."""
    return vault.seal(_pack(numbering.to_plain()), row)


def open_numbering(vault: Vault, row: str, sealed: bytes | None) -> Numbering:
    """The map that `seal_numbering` sealed; an empty one where there is none yet."""
    return Numbering(json.loads(vault.open(sealed, row))) if sealed else Numbering()


def _pack(fields: object) -> bytes:
    # ASCII escapes keep lone surrogates exactly as they came; UTF-8 could not.
    return json.dumps(fields, ensure_ascii=True).encode("ascii")
