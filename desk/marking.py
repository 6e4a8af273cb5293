"""What desk and line commands say of a correction, and the kinds of personal data that people choose from."""

from __future__ import annotations

from casebook.actions.correcting import Corrected
from redaction.text import ENTITIES, Group

_LIKELIEST = (
    "PERSON",
    "LOCATION",
    "ORGANISATION_CARE",
    "USERNAME",
    "PHONE_NUMBER",
    "HOSPITAL_NUMBER",
    "AGE",
    "DATE",
)
KINDS: tuple[tuple[str, str], ...] = tuple(
    (entity, ENTITIES[entity][1])
    for entity in (*_LIKELIEST, *(entity for entity in ENTITIES if entity not in _LIKELIEST))
)
"""Every entity with its word for people, the likeliest to be missed first."""


def said_missed(done: Corrected) -> str:
    """What was done with words that were missed."""
    where = _counted(done.posts, "post")
    how = f" as {done.placeholder}" if done.placeholder else ""
    in_lists = " in lists; health terms stay open to who works the case," if _is_health(done) else ""
    staff = f" and {_counted(done.texts, 'text')} of staff" if done.texts else ""
    unread = (
        ""
        if done.read_again
        else " The posts could not be read again just now; the words are hidden all the same."
    )
    return f"Hidden{in_lists} in {where}{staff}{how}.{unread}"


def said_shown(done: Corrected) -> str:
    """What was done with something wrongly hidden."""
    staff = f" and {_counted(done.texts, 'text')} of staff" if done.texts else ""
    return f"{done.placeholder} shows again in {_counted(done.posts, 'post')}{staff}."


def said_undone(done: Corrected) -> str:
    """What was done with a correction that was taken back."""
    return f"Taken back: {_counted(done.posts, 'post')} changed."


def _is_health(done: Corrected) -> bool:
    return ENTITIES[done.entity][0] is Group.HEALTH


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
