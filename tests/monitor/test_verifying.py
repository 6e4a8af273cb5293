"""What people post by hand is looked for on the network: found, never seen, or found before anybody recorded it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casebook.actions.resolving import record_handoff, withdraw
from casebook.actions.seeing import LOOKS, note_seen
from casebook.heard import OwnPost
from casebook.model import CaseStatus, OutboxState, address_row
from monitor.channel import NotEntitled, Sent, Throttled, Transient
from tests.support.books import actor, clock_of, rehearsal_book
from tests.support.practice import SAFE_REPLY, approved_reply, mention_of, post, practice

URL = "https://northvale.example/by-hand"


@pytest.fixture
def book(tmp_path):
    made = rehearsal_book(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def desk(book):
    monitor, channel = practice(book, post(1, "I waited long and nobody said why", limited=True))
    monitor.once()
    approved_reply(book, mention_of(book, "p1"))
    return monitor, channel


def row_of(book):
    with book.store.read() as work:
        [row] = work.outbox.where()
    return row


def kinds(book):
    return [e.kind for e in book.queries.case(mention_of(book, "p1").case_id, book.clock()).history]


def looking(channel, answer=None):
    """Let the network answer every look with `answer` (None: not to be seen; an error is raised); list the looks."""
    looks = []

    def find_reply(external_id, text, *, key):
        looks.append((external_id, text))
        if isinstance(answer, Exception):
            raise answer
        return answer

    channel.find_reply = find_reply
    return looks


def note(book, *, external="other", parent=""):
    def key(external_id):
        return book.vault.index(external_id, "external|practice") if external_id else ""

    with book.store.write() as work:
        seen = note_seen(
            work, "practice", [OwnPost(external_key=key(external), parent_key=key(parent))], book.clock()
        )
        work.commit()
    return seen


def test_a_reply_posted_by_hand_is_found_and_known_by_its_real_id(book, desk):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    looks = looking(channel, Sent("the-real-id", "practice://reply/1"))
    monitor.verify()
    assert looks == [], "it has had no time to appear"
    clock_of(book).advance(minutes=1)
    monitor.verify()
    monitor.verify()
    assert looks == [("p1", SAFE_REPLY)]
    row = row_of(book)
    assert row.reply_key == book.vault.index("the-real-id", "external|practice")
    assert row.seen_at == book.clock()
    sealed = book.vault.open(row.sealed_address, address_row(row.id))
    assert b"the-real-id" in sealed
    assert URL.encode() in sealed, "the address that the person gave is kept"
    assert kinds(book)[-1] == "seen"


def test_one_that_is_never_seen_is_looked_for_five_times_and_the_case_says_so(book, desk):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    looks, began = looking(channel), book.clock()
    for number, step in enumerate(LOOKS, start=1):
        clock_of(book).now = began + step - timedelta(seconds=1)
        monitor.verify()
        assert len(looks) == number - 1
        clock_of(book).now = began + step
        monitor.verify()
        assert len(looks) == number
    clock_of(book).advance(days=30)
    monitor.verify()
    assert len(looks) == len(LOOKS)
    assert kinds(book).count("never_seen") == 1
    assert kinds(book)[-1] == "never_seen"
    assert note(book, parent="p1") == 1, "a listener may still hear it"
    assert kinds(book)[-1] == "seen"


def test_a_monitor_that_was_away_looks_once_and_not_five_times_in_a_row(book, desk):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    looks = looking(channel)
    clock_of(book).advance(hours=2)
    for _ in range(3):
        monitor.verify()
    assert (len(looks), row_of(book).looks) == (1, 1)
    assert row_of(book).look_at == row_of(book).sent_at + timedelta(hours=6)


def test_one_that_somebody_posted_and_did_not_record_is_recorded_when_it_is_found(book, desk):
    monitor, channel = desk
    looking(channel, Sent("the-real-id", "practice://reply/1"))
    clock_of(book).advance(minutes=1)
    monitor.verify()
    assert row_of(book).state is OutboxState.SENT
    assert kinds(book)[-2:] == ["sent", "seen"]
    case = book.queries.case(mention_of(book, "p1").case_id, book.clock())
    assert case.row.status is CaseStatus.ANSWERED
    assert case.drafts[0].seen_at == book.clock()


def test_one_that_nobody_posted_is_not_said_to_be_missing(book, desk):
    monitor, channel = desk
    looks = looking(channel)
    for step in LOOKS:
        clock_of(book).now = row_of(book).queued_at + step
        monitor.verify()
    assert len(looks) == len(LOOKS)
    assert (row_of(book).state, row_of(book).look_at) == (OutboxState.BY_HAND, None)
    assert "never_seen" not in kinds(book)
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    assert row_of(book).look_at == book.clock() + LOOKS[0]


def test_one_that_was_taken_back_is_not_looked_for(book, desk):
    monitor, channel = desk
    looks = looking(channel)
    withdraw(book, actor(book, "responder"), row_of(book).id)
    clock_of(book).advance(hours=1)
    monitor.verify()
    assert looks == []


def test_a_network_that_cannot_look_is_left_alone(book, desk):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    looks = looking(channel, NotEntitled("feeds"))
    for _ in range(3):
        clock_of(book).advance(hours=12)
        monitor.verify()
    assert len(looks) == 1
    assert "never_seen" not in kinds(book)


@pytest.mark.parametrize("error", [Transient("down"), Throttled("busy"), RuntimeError("a post's words")])
def test_a_network_that_does_not_answer_has_not_been_looked_at(book, desk, error, caplog):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    clock_of(book).advance(minutes=1)
    looks = looking(channel, error)
    monitor.verify()
    monitor.verify()
    assert (len(looks), row_of(book).looks) == (1, 0)
    assert "words" not in caplog.text
    clock_of(book).advance(minutes=5)
    looking(channel, Sent("the-real-id", ""))
    monitor.verify()
    assert row_of(book).seen_at == book.clock()


def test_a_listener_that_hears_a_reply_sent_from_here_has_seen_it(book):
    monitor, channel = practice(book, post(1, "I waited long"))
    monitor.once()
    approved_reply(book, mention_of(book, "p1"))
    monitor.send()
    assert row_of(book).seen_at is None
    own = channel.thread("p1")[-1].external_id
    assert note(book, external="unrelated", parent="p1") == 0, "its own id is known: another post is not it"
    assert note(book, external=own, parent="p1") == 1
    assert note(book, external=own, parent="p1") == 0
    assert kinds(book).count("seen") == 1


def test_what_a_listener_hears_below_the_post_is_compared_before_an_unposted_reply_counts_as_posted(
    book, desk
):
    monitor, channel = desk
    looks = looking(channel)
    assert note(book, parent="p1") == 0
    assert row_of(book).state is OutboxState.BY_HAND
    monitor.verify()
    assert looks == [("p1", SAFE_REPLY)], "it is looked for at once"
    assert row_of(book).state is OutboxState.BY_HAND, "something else of ours is there"


def test_another_reply_of_ours_is_not_taken_for_this_one(book, desk):
    monitor, channel = desk
    record_handoff(book, actor(book, "responder"), row_of(book).id, URL)
    looking(channel, Sent("the-real-id", ""))
    clock_of(book).advance(minutes=1)
    monitor.verify()
    first = row_of(book).id
    approved_reply(book, mention_of(book, "p1"))
    clock_of(book).advance(minutes=1)
    monitor.verify()
    with book.store.read() as work:
        [second] = [row for row in work.outbox.where() if row.id != first]
    assert (second.state, second.reply_key) == (OutboxState.BY_HAND, "")
