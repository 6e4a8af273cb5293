"""Whose turn it is to leave: one reply of an account at a time, so many an hour, and none twice without proof.

Everything here only reads, within the caller's transaction: `begin` asks inside the one that commits the attempt,
so that two senders cannot both find room for the last one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from casebook.actions.hearing import FARTHEST_WAIT
from casebook.book import Casebook, policy_in_force
from casebook.errors import AnotherOnItsWay, TooManyReplies
from casebook.model import OutboxState, Outgoing
from casebook.unit_of_work import UnitOfWork
from policies.pacing import A_DAY, AN_HOUR, free_again
from policies.policy import Policy

ACCOUNT_CAP, CONVERSATION_CAP = "account_cap", "conversation_cap"
"""A reply waits: its account has sent as many as it may within an hour, its conversation within a day."""
RESTORED = "restored_from_backup"
"""Why a reply is uncertain after a restore: whether it left meanwhile only the network knows."""


def check_turn(book: Casebook, outbox_id: str) -> None:
    """Whether a reply may begin now, asked before anything is asked of a network.

    Raises:
        AnotherOnItsWay, TooManyReplies: it waits. `begin` asks again, and its word counts.
    """
    with book.store.read() as work:
        demand_turn(work, policy_in_force(work), work.outbox.get(outbox_id), book.clock())


def demand_turn(work: UnitOfWork, policy: Policy, row: Outgoing, now: datetime) -> None:
    """Whether a reply may begin now.

    Raises:
        AnotherOnItsWay: a reply of the same account is being sent.
        TooManyReplies: the account's or the conversation's share is used up, until a time.
    """
    account = account_of(work, row)
    in_flight = [other for other in work.outbox.where(state=OutboxState.SENDING) if other.id != row.id]
    if any(account_of(work, other) == account for other in in_flight):
        raise AnotherOnItsWay
    rules = policy.rules.sending
    _demand_room(
        CONVERSATION_CAP,
        work.posted_since(now - A_DAY, case_id=row.case_id),
        rules.a_day_per_conversation,
        A_DAY,
        now,
    )
    _demand_room(
        ACCOUNT_CAP,
        work.posted_since(now - AN_HOUR, account_id=account),
        rules.an_hour_per_account,
        AN_HOUR,
        now,
    )


def _demand_room(why: str, begun: list[datetime], most: int, window: timedelta, now: datetime) -> None:
    # What seems to have begun farther ahead than any clock is corrected by was written by a clock that was wrong.
    until = free_again([at for at in begun if at <= now + FARTHEST_WAIT], most, window, now)
    if until is not None:
        raise TooManyReplies(why, min(until, now + FARTHEST_WAIT))


def account_of(work: UnitOfWork, row: Outgoing) -> str:
    """The id of the account that a reply is posted as."""
    return row.account_id or work.cases.get(row.case_id).account_id


def same_key_refused_twice(work: UnitOfWork, row: Outgoing, now: datetime, resend_within: float) -> bool:
    """Whether the network itself would still refuse a second copy of a reply that was begun before.

    `resend_within` is for how many seconds from the first attempt it does. After a restore nobody knows when the
    first attempt was, and before any attempt there is none: never then.
    """
    first = min((attempt.started_at for attempt in work.attempts.where(outbox_id=row.id)), default=None)
    if first is None or _restored(work, row):
        return False
    return 0 <= (now - first).total_seconds() < resend_within


def may_call_again(work: UnitOfWork, row: Outgoing, now: datetime, resend_within: float) -> bool:
    """Whether a queued reply may be called out, where an earlier call of it had an unknown outcome.

    It may after a person decided so, or while the network refuses a second copy by itself.
    """
    unknown = [
        one.ended_at for one in work.attempts.where(outbox_id=row.id, outcome="unknown") if one.ended_at
    ]
    if not unknown or _decided(work, row, max(unknown)):
        return True
    return same_key_refused_twice(work, row, now, resend_within)


def _decided(work: UnitOfWork, row: Outgoing, since: datetime) -> bool:
    """Whether a person said, after that time, that this reply is not there and may be sent again."""
    return any(
        event.at >= since and event.facts.get("decision") == "not_posted"
        for event in work.events.where(case_id=row.case_id, kind="resolved")
    )


def _restored(work: UnitOfWork, row: Outgoing) -> bool:
    return any(
        event.at >= row.queued_at and event.facts.get("why") == RESTORED
        for event in work.events.where(case_id=row.case_id, kind=OutboxState.UNCERTAIN)
    )
