"""Hearing: posts, poll and cursor in one transaction; every post once; a replaced monitor keeps nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.actions.answering import record_second_reading, unread_mentions
from casebook.actions.closing import close
from casebook.actions.hearing import (
    due,
    held,
    record_failure,
    record_page,
    record_thread,
    start_again,
    take,
    try_stopped,
    unheard,
)
from casebook.actions.noting import note
from casebook.actions.sending import record_sent
from casebook.book import Casebook
from casebook.errors import LeaseLost, NotAllowed, Stale
from casebook.heard import Heard, Lease
from casebook.model import CaseStatus, Listener, Poll, cursor_row, mention_row, numbering_row
from policies.facts import Assessment
from redaction.sealing import open_numbering, seal_numbering, seal_text
from redaction.text import Redacted
from tests.support.books import actor, clock_of, hear, page_of, read_post, scripted, take_listener
from tests.support.clock import START
from tests.support.reading import findings_in
from tests.support.replies import begun


def listener(book: Casebook) -> Listener:
    with book.store.read() as work:
        return work.listeners.where()[0]


def cursor(book: Casebook) -> dict[str, object]:
    """Where the listener is; kept sealed, since it holds the network's own ids."""
    sealed = listener(book).cursor
    return {} if sealed is None else json.loads(book.vault.open(sealed, cursor_row(listener(book).id)))


def polls(book: Casebook) -> list[Poll]:
    with book.store.read() as work:
        return work.polls.where()


def mentions(book: Casebook) -> int:
    with book.store.read() as work:
        return len(work.mentions.where())


def test_posts_poll_and_cursor_are_kept_together(book: Casebook) -> None:
    lease = take_listener(book)
    page = page_of(book, [read_post(book, "one"), read_post(book, "two")], cursor="after two")
    assert record_page(book, lease, page) == 2
    assert cursor(book) == {"after": "after two"}
    assert [(poll.saw, poll.new, poll.outcome, poll.complete) for poll in polls(book)] == [(2, 2, "ok", True)]
    assert listener(book).lease_owner == ""


STEPS = ("add_to_case", "_poll", "_advanced", "_audit_page")


