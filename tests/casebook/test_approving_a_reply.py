"""Approval: a second person, one exact bundle, and everything that takes an approval away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from casebook.actions.activating import activate
from casebook.actions.answering import record_state
from casebook.actions.approving import approve, reject
from casebook.actions.drafting import save_draft
from casebook.actions.sending import ready
from casebook.actions.submitting import submit
from casebook.actions.triaging import triage
from casebook.book import Casebook
from casebook.errors import GateBlocked, GuardRefused, NotAllowed, OwnWork, Refusal, Stale, WrongState
from casebook.gatekeeping import bundle_hash
from casebook.model import Account, Approval, CaseStatus, Draft, DraftState, Mode, OutboxState, new_id
from policies.loader import parse_pack
from tests.support.books import actor, clock_of, hear, other_policy, policy, scripted
from tests.support.clock import START
from tests.support.replies import REPLY, Submitted, outgoing, submitted, written

SERIOUS = "I was given the wrong tablets"
CAREFUL = "We are very sorry to read this. Please contact PALS on pals@northvale.example so that we can look into it."


def approve_as(book: Casebook, username: str, waiting: Submitted) -> Draft:
    return approve(book, actor(book, username), waiting.draft.id, waiting.draft.bundle_hash)


def in_outbox(book: Casebook) -> int:
    with book.store.read() as work:
        return len(work.outbox.where())


def state_of(book: Casebook, waiting: Submitted) -> DraftState:
    with book.store.read() as work:
        return work.drafts.get(waiting.draft.id).state


def test_a_second_persons_approval_puts_the_reply_on_its_way(book: Casebook) -> None:
    waiting = submitted(book)
    assert approve_as(book, "approver", waiting).state is DraftState.APPROVED
    row = outgoing(book, waiting.draft.id)
    assert (row.state, row.bundle_hash) == (OutboxState.QUEUED, waiting.draft.bundle_hash)
    case = book.queries.case(waiting.case_id, book.clock())
    assert (case.row.status, case.drafts[0].approved_by) == (CaseStatus.APPROVED, ("Avery Coldwell",))
    assert [reply.text for reply in ready(book, "practice")] == [REPLY]


def test_where_the_network_does_not_allow_it_the_reply_waits_to_be_posted_by_hand(book: Casebook) -> None:
    waiting = submitted(book, way="handoff")
    approve_as(book, "approver", waiting)
    assert outgoing(book, waiting.draft.id).state is OutboxState.BY_HAND
    assert ready(book, "practice") == []


def test_nobody_approves_or_rejects_their_own_reply(book: Casebook) -> None:
    manager = actor(book, "manager")
    mention = hear(book, "a post")
    from casebook.actions.claiming import claim

    claim(book, manager, mention.case_id)
    draft = submit(book, manager, save_draft(book, manager, mention.case_id, REPLY).id)
    with pytest.raises(OwnWork):
        approve(book, manager, draft.id, draft.bundle_hash)
    with pytest.raises(OwnWork):
        reject(book, manager, draft.id, "not good enough")
    assert in_outbox(book) == 0


def test_the_database_refuses_ones_own_work_even_if_the_act_forgot(book: Casebook) -> None:
    waiting = submitted(book)
    own = Approval(
        id=new_id(),
        draft_id=waiting.draft.id,
        author_id=waiting.draft.author_id,
        approver_id=waiting.draft.author_id,
        decision="approve",
        bundle_hash=waiting.draft.bundle_hash,
        policy_version=waiting.draft.policy_version,
        at=START,
    )
    with pytest.raises(GuardRefused), book.store.write() as work:
        work.approvals.add(own)


@pytest.mark.parametrize("username", ["responder2", "administrator"])
def test_those_who_do_not_approve_cannot(book: Casebook, username: str) -> None:
    waiting = submitted(book)
    with pytest.raises(NotAllowed):
        approve_as(book, username, waiting)
    with pytest.raises(NotAllowed):
        reject(book, actor(book, username), waiting.draft.id, "no")


def test_a_serious_reply_needs_two_different_people(book: Casebook) -> None:
    waiting = submitted(book, CAREFUL, post=SERIOUS)
    assert approve_as(book, "approver", waiting).state is DraftState.SUBMITTED
    assert in_outbox(book) == 0
    with pytest.raises(WrongState, match="decided about this draft already"):
        approve_as(book, "approver", waiting)
    assert approve_as(book, "approver2", waiting).state is DraftState.APPROVED
    assert in_outbox(book) == 1


def test_one_of_two_rejecting_sends_it_back(book: Casebook) -> None:
    waiting = submitted(book, CAREFUL, post=SERIOUS)
    approve_as(book, "approver", waiting)
    reject(book, actor(book, "approver2"), waiting.draft.id, "Warmer, please")
    with pytest.raises(WrongState):
        approve_as(book, "governance", waiting)
    assert in_outbox(book) == 0


def test_a_rejection_needs_a_reason_and_names_in_it_are_hidden(book: Casebook) -> None:
    waiting = submitted(book)
    approver = actor(book, "approver")
    with pytest.raises(Refusal):
        reject(book, approver, waiting.draft.id, "   ")
    rejected = reject(book, approver, waiting.draft.id, "Mrs Larkham must not be named")
    assert (rejected.state, rejected.decided_why) == (DraftState.REJECTED, "Mrs ⟦name 1⟧ must not be named")
    case = book.queries.case(waiting.case_id, book.clock())
    assert case.row.status is CaseStatus.OPEN
    assert case.drafts[0].decided_why == "Mrs ⟦name 1⟧ must not be named"


def test_a_rejected_reply_is_written_anew_as_a_new_revision(book: Casebook) -> None:
    waiting = submitted(book)
    reject(book, actor(book, "approver"), waiting.draft.id, "Warmer, please")
    responder = actor(book, "responder")
    second = submit(book, responder, save_draft(book, responder, waiting.case_id, REPLY).id)
    assert second.revision == 2
    assert approve(book, actor(book, "approver"), second.id, second.bundle_hash).state is DraftState.APPROVED


def test_what_was_not_on_the_screen_is_not_approved(book: Casebook) -> None:
    waiting = submitted(book)
    with pytest.raises(Stale):
        approve(book, actor(book, "approver"), waiting.draft.id, "0" * 64)
    assert state_of(book, waiting) is DraftState.SUBMITTED


def change_policy(book: Casebook, waiting: Submitted) -> None:
    activate(book, actor(book, "governance"), other_policy())


def post_goes(book: Casebook, waiting: Submitted) -> None:
    record_state(book, waiting.mention.id, gone="deleted")


def way_changes(book: Casebook, waiting: Submitted) -> None:
    record_state(book, waiting.mention.id, way="handoff", way_reason="a person must post it")


def way_closes(book: Casebook, waiting: Submitted) -> None:
    record_state(book, waiting.mention.id, way="forbidden", way_reason="no replies")


def post_changes(book: Casebook, waiting: Submitted) -> None:
    with book.store.write() as work:
        work.mentions.save(replace(waiting.mention, content_hash=book.vault.index("edited", "content")))
        work.commit()


def account_changes(book: Casebook, waiting: Submitted) -> None:
    with book.store.write() as work:
        account = work.accounts.where()[0]
        work.accounts.save(replace(account, handle="@SomebodyElse"))
        work.commit()


def grows_serious(book: Casebook, waiting: Submitted) -> None:
    triage(book, actor(book, "manager"), waiting.case_id, severity=5)


CHANGES: tuple[tuple[Callable[[Casebook, Submitted], None], str], ...] = (
    (change_policy, "The policy has changed"),
    (post_goes, "The post has changed or gone"),
    (post_changes, "The post has changed or gone"),
    (account_changes, "The post has changed or gone"),
    (way_changes, "How this post can be answered"),
    (way_closes, "How this post can be answered"),
    (grows_serious, "more serious"),
)


@pytest.mark.parametrize(("change", "says"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_what_changed_since_submitting_takes_the_reply_back_to_its_author(
    book: Casebook, change: Callable[[Casebook, Submitted], None], says: str
) -> None:
    waiting = submitted(book)
    change(book, waiting)
    with pytest.raises(Stale, match=says):
        approve_as(book, "approver", waiting)
    assert state_of(book, waiting) is DraftState.VOID
    assert in_outbox(book) == 0
    case = book.queries.case(waiting.case_id, book.clock())
    assert case.row.status is CaseStatus.OPEN
    assert book.queries.audit(case_id=waiting.case_id)[-1].kind == "draft.voided"


def test_a_first_of_two_approvals_is_lost_with_the_policy_it_was_given_under(book: Casebook) -> None:
    waiting = submitted(book, CAREFUL, post=SERIOUS)
    approve_as(book, "approver", waiting)
    activate(book, actor(book, "governance"), other_policy())
    with pytest.raises(Stale):
        approve_as(book, "approver2", waiting)
    responder = actor(book, "responder")
    again = submit(book, responder, save_draft(book, responder, waiting.case_id, CAREFUL).id)
    approve(book, actor(book, "approver2"), again.id, again.bundle_hash)
    assert in_outbox(book) == 0, "the old approval counts for nothing"


def test_the_gate_is_asked_again_at_approval(book: Casebook, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = submitted(book)
    shorter = parse_pack(policy().text.replace("longest_reply: 500", "longest_reply: 20"), "nhs-england.yaml")
    from casebook.actions import approving

    real = approving.gate
    monkeypatch.setattr(approving, "gate", lambda b, w, _policy, *rest: real(b, w, shorter, *rest))
    with pytest.raises(GateBlocked):
        approve_as(book, "approver", waiting)
    assert state_of(book, waiting) is DraftState.VOID


def test_a_reply_that_cannot_be_read_is_not_approved(book: Casebook) -> None:
    waiting = submitted(book)
    scripted(book).unreadable = True
    with pytest.raises(Refusal):
        approve_as(book, "approver", waiting)
    assert (state_of(book, waiting), in_outbox(book)) == (DraftState.SUBMITTED, 0)


@pytest.mark.parametrize("state", ["written", "rejected", "approved"])
def test_only_a_waiting_reply_is_decided_about(book: Casebook, state: str) -> None:
    waiting = written(book) if state == "written" else submitted(book)
    if state == "rejected":
        reject(book, actor(book, "approver2"), waiting.draft.id, "no")
    if state == "approved":
        approve_as(book, "approver2", waiting)
    with pytest.raises(WrongState):
        approve_as(book, "approver", waiting)
    with pytest.raises(WrongState):
        reject(book, actor(book, "approver"), waiting.draft.id, "no")


def test_a_disabled_approvers_session_approves_nothing(book: Casebook) -> None:
    from casebook.actions.staffing import disable_staff
    from casebook.errors import NotSignedIn

    waiting = submitted(book)
    approver = actor(book, "approver")
    disable_staff(book, actor(book, "administrator"), "approver")
    with pytest.raises(NotSignedIn):
        approve(book, approver, waiting.draft.id, waiting.draft.bundle_hash)


def test_the_last_policy_activated_is_in_force_even_when_the_clock_goes_back(book: Casebook) -> None:
    from casebook.book import policy_in_force

    clock_of(book).advance(hours=-1)
    activate(book, actor(book, "governance"), other_policy())
    with book.store.read() as work:
        assert policy_in_force(work).version == other_policy().version
    with pytest.raises(Refusal, match="in force already"):
        activate(book, actor(book, "governance"), other_policy())


def test_a_bundle_is_another_when_anything_in_it_is(book: Casebook) -> None:
    mention = hear(book, "a post")
    account = Account(id="a", channel="practice", handle="@NorthvaleNHS", created_at=START)
    parts = {
        "mention": mention,
        "account": account,
        "mode": Mode.LIVE,
        "text_hash": "t",
        "policy_version": "p",
        "way": "api",
    }
    others = (
        {"mention": replace(mention, content_hash="x")},
        {"mention": replace(mention, external_key="x")},
        {"mention": replace(mention, channel="x")},
        {"account": replace(account, handle="@Other")},
        {"mode": Mode.REHEARSAL},
        {"text_hash": "u"},
        {"policy_version": "q"},
        {"way": "handoff"},
    )
    hashes = {bundle_hash(**(parts | other)) for other in ({}, *others)}  # type: ignore[arg-type]
    assert len(hashes) == len(others) + 1
