"""How a post can be answered is said before anybody writes, with its reason, and is fresh when a reply is approved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casebook.actions.answering import record_answer, record_state
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.book import Casebook
from casebook.errors import NotFresh, Stale, WrongState
from casebook.model import Draft, Mention, Network, NetworkRequest, OutboxState, new_id
from policies.capability import COMPLAINT, AnswerFacts, capability
from tests.support.books import actor, clock_of, hear
from tests.support.replies import REPLY, Submitted, outgoing, submitted, written

SAID = AnswerFacts(way="api", reason="it mentions us")
WAYS = (
    (SAID, "api", "it mentions us"),
    (replace(SAID, way="handoff", reason="answered on its site"), "handoff", "answered on its site"),
    (replace(SAID, way="forbidden", reason="replies are closed"), "forbidden", "replies are closed"),
    (replace(SAID, way="something new", reason=""), "forbidden", "did not say"),
    (replace(SAID, can_write=False), "handoff", "a person posts it"),
    (replace(SAID, can_write=True), "api", "it mentions us"),
    (replace(SAID, way="forbidden", reason="replies are closed", can_write=False), "forbidden", "closed"),
    (replace(SAID, gone="deleted"), "forbidden", "the post is deleted"),
    (replace(SAID, complaint=True), "forbidden", COMPLAINT),
    (replace(SAID, complaint=True, gone="deleted", way="handoff"), "forbidden", COMPLAINT),
)


@pytest.mark.parametrize(("facts", "way", "says"), WAYS)
def test_what_forbids_goes_before_what_allows(facts: AnswerFacts, way: str, says: str) -> None:
    found = capability(facts)
    assert found.way == way
    assert says in found.reason


def note_network(book: Casebook, **facts: object) -> None:
    with book.store.write() as work:
        work.networks.add(Network(id=new_id(), channel="practice", facts=facts, at=book.clock()))
        work.commit()


def look_ups(book: Casebook, mention: Mention) -> list[NetworkRequest]:
    with book.store.read() as work:
        return work.requests.where(mention_id=mention.id, kind="look_up")


def approving(book: Casebook, waiting: Submitted) -> Draft:
    return approve(book, actor(book, "approver"), waiting.draft.id, waiting.draft.bundle_hash)


@pytest.mark.parametrize(
    "state", [{"gone": "deleted"}, {"way": "forbidden", "way_reason": "replies are closed"}]
)
def test_nobody_writes_words_for_what_cannot_be_answered(book: Casebook, state: dict[str, str]) -> None:
    mention = hear(book, "We waited.")
    responder = actor(book, "responder")
    claim(book, responder, mention.case_id)
    record_state(book, mention.id, **state)  # type: ignore[arg-type]
    with pytest.raises(WrongState, match=r"This post cannot be answered: .*(deleted|closed)"):
        save_draft(book, responder, mention.case_id, REPLY)
    assert book.queries.case(mention.case_id, book.clock()).drafts == []


def test_where_our_credentials_may_not_post_the_reply_is_posted_by_hand(book: Casebook) -> None:
    note_network(book, can_reply=False, looks_up=True)
    waiting = submitted(book)
    approving(book, waiting)
    assert outgoing(book, waiting.draft.id).state is OutboxState.BY_HAND
    shown = book.queries.case(waiting.case_id, book.clock()).thread[0]
    assert (shown.way, "a person posts it" in shown.way_reason) == ("handoff", True)


def test_a_credential_that_comes_or_goes_after_submitting_voids_what_was_submitted(book: Casebook) -> None:
    waiting = submitted(book)
    note_network(book, can_reply=False, looks_up=True)
    with pytest.raises(Stale, match="How this post can be answered has changed"):
        approving(book, waiting)


def test_submitting_asks_the_network_once(book: Casebook) -> None:
    waiting = submitted(book)
    [asked] = look_ups(book, waiting.mention)
    assert asked.answered_at is None
    with pytest.raises(WrongState):
        submit(book, actor(book, "responder"), waiting.draft.id)
    assert len(look_ups(book, waiting.mention)) == 1


def test_a_network_that_cannot_be_asked_is_not_asked_and_needs_no_fresh_answer(book: Casebook) -> None:
    note_network(book, can_reply=True, looks_up=False)
    waiting = submitted(book)
    clock_of(book).advance(hours=5)
    assert look_ups(book, waiting.mention) == []
    approving(book, waiting)


def test_an_old_answer_is_asked_again_before_anything_is_approved(book: Casebook) -> None:
    waiting = submitted(book)
    record_answer(book, look_ups(book, waiting.mention)[0].id, {"outcome": "same"})
    clock_of(book).advance(hours=3)
    with pytest.raises(NotFresh, match=r"was last asked 3 hours ago\. It is being asked again"):
        approving(book, waiting)
    again = [asked for asked in look_ups(book, waiting.mention) if asked.answered_at is None]
    assert len(again) == 1
    with pytest.raises(NotFresh):
        approving(book, waiting)
    assert len(look_ups(book, waiting.mention)) == 2, "one question that waits is enough"
    record_state(book, waiting.mention.id, way="api", way_reason="it still mentions us")
    record_answer(book, again[0].id, {"outcome": "same"})
    approving(book, waiting)
    assert outgoing(book, waiting.draft.id).state is OutboxState.QUEUED


def test_half_an_hour_is_fresh_and_more_is_not(book: Casebook) -> None:
    waiting = submitted(book)
    clock_of(book).advance(minutes=30, seconds=1)
    with pytest.raises(NotFresh):
        approving(book, waiting)
    clock_of(book).advance(seconds=-1)
    approving(book, waiting)


def test_an_answer_that_seems_to_come_from_far_ahead_is_not_fresh(book: Casebook) -> None:
    waiting = submitted(book)
    clock_of(book).advance(days=-2)
    with pytest.raises(NotFresh):
        approving(book, waiting)


@pytest.mark.parametrize(("way", "approved"), [("handoff", True), ("api", False)])
def test_where_the_network_does_not_answer_a_reply_by_hand_can_still_be_approved(
    book: Casebook, way: str, approved: bool
) -> None:
    waiting = submitted(book, way=way)
    clock_of(book).advance(hours=1)
    with pytest.raises(NotFresh):
        approving(book, waiting)
    for asked in look_ups(book, waiting.mention):
        record_answer(book, asked.id, {"outcome": "over_budget"})
    if approved:
        approving(book, waiting)
        assert outgoing(book, waiting.draft.id).state is OutboxState.BY_HAND
    else:
        with pytest.raises(NotFresh):
            approving(book, waiting)


def test_a_post_that_went_while_words_were_written_keeps_them(book: Casebook) -> None:
    kept = written(book)
    record_state(book, kept.mention.id, gone="deleted")
    with pytest.raises(WrongState, match="The draft was kept"):
        submit(book, actor(book, "responder"), kept.draft.id)
    assert [draft.text for draft in book.queries.case(kept.case_id, book.clock()).drafts] == [REPLY]
