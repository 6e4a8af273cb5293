"""Claiming, triage, notes, escalation, closing and reveals."""

from __future__ import annotations

import pytest

from casebook.actions.claiming import claim, release
from casebook.actions.closing import REASONS, close, reopen
from casebook.actions.escalating import escalate
from casebook.actions.noting import note
from casebook.actions.revealing import reveal
from casebook.actions.triaging import triage
from casebook.book import Actor, Casebook
from casebook.errors import Held, NotAllowed, NotFound, NotHeld, Refusal, WrongState
from casebook.model import CaseStatus, DraftState, event_row
from redaction.sealing import open_text
from tests.support.books import actor, clock_of, hear, policy, scripted
from tests.support.replies import approved, submitted, written


@pytest.fixture
def responder(book: Casebook) -> Actor:
    return actor(book, "responder")


@pytest.fixture
def other(book: Casebook) -> Actor:
    return actor(book, "responder2")


@pytest.fixture
def case_id(book: Casebook) -> str:
    return hear(book, "I waited nine hours in the cold corridor").case_id


def kinds(book: Casebook, case_id: str) -> list[str]:
    return [row.kind for row in book.queries.audit(case_id=case_id)]


def test_two_people_cannot_hold_one_case(
    book: Casebook, case_id: str, responder: Actor, other: Actor
) -> None:
    claim(book, responder, case_id)
    with pytest.raises(Held, match="Robin Ashdown holds this case until 09:15") as held:
        claim(book, other, case_id)
    assert held.value.holder == "Robin Ashdown"
    assert book.queries.case(case_id, book.clock()).row.holder == "Robin Ashdown"


