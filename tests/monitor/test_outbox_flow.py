"""A reply leaves once: what the sender does with every answer a network can give, and with none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebook.actions import hearing, sending
from casebook.actions.resolving import record_handoff, resolve_uncertain
from casebook.actions.stopping import start_sending, stop_sending
from casebook.errors import WrongState
from casebook.model import CaseStatus, OutboxState
from monitor.channel import CredentialsRefused, Gone, NotEntitled, OutcomeUnknown, Refused, Throttled
from tests.support.books import actor, clock_of, rehearsal_book, scripted
from tests.support.practice import SAFE_REPLY, approved_reply, mention_of, post, practice


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path)


@pytest.fixture
def desk(book):
    monitor, channel = practice(book, post(1, "I waited long and nobody said why"), post(2, "thank you"))
    monitor.once()
    return monitor, channel


def outbox(book):
    with book.store.read() as work:
        return work.outbox.where()


def attempts(book):
    with book.store.read() as work:
        return work.attempts.where()


def counting(channel, then=None):
    """Count calls of `reply`; with `then`, answer by raising it after (`after`) or instead of the call."""
    calls = []
    original = channel.reply

    def reply(external_id, text, *, key):
        calls.append(text)
        if then is not None:
            raise then
        return original(external_id, text, key=key)

    channel.reply = reply
    return calls


def test_an_approved_reply_is_sent_once_with_exactly_its_words(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel)
    monitor.send()
    monitor.send()
    assert calls == [SAFE_REPLY]
    [row] = book.queries.replies()
    assert (row.state, row.attempts, row.approvers) == (OutboxState.SENT, 1, ("Avery Coldwell",))
    case = book.queries.case(mention_of(book, "p1").case_id, book.clock())
    assert case.row.status is CaseStatus.ANSWERED
    assert case.row.holder == ""


def test_nothing_is_sent_before_it_is_approved(book, desk):
    from casebook.actions.claiming import claim
    from casebook.actions.drafting import save_draft
    from casebook.actions.submitting import submit

    monitor, channel = desk
    calls, writer, mention = counting(channel), actor(book, "responder"), mention_of(book, "p1")
    claim(book, writer, mention.case_id)
    submit(book, writer, save_draft(book, writer, mention.case_id, SAFE_REPLY).id)
    monitor.send()
    assert calls == []


def test_our_own_reply_is_known_when_a_listener_hears_it(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    monitor.send()
    own = channel.thread("p1")[-1]
    key = book.vault.index(own.external_id, "external|practice")
    with book.store.read() as work:
        assert work.known("practice", [key]) == {key}


def test_a_lost_answer_is_found_on_the_network_and_not_sent_again(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    channel.network.fail_next("lost_answer")
    monitor.send()
    assert outbox(book)[0].state is OutboxState.UNCERTAIN
    monitor.send()
    assert outbox(book)[0].state is OutboxState.SENT
    assert len(channel.network.replies()) == 1
    assert [a.outcome for a in attempts(book)] == ["sent"]


def test_a_lost_request_is_sent_again_only_where_the_network_refuses_a_second_copy(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    channel.network.fail_next("lost_request")
    monitor.send()
    monitor.send()
    assert outbox(book)[0].state is OutboxState.SENT
    assert len(channel.network.replies()) == 1


def test_where_the_network_keeps_no_key_only_a_person_sends_again(book, desk, monkeypatch):
    monitor, channel = desk
    lag = 60.0
    able = type(channel.capabilities)(
        name="practice", title="", can_reply=True, resend_within=0.0, read_back_lag=lag, longest_reply=500
    )
    monkeypatch.setattr(type(channel), "capabilities", property(lambda self: able))
    approved_reply(book, mention_of(book, "p1"))
    channel.network.fail_next("lost_request")
    looked = []
    original = channel.find_reply
    channel.find_reply = lambda *a, **k: looked.append(1) or original(*a, **k)
    monitor.send()
    monitor.send()
    assert looked == [], "it was looked for before the answer could have appeared"
    for _ in range(6):
        clock_of(book).advance(seconds=lag)
        monitor.send()
    [row] = outbox(book)
    assert (row.state, row.why, len(looked)) == (OutboxState.UNCERTAIN, sending.NOT_FOUND, 2)
    assert channel.network.replies() == ()
    resolve_uncertain(book, actor(book, "governance"), row.id, "not_posted")
    monitor.send()
    assert outbox(book)[0].state is OutboxState.SENT
    assert [a.outcome for a in attempts(book)] == ["unknown", "sent"]


def test_a_person_can_say_where_an_uncertain_reply_is(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    counting(channel, OutcomeUnknown("cut"))
    monitor.send()
    [row] = outbox(book)
    resolve_uncertain(book, actor(book, "governance"), row.id, "posted", "https://practice.example/1")
    assert outbox(book)[0].state is OutboxState.SENT
    with pytest.raises(WrongState):
        resolve_uncertain(book, actor(book, "governance"), row.id, "not_posted")


@pytest.mark.parametrize(
    "error", [Refused("no"), Gone("gone"), CredentialsRefused("no"), NotEntitled("plan")]
)
def test_a_definite_refusal_opens_the_case_again(book, desk, error):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    counting(channel, error)
    monitor.send()
    assert outbox(book)[0].state is OutboxState.REFUSED
    case = book.queries.case(mention_of(book, "p1").case_id, book.clock())
    assert case.row.status is CaseStatus.OPEN


def test_a_busy_network_is_tried_again_when_it_said_and_not_before(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel, Throttled("busy", until=book.clock() + timedelta(minutes=3)))
    monitor.send()
    monitor.send()
    assert len(calls) == 1
    clock_of(book).advance(minutes=4)
    monitor.send()
    assert len(calls) == 2


@pytest.mark.parametrize("surprise", [RuntimeError("boom"), KeyError("x"), ValueError("y"), TimeoutError()])
def test_any_surprise_after_the_call_began_is_uncertain(book, desk, surprise):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    counting(channel, surprise)
    monitor.send()
    assert outbox(book)[0].state is OutboxState.UNCERTAIN


def test_a_sender_that_died_in_the_middle_leaves_uncertain_never_a_second_post(book, desk):
    monitor, _channel = desk
    approved_reply(book, mention_of(book, "p1"))

    class Killed(BaseException):
        pass

    def die(step):
        if step == "begun":
            raise Killed

    monitor.sender.on_step = die
    with pytest.raises(Killed):
        monitor.send()
    monitor.sender.on_step = lambda _: None
    monitor.sender.owner = "another process"
    monitor.send()
    assert outbox(book)[0].state is OutboxState.SENDING, "another sender's lease is not over yet"
    clock_of(book).advance(minutes=3)
    sending.recover(book, monitor.sender.owner)
    assert outbox(book)[0].state is OutboxState.UNCERTAIN


def test_a_post_that_is_gone_or_changed_is_not_answered(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    approved_reply(book, mention_of(book, "p2"))
    channel.network.delete("p1")
    channel.network.edit("p2", "no thanks at all")
    calls = counting(channel)
    monitor.send()
    assert calls == []
    assert sorted(row.why for row in outbox(book)) == ["post_changed", "post_gone"]


def test_the_sender_reads_and_gates_again(book, desk, monkeypatch):
    from casebook import gatekeeping
    from policies.facts import GateResult, Verdict

    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    blocked = GateResult(Verdict.BLOCK, (), "v")
    monkeypatch.setattr(gatekeeping, "check", lambda *_: blocked)
    calls = counting(channel)
    monitor.send()
    assert calls == []
    assert outbox(book)[0].why == "gate"


def test_a_reply_that_cannot_be_read_waits(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel)
    scripted(book).unreadable = True
    monitor.send()
    assert (calls, outbox(book)[0].state, outbox(book)[0].why) == ([], OutboxState.QUEUED, "not_yet_safe")
    scripted(book).unreadable = False
    clock_of(book).advance(minutes=2)
    monitor.send()
    assert len(calls) == 1


def test_stopped_sending_holds_everything_back(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel)
    stop_sending(book, actor(book, "manager"))
    monitor.send()
    assert calls == []
    start_sending(book, actor(book, "manager"))
    monitor.send()
    assert len(calls) == 1


def test_a_reply_to_a_limited_post_is_posted_by_hand(book):
    monitor, channel = practice(book, post(1, "I waited long", limited=True))
    monitor.once()
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel)
    monitor.send()
    assert calls == []
    [row] = outbox(book)
    assert row.state is OutboxState.BY_HAND
    record_handoff(book, actor(book, "responder"), row.id, "https://practice.example/by-hand")
    assert outbox(book)[0].state is OutboxState.SENT


def test_a_rehearsals_reply_never_leaves_by_a_real_channel(book, desk, monkeypatch):
    import monitor.outbox as module

    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    calls = counting(channel)
    monkeypatch.setattr(module, "PRACTICE", "another")
    monitor.send()
    assert calls == []
    assert outbox(book)[0].why == "rehearsal_stays_here"


def test_a_post_that_arrived_while_a_reply_waited_keeps_the_case_open(book):
    monitor, _ = practice(
        book,
        post(1, "I waited long"),
        post(4000, "and still nobody came", conversation="p1", in_reply_to="p1"),
    )
    monitor.once()
    approved_reply(book, mention_of(book, "p1"))
    clock_of(book).advance(hours=1)
    monitor.listening.poll(hearing.due(book, whatever_due=True)[0])
    monitor.send()
    assert outbox(book)[0].state is OutboxState.SENT
    case = book.queries.case(mention_of(book, "p1").case_id, book.clock())
    assert case.row.status is CaseStatus.OPEN


def test_a_channel_signed_in_as_somebody_else_sends_nothing(book, desk):
    monitor, channel = desk
    approved_reply(book, mention_of(book, "p1"))
    channel._account = type(channel._account)("other", "@SomebodyElse", "other")
    calls = counting(channel)
    monitor.send()
    assert calls == []
    assert outbox(book)[0].why == "other_account"


def test_a_case_that_became_worse_after_approval_is_not_answered_with_too_few(book, desk):
    from casebook.actions.triaging import triage

    monitor, channel = desk
    mention = mention_of(book, "p1")
    assert approved_reply(book, mention).approvals_needed == 1
    triage(book, actor(book, "responder"), mention.case_id, severity=5)
    calls = counting(channel)
    monitor.send()
    assert calls == []
    assert outbox(book)[0].why == "needs_more_approval"
    assert book.queries.case(mention.case_id, book.clock()).row.status is CaseStatus.OPEN
