"""The way of a reply, walked at random: whatever people, senders and networks do, and in whatever order.

Two cases of one account, everybody who may write or approve, two senders, small shares, and a network that keeps a key
for ten minutes. The machine keeps its own account of who approved
what and of every call to the network, and holds the casebook's doings against it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from casebook.actions.activating import activate
from casebook.actions.answering import record_state
from casebook.actions.approving import approve, reject
from casebook.actions.claiming import claim, release
from casebook.actions.closing import close
from casebook.actions.complaining import end_complaint, start_complaint
from casebook.actions.drafting import open_draft, save_draft
from casebook.actions.resolving import DECISIONS, resolve_uncertain, withdraw
from casebook.actions.sending import (
    begin,
    ready,
    record_not_found,
    record_refused,
    record_sent,
    record_uncertain,
    record_waiting,
    recover,
)
from casebook.actions.stopping import start_sending, stop_sending
from casebook.actions.submitting import submit
from casebook.actions.triaging import triage
from casebook.audit import verify
from casebook.errors import CasebookError, Refusal, Stale
from casebook.model import DRAFT_MOVES, OUTBOX_MOVES, DraftState, OutboxState
from casebook.ports import OutgoingReply
from policies.loader import parse_pack
from policies.policy import Policy
from tests.support.books import actor, clock_of, hear, policy, rehearsal_book
from tests.support.replies import LEASE

TEXTS = (
    "Thank you for telling us. We are glad.",
    "Thank you for telling us. We are very glad.",
    "Your mother was our patient.",
)
WRITERS = ("responder", "manager")
APPROVERS = ("approver", "approver2", "manager", "governance")
SENDERS = ("sender-1", "sender-2")
URL = "https://northvale.example/reply"
WINDOW = 600.0
"""Seconds from the first attempt for which the network refuses a second copy."""
AN_HOUR, A_DAY = 3, 2
"""Replies of the account within an hour, and of one conversation within a day, that the policy allows here."""


@cache
def tight(other: bool) -> Policy:
    """The usual rules with small shares, under one of two versions."""
    text = policy().text.replace("an_hour_per_account: 30", f"an_hour_per_account: {AN_HOUR}")
    text = text.replace("a_day_per_conversation: 5", f"a_day_per_conversation: {A_DAY}")
    return parse_pack(text + ("# reviewed again\n" if other else ""), "nhs-england.yaml")


case_numbers = st.integers(0, 1)


class ReplyMachine(RuleBasedStateMachine):
    """Everything that can happen to replies, with what must never come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="voicedesk-machine-"))
        self.book = rehearsal_book(self.folder)
        self.mentions = [hear(self.book, "The new room looks bright.") for _ in range(2)]
        self.people = {name: actor(self.book, name) for name in {*WRITERS, *APPROVERS}}
        self.approved: dict[str, set[str]] = defaultdict(set)
        """Bundle → who approved it, as the machine saw it happen."""
        self.written: dict[str, tuple[str, str]] = {}
        """Bundle → (author, exact text) at submitting."""
        self.in_flight: dict[str, OutgoingReply] = {}
        """Outbox id → the reply whose call has begun and has no answer yet."""
        self.unknown: set[str] = set()
        """Outbox ids whose last call has an unknown outcome that nobody has decided about."""
        self.posted: dict[str, int] = defaultdict(int)
        self.seen: list[OutgoingReply] = []
        """Replies that a sender once looked at, and may still hold in its hands."""
        self.first: dict[str, datetime] = {}
        """Outbox id → when its first call began."""
        self.again: set[str] = set()
        """Outbox ids that are to be sent again under their own key, with nobody's decision."""
        self.called: dict[str, tuple[datetime, str]] = {}
        """Attempt → when it began and its case, of those that are or may be on the network."""
        self.complaints: set[str] = set()
        """Cases about which a formal complaint is open."""
        activate(self.book, self.people["governance"], tight(False))
        self.stopped = False
        self.states: dict[str, OutboxState] = {}
        self.drafts: dict[str, DraftState] = {}

    def teardown(self) -> None:
        verify(self.book.store.audit_entries())
        self.book.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- people ----------------------------------------------------------------------------------------

    @rule(number=case_numbers, writer=st.sampled_from(WRITERS), text=st.sampled_from(TEXTS))
    def write(self, number: int, writer: str, text: str) -> None:
        case_id, person = self.mentions[number].case_id, self.people[writer]
        try:
            with suppress(CasebookError):
                release(self.book, self.people["manager"], case_id)
            claim(self.book, person, case_id)
            save_draft(self.book, person, case_id, text)
        except CasebookError:
            return

    @rule(
        number=case_numbers,
        writer=st.sampled_from(WRITERS),
        text=st.sampled_from(TEXTS[:2]),
        then=st.sampled_from(["wait", "call", "lose the answer", "text", "target"]),
    )
    def go_all_the_way(self, number: int, writer: str, text: str, then: str) -> None:
        """A reply written, handed in and approved by two people: most walks would never get there by chance."""
        record_state(self.book, self.mentions[number].id, way="api", way_reason="as told")
        steps = (
            lambda: self.write(number, writer, text),
            lambda: self.hand_in(number),
            lambda: self.decide_for(number, "approver", guess=True),
            lambda: self.decide_for(number, "approver", guess=False),
            lambda: self.decide_for(number, "approver2", guess=False),
            self.look,
        )
        for step in steps:
            step()
            self.states_follow_the_machine_and_attempts_are_single()
        if then != "wait":
            self.switch(stopped=False)
        if then != "wait" and self.seen:
            self._call(self.seen[-1], "sender-1", then if then in {"text", "target"} else "")
        if then == "lose the answer" and self.in_flight:
            self.the_network_answers("lost")

    @precondition(lambda self: self._any(DraftState.WRITING))
    @rule(number=case_numbers)
    def hand_in(self, number: int) -> None:
        for draft in self._drafts(number, DraftState.WRITING):
            author = next(p for p in self.people.values() if p.staff_id == draft.author_id)
            try:
                claim(self.book, author, draft.case_id)
                done = submit(self.book, author, draft.id)
            except CasebookError:
                continue
            text = open_draft(self.book, self.people["approver"], draft.id)
            assert text != TEXTS[2], "the gate lets no reply through that confirms a patient"
            self.written[done.bundle_hash] = (author.username, text)

    @precondition(lambda self: self._any(DraftState.SUBMITTED))
    @rule(
        number=case_numbers, approver=st.sampled_from(APPROVERS), guess=st.sampled_from([False, False, True])
    )
    def decide_for(self, number: int, approver: str, guess: bool) -> None:
        for draft in self._drafts(number, DraftState.SUBMITTED):
            seen = "0" * 64 if guess else draft.bundle_hash
            try:
                approve(self.book, self.people[approver], draft.id, seen)
            except CasebookError:
                continue
            assert seen == draft.bundle_hash
            assert self.people[approver].staff_id != draft.author_id
            self.approved[draft.bundle_hash].add(approver)

    @precondition(lambda self: self._any(DraftState.SUBMITTED))
    @rule(number=case_numbers, approver=st.sampled_from(APPROVERS))
    def decide_against(self, number: int, approver: str) -> None:
        for draft in self._drafts(number, DraftState.SUBMITTED):
            try:
                reject(self.book, self.people[approver], draft.id, "warmer, please")
            except Refusal:
                continue
            self.approved.pop(draft.bundle_hash, None)

    @rule(number=case_numbers, severity=st.integers(0, 5))
    def judge(self, number: int, severity: int) -> None:
        try:
            triage(self.book, self.people["manager"], self.mentions[number].case_id, severity=severity)
        except Refusal:
            return  # an urgent case is made milder only by whoever holds it

    @rule(number=case_numbers, really=st.sampled_from([False, False, True]))
    def close_it(self, number: int, really: bool) -> None:
        if not really:
            return
        try:
            close(self.book, self.people["manager"], self.mentions[number].case_id, "no_reply_needed")
        except CasebookError:
            return

    @precondition(lambda self: OutboxState.QUEUED in self.states.values())
    @rule()
    def take_back(self) -> None:
        for outbox_id, state in self._outbox().items():
            if state in {OutboxState.QUEUED, OutboxState.BY_HAND}:
                withdraw(self.book, self.people["manager"], outbox_id)

    @rule(other=st.booleans())
    def change_policy(self, other: bool) -> None:
        try:
            activate(self.book, self.people["governance"], tight(other))
        except Refusal:
            return

    @rule(number=case_numbers, live=st.sampled_from([False, False, True]))
    def complain(self, number: int, live: bool) -> None:
        case_id, person = self.mentions[number].case_id, self.people["manager"]
        try:
            (start_complaint if live else end_complaint)(self.book, person, case_id, "as they told us")
        except Refusal:
            return
        (self.complaints.add if live else self.complaints.discard)(case_id)
        waiting = {OutboxState.QUEUED, OutboxState.BY_HAND}
        with self.book.store.read() as work:
            left = [row for row in work.outbox.where(case_id=case_id) if row.state in waiting]
        assert not live or not left, "nothing waits to leave while a complaint is open"

    @rule(stopped=st.sampled_from([False, False, True]))
    def switch(self, stopped: bool) -> None:
        (stop_sending if stopped else start_sending)(self.book, self.people["manager"])
        self.stopped = stopped

    @precondition(lambda self: self.unknown)
    @rule(decision=st.sampled_from(sorted(DECISIONS)))
    def decide_about_the_unknown(self, decision: str) -> None:
        for outbox_id in sorted(self.unknown):
            try:
                resolve_uncertain(self.book, self.people["manager"], outbox_id, decision, URL)
            except CasebookError:
                continue
            self.unknown.discard(outbox_id)
            self.in_flight.pop(outbox_id, None)

    # -- the world -------------------------------------------------------------------------------------

    @rule(
        number=case_numbers,
        gone=st.sampled_from(["", "", "deleted"]),
        way=st.sampled_from(["api", "api", "handoff"]),
    )
    def the_post_changes(self, number: int, gone: str, way: str) -> None:
        record_state(self.book, self.mentions[number].id, gone=gone, way=way, way_reason="as told")

    @rule(minutes=st.sampled_from([1, 3, 20]))
    def time_passes(self, minutes: int) -> None:
        if (clock_of(self.book).now - self.mentions[0].heard_at).total_seconds() < 8 * 3600:
            clock_of(self.book).advance(minutes=minutes)

    # -- the senders -----------------------------------------------------------------------------------

    @rule()
    def look(self) -> None:
        self.seen += ready(self.book, "practice")

    @precondition(lambda self: self.seen)
    @rule(
        data=st.data(),
        sender=st.sampled_from(SENDERS),
        tampering=st.sampled_from(["", "", "", "text", "target"]),
    )
    def call(self, data: st.DataObject, sender: str, tampering: str) -> None:
        self._call(data.draw(st.sampled_from(self.seen)), sender, tampering)

    def _call(self, reply: OutgoingReply, sender: str, tampering: str) -> None:
        if tampering == "text":
            reply = replace(reply, text=TEXTS[1] if reply.text == TEXTS[0] else TEXTS[0])
        if tampering == "target":
            reply = replace(reply, target_external_id="another-post")
        try:
            begun = begin(self.book, reply, sender, LEASE, resend_within=WINDOW)
        except CasebookError:
            self._if_too_late(reply.outbox_id)
            return
        assert not tampering, "what was changed after approval is not sent"
        self._check_call(begun)
        self.in_flight[begun.outbox_id] = begun
        self.first.setdefault(begun.outbox_id, self.book.clock())
        self.called[begun.attempt_id] = (self.book.clock(), begun.case_id)
        self.again.discard(begun.outbox_id)
        self.states_follow_the_machine_and_attempts_are_single()

    def _if_too_late(self, outbox_id: str) -> None:
        """What was to go out again under its key may find the window closed: then a person decides, and nobody else."""
        if outbox_id in self.again and self._outbox()[outbox_id] is OutboxState.UNCERTAIN:
            assert self._since_first(outbox_id) >= WINDOW
            self.again.discard(outbox_id)
            self.unknown.add(outbox_id)

    def _since_first(self, outbox_id: str) -> float:
        return (self.book.clock() - self.first[outbox_id]).total_seconds()

    def _check_share(self, case_id: str) -> None:
        now = self.book.clock()
        within_hour = [at for at, _ in self.called.values() if at > now - timedelta(hours=1)]
        within_day = [
            at for at, case in self.called.values() if case == case_id and at > now - timedelta(days=1)
        ]
        assert len(within_hour) < AN_HOUR, "no more of an account within an hour than policy allows"
        assert len(within_day) < A_DAY, "no more in a conversation within a day than policy allows"

    def _check_call(self, reply: OutgoingReply) -> None:
        self._check_share(reply.case_id)
        assert reply.case_id not in self.complaints, "nothing begins while a complaint is open"
        if reply.outbox_id in self.again:
            assert self._since_first(reply.outbox_id) < WINDOW, "under its own key only while the key is kept"
        sending = [one for one, state in self._outbox().items() if state is OutboxState.SENDING]
        assert sending == [reply.outbox_id], "one reply of an account at a time"
        author, text = self.written[reply.bundle_hash]
        with self.book.store.read() as work:
            row = work.outbox.get(reply.outbox_id)
            needed = work.drafts.get(row.draft_id).approvals_needed
            mention = work.mentions.get(row.mention_id)
        approvers = self.approved[reply.bundle_hash]
        assert reply.text == text, "the exact text that was handed in"
        assert author not in approvers
        assert len(approvers) >= needed >= 1, "approved by others, as many as policy wants"
        assert self.book.vault.index(reply.target_external_id, "external|practice") == mention.external_key
        assert not mention.gone
        assert not self.stopped, "nothing begins while sending is stopped"
        assert reply.outbox_id not in self.in_flight, "never two attempts in flight"
        assert reply.outbox_id not in self.unknown, "no second call after an unknown outcome unasked"
        assert self.posted[reply.outbox_id] == 0, "what is posted is not posted again"
        assert all(other.case_id != reply.case_id for other in self.in_flight.values())

    @precondition(lambda self: self.in_flight)
    @rule(answer=st.sampled_from(["sent", "refused", "waiting", "unknown", "lost"]))
    def the_network_answers(self, answer: str) -> None:
        outbox_id = next(iter(self.in_flight))
        if outbox_id in self.unknown and answer in {"refused", "waiting"}:
            return  # the sender of that call is dead: nobody is there to hear it
        if answer == "sent":
            record_sent(self.book, outbox_id, f"reply-{outbox_id}", URL, "api")
            self.posted[outbox_id] += 1
        elif answer == "refused":
            record_refused(self.book, outbox_id, "refused")
        elif answer == "waiting":
            record_waiting(self.book, outbox_id, "throttled", self.book.clock())
        else:
            # "lost": the reply is on the network, and the answer never came.
            record_uncertain(self.book, outbox_id, "timeout")
            self.unknown.add(outbox_id)
            return
        if answer != "sent":
            self.called.pop(self.in_flight[outbox_id].attempt_id)
        self.in_flight.pop(outbox_id)
        self.unknown.discard(outbox_id)

    @precondition(lambda self: self.in_flight)
    @rule(sender=st.sampled_from(SENDERS))
    def a_sender_starts_again(self, sender: str) -> None:
        self.unknown.update(recover(self.book, sender))

    @precondition(lambda self: self.unknown)
    @rule(found=st.booleans(), keyed=st.booleans())
    def somebody_looks_on_the_network(self, found: bool, keyed: bool) -> None:
        outbox_id = min(self.unknown)
        if not found:
            record_not_found(self.book, outbox_id, resend_within=WINDOW if keyed else 0.0)
            if keyed and self._since_first(outbox_id) < WINDOW:
                self.unknown.discard(outbox_id)
                self.in_flight.pop(outbox_id, None)
                self.again.add(outbox_id)
            return
        record_sent(self.book, outbox_id, f"reply-{outbox_id}", URL, "read_back")
        self.unknown.discard(outbox_id)
        self.in_flight.pop(outbox_id, None)
        self.posted[outbox_id] += 1

    # -- what always holds -----------------------------------------------------------------------------

    @invariant()
    def states_follow_the_machine_and_attempts_are_single(self) -> None:
        with self.book.store.read() as work:
            outbox, attempts, drafts = work.outbox.where(), work.attempts.where(), work.drafts.where()
        for row in outbox:
            before = self.states.get(row.id, row.state)
            assert before is row.state or row.state in OUTBOX_MOVES[before], (before, row.state)
            self.states[row.id] = row.state
            open_ones = [a for a in attempts if a.outbox_id == row.id and a.outcome == ""]
            assert len(open_ones) == (1 if row.state is OutboxState.SENDING else 0)
        for draft in drafts:
            was = self.drafts.get(draft.id, draft.state)
            assert was is draft.state or draft.state in DRAFT_MOVES[was], (was, draft.state)
            self.drafts[draft.id] = draft.state
        assert {row.id for row in outbox if row.state is OutboxState.UNCERTAIN} == self.unknown
        assert len([row for row in outbox if row.state is OutboxState.SENDING]) <= 1, (
            "two of one account at once"
        )

    def _drafts(self, number: int, state: DraftState):  # type: ignore[no-untyped-def]
        with self.book.store.read() as work:
            return work.drafts.where(case_id=self.mentions[number].case_id, state=state)

    def _any(self, state: DraftState) -> bool:
        return state in self.drafts.values()

    def _outbox(self) -> dict[str, OutboxState]:
        with self.book.store.read() as work:
            return {row.id: row.state for row in work.outbox.where()}


