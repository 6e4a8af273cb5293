"""Handles of private people: @handle, u/name, and a name that the words call somebody's handle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from redaction.keep import KeepList
from redaction.lists import words
from redaction.rules import Recogniser
from redaction.weighing import Hit

ENTITY = "USERNAME"

_AT = re.compile(
    r"(?<![\w@.+%\[-])@(\w{1,64}(?:[.\-]\w{1,64}){0,8}(?:@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})?)(?!=)"
)
_REDDIT = re.compile(r"(?<![\w/])/?u/[\w-]{2,24}(?![\w/])")
_CALLED = re.compile(
    r"\b(?:insta(?:gram)?|ig|twitter|tiktok|snap(?:chat)?|facebook|fb|discord|telegram"
    r"|username|user ?name|handle|bluesky"
    r"|mastodon|add me|dm me|follow me)(?:\s+(?:is|name|handle|on|at|me|insta(?:gram)?"
    r"|snap(?:chat)?|twitter|tiktok|facebook)){0,3}\s{0,2}[:=\-]?\s{0,2}"
    r"(?P<name>[A-Za-z][\w.\-]{2,39})",
    re.IGNORECASE,
)
_NO_HANDLE = re.compile(r"(?:home|hospital|work|night|lunch|noon|all)|[\d.:\-]+(?:am|pm)?", re.IGNORECASE)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds handles of private people."""
    return Recogniser(ENTITY, partial(find, keep=keep))


def find(text: str, keep: KeepList | None = None) -> Iterator[Hit]:
    """Handles with their @ or u/; the organisation's and other official ones survive."""
    for match in _AT.finditer(text):
        if not _NO_HANDLE.fullmatch(match[1]) and not _official(match[1], keep):
            yield Hit(match.start(), match.end(), 0.9)
    for match in _REDDIT.finditer(text):
        if match.group().rpartition("/")[2].lower() not in words("official_handles"):
            yield Hit(match.start(), match.end(), 0.9)
    for match in _CALLED.finditer(text):
        name = match["name"].rstrip(".-")
        if any(char.isdigit() or char == "_" for char in name) and not _official(name, keep):
            yield Hit(match.start("name"), match.start("name") + len(name), 0.6)


def _official(handle: str, keep: KeepList | None) -> bool:
    return bool(keep and keep.has_handle(handle)) or handle.lower() in words("official_handles")
