"""What can go wrong on the practice network, as the network itself says it.

The tree::

    PracticeError
    ├── ScriptError      a post file is wrong
    ├── NoSuchPost       the post was never there
    ├── PostDeleted      the post was there and is gone
    ├── NotAccepted      the reply was turned down; nothing was posted
    ├── Busy             asked to wait; `until` says when
    ├── Unreachable      nothing came back to a read
    └── AnswerLost       a reply was sent and nothing came back: it may or may not be there
"""

from __future__ import annotations

from datetime import datetime


class PracticeError(Exception):
    """Something went wrong on the practice network."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.__doc__)


class ScriptError(PracticeError):
    """A file of practice posts is wrong; the message names file and post, never a post's words."""


class NoSuchPost(PracticeError):
    """There is no such post on the practice network."""


class PostDeleted(PracticeError):
    """The post has been deleted."""


class NotAccepted(PracticeError):
    """The practice network did not accept the reply."""


class Unreachable(PracticeError):
    """The practice network did not answer."""


class AnswerLost(PracticeError):
    """The practice network's answer to a reply was lost."""


class Busy(PracticeError):
    """The practice network asks us to wait."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until