def test_claiming_opens_a_new_case_and_is_audited_once(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    claim(book, responder, case_id)
    clock_of(book).advance(minutes=10)
    renewed = claim(book, responder, case_id)
    assert renewed.status is CaseStatus.OPEN
    assert renewed.held_until is not None
    assert f"{renewed.held_until:%H:%M}" == "09:25"
    assert kinds(book, case_id).count("case.claimed") == 1


def test_a_claim_runs_out(book: Casebook, case_id: str, responder: Actor, other: Actor) -> None:
    claim(book, responder, case_id)
    clock_of(book).advance(minutes=15)
    assert claim(book, other, case_id).holder_id == other.staff_id
    with pytest.raises(Held):
        claim(book, responder, case_id)


def test_only_the_holder_or_a_manager_gives_a_case_back(
    book: Casebook, case_id: str, responder: Actor, other: Actor
) -> None:
    claim(book, responder, case_id)
    with pytest.raises(NotAllowed):
        release(book, other, case_id)
    release(book, actor(book, "manager"), case_id)
    with pytest.raises(NotHeld):
        release(book, responder, case_id)


def test_a_person_cannot_lend_themselves_a_role(book: Casebook, case_id: str, other: Actor) -> None:
    """What a person may do is read from the record, not from what a screen hands over."""
    claim(book, actor(book, "responder"), case_id)
    manager = actor(book, "manager")
    pretender = Actor(other.staff_id, other.username, other.display_name, manager.roles, other.session_id)
    with pytest.raises(NotAllowed):
        release(book, pretender, case_id)


def test_triage_sets_severity_and_queue_and_the_deadline_follows(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    case = triage(book, responder, case_id, severity=4, queue="pals")
    assert (case.severity, case.queue, case.triaged, case.status) == (4, "pals", True, CaseStatus.OPEN)
    assert (case.due_at - case.opened_at).total_seconds() == 3600


def test_triage_never_goes_below_the_floor_of_policy(book: Casebook, responder: Actor) -> None:
    case_id = hear(book, "somebody here is not breathing").case_id
    for severity in range(5):
        with pytest.raises(Refusal, match="severity 5 or more"):
            triage(book, responder, case_id, severity=severity)
    past = hear(book, "two years ago I wanted to end my life", severity=2).case_id
    with pytest.raises(Refusal, match="severity 2 or more"):
        triage(book, responder, past, severity=1)
    assert triage(book, responder, past, severity=2).severity == 2


@pytest.mark.parametrize("wrong", [{"severity": 6}, {"severity": -1}, {"queue": "nowhere"}])
def test_triage_refuses_what_policy_does_not_know(
    book: Casebook, case_id: str, responder: Actor, wrong: dict[str, int | str]
) -> None:
    before = book.queries.case(case_id, book.clock()).row
    with pytest.raises(Refusal):
        triage(book, responder, case_id, **wrong)  # type: ignore[arg-type]
    assert book.queries.case(case_id, book.clock()).row == before


def test_every_queue_and_contact_of_the_policy_can_be_named_in_the_audit(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    for queue in policy().rules.queues:
        triage(book, responder, case_id, queue=queue.name)
    for who in {name for rule in policy().rules.escalation for name in rule.tell}:
        escalate(book, responder, case_id, who, "please look")


@pytest.mark.parametrize("rule", policy().rules.escalation, ids=lambda rule: rule.name)
def test_a_post_that_fires_any_rule_of_the_policy_is_kept(book: Casebook, rule: object) -> None:
    example = rule.examples.fires[0]  # type: ignore[attr-defined]
    mention = hear(book, "a post", severity=example.severity, risks=example.risks, safe=example.safe)
    assert book.queries.case(mention.case_id, book.clock()).row.mentions == 1


def test_a_note_is_sealed_and_what_it_names_is_hidden(book: Casebook, case_id: str, responder: Actor) -> None:
    words = "Rang Mrs Larkham on 01632 960411"
    event = note(book, responder, case_id, words)
    assert event.text == "Rang Mrs ⟦name 1⟧ on ⟦phone 1⟧"
    assert event.sealed is not None
    assert open_text(book.vault, event_row(event.id), event.sealed)["text"] == words
    history = book.queries.case(case_id, book.clock()).history
    assert [line.text for line in history if line.kind == "note"] == [event.text]


def test_a_note_that_cannot_be_read_is_kept_sealed_and_shown_to_nobody(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    scripted(book).unreadable = True
    event = note(book, responder, case_id, "Rang Mrs Larkham")
    assert (event.text, event.facts["safe"]) == ("", 0)
    assert event.sealed is not None
    assert open_text(book.vault, event_row(event.id), event.sealed)["text"] == "Rang Mrs Larkham"


@pytest.mark.parametrize("empty", ["", "  ", "\n\t"])
def test_empty_words_are_refused(book: Casebook, case_id: str, responder: Actor, empty: str) -> None:
    with pytest.raises(Refusal):
        note(book, responder, case_id, empty)
    with pytest.raises(Refusal):
        escalate(book, responder, case_id, "manager", empty)


def test_a_case_is_escalated_only_to_those_that_policy_knows(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    with pytest.raises(Refusal, match="Policy knows nobody"):
        escalate(book, responder, case_id, "the newspaper", "please look")
    case = escalate(book, responder, case_id, "safeguarding_team", "Mrs Larkham sounds frightened")
    assert case.escalated_to == "safeguarding_team"
    assert [row.sentence for row in book.queries.audit(case_id=case_id)][
        -1
    ] == "escalated to safeguarding_team"


def test_a_case_is_closed_for_a_known_reason_and_by_nobody_else_than_its_holder(
    book: Casebook, case_id: str, responder: Actor, other: Actor
) -> None:
    claim(book, responder, case_id)
    with pytest.raises(Refusal):
        close(book, responder, case_id, "bored")
    with pytest.raises(Held):
        close(book, other, case_id, "spam")
    case = close(book, responder, case_id, "spam")
    assert (case.status, case.holder_id, case.closed_why) == (CaseStatus.CLOSED, "", "spam")
    reopened = reopen(book, other, case_id)
    assert (reopened.status, reopened.closed_why) == (CaseStatus.OPEN, "")


@pytest.mark.parametrize("why", sorted(REASONS))
def test_every_reason_for_closing_can_be_given(
    book: Casebook, case_id: str, responder: Actor, why: str
) -> None:
    assert close(book, responder, case_id, why).closed_why == why


def test_claiming_a_closed_case_opens_it_again_and_says_so(
    book: Casebook, case_id: str, responder: Actor
) -> None:
    close(book, responder, case_id, "spam")
    case = claim(book, responder, case_id)
    assert (case.status, case.closed_why) == (CaseStatus.OPEN, "")
    assert "case.reopened" in kinds(book, case_id)


def test_closing_a_case_takes_its_unsent_drafts_with_it(book: Casebook) -> None:
    waiting = submitted(book)
    close(book, actor(book, "responder"), waiting.case_id, "no_reply_needed")
    with book.store.read() as work:
        assert work.drafts.get(waiting.draft.id).state is DraftState.VOID


def test_a_case_whose_reply_is_on_its_way_cannot_be_closed(book: Casebook) -> None:
    row = approved(book)
    with pytest.raises(WrongState):
        close(book, actor(book, "responder"), row.case_id, "spam")


def test_an_original_is_opened_for_a_reason_that_is_audited_before(book: Casebook) -> None:
    mention = hear(book, "Mrs Larkham waited", author="larkham77")
    approver = actor(book, "approver")
    with pytest.raises(Refusal):
        reveal(book, approver, mention.case_id, mention.id, "  why  ")
    assert "case.revealed" not in kinds(book, mention.case_id)
    opened = reveal(book, approver, mention.case_id, mention.id, "Her complaint needs her name")
    assert (opened["text"], opened["handle"]) == ("Mrs Larkham waited", "@larkham77")
    last = book.queries.audit(case_id=mention.case_id)[-1]
    assert (last.kind, last.who, last.facts["mention"]) == ("case.revealed", "Avery Coldwell", mention.id)


def test_an_original_is_not_opened_when_its_audit_entry_cannot_be_written(
    book: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    mention = hear(book, "Mrs Larkham waited")
    approver = actor(book, "approver")

    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("casebook.store.unit_of_work.SqlUnitOfWork.audit", fail)
    with pytest.raises(RuntimeError):
        reveal(book, approver, mention.case_id, mention.id, "Her complaint needs her name")
    monkeypatch.undo()
    history = book.queries.case(mention.case_id, book.clock()).history
    assert [line.kind for line in history if line.kind == "revealed"] == []


def test_an_original_is_opened_only_within_its_own_case(book: Casebook) -> None:
    one, other = hear(book, "the first"), hear(book, "the second")
    with pytest.raises(NotFound):
        reveal(book, actor(book, "approver"), one.case_id, other.id, "a reason that is long enough")


def test_what_somebody_wrote_is_not_lost_when_their_claim_runs_out(book: Casebook) -> None:
    kept = written(book)
    clock_of(book).advance(hours=1)
    drafts = book.queries.case(kept.case_id, book.clock()).drafts
    assert [d.draft_id for d in drafts] == [kept.draft.id]
