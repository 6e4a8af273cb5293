"""A page of posts, read and committed with its cursor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from casebook.actions import hearing
from casebook.queries import QueueFilter
from monitor.channel import CursorRefused, Page, Transient
from monitor.intake import compose
from tests.support.books import actor, clock_of, rehearsal_book, scripted
from tests.support.practice import mention_of, post, practice


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path)


def listeners(book):
    with book.store.read() as work:
        return work.listeners.where()


def polls(book):
    with book.store.read() as work:
        return work.polls.where()


def test_every_post_of_a_long_walk_is_kept_once(book):
    monitor, _ = practice(book, *(post(n, f"waited {n} hours") for n in range(57)))
    assert monitor.once() == 57
    assert monitor.once() == 0
    assert len(book.queries.queue(QueueFilter(limit=500), book.clock())) == 57
    assert [poll.saw for poll in polls(book)] == [20, 20, 17, 0]


def test_a_posts_words_reach_the_record_only_redacted(book):
    monitor, _ = practice(
        book, post(1, "Dr Okafor was kind, mail me at kit@post.example", title="For Dr Okafor")
    )
    monitor.once()
    kept = mention_of(book, "p1")
    assert kept.text == "For Dr ⟦name 1⟧\n\nDr ⟦name 1⟧ was kind, mail me at ⟦email 1⟧"
    assert b"Okafor" not in (kept.sealed or b"")


def test_every_readable_part_of_a_post_is_read(book):
    monitor, channel = practice(
        book, post(1, "look", alt_text="a note to Mrs Lindqvist", quoted="said Mr Adeyemi"), post(2, "else")
    )
    monitor.once()
    raw = channel.thread("p1")[0]
    assert compose(raw) == "look\n\nPicture: a note to Mrs Lindqvist\n\nQuoted: said Mr Adeyemi"
    assert "Lindqvist" not in mention_of(book, "p1").text
    assert "Adeyemi" not in mention_of(book, "p1").text


def test_posts_of_one_conversation_share_a_case_and_its_numbers(book):
    monitor, _ = practice(
        book,
        post(1, "Dr Okafor never came"),
        post(2, "and Mrs Lindqvist? nor Dr Okafor", conversation="p1", in_reply_to="p1"),
    )
    monitor.once()
    first, second = mention_of(book, "p1"), mention_of(book, "p2")
    assert first.case_id == second.case_id
    assert second.text == "and Mrs ⟦name 2⟧? nor Dr ⟦name 1⟧"


def test_a_later_post_goes_on_from_the_numbers_already_given(book):
    monitor, _channel = practice(
        book, post(1, "Dr Okafor"), post(4000, "Mrs Lindqvist and Dr Okafor", conversation="p1")
    )
    monitor.once()
    clock_of(book).advance(hours=1)
    monitor.once()
    assert mention_of(book, "p4000").text == "Mrs ⟦name 2⟧ and Dr ⟦name 1⟧"


def test_a_post_that_cannot_be_read_is_kept_sealed_and_read_again_later(book):
    monitor, _ = practice(book, post(1, "Mrs Lindqvist was not breathing"))
    scripted(book).unreadable = True
    monitor.listening.poll(hearing.due(book)[0])
    kept = mention_of(book, "p1")
    assert (kept.safe, kept.text, kept.why_unread) == (False, "", "engine")
    [row] = book.queries.queue(QueueFilter(view="unsafe"), book.clock())
    assert row.summary == ""
    scripted(book).unreadable = False
    monitor.read_sealed()
    kept = mention_of(book, "p1")
    assert (kept.safe, kept.text) == (True, "Mrs ⟦name 1⟧ was not breathing")
    assert book.queries.queue(QueueFilter(), book.clock())[0].severity == 5


def test_hostile_characters_are_kept_sealed_and_shown_storable(book):
    monitor, _channel = practice(book, post(1, "a\ud800b\0c ⟦name 9⟧"))
    monitor.once()
    kept = mention_of(book, "p1")
    assert kept.text == "a\ufffdb\ufffdc [name 9]"
    from casebook.actions.answering import sealed_fields

    assert sealed_fields(book, kept)["body"] == "a\ud800b\0c ⟦name 9⟧"


def test_a_failed_poll_keeps_the_cursor_and_is_tried_again_later(book):
    monitor, channel = practice(book, post(1, "waited"))
    channel.network.fail_next("unreachable", "listen")
    assert monitor.once() == 0
    [listener] = listeners(book)
    assert (listener.failures, listener.cursor, listener.lease_owner) == (1, None, "")
    assert hearing.due(book) == []
    clock_of(book).advance(minutes=5)
    assert hearing.due(book) == [listener.id]
    assert monitor.once() == 1
    assert listeners(book)[0].failures == 0


def test_a_busy_network_is_asked_again_when_it_said(book):
    monitor, channel = practice(book, post(1, "waited"))
    channel.network.fail_next("throttled", "listen")
    monitor.once()
    assert (listeners(book)[0].next_due_at - book.clock()).total_seconds() == 60
    assert polls(book)[-1].outcome == "throttled"


def test_refused_credentials_stop_the_listener_until_somebody_acts(book):
    from monitor.channel import CredentialsRefused

    monitor, channel = practice(book, post(1, "waited"))

    def refuse(*_):
        raise CredentialsRefused("unauthorised")

    channel.fetch = refuse
    monitor.once()
    [row] = book.queries.coverage(book.clock())
    assert row.stopped_why == "credentials_refused"
    clock_of(book).advance(days=1)
    assert hearing.due(book) == []
    hearing.start_again(book, actor(book, "administrator"), listeners(book)[0].id)
    assert len(hearing.due(book)) == 1


def test_a_refused_cursor_starts_again_and_the_gap_is_recorded(book):
    monitor, channel = practice(book, post(1, "waited"))
    original = channel.fetch
    asked = []

    def fetch(watch, cursor):
        asked.append(dict(cursor))
        if len(asked) == 1:
            raise CursorRefused("too_old")
        return replace(original(watch, cursor), complete=False, gap="older posts were out of reach")

    channel.fetch = fetch
    assert monitor.once() == 1
    [row] = book.queries.coverage(book.clock().replace(year=2000))
    assert row.incomplete == 1
    assert row.last_gap == "older posts were out of reach"


def test_trouble_on_one_network_does_not_stop_another(book, tmp_path):
    from casebook.actions import setting_up

    monitor, channel = practice(book, post(1, "waited"))
    account = setting_up.ensure_account(book, "elsewhere", "@x")
    setting_up.ensure_watch(book, "broken", "elsewhere", account, {}, 60)

    class Broken:
        def fetch(self, watch, cursor):
            raise RuntimeError("a library's own surprise with secret words")

    monitor.listening.channels = {"practice": channel, "elsewhere": Broken()}
    assert monitor.once() == 1
    outcomes = {poll.outcome for poll in polls(book)}
    assert outcomes == {"ok", "unexpected"}


def test_a_monitor_that_was_replaced_keeps_nothing(book):
    monitor, channel = practice(book, post(1, "waited"))
    lease = hearing.take(book, hearing.due(book)[0], "first", monitor.listening.lease)
    clock_of(book).advance(minutes=10)
    hearing.take(book, lease.listener_id, "second", monitor.listening.lease)
    from casebook.errors import LeaseLost

    with pytest.raises(LeaseLost):
        monitor.intake.hear(lease, channel)
    assert book.queries.queue(QueueFilter(), book.clock()) == []


def test_our_own_posts_are_not_mentions(book):
    monitor, channel = practice(book, post(1, "waited"))
    original = channel.fetch

    def fetch(watch, cursor) -> Page:
        page = original(watch, cursor)
        return replace(page, posts=[replace(raw, ours=True) for raw in page.posts])

    channel.fetch = fetch
    assert monitor.once() == 0


def test_the_desk_can_ask_for_the_thread_and_the_post_as_it_is_now(book):
    from casebook.actions.asking import ask_network

    monitor, channel = practice(
        book, post(1, "waited"), post(2, "me too Mrs Lindqvist", conversation="p1", in_reply_to="p1")
    )
    original = channel.fetch
    channel.fetch = lambda watch, cursor: replace(
        original(watch, cursor), posts=original(watch, cursor).posts[:1]
    )
    monitor.once()
    case_id = mention_of(book, "p1").case_id
    who = actor(book, "responder")
    ask_network(book, who, case_id, "thread")
    ask_network(book, who, case_id, "look_up")
    monitor.answer()
    texts = [view.text for view in book.queries.case(case_id, book.clock()).thread]
    assert texts == ["waited", "me too Mrs ⟦name 1⟧"]
    channel.network.delete("p2")
    ask_network(book, who, case_id, "look_up")
    monitor.answer()
    assert mention_of(book, "p2").gone == "deleted"


def test_a_network_that_does_not_answer_is_an_answer(book):
    from casebook.actions.asking import ask_network

    monitor, channel = practice(book, post(1, "waited"))
    monitor.once()

    def fail(*_):
        raise Transient("unreachable")

    channel.look_up = fail
    request = ask_network(book, actor(book, "responder"), mention_of(book, "p1").case_id, "look_up")
    monitor.answer()
    with book.store.read() as work:
        assert work.requests.get(request.id).answer == {"outcome": "transient"}
