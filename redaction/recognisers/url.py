"""Links: with a scheme, with www, or a bare domain of a common ending."""

from __future__ import annotations

import re
from collections.abc import Iterator

from redaction.keep import KeepList
from redaction.rules import Recogniser
from redaction.weighing import Hit

ENTITY = "URL"

_SCHEME = re.compile(
    r"(?<!\w)(?:https?|hxxps?|ftp)://[^\s<>\"]{1,2000}|(?<![\w@.])www\.[^\s<>\"]{2,2000}", re.IGNORECASE
)
_BARE = re.compile(
    r"(?<![\w@./\-])(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,4}"
    r"(?:(?:com|org|net|info|io|uk|co|eu|scot|wales|cymru|london|app|dev|biz|tv|example)(?:/[^\s<>\"]{0,2000})?"
    r"|(?:ly|gl|me|be|it|gd|cc|am|us|to|gg|link|page|site|online|shop|click|xyz)/[^\s<>\"]{1,2000})(?![\w@])",
)
_OF_NETWORKS = re.compile(
    r"(?<![\w@./])(?:pic\.twitter|t\.co|bit\.ly|tinyurl)[^\s<>\"]{1,200}", re.IGNORECASE
)
_TRAIL = ".,;:!?)]}'\"*"


def recogniser(keep: KeepList) -> Recogniser:
    """Finds links."""
    return Recogniser(ENTITY, find)


def find(text: str) -> Iterator[Hit]:
    """Links without the punctuation that follows them."""
    for pattern, score in ((_SCHEME, 0.95), (_OF_NETWORKS, 0.9), (_BARE, 0.6)):
        for match in pattern.finditer(text):
            end = match.start() + len(match.group().rstrip(_TRAIL))
            if end - match.start() > 3:
                yield Hit(match.start(), end, score)
