"""The outbox: one attempt committed, one call, and what is done when nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.actions.answering import record_state
from casebook.actions.resolving import handoff_text, record_handoff, resolve_uncertain, withdraw
from casebook.actions.sending import (
    begin,
    gate_again,
    last_attempt_at,
    ready,
    record_not_found,
    record_refused,
    record_sent,
    record_uncertain,
    record_waiting,
    recover,
    uncertain,
)
from casebook.actions.stopping import start_sending, stop_sending
from casebook.book import Casebook
from casebook.errors import GuardRefused, NotAllowed, NotYetSafe, Refusal, SendingStopped, Stale, WrongState
from casebook.model import CaseStatus, OutboxAttempt, OutboxState, Outgoing, address_row
from casebook.ports import OutgoingReply
from policies.facts import Verdict
from tests.support.books import actor, clock_of, scripted
from tests.support.clock import START
from tests.support.replies import LEASE, REPLY, SENDER, approved, begun, outbox_row

URL = "https://northvale.example/reply/1"


def attempts(book: Casebook, outbox_id: str) -> list[OutboxAttempt]:
    with book.store.read() as work:
        return sorted(work.attempts.where(outbox_id=outbox_id), key=lambda attempt: attempt.number)


def outcomes(book: Casebook, outbox_id: str) -> list[str]:
    return [attempt.outcome for attempt in attempts(book, outbox_id)]


def opened(book: Casebook, row: Outgoing) -> OutgoingReply:
    return next(reply for reply in ready(book, row.channel) if reply.outbox_id == row.id)


def status(book: Casebook, case_id: str) -> CaseStatus:
    return book.queries.case(case_id, book.clock()).row.status


def test_beginning_commits_the_attempt_before_anything_is_called(book: Casebook) -> None:
    row = approved(book)
    reply = begin(book, opened(book, row), SENDER, LEASE)
    assert reply.text == REPLY
    assert outbox_row(book, row.id).state is OutboxState.SENDING
    [attempt] = attempts(book, row.id)
    assert (attempt.id, attempt.number, attempt.outcome) == (reply.attempt_id, 1, "")
    assert ready(book, row.channel) == []


def test_two_senders_do_not_both_begin(book: Casebook) -> None:
    row = approved(book)
    first, second = opened(book, row), opened(book, row)
    begin(book, first, "sender-1", LEASE)
    with pytest.raises(Stale):
        begin(book, second, "sender-2", LEASE)
    assert len(attempts(book, row.id)) == 1


def test_a_posted_reply_answers_the_case(book: Casebook) -> None:
    reply = begun(book)
    record_sent(book, reply.outbox_id, "r1", URL, "api")
    row = outbox_row(book, reply.outbox_id)
    assert (row.state, row.sent_at) == (OutboxState.SENT, START)
    assert row.reply_key == book.vault.index("r1", "external|practice")
    assert row.sealed_address is not None
    assert URL.encode() in book.vault.open(row.sealed_address, address_row(row.id))
    case = book.queries.case(reply.case_id, book.clock()).row
    assert (case.status, case.holder) == (CaseStatus.ANSWERED, "")
    assert outcomes(book, row.id) == ["sent"]
    [listed] = book.queries.replies()
    assert (listed.author, listed.approvers, listed.attempts) == ("Robin Ashdown", ("Avery Coldwell",), 1)


def test_recording_the_same_reply_twice_changes_nothing(book: Casebook) -> None:
    reply = begun(book)
    record_sent(book, reply.outbox_id, "r1", URL, "api")
    before = book.store.changed()
    record_sent(book, reply.outbox_id, "r2", URL, "read_back")
    record_refused(book, reply.outbox_id, "late")
    record_uncertain(book, reply.outbox_id, "late")
    record_waiting(book, reply.outbox_id, "late", START)
    record_not_found(book, reply.outbox_id, resend_within=60.0)
    assert book.store.changed() == before
    assert outbox_row(book, reply.outbox_id).state is OutboxState.SENT


def test_a_refused_reply_opens_the_case_again(book: Casebook) -> None:
    reply = begun(book)
    record_refused(book, reply.outbox_id, "not entitled: the plan does not cover it")
    assert outbox_row(book, reply.outbox_id).state is OutboxState.REFUSED
    assert status(book, reply.case_id) is CaseStatus.OPEN
    assert outcomes(book, reply.outbox_id) == ["refused"]


def test_a_network_that_asks_to_wait_is_asked_again_later(book: Casebook) -> None:
    reply = begun(book)
    record_waiting(book, reply.outbox_id, "throttled", START + timedelta(minutes=5))
    assert ready(book, "practice") == []
    clock_of(book).advance(minutes=5)
    again = begin(book, ready(book, "practice")[0], SENDER, LEASE)
    assert outcomes(book, again.outbox_id) == ["not_sent", ""]


def test_a_lost_answer_is_never_followed_by_a_second_call(book: Casebook) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    clock_of(book).advance(days=30)
    recover(book, SENDER)
    assert ready(book, "practice") == []
    with pytest.raises(Stale):
        begin(book, reply, SENDER, LEASE)
    assert [found.outbox_id for found in uncertain(book, "practice")] == [reply.outbox_id]
    assert outcomes(book, reply.outbox_id) == ["unknown"]
    assert last_attempt_at(book, reply.outbox_id) == START


def test_a_sender_that_died_leaves_its_reply_uncertain(book: Casebook) -> None:
    reply = begun(book)
    assert recover(book, "another-sender") == []
    clock_of(book).advance(minutes=2)
    assert recover(book, "another-sender") == [reply.outbox_id]
    assert outbox_row(book, reply.outbox_id).state is OutboxState.UNCERTAIN
    assert book.queries.counts("", book.clock()).views["uncertain"] == 1


def test_a_sender_that_starts_again_knows_its_own_reply_at_once(book: Casebook) -> None:
    reply = begun(book)
    assert recover(book, SENDER) == [reply.outbox_id]
    assert recover(book, SENDER) == []


def test_a_reply_read_back_from_the_network_is_posted(book: Casebook) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    record_sent(book, reply.outbox_id, "r1", URL, "read_back")
    assert outbox_row(book, reply.outbox_id).state is OutboxState.SENT
    assert outcomes(book, reply.outbox_id) == ["sent"]


def test_not_found_means_nothing_is_sent_again_unless_the_network_refuses_copies(book: Casebook) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    for _ in range(3):
        record_not_found(book, reply.outbox_id)
        assert outbox_row(book, reply.outbox_id).state is OutboxState.UNCERTAIN
    record_not_found(book, reply.outbox_id, resend_within=60.0)
    assert outbox_row(book, reply.outbox_id).state is OutboxState.QUEUED


DECISIONS = (
    ("posted", OutboxState.SENT, CaseStatus.ANSWERED),
    ("not_posted", OutboxState.QUEUED, CaseStatus.APPROVED),
    ("give_up", OutboxState.CANCELLED, CaseStatus.OPEN),
)


@pytest.mark.parametrize(("decision", "state", "case"), DECISIONS)
def test_a_person_decides_about_an_uncertain_reply(
    book: Casebook, decision: str, state: OutboxState, case: CaseStatus
) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    with pytest.raises(NotAllowed):
        resolve_uncertain(book, actor(book, "responder"), reply.outbox_id, decision, URL)
    row = resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, decision, URL)
    assert (row.state, status(book, reply.case_id)) == (state, case)
    decided = [line for line in book.queries.audit(case_id=reply.case_id) if line.kind == "reply.resolved"]
    assert [(line.who, line.facts["decision"]) for line in decided] == [("Morgan Thistle", decision)]
    with pytest.raises(WrongState):
        resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, decision, URL)


@pytest.mark.parametrize(
    "url", ["", "no address", "javascript:alert(1)", "https://", "ftp://a/b", "https://a/" + "b" * 500]
)
def test_posted_needs_an_address(book: Casebook, url: str) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    with pytest.raises(Refusal):
        resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, "posted", url)
    assert outbox_row(book, reply.outbox_id).state is OutboxState.UNCERTAIN


def test_an_unknown_outcome_stays_in_the_record_when_the_reply_is_sent_again(book: Casebook) -> None:
    reply = begun(book)
    record_uncertain(book, reply.outbox_id, "timeout")
    resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, "not_posted")
    record_waiting(book, reply.outbox_id, "throttled", START)
    assert outcomes(book, reply.outbox_id) == ["unknown"]
    begin(book, ready(book, "practice")[0], SENDER, LEASE)
    record_sent(book, reply.outbox_id, "r1", URL, "api")
    assert outcomes(book, reply.outbox_id) == ["unknown", "sent"]


def test_a_late_answer_that_it_is_posted_is_recorded_whatever_was_decided_meanwhile(book: Casebook) -> None:
    for decision in ("not_posted", "give_up"):
        reply = begun(book)
        clock_of(book).advance(minutes=5)
        recover(book, "another-sender")
        resolve_uncertain(book, actor(book, "manager"), reply.outbox_id, decision)
        record_sent(book, reply.outbox_id, f"late-{decision}", URL, "api")
        assert outbox_row(book, reply.outbox_id).state is OutboxState.SENT
        assert ready(book, "practice") == []
        assert outcomes(book, reply.outbox_id) == ["sent"]


def changed_text(book: Casebook, reply: OutgoingReply) -> OutgoingReply:
    return replace(reply, text=reply.text + " Really.")


def changed_target(book: Casebook, reply: OutgoingReply) -> OutgoingReply:
    return replace(reply, target_external_id="another-post")


def gone(book: Casebook, reply: OutgoingReply) -> OutgoingReply:
    with book.store.read() as work:
        mention_id = work.outbox.get(reply.outbox_id).mention_id
    record_state(book, mention_id, gone="deleted")
    return reply


def way_changed(book: Casebook, reply: OutgoingReply) -> OutgoingReply:
    with book.store.read() as work:
        mention_id = work.outbox.get(reply.outbox_id).mention_id
    record_state(book, mention_id, way="handoff", way_reason="by hand now")
    return reply


def account_changed(book: Casebook, reply: OutgoingReply) -> OutgoingReply:
    with book.store.write() as work:
        work.accounts.save(replace(work.accounts.where()[0], handle="@SomebodyElse"))
        work.commit()
    return reply


@pytest.mark.parametrize("change", [changed_text, changed_target, gone, way_changed, account_changed])
def test_nothing_but_what_was_approved_begins(book: Casebook, change: object) -> None:
    row = approved(book)
    reply = change(book, opened(book, row))  # type: ignore[operator]
    with pytest.raises(Stale):
        begin(book, reply, SENDER, LEASE)
    assert outbox_row(book, row.id).state is OutboxState.REFUSED
    assert attempts(book, row.id) == []
    assert status(book, row.case_id) is CaseStatus.OPEN


def test_the_kill_switch_stops_everything_until_it_is_lifted(book: Casebook) -> None:
    row = approved(book)
    reply = opened(book, row)
    stop_sending(book, actor(book, "administrator"))
    with pytest.raises(SendingStopped):
        begin(book, reply, SENDER, LEASE)
    assert (outbox_row(book, row.id).state, attempts(book, row.id)) == (OutboxState.QUEUED, [])
    start_sending(book, actor(book, "manager"))
    begin(book, reply, SENDER, LEASE)


def test_not_everybody_has_the_kill_switch(book: Casebook) -> None:
    with pytest.raises(NotAllowed):
        stop_sending(book, actor(book, "responder"))
    before = book.store.changed()
    manager = actor(book, "manager")
    start_sending(book, manager)
    assert book.store.changed() == before + 1, "only the sign-in is new: sending was allowed already"


def test_the_exact_text_is_read_and_gated_once_more(book: Casebook) -> None:
    reply = opened(book, approved(book))
    assert gate_again(book, reply).verdict is Verdict.ALLOW
    worse = replace(reply, text="Your mother was our patient.")
    assert gate_again(book, worse).verdict is Verdict.BLOCK
    scripted(book).unreadable = True
    with pytest.raises(NotYetSafe):
        gate_again(book, reply)


def test_a_reply_posted_by_hand_is_recorded_with_its_address(book: Casebook) -> None:
    row = approved(book, way="handoff")
    responder = actor(book, "responder")
    text, link = handoff_text(book, responder, row.id)
    assert (text, link.startswith("practice://")) == (REPLY, True)
    with pytest.raises(Refusal):
        record_handoff(book, responder, row.id, "somewhere")
    assert record_handoff(book, responder, row.id, URL).state is OutboxState.SENT
    assert status(book, row.case_id) is CaseStatus.ANSWERED
    with pytest.raises(WrongState):
        handoff_text(book, responder, row.id)


def test_a_reply_for_the_network_is_not_handed_out(book: Casebook) -> None:
    row = approved(book)
    responder = actor(book, "responder")
    with pytest.raises(WrongState):
        handoff_text(book, responder, row.id)
    with pytest.raises(WrongState):
        record_handoff(book, responder, row.id, URL)


def test_nothing_is_handed_out_while_sending_is_stopped_or_when_the_post_has_gone(book: Casebook) -> None:
    row = approved(book, way="handoff")
    responder, manager = actor(book, "responder"), actor(book, "manager")
    stop_sending(book, manager)
    with pytest.raises(SendingStopped):
        handoff_text(book, responder, row.id)
    start_sending(book, manager)
    record_state(book, row.mention_id, gone="deleted")
    with pytest.raises(Stale):
        handoff_text(book, responder, row.id)


@pytest.mark.parametrize("way", ["api", "handoff"])
def test_an_approved_reply_can_be_taken_back_before_it_is_posted(book: Casebook, way: str) -> None:
    row = approved(book, way=way)
    assert withdraw(book, actor(book, "responder"), row.id).state is OutboxState.CANCELLED
    assert status(book, row.case_id) is CaseStatus.OPEN
    assert ready(book, row.channel) == []
    with pytest.raises(WrongState):
        withdraw(book, actor(book, "responder"), row.id)


def test_a_reply_in_flight_cannot_be_taken_back(book: Casebook) -> None:
    reply = begun(book)
    with pytest.raises(WrongState):
        withdraw(book, actor(book, "responder"), reply.outbox_id)


def test_the_database_refuses_a_second_attempt_in_flight(book: Casebook) -> None:
    reply = begun(book)
    second = OutboxAttempt(id="x", outbox_id=reply.outbox_id, number=2, started_at=START)
    with pytest.raises(GuardRefused), book.store.write() as work:
        work.attempts.add(second)


def test_a_reply_tells_nothing_of_its_words_when_printed(book: Casebook) -> None:
    reply = begun(book)
    assert REPLY not in repr(reply)
    assert reply.target_external_id not in repr(reply)
