"""One reply of an account at a time, so many an hour and a conversation, and no second call without proof."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from casebook.actions.activating import activate
from casebook.actions.pacing import ACCOUNT_CAP, CONVERSATION_CAP, check_turn
from casebook.actions.resolving import record_handoff, resolve_uncertain
from casebook.actions.restoring import note_restored
from casebook.actions.sending import (
    NOT_FOUND,
    begin,
    ready,
    record_not_found,
    record_refused,
    record_sent,
    record_uncertain,
    record_waiting,
    recover,
)
from casebook.actions.stopping import start_sending
from casebook.book import Casebook
from casebook.errors import AnotherOnItsWay, Stale, TooManyReplies
from casebook.model import OutboxState
from casebook.ports import OutgoingReply
from policies.loader import parse_pack
from policies.pacing import free_again
from tests.support.books import actor, clock_of, policy
from tests.support.clock import START
from tests.support.replies import LEASE, SENDER, approved, begun, outbox_row

URL = "https://northvale.example/reply/1"
WINDOW = 3300.0
"""Seconds for which Mastodon is trusted to keep a key."""


def opened(book: Casebook, outbox_id: str) -> OutgoingReply:
    return next(reply for reply in ready(book, "practice") if reply.outbox_id == outbox_id)


def with_limits(book: Casebook, **limits: int) -> None:
    """Put the same policy in force with other limits."""
    text = policy().text
    for name, value in limits.items():
        before = next(line for line in text.splitlines() if line.strip().startswith(f"{name}:"))
        text = text.replace(before, f"  {name}: {value}")
    activate(book, actor(book, "governance"), parse_pack(text, "nhs-england.yaml"))


# -- one at a time -------------------------------------------------------------------------------------


def test_a_second_reply_of_the_same_account_waits_for_the_first(book: Casebook) -> None:
    first = begun(book)
    second = approved(book)
    with pytest.raises(AnotherOnItsWay):
        check_turn(book, second.id)
    with pytest.raises(AnotherOnItsWay):
        begin(book, opened(book, second.id), "sender-2", LEASE)
    assert outbox_row(book, second.id).state is OutboxState.QUEUED
    record_sent(book, first.outbox_id, "r1", URL, "api")
    begin(book, opened(book, second.id), "sender-2", LEASE)


def test_an_abandoned_reply_stops_the_others_no_longer_than_its_lease(book: Casebook) -> None:
    begun(book)
    second = approved(book)
    clock_of(book).advance(seconds=LEASE.total_seconds() + 1)
    assert len(recover(book, "sender-2")) == 1
    begin(book, opened(book, second.id), "sender-2", LEASE)


def test_the_reply_that_enters_the_outbox_knows_its_account(book: Casebook) -> None:
    row = approved(book)
    with book.store.read() as work:
        assert row.account_id == work.cases.get(row.case_id).account_id


# -- shares --------------------------------------------------------------------------------------------


def test_the_share_of_an_account_is_counted_over_any_hour(book: Casebook) -> None:
    with_limits(book, an_hour_per_account=2)
    for _ in range(2):
        record_sent(book, begun(book).outbox_id, f"r{clock_of(book).now}", URL, "api")
        clock_of(book).advance(minutes=10)
    third = approved(book)
    with pytest.raises(TooManyReplies) as full:
        begin(book, opened(book, third.id), SENDER, LEASE)
    assert (full.value.why, full.value.until) == (ACCOUNT_CAP, START + timedelta(hours=1))
    assert outbox_row(book, third.id).state is OutboxState.QUEUED
    clock_of(book).now = full.value.until - timedelta(seconds=1)
    with pytest.raises(TooManyReplies):
        check_turn(book, third.id)
    clock_of(book).now = full.value.until
    begin(book, opened(book, third.id), SENDER, LEASE)


def test_what_certainly_was_not_posted_uses_up_no_share(book: Casebook) -> None:
    with_limits(book, an_hour_per_account=1)
    refused = begun(book)
    record_refused(book, refused.outbox_id, "refused")
    waiting = begun(book)
    record_waiting(book, waiting.outbox_id, "throttled", START)
    again = begin(book, opened(book, waiting.outbox_id), SENDER, LEASE)
    record_uncertain(book, again.outbox_id, "timeout")
    third = approved(book)
    with pytest.raises(TooManyReplies, match="As many replies as policy allows"):
        begin(book, opened(book, third.id), SENDER, LEASE)


def test_a_conversation_has_its_own_share_and_a_reply_by_hand_counts(book: Casebook) -> None:
    with_limits(book, a_day_per_conversation=1)
    row = approved(book, way="handoff")
    record_handoff(book, actor(book, "responder"), row.id, URL)
    other = approved(book)
    with book.store.write() as work:
        # Two replies in one conversation, without the hours that this takes.
        work._connection.exec_driver_sql(  # type: ignore[attr-defined]
            f"UPDATE outbox SET case_id = '{row.case_id}' WHERE id = '{other.id}'"
        )
        work.commit()
    with pytest.raises(TooManyReplies) as full:
        check_turn(book, other.id)
    assert (full.value.why, full.value.until) == (CONVERSATION_CAP, START + timedelta(days=1))


def test_a_pack_without_the_section_has_our_limits() -> None:
    before, _, after = policy().text.partition("\nsending:\n")
    text = before + "\n" + after[after.index("\n\n") :]
    rules = parse_pack(text, "without.yaml").rules.sending
    assert (rules.an_hour_per_account, rules.a_day_per_conversation, rules.look_again_minutes) == (30, 5, 30)


@pytest.mark.parametrize(
    ("begun_minutes_ago", "most", "free_in"),
    [
        ((), 1, None),
        ((59,), 1, 1),
        ((60,), 1, None),
        ((50, 40, 10), 2, 20),
        ((50, 40, 10), 3, 10),
        ((1,), 2, None),
    ],
)
def test_room_is_there_again_when_enough_have_left_the_window(
    begun_minutes_ago: tuple[int, ...], most: int, free_in: int | None
) -> None:
    begun_at = [START - timedelta(minutes=minutes) for minutes in begun_minutes_ago]
    free = None if free_in is None else START + timedelta(minutes=free_in)
    assert free_again(begun_at, most, timedelta(hours=1), START) == free


# -- never twice ---------------------------------------------------------------------------------------


def lost(book: Casebook) -> OutgoingReply:
    """A reply whose first call had no clear answer."""
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    return reply


@pytest.mark.parametrize(
    ("seconds", "within", "state"),
    [
        (WINDOW - 1, WINDOW, OutboxState.QUEUED),
        (WINDOW, WINDOW, OutboxState.UNCERTAIN),
        (60, 0.0, OutboxState.UNCERTAIN),
        (10**7, math.inf, OutboxState.QUEUED),
        (-60, WINDOW, OutboxState.UNCERTAIN),
    ],
)
def test_it_is_sent_again_by_itself_only_while_the_network_keeps_the_key(
    book: Casebook, seconds: float, within: float, state: OutboxState
) -> None:
    reply = lost(book)
    clock_of(book).advance(seconds=seconds)
    record_not_found(book, reply.outbox_id, resend_within=within)
    assert outbox_row(book, reply.outbox_id).state is state


def test_the_window_is_counted_from_the_first_attempt_and_not_from_the_last(book: Casebook) -> None:
    reply = lost(book)
    clock_of(book).advance(seconds=WINDOW - 10)
    record_not_found(book, reply.outbox_id, resend_within=WINDOW)
    begin(book, opened(book, reply.outbox_id), SENDER, LEASE, resend_within=WINDOW)
    record_uncertain(book, reply.outbox_id, "timeout")
    clock_of(book).advance(seconds=20)
    for _ in range(2):
        record_not_found(book, reply.outbox_id, resend_within=WINDOW)
    row = outbox_row(book, reply.outbox_id)
    assert (row.state, row.why) == (OutboxState.UNCERTAIN, NOT_FOUND)


def test_what_was_queued_again_in_time_is_not_sent_too_late(book: Casebook) -> None:
    reply = lost(book)
    record_not_found(book, reply.outbox_id, resend_within=WINDOW)
    record_waiting(book, reply.outbox_id, "throttled", START, begun=False)
    clock_of(book).advance(seconds=WINDOW)
    with pytest.raises(Stale, match="may be on the network"):
        begin(book, opened(book, reply.outbox_id), SENDER, LEASE, resend_within=WINDOW)
    row = outbox_row(book, reply.outbox_id)
    assert (row.state, row.why) == (OutboxState.UNCERTAIN, NOT_FOUND)
    resolve_uncertain(book, actor(book, "manager"), row.id, "not_posted")
    begin(book, opened(book, row.id), SENDER, LEASE, resend_within=WINDOW)


def test_a_person_decides_about_each_unknown_outcome_anew(book: Casebook) -> None:
    reply = lost(book)
    clock_of(book).advance(minutes=2)
    resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, "not_posted")
    begin(book, opened(book, reply.outbox_id), SENDER, LEASE)
    clock_of(book).advance(minutes=1)
    record_uncertain(book, reply.outbox_id, "timeout")
    with book.store.write() as work:
        from dataclasses import replace

        work.outbox.save(replace(work.outbox.get(reply.outbox_id), state=OutboxState.QUEUED))
        work.commit()
    with pytest.raises(Stale):
        begin(book, opened(book, reply.outbox_id), SENDER, LEASE)


@pytest.mark.parametrize("before", ["queued", "sending"])
def test_after_a_restore_nothing_is_sent_again_by_itself_however_often_it_is_looked_for(
    book: Casebook, before: str
) -> None:
    outbox_id = begun(book).outbox_id if before == "sending" else approved(book).id
    note_restored(book.store, book.clock())
    for _ in range(4):
        record_not_found(book, outbox_id, resend_within=math.inf)
    row = outbox_row(book, outbox_id)
    assert (row.state, row.why) == (OutboxState.UNCERTAIN, NOT_FOUND)
    start_sending(book, actor(book, "manager"))
    resolve_uncertain(book, actor(book, "manager"), outbox_id, "not_posted")
    begin(book, opened(book, outbox_id), SENDER, LEASE, resend_within=math.inf)


def test_a_copy_put_back_with_one_reply_on_its_way_and_others_waiting_doubts_them_all(book: Casebook) -> None:
    begun(book)
    for _ in range(2):
        approved(book)
    assert note_restored(book.store, book.clock()) == 3
    with book.store.read() as work:
        assert {row.state for row in work.outbox.where()} == {OutboxState.UNCERTAIN}