@pytest.mark.parametrize("step", STEPS)
def test_when_any_step_fails_nothing_of_the_page_is_kept(
    book: Casebook, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    lease = take_listener(book)
    page = page_of(book, [read_post(book, "one"), read_post(book, "two")], cursor="after two")

    def die(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"casebook.actions.hearing.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            record_page(book, lease, page)
    assert (mentions(book), polls(book), cursor(book)) == (0, [], {})
    assert record_page(book, lease, page) == 2, "the same page can be kept afterwards"


def test_a_post_that_stands_twice_on_a_page_is_kept_once(book: Casebook) -> None:
    lease = take_listener(book)
    first = read_post(book, "Mrs Larkham waited", external="p1")
    edited = read_post(book, "Mrs Larkham waited long", external="p1")
    assert record_page(book, lease, page_of(book, [first, edited])) == 1
    assert mentions(book) == 1


def test_a_post_that_comes_again_on_a_later_page_is_kept_once(book: Casebook) -> None:
    hear(book, "one", external="p1")
    lease = take_listener(book)
    again, new = read_post(book, "one", external="p1"), read_post(book, "two", external="p2")
    assert record_page(book, lease, page_of(book, [again, new])) == 1
    assert mentions(book) == 2
    key = book.vault.index("p1", "external|practice")
    assert unheard(book, "practice", [key, "unknown"]) == {"unknown"}


def test_the_same_id_on_two_networks_is_two_posts(book: Casebook) -> None:
    hear(book, "one", external="p1", channel="practice")
    hear(book, "one", external="p1", channel="x")
    assert mentions(book) == 2


def test_a_monitor_that_was_replaced_keeps_nothing(book: Casebook) -> None:
    old = take_listener(book)
    page = page_of(book, [read_post(book, "one")])
    clock_of(book).advance(minutes=3)
    newer = take(book, old.listener_id, "monitor-2", timedelta(minutes=2))
    assert newer is not None
    with pytest.raises(LeaseLost):
        record_page(book, old, page)
    with pytest.raises(LeaseLost):
        record_failure(book, old, "transient", started_at=START, retry_at=START)
    assert mentions(book) == 0
    assert record_page(book, newer, page) == 1


def test_an_older_lease_of_the_same_monitor_keeps_nothing(book: Casebook) -> None:
    old = take_listener(book)
    take(book, old.listener_id, old.owner, timedelta(minutes=2))
    with pytest.raises(LeaseLost):
        record_page(book, old, page_of(book, [read_post(book, "one")]))


def test_a_listener_that_somebody_holds_is_not_taken_nor_due(book: Casebook) -> None:
    lease = take_listener(book)
    assert take(book, lease.listener_id, "monitor-2", timedelta(minutes=2)) is None
    assert due(book) == []
    clock_of(book).advance(minutes=2)
    assert due(book) == [lease.listener_id]


def test_a_walk_keeps_its_lease_from_page_to_page(book: Casebook) -> None:
    lease = take_listener(book)
    assert record_page(book, lease, page_of(book, [read_post(book, "one")], more=True, cursor="1")) == 1
    assert take(book, lease.listener_id, "monitor-2", timedelta(minutes=2)) is None
    assert record_page(book, lease, page_of(book, [read_post(book, "two")], cursor="2")) == 1
    assert due(book) == []
    clock_of(book).advance(seconds=60)
    assert due(book, watch="northvale") == [lease.listener_id]
    assert due(book, watch="another") == []


def test_a_listener_that_needs_a_person_stops_and_starts_again(book: Casebook) -> None:
    lease = take_listener(book)
    clock_of(book).advance(minutes=1)
    record_failure(book, lease, "credentials_refused", started_at=START, retry_at=book.clock(), stop=True)
    assert due(book, whatever_due=True) == []
    assert listener(book).stopped_why == "credentials_refused"
    assert book.queries.audit(after_seq=0, limit=500)[-1].kind == "listener.stopped"
    with pytest.raises(NotAllowed):
        start_again(book, actor(book, "responder"), lease.listener_id)
    start_again(book, actor(book, "manager"), lease.listener_id)
    assert due(book) == [lease.listener_id]
    assert listener(book).failures == 0
    assert book.queries.audit(after_seq=0, limit=500)[-1].kind == "listener.started"


def test_coverage_tells_quiet_from_broken(book: Casebook) -> None:
    record_page(book, take_listener(book), page_of(book, [read_post(book, "one")]))
    gap = replace(page_of(book, []), complete=False, gap="a cap was hit")
    record_page(book, take_listener(book), gap)
    record_failure(book, take_listener(book), "transient", started_at=START, retry_at=START)
    row = book.queries.coverage(START - timedelta(days=1))[0]
    assert (row.polls, row.heard, row.incomplete, row.last_gap, row.failures) == (3, 1, 2, "a cap was hit", 1)
    assert row.last_success_at == START


def test_a_further_post_joins_the_case_of_its_conversation(book: Casebook) -> None:
    first = hear(book, "Mrs Larkham waited", conversation="c1", external="p1")
    second = hear(book, "Dr Penrose saw Mrs Larkham", conversation="c1", external="p2")
    assert first.case_id == second.case_id
    assert second.text == "Dr ⟦name 2⟧ saw Mrs ⟦name 1⟧"
    case = book.queries.case(first.case_id, book.clock())
    assert (case.row.mentions, case.mention_id) == (2, second.id)


def test_two_posts_of_a_new_conversation_on_one_page_are_one_case(book: Casebook) -> None:
    lease = take_listener(book)
    first = read_post(book, "Mrs Larkham waited", conversation="c1", external="p1")
    second = _same_case(
        book, first, read_post(book, "Dr Penrose", conversation="c1", numbering=first.redacted.numbering)
    )
    record_page(book, lease, page_of(book, [first, second]))
    with book.store.read() as work:
        [case] = work.cases.where()
        assert len(work.mentions.where(case_id=case.id)) == 2
    numbers = open_numbering(book.vault, numbering_row(case.id), case.numbering)
    assert numbers.to_plain()["name"] == {"larkham": 1, "penrose": 2}


def test_a_post_twice_on_a_page_never_loses_a_number_already_given(book: Casebook) -> None:
    """The doubled post stands first and last; the one between goes on with its numbers."""
    lease = take_listener(book)
    first = read_post(book, "Mrs Larkham", conversation="c1", external="p1")
    middle = _same_case(
        book,
        first,
        read_post(book, "Dr Penrose", conversation="c1", external="p2", numbering=first.redacted.numbering),
    )
    again = _same_case(
        book,
        first,
        read_post(book, "Nurse Quill", conversation="c1", external="p1", numbering=middle.redacted.numbering),
    )
    record_page(book, lease, page_of(book, [first, middle, again]))
    with book.store.read() as work:
        [case] = work.cases.where()
        shown = {mention.text for mention in work.mentions.where()}
    assert shown == {"Mrs ⟦name 1⟧", "Dr ⟦name 2⟧"}
    numbers = open_numbering(book.vault, numbering_row(case.id), case.numbering)
    assert numbers.to_plain()["name"] == {"larkham": 1, "penrose": 2}


def _same_case(book: Casebook, first: Heard, later: Heard) -> Heard:
    sealed = seal_numbering(book.vault, numbering_row(first.case_id), later.redacted.numbering)
    return replace(later, case_id=first.case_id, numbering_after=sealed)


def test_numbers_given_meanwhile_send_the_page_back_to_be_read_again(book: Casebook) -> None:
    first = hear(book, "Mrs Larkham waited", conversation="c1")
    lease = take_listener(book)
    late = read_post(book, "Dr Penrose", conversation="c1", external="p2")
    note(book, actor(book, "responder"), first.case_id, "Rang Sister Quill")
    with pytest.raises(Stale):
        record_page(book, lease, page_of(book, [late]))
    again = read_post(book, "Dr Penrose", conversation="c1", external="p2")
    assert record_page(book, lease, page_of(book, [again])) == 1
    assert again.redacted.text == "Dr ⟦name 3⟧"


def test_a_conversation_that_two_listeners_hear_at_once_gets_one_case(book: Casebook) -> None:
    lease = take_listener(book)
    late = read_post(book, "two", conversation="c1", external="p2")
    hear_elsewhere = read_post(book, "one", conversation="c1", external="p1")
    record_page(book, lease, page_of(book, [hear_elsewhere], more=True))
    with pytest.raises(Stale):
        record_page(book, lease, page_of(book, [late]))


def test_a_closed_case_opens_again_when_its_conversation_goes_on(book: Casebook) -> None:
    first = hear(book, "one", conversation="c1")
    close(book, actor(book, "responder"), first.case_id, "no_reply_needed")
    hear(book, "I waited and nobody came", conversation="c1")
    case = book.queries.case(first.case_id, book.clock())
    assert (case.row.status, case.closed_why) == (CaseStatus.OPEN, "")
    assert "case.reopened" in [row.kind for row in book.queries.audit(case_id=first.case_id)]


def test_a_further_post_makes_a_case_more_serious_and_never_less(book: Casebook) -> None:
    first = hear(book, "thank you", conversation="c1")
    hear(book, "she is not breathing", conversation="c1")
    serious = book.queries.case(first.case_id, book.clock()).row
    assert (serious.severity, serious.queue, serious.risks) == (5, "crisis", ("medical_emergency_now",))
    hear(book, "thank you, all is well", conversation="c1")
    later = book.queries.case(first.case_id, book.clock()).row
    assert (later.severity, later.queue, later.due_at) == (5, "crisis", serious.due_at)


def test_the_beginning_of_a_thread_that_turns_up_later_is_not_what_a_reply_answers(book: Casebook) -> None:
    newest = hear(book, "and nobody came back", conversation="c1", external="p2")
    close(book, actor(book, "responder"), newest.case_id, "no_reply_needed")
    older = read_post(
        book, "how it began", conversation="c1", external="p1", posted_at=START - timedelta(hours=3)
    )
    assert record_thread(book, newest.case_id, [older]) == 1
    case = book.queries.case(newest.case_id, book.clock())
    assert (case.mention_id, case.row.status, case.row.mentions) == (newest.id, CaseStatus.CLOSED, 2)
    assert case.row.summary == "and nobody came back"
    assert record_thread(book, newest.case_id, [older]) == 0


def test_a_thread_brings_nothing_of_another_conversation(book: Casebook) -> None:
    one = hear(book, "one", conversation="c1")
    assert record_thread(book, one.case_id, [read_post(book, "two", conversation="c2")]) == 0


def test_our_own_reply_is_not_heard_as_a_post_about_us(book: Casebook) -> None:
    reply = begun(book)
    record_sent(book, reply.outbox_id, "reply-77", "practice://northvale/reply-77", "api")
    lease = take_listener(book)
    ours = read_post(book, reply.text, external="reply-77")
    assert record_page(book, lease, page_of(book, [ours])) == 0
    assert mentions(book) == 1


def test_a_post_that_could_not_be_read_is_kept_sealed_and_shown_as_such(book: Casebook) -> None:
    mention = hear(book, "Mrs Larkham waited", safe=False)
    row = book.queries.case(mention.case_id, book.clock()).row
    assert (mention.text, mention.listed, row.summary, row.safe) == ("", "", "", False)
    assert row.queue == "not_yet_safe"
    assert book.queries.counts("", book.clock()).views["unsafe"] == 1


def again(book: Casebook, mention_id: str, words: str) -> Redacted:
    return seal_text(book.vault, mention_row(mention_id), words, findings_in(words))


def test_a_second_reading_opens_a_sealed_post_and_triages_its_case(book: Casebook) -> None:
    words = "Mrs Larkham says she will end my life"
    mention = hear(book, words, safe=False, severity=0)
    [(found, fields, numbering)] = unread_mentions(book)
    assert (found.id, fields["text"], numbering.to_plain()) == (mention.id, words, {})
    judged = Assessment(severity=5, risks=("suicide",))
    record_second_reading(book, mention.id, again(book, mention.id, words), judged, "")
    case = book.queries.case(mention.case_id, book.clock())
    assert (case.row.safe, case.row.severity, case.row.queue) == (True, 5, "crisis")
    assert case.thread[0].text == "Mrs ⟦name 1⟧ says she will end my life"
    assert "on_call_lead" in case.tell
    assert any("Samaritans" in line for line in case.must_do)
    assert list(unread_mentions(book)) == []


def test_a_second_reading_of_other_words_is_refused(book: Casebook) -> None:
    mention = hear(book, "Mrs Larkham waited", safe=False)
    for wrong in (again(book, mention.id, "something else"), again(book, "another", "Mrs Larkham waited")):
        with pytest.raises(Stale):
            record_second_reading(book, mention.id, wrong, Assessment(), "")


def test_a_second_reading_never_takes_back_numbers_given_meanwhile(book: Casebook) -> None:
    words = "Mrs Larkham waited"
    mention = hear(book, words, safe=False)
    read = again(book, mention.id, words)
    note(book, actor(book, "responder"), mention.case_id, "Rang Sister Quill")
    with pytest.raises(Stale):
        record_second_reading(book, mention.id, read, Assessment(), "")
    [(_, _, numbering)] = unread_mentions(book)
    late = seal_text(book.vault, mention_row(mention.id), words, findings_in(words), numbering)
    record_second_reading(book, mention.id, late, Assessment(), "")
    assert book.queries.case(mention.case_id, book.clock()).thread[0].text == "Mrs ⟦name 2⟧ waited"


def test_a_reader_that_is_gone_leaves_the_page_unread(book: Casebook) -> None:
    scripted(book).unreadable = True
    assert hear(book, "Mrs Larkham").safe is False
    scripted(book).unreadable = False


def test_a_lease_tells_nothing_of_the_cursor_when_printed(book: Casebook) -> None:
    lease: Lease = take_listener(book)
    assert "cursor" not in repr(lease)


def test_a_listener_that_has_not_stopped_is_left_as_it_is(book: Casebook) -> None:
    lease = take_listener(book)
    before = listener(book)
    start_again(book, actor(book, "manager"), lease.listener_id)
    assert listener(book) == before


def test_a_started_monitor_tries_once_more_what_had_stopped(book: Casebook) -> None:
    lease = take_listener(book)
    record_failure(book, lease, "not_entitled", started_at=START, retry_at=START, stop=True)
    assert (try_stopped(book), try_stopped(book)) == (1, 0)
    assert due(book) == [lease.listener_id]
    assert "not_entitled" in book.queries.audit(after_seq=0, limit=500)[-1].sentence


def test_a_clock_that_was_far_ahead_for_a_while_keeps_no_listener_waiting(book: Casebook) -> None:
    clock_of(book).advance(days=400)
    lease = take_listener(book)
    record_failure(book, lease, "transient", started_at=START, retry_at=book.clock() + timedelta(minutes=5))
    clock_of(book).advance(days=-400)
    assert due(book) == [lease.listener_id]


def test_a_lease_written_by_a_clock_that_was_far_ahead_is_held_by_nobody(book: Casebook) -> None:
    clock_of(book).advance(days=400)
    lease = take_listener(book, owner="monitor-1")
    assert held(book) == ["northvale"]
    clock_of(book).advance(days=-400)
    assert held(book) == []
    assert take(book, lease.listener_id, "monitor-2", timedelta(minutes=2)) is not None


def test_a_wait_of_a_day_that_a_network_asked_for_is_kept(book: Casebook) -> None:
    lease = take_listener(book)
    until = book.clock() + timedelta(days=1)
    record_failure(book, lease, "throttled", started_at=START, retry_at=until)
    assert due(book) == []
