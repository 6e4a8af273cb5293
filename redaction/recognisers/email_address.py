"""E-mail addresses, written plainly or spelled out; the organisation's own desk addresses are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from redaction.keep import KeepList
from redaction.lists import words
from redaction.rules import Recogniser
from redaction.weighing import Hit

ENTITY = "EMAIL_ADDRESS"

_PLAIN = re.compile(
    r"(?<![\w.+%'-])([\w.+%'\-]{1,64})[ ]?@[ ]?((?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w@])", re.IGNORECASE
)
_AT = r"(?:\s{0,2}[\[({<]\s?at\s?[\])}>]\s{0,2}|\s{1,2}at\s{1,2}|\s{0,2}@\s{0,2})"
_DOT = r"(?:\s{0,2}[\[({<]\s?dot\s?[\])}>]\s{0,2}|\s{1,2}dot\s{1,2}|\.)"
_LINK = r"(?:\s{1,2}(?:underscore|dash|hyphen)\s{1,2}|\s{1,2}dot\s{1,2}|[\[({<]\s?dot\s?[\])}>]|[._-])"
_TOP = r"(?:com|co|uk|org|net|nhs|gov|ac|example|me|info|ie|eu)"
_SPELLED = re.compile(
    rf"(?<!\w)[^\W_]{{1,32}}(?:{_LINK}[^\W_]{{1,32}}){{0,4}}{_AT}"
    rf"\w[\w-]{{0,62}}(?: and \w{{1,32}})?(?:{_DOT}\w[\w-]{{0,30}}){{0,3}}{_DOT}{_TOP}(?!\w)",
    re.IGNORECASE,
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds e-mail addresses."""

    def survives(text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _PLAIN.finditer(text) if _of_a_desk(match, keep)]

    return Recogniser(ENTITY, partial(find, keep=keep), survives)


def find(text: str, keep: KeepList | None = None) -> Iterator[Hit]:
    """Addresses by shape and spelled out; a desk address (pals@ …) at the organisation's domain survives."""
    for match in _PLAIN.finditer(text):
        if not (keep and _of_a_desk(match, keep)):
            yield Hit(match.start(), match.end(), 0.95)
    for match in _SPELLED.finditer(text):
        if "@" not in match.group():
            yield Hit(match.start(), match.end(), 0.8)


def _of_a_desk(match: re.Match[str], keep: KeepList) -> bool:
    return keep.has_domain(match[2]) and _is_desk(match[1])


def _is_desk(local: str) -> bool:
    return all(part in words("desk_addresses") for part in re.split(r"[.\-_+]", local.lower()) if part)
