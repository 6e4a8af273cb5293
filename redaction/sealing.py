"""The one place that makes `Redacted`: findings in, placeholders in clear, the exact original sealed.

A text that could not be read (engine failure, unsupported language) is sealed whole and marked not safe:
redaction fails closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from redaction.corrected import Survivors, corrected, hide_in_shown, standing, stands_in_clear, still_held
from redaction.examples import TestCase, kept_case, missed_case
from redaction.keep import KeepList, survivors
from redaction.text import Corrections, Finding, Numbering, Profile, Redacted, hide
from redaction.vault import Vault


def seal_text(
    vault: Vault,
    row: str,
    text: str,
    findings: Sequence[Finding] | None,
    numbering: Numbering | None = None,
    extra: Mapping[str, str] | None = None,
    corrections: Corrections | None = None,
    organisation: Mapping[str, Any] | None = None,
) -> Redacted:
    """Redact and seal `text` for `row`.

    Args:
        vault: what seals.
        row: table, row id and column, as `Vault.seal` takes it.
        text: the exact words that came in.
        findings: what identifies somebody in `text`; None when it could not be read, and nothing is shown.
        numbering: numbers already given in this case; it is copied, never changed in place.
        extra: other identifying fields sealed along with the text (handle, display name, permalink …).
        corrections: what people have put right in this case; with it, what the case knows is found again.
        organisation: the `[organisation]` table, whose names are never taken for somebody's.
    """
    numbers = numbering.copy() if numbering else Numbering()
    sealed = vault.seal(_pack({**(extra or {}), "text": text}), row)
    digest = vault.index(text, "content")
    if findings is None:
        return Redacted(row=row, sealed=sealed, content_hash=digest, safe=False, numbering=numbers)
    if corrections is not None:
        findings = corrected(text, findings, numbers, corrections, survivors_of(organisation or {}))
    return Redacted(
        row=row,
        sealed=sealed,
        content_hash=digest,
        safe=True,
        text=hide(text, findings, numbers, Profile.DESK),
        listed=hide(text, findings, numbers, Profile.LIST),
        findings=tuple(findings),
        numbering=numbers,
    )


def seal_again(
    vault: Vault,
    row: str,
    sealed: bytes,
    findings: Sequence[Finding],
    numbering: Numbering,
    corrections: Corrections,
    organisation: Mapping[str, Any] | None = None,
    *,
    stored: Sequence[Finding] = (),
    doubted: str = "",
) -> Redacted:
    """A text that was sealed before, hidden anew: the envelope stays byte for byte as it was.

    Args:
        vault: what opens it.
        row: what it was sealed for.
        sealed: the envelope that `seal_text` made.
        findings: what identifies somebody in the text, by a new reading.
        numbering: numbers already given in this case; it is copied, never changed in place.
        corrections: what people have put right in this case.
        organisation: the `[organisation]` table, whose names are never taken for somebody's.
        stored: what was found before; it is hidden still, whatever the new reading says.
        doubted: words that were marked once and taken back; what was stored for them counts no more.

    Raises:
        VaultError: the envelope does not open.
    """
    numbers = numbering.copy()
    text = open_text(vault, row, sealed)["text"]
    known = [*still_held(text, stored, doubted), *findings]
    found = corrected(text, known, numbers, corrections, survivors_of(organisation or {}))
    return Redacted(
        row=row,
        sealed=sealed,
        content_hash=vault.index(text, "content"),
        safe=True,
        text=hide(text, found, numbers, Profile.DESK),
        listed=hide(text, found, numbers, Profile.LIST),
        findings=found,
        numbering=numbers,
    )


def survivors_of(organisation: Mapping[str, Any]) -> Survivors:
    """Where in a text an `[organisation]` table's names and public ones stand, which no memory may hide."""
    return _survivors(KeepList.from_mapping(organisation))


@lru_cache(maxsize=4)
def _survivors(keep: KeepList) -> Survivors:
    return survivors(keep)


def clear_places(
    vault: Vault, row: str, sealed: bytes, findings: Sequence[Finding], words: str, profile: Profile
) -> int:
    """How often `words` stand in clear in a sealed text, where `findings` are hidden by `profile`."""
    return stands_in_clear(open_text(vault, row, sealed)["text"], findings, words, profile)


def all_places(vault: Vault, row: str, sealed: bytes, words: str) -> list[tuple[int, int]]:
    """Where `words` stand in a sealed text, hidden or not."""
    return standing(open_text(vault, row, sealed)["text"], words)


def hide_words(shown: str, words: str, instead: str) -> str:
    """A text that is shown with placeholders, with `words` hidden in it, too."""
    return hide_in_shown(shown, words, instead)


def case_of(
    vault: Vault, row: str, sealed: bytes, findings: Sequence[Finding], words: str, missed_as: str = ""
) -> TestCase | None:
    """A correction in a sealed text as a test case: `missed_as` an entity, or else wrongly hidden.

    None where the words stand nowhere in the text.
    """
    text = open_text(vault, row, sealed)["text"]
    return missed_case(text, findings, words, missed_as) if missed_as else kept_case(text, findings, words)


def seal_words(vault: Vault, row: str, words: str) -> bytes:
    """Words alone, sealed for `row`; `open_text` gives them back as "text"."""
    return vault.seal(_pack({"text": words}), row)


def open_text(vault: Vault, row: str, sealed: bytes) -> dict[str, str]:
    """The fields that `seal_text` sealed for `row`: "text" and whatever went with it.

    Raises:
        VaultError: the envelope does not open (wrong key, altered, moved).
    """
    fields: dict[str, str] = json.loads(vault.open(sealed, row))
    return fields


def shared_text(
    vault: Vault, row: str, sealed: bytes, findings: Sequence[Finding], numbering: Numbering
) -> str:
    """What `seal_text` sealed for `row`, by the share profile, with the numbers of its case.

    Raises:
        VaultError: the envelope does not open.
    """
    return hide(open_text(vault, row, sealed)["text"], findings, numbering.copy(), Profile.SHARE)


def seal_numbering(vault: Vault, row: str, numbering: Numbering) -> bytes:
    """A case's placeholder map, sealed for `row`."""
    return vault.seal(_pack(numbering.to_plain()), row)


def open_numbering(vault: Vault, row: str, sealed: bytes | None) -> Numbering:
    """The map that `seal_numbering` sealed; an empty one where there is none yet."""
    return Numbering(json.loads(vault.open(sealed, row))) if sealed else Numbering()


def _pack(fields: object) -> bytes:
    # ASCII escapes keep lone surrogates exactly as they came; UTF-8 could not.
    return json.dumps(fields, ensure_ascii=True).encode("ascii")
