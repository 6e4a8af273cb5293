"""What keeps a reply from leaving: shares, turns, expired keys, and a post that is not what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.actions import sending
from casebook.actions.activating import activate
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.errors import Stale
from casebook.model import OutboxState
from monitor.channel import OutcomeUnknown, ReplyCapability, ReplyWay
from policies.loader import parse_pack
from tests.support.books import actor, clock_of, policy, rehearsal_book
from tests.support.practice import SAFE_REPLY, approved_reply, mention_of, post, practice


@pytest.fixture
def book(tmp_path):
    made = rehearsal_book(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def desk(book):
    monitor, channel = practice(book, post(1, "I waited long and nobody said why"), post(2, "thank you"))
    monitor.once()
    return monitor, channel


def outbox(book):
    with book.store.read() as work:
        return work.outbox.where()


def counting(channel, then=None):
    """Count calls of `reply`; with `then`, raise it instead of the call."""
    calls, original = [], channel.reply

    def reply(external_id, text, *, key):
        calls.append(text)
        if then is not None:
            raise then
        return original(external_id, text, key=key)

    channel.reply = reply
    return calls


def limited(book, **limits):
    """Put the same policy in force with other limits of sending."""

    text = policy().text
    for name, value in limits.items():
        before = next(line for line in text.splitlines() if line.strip().startswith(f"{name}:"))
        text = text.replace(before, f"  {name}: {value}")
    activate(book, actor(book, "governance"), parse_pack(text, "nhs-england.yaml"))


def test_what_is_over_the_share_waits_unasked_and_leaves_when_there_is_room(book, desk):
    monitor, channel = desk
    limited(book, an_hour_per_account=1)
    for name in ("p1", "p2"):
        approved_reply(book, mention_of(book, name))
    calls, looked, original = counting(channel), [], channel.look_up
    channel.look_up = lambda ids: looked.extend(ids) or original(ids)
    monitor.send()
    monitor.send()
    assert (len(calls), len(looked)) == (1, 1), "the network is asked nothing for a reply that has to wait"
    [waits] = [row for row in outbox(book) if row.state is OutboxState.QUEUED]
    assert (waits.why, waits.not_before) == ("account_cap", book.clock() + timedelta(hours=1))
    clock_of(book).advance(hours=1)
    monitor.send()
    assert len(calls) == 2


def test_while_one_reply_is_on_its_way_the_network_is_asked_nothing_for_the_next(book, desk):
    monitor, channel = desk
    for name in ("p1", "p2"):
        approved_reply(book, mention_of(book, name))
    first = sending.ready(book, "practice")[0]
    sending.begin(book, first, "another process", timedelta(minutes=2))
    looked = []
    channel.look_up = lambda ids: looked.append(ids) or []
    monitor.send()
    assert (looked, [row.state for row in outbox(book)]) == ([], [OutboxState.SENDING, OutboxState.QUEUED])


def able(channel, monkeypatch, **changes):
    """The practice channel with other capabilities."""

    others = replace(channel.capabilities, **changes)
    monkeypatch.setattr(type(channel), "capabilities", property(lambda self: others))


def test_a_key_that_has_expired_brings_no_second_call(book, desk, monkeypatch):
    monitor, channel = desk
    able(channel, monkeypatch, resend_within=3300.0)
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel, OutcomeUnknown("cut"))
    monitor.send()
    clock_of(book).advance(seconds=3299)
    monitor.send()
    assert len(calls) == 2, "within the window it goes out again under its own key"
    clock_of(book).advance(seconds=2)
    for _ in range(4):
        monitor.send()
        clock_of(book).advance(minutes=5)
    assert len(calls) == 2
    assert (outbox(book)[0].state, outbox(book)[0].why) == (OutboxState.UNCERTAIN, sending.NOT_FOUND)


def test_a_post_that_may_no_longer_be_answered_from_here_is_not_answered(book, desk):

    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    original = channel.look_up

    def locked(ids):
        closed = ReplyCapability(ReplyWay.FORBIDDEN, "its author has closed the replies")
        return [replace(one, post=replace(one.post, capability=closed)) for one in original(ids)]

    channel.look_up = locked
    calls = counting(channel)
    monitor.send()
    assert (calls, outbox(book)[0].why) == ([], "way_changed")
    assert mention_of(book, "p1").way == "forbidden"


def test_a_post_that_has_gone_is_known_to_be_gone_when_the_case_is_open_again(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    channel.network.delete("p1")
    monitor.send()
    assert mention_of(book, "p1").gone == "deleted"


def test_an_edited_post_brings_its_new_words_into_the_case_and_voids_what_was_submitted(book, desk):

    monitor, channel = desk
    mention, writer = mention_of(book, "p1"), actor(book, "responder")
    claim(book, writer, mention.case_id)
    draft = submit(book, writer, save_draft(book, writer, mention.case_id, SAFE_REPLY).id)
    channel.network.edit("p1", "it was all sorted out in the end")
    monitor.answer()
    shown = book.queries.case(mention.case_id, book.clock())
    assert shown.thread[0].text == "it was all sorted out in the end"
    with pytest.raises(Stale, match="has changed"):
        approve(book, actor(book, "approver"), draft.id, draft.bundle_hash)
