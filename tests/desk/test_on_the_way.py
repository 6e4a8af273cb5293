"""Why a reply waits, whether it was seen, and how old the word on answering is, in plain words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebook.model import OutboxState
from desk.on_the_way import asked, seen, waiting, why_in_words
from tests.support.clock import START


def test_a_reply_over_its_share_says_why_and_until_when() -> None:
    until = START + timedelta(minutes=20)
    said = waiting(OutboxState.QUEUED, "account_cap", until, START)
    assert "as many replies within the hour as policy allows" in said
    assert f"{until.astimezone():%H:%M}" in said
    assert "tried again" not in waiting(OutboxState.QUEUED, "account_cap", START, START)
    assert "tried again" not in waiting(OutboxState.REFUSED, "gate", until, START)
    assert waiting(OutboxState.QUEUED, "", until, START) == ""


def test_a_word_that_is_not_known_is_shown_with_spaces() -> None:
    assert why_in_words("something_new") == "something new"


@pytest.mark.parametrize(
    ("known", "seen_at", "looks", "again", "says"),
    [
        (False, START - timedelta(hours=3), 2, False, "seen on the network 3 hours ago"),
        (True, None, 0, False, ""),
        (False, None, 0, True, "not seen on the network yet"),
        (False, None, 1, True, "not seen on the network yet; looked for once"),
        (False, None, 5, False, "looked for 5 times and never seen on the network: check its address"),
        (False, None, 0, False, ""),
    ],
)
def test_whether_a_reply_was_seen(known: bool, seen_at, looks: int, again: bool, says: str) -> None:  # type: ignore[no-untyped-def]
    assert seen(known, seen_at, looks, again, START) == says


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (0, "asked just now"),
        (1, "asked 1 minute ago"),
        (3, "asked 3 minutes ago"),
        (150, "asked 2 hours ago"),
    ],
)
def test_how_old_the_word_on_answering_is(minutes: int, says: str) -> None:
    assert asked(START - timedelta(minutes=minutes), START) == says