class ShortWalks(ReplyMachine):
    """The machine, as the fast suite runs it."""


class LongWalks(ReplyMachine):
    """The machine, for as long as `make test-slow` has."""


# Shrinking a long walk takes minutes; the fast suite shows the first walk that fails, the slow one the shortest.
ShortWalks.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, phases=[Phase.explicit, Phase.generate]
)
LongWalks.TestCase.settings = settings(max_examples=400, stateful_step_count=80, derandomize=False)
TestShortWalks = ShortWalks.TestCase
TestLongWalks = pytest.mark.slow(LongWalks.TestCase)


def test_a_machine_that_forgets_the_second_person_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk can fail: with the check of who approves taken out of both act and database, it finds out."""
    machine = ShortWalks()
    machine.write(0, "manager", TEXTS[0])
    machine.hand_in(0)
    monkeypatch.setattr(
        "casebook.actions.approving._waiting", lambda work, draft_id, _actor: work.drafts.get(draft_id)
    )
    with machine.book.store.write() as work:
        work._connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        machine.decide_for(0, "manager", False)
    machine.teardown()


def test_a_stale_hand_never_sends_what_was_decided_otherwise(tmp_path: Path) -> None:
    """One walk by hand: approved, looked at, taken back, written anew; the old look sends nothing."""
    machine = ShortWalks()
    machine.write(0, "responder", TEXTS[0])
    machine.hand_in(0)
    machine.decide_for(0, "approver", False)
    machine.look()
    [old] = machine.seen
    machine.take_back()
    with pytest.raises(Stale):
        begin(machine.book, old, "sender-1", LEASE)
    machine.teardown()


@pytest.mark.parametrize("forgotten", ["whose turn it is", "that the key expires", "the complaint"])
def test_a_machine_that_forgets_what_holds_a_reply_back_is_caught(
    monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    """The walk can fail: with a check taken out of `begin`, the next call shows it."""
    machine = ShortWalks()
    for number, text in ((0, TEXTS[0]), (1, TEXTS[1])):
        machine.write(number, "responder", text)
        machine.hand_in(number)
        machine.decide_for(number, "approver", False)
    machine.look()
    first, second = machine.seen
    if forgotten == "the complaint":
        with machine.book.store.write() as work:
            work.cases.save(replace(work.cases.get(first.case_id), complaint_live=True))
            work.commit()
        machine.complaints.add(first.case_id)
        monkeypatch.setattr("casebook.actions.sending._refused_for", lambda *_: "")
    else:
        machine._call(first, "sender-1", "")
    if forgotten == "whose turn it is":
        monkeypatch.setattr("casebook.actions.pacing.demand_turn", lambda *_: None)
        with machine.book.store.write() as work:
            work._connection.exec_driver_sql("DROP INDEX uq_outbox_one_sending")  # type: ignore[attr-defined]
            work.commit()
        first = second
    if forgotten == "that the key expires":
        machine.the_network_answers("lost")
        machine.somebody_looks_on_the_network(False, True)
        clock_of(machine.book).advance(seconds=WINDOW)
        monkeypatch.setattr("casebook.actions.pacing.may_call_again", lambda *_: True)
    with pytest.raises(AssertionError):
        machine._call(first, "sender-2", "")
    machine.teardown()
