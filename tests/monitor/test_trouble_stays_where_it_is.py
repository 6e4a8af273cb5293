"""What goes wrong with one reply, request, post, listener or network holds up none of the others."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casebook.actions import hearing, sending, setting_up
from casebook.actions.asking import ask_network
from casebook.errors import Stale
from casebook.model import OutboxState
from monitor import intake
from monitor.channel import BadAnswer, Throttled, Transient
from monitor.requests import Rereading
from monitor.schedule import Polls
from redaction.vault import BrokenSeal
from tests.support.books import HANDLE, actor, clock_of, hear, real_book, rehearsal_book, scripted
from tests.support.practice import approved_reply, mention_of, post, practice
from tests.support.stores import run

PATIENCE = 20.0
"""Seconds after which a test gives up waiting."""


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path)


def desk_of(book, *posts):
    monitor, channel = practice(book, *posts)
    monitor.once()
    return monitor, channel


def spoil(book, mention):
    run(book.store, "UPDATE mention SET sealed=x'01' WHERE id=:id", id=mention.id)


def rows(book):
    with book.store.read() as work:
        return {row.mention_id: row for row in work.outbox.where()}


def outcomes(book):
    with book.store.read() as work:
        return {row.mention_id: (row.answer or {}).get("outcome") for row in work.requests.where()}


# Replies


def test_a_reply_whose_post_cannot_be_opened_waits_and_the_others_are_sent(book):
    monitor, channel = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    broken, whole = mention_of(book, "p1"), mention_of(book, "p2")
    approved_reply(book, broken)
    approved_reply(book, whole)
    spoil(book, broken)
    monitor.send()
    assert [rows(book)[m.id].state for m in (broken, whole)] == [OutboxState.QUEUED, OutboxState.SENT]
    assert rows(book)[broken.id].why == "unreadable"
    assert len(channel.network.replies()) == 1


def test_an_uncertain_reply_that_cannot_be_looked_for_stops_no_other(book):
    monitor, channel = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    for external_id in ("p1", "p2"):
        approved_reply(book, mention_of(book, external_id))
    first = sending.ready(book, "practice")[0]
    sending.begin(book, first, "another monitor", timedelta(minutes=2))
    sending.record_uncertain(book, first.outbox_id, "late")
    clock_of(book).advance(hours=1)

    def surprise(*_, **__):
        raise RuntimeError("a library's own surprise")

    channel.find_reply = surprise
    monitor.send()
    states = sorted(row.state for row in rows(book).values())
    assert states == sorted([OutboxState.SENT, OutboxState.UNCERTAIN])


def test_a_surprise_before_the_call_lets_that_reply_wait_and_the_next_go(book):
    monitor, channel = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    for external_id in ("p1", "p2"):
        approved_reply(book, mention_of(book, external_id))
    original = channel.look_up
    channel.look_up = lambda ids: [] if ids == ["p1"] else original(ids)
    monitor.send()
    assert rows(book)[mention_of(book, "p1").id].why == "unexpected"
    assert rows(book)[mention_of(book, "p2").id].state is OutboxState.SENT


@pytest.mark.parametrize("error", [Transient("unreachable"), RuntimeError()], ids=["network", "surprise"])
def test_a_reply_that_another_monitor_has_begun_is_not_queued_again(book, error):
    monitor, channel = desk_of(book, post(1, "I waited long"))
    approved_reply(book, mention_of(book, "p1"))
    [reply] = sending.ready(book, "practice")

    def look_up(_ids):
        sending.begin(book, reply, "another monitor", timedelta(minutes=2))
        raise error

    channel.look_up = look_up
    monitor.send()
    [row] = rows(book).values()
    assert (row.state, row.lease_owner) == (OutboxState.SENDING, "another monitor")


def test_a_network_that_names_a_past_time_is_not_called_again_within_a_minute(book):
    monitor, channel = desk_of(book, post(1, "I waited long"))
    approved_reply(book, mention_of(book, "p1"))

    def busy(*_, **__):
        raise Throttled("429", until=book.clock() - timedelta(hours=1))

    channel.reply = busy
    monitor.send()
    [row] = rows(book).values()
    assert row.not_before == book.clock() + timedelta(seconds=60)
    channel.fetch = busy
    monitor.once()
    with book.store.read() as work:
        [listener] = work.listeners.where()
    assert listener.next_due_at == book.clock() + timedelta(seconds=listener.interval_s)


def test_a_reply_for_a_network_that_is_not_reached_any_more_says_so(tmp_path):
    book = real_book(tmp_path)
    monitor, _ = practice(book)
    approved_reply(book, hear(book, "I waited long", channel="x"))
    assert sending.channels_waiting(book) == {"x"}
    monitor.send()
    [row] = rows(book).values()
    assert (row.state, row.why) == (OutboxState.QUEUED, "no_channel")


def test_a_lease_or_a_wait_written_by_a_clock_far_ahead_does_not_hold_a_reply(book):
    monitor, channel = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    for external_id in ("p1", "p2"):
        approved_reply(book, mention_of(book, external_id))
    first, second = sending.ready(book, "practice")
    clock_of(book).advance(days=400)
    sending.begin(book, first, "a monitor that died", timedelta(minutes=2))
    sending.record_waiting(book, second.outbox_id, "throttled", book.clock() + timedelta(minutes=5))
    clock_of(book).advance(days=-400)
    assert sending.recover(book, "another monitor") == [first.outbox_id]
    assert [reply.outbox_id for reply in sending.ready(book, "practice")] == [second.outbox_id]
    monitor.send()
    assert len(channel.network.replies()) == 1


# Requests


def test_a_request_about_a_post_that_cannot_be_opened_is_answered_and_so_are_the_others(book):
    monitor, _ = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    broken, whole = mention_of(book, "p1"), mention_of(book, "p2")
    for mention in (broken, whole):
        ask_network(book, actor(book, "responder"), mention.case_id, "look_up")
    spoil(book, broken)
    monitor.answer()
    assert outcomes(book) == {broken.id: "unreadable", whole.id: "same"}


def test_a_surprise_while_answering_is_the_answer(book):
    monitor, channel = desk_of(book, post(1, "I waited long"), post(2, "thank you"))
    first, second = mention_of(book, "p1"), mention_of(book, "p2")
    for mention in (first, second):
        ask_network(book, actor(book, "responder"), mention.case_id, "look_up")
    original = channel.look_up
    channel.look_up = lambda ids: [] if ids == ["p1"] else original(ids)
    monitor.answer()
    assert outcomes(book) == {first.id: "unexpected", second.id: "same"}


def test_a_request_for_a_network_that_is_not_reached_any_more_is_answered(tmp_path):
    book = real_book(tmp_path)
    monitor, _ = practice(book)
    mention = hear(book, "I waited long", channel="x")
    ask_network(book, actor(book, "responder"), mention.case_id, "look_up")
    monitor.answer()
    assert outcomes(book) == {mention.id: "no_channel"}


# Posts kept sealed


def test_two_sealed_posts_of_one_case_are_read_one_after_the_other(book):
    monitor, _ = practice(
        book, post(1, "Dr Okafor", conversation="c"), post(2, "Mrs Lindqvist", conversation="c")
    )
    scripted(book).unreadable = True
    monitor.once()
    scripted(book).unreadable = False
    assert monitor.rereading.run_once() == 2
    texts = [mention_of(book, external_id).text for external_id in ("p1", "p2")]
    assert texts in (["Dr ⟦name 1⟧", "Mrs ⟦name 2⟧"], ["Dr ⟦name 2⟧", "Mrs ⟦name 1⟧"])


@pytest.mark.parametrize(
    "error", [Stale(), RuntimeError("a very private sentence")], ids=["stale", "surprise"]
)
def test_replies_go_out_although_a_sealed_post_cannot_be_read_again(book, monkeypatch, caplog, error):
    monitor, channel = desk_of(book, post(1, "I waited long"))
    approved_reply(book, mention_of(book, "p1"))
    hear(book, "another", safe=False)

    def fail(*_):
        raise error

    monkeypatch.setattr(Rereading, "_read", fail)
    monitor.once()
    assert len(channel.network.replies()) == 1
    assert "a very private sentence" not in caplog.text


@pytest.mark.parametrize("error", [Stale(), RuntimeError()], ids=["stale", "surprise"])
def test_a_sealed_post_that_cannot_be_read_again_keeps_no_other_from_it(book, monkeypatch, error):
    monitor, _ = practice(book)
    hear(book, "one", safe=False)
    hear(book, "two", safe=False)
    original, asked = Rereading._read, []

    def fail_first(self, *given):
        asked.append(1)
        if len(asked) == 1:
            raise error
        return original(self, *given)

    monkeypatch.setattr(Rereading, "_read", fail_first)
    assert (monitor.rereading.run_once(), monitor.rereading.run_once()) == (1, 1)


def test_a_step_that_fails_stops_no_later_step(book, monkeypatch):
    monitor, channel = desk_of(book, post(1, "I waited long"))
    approved_reply(book, mention_of(book, "p1"))

    def fail():
        raise BrokenSeal

    monkeypatch.setattr(monitor, "answer", fail)
    monitor.once()
    assert len(channel.network.replies()) == 1


def test_posts_that_fail_every_time_keep_no_other_from_its_turn(book):
    monitor, _ = practice(book)
    for number in range(51):
        hear(book, f"never {number}", safe=False)
    hear(book, "a last one", safe=False)
    asked = []

    class Reader:
        def read(self, text, *, channel="", fields=None):
            asked.append(text)
            book.reader.unreadable = text.startswith("never")
            return book.reader.read(text, channel=channel, fields=fields)

    monitor.intake.reader = Reader()
    assert (monitor.rereading.run_once(), monitor.rereading.run_once()) == (0, 1)
    assert len(set(asked[:52])) == 52


# Listeners


def test_a_listener_that_cannot_be_opened_stops_no_other(book):
    monitor, _ = practice(book, post(1, "I waited long"))
    account = setting_up.ensure_account(book, "practice", HANDLE)
    setting_up.ensure_watch(book, "broken", "practice", account, {}, 60)
    with book.store.read() as work:
        broken = next(w for w in work.watches.where() if w.name == "broken")
        listener = work.listeners.find(watch_id=broken.id)
    run(book.store, "UPDATE listener SET cursor=x'01', next_due_at=0 WHERE id=:id", id=listener.id)
    assert hearing.due(book, whatever_due=True)[0] == listener.id
    assert monitor.once() == 1


def test_a_walk_whose_next_page_never_makes_sense_is_begun_again_and_the_gap_is_recorded(book):
    monitor, channel = practice(book, *(post(n, f"waited {n} hours") for n in range(30)))
    original = channel.fetch

    def fetch(watch, cursor):
        if cursor:
            raise BadAnswer("page that repeats")
        return original(watch, cursor)

    channel.fetch = fetch
    assert monitor.once() == 0
    with book.store.read() as work:
        [listener] = work.listeners.where()
    assert (listener.failures, listener.cursor is None) == (1, False)
    asked = []

    def fetch_again(watch, cursor):
        asked.append(bool(cursor))
        if cursor:
            raise BadAnswer("page that repeats")
        return replace(original(watch, cursor), more=False)

    channel.fetch = fetch_again
    monitor.once()
    assert asked == [True]
    monitor.once()
    assert asked == [True, True, False]
    [row] = book.queries.coverage(book.clock() - timedelta(days=1))
    assert (row.failures, row.last_gap.partition(" and ")[0]) == (0, "A walk could not be finished")


def test_a_walk_that_is_cut_for_its_length_goes_on_at_the_next_wake_up(book, monkeypatch):
    monkeypatch.setattr(intake, "LONGEST_WALK", 1)
    monitor, _ = practice(book, *(post(n, f"waited {n} hours") for n in range(45)))
    [listener] = hearing.due(book)
    heard = []
    while hearing.due(book):
        heard.append(monitor.listening.poll(listener))
    assert heard == [20, 20, 5]


def test_networks_that_answer_slowly_hold_up_neither_sending_nor_other_networks(tmp_path):
    book = rehearsal_book(tmp_path, lambda: datetime.now(UTC))
    from monitor.channels.practice import build
    from monitor.practice.script import script_of
    from monitor.service import Monitor

    channel = build(book.clock, script=script_of([post(1, "I waited long")]), visible_at_once=True)
    account = setting_up.ensure_account(book, "practice", HANDLE)
    setting_up.ensure_watch(book, "northvale", "practice", account, {}, 1)
    slow = setting_up.ensure_account(book, "slow", HANDLE)
    for number in range(6):
        setting_up.ensure_watch(book, f"slow{number}", "slow", slow, {}, 1)
    release, asked = threading.Event(), threading.Event()
    at_once = []

    class Slow:
        def fetch(self, *_):
            at_once.append(1)
            asked.set()
            release.wait(PATIENCE)
            raise Transient("slow")

    monitor = Monitor(book, {"practice": channel, "slow": Slow()}, scripted(book))
    stop = threading.Event()
    running = threading.Thread(target=monitor.run_until, args=(stop,), kwargs={"wake_every": 0.1})
    running.start()
    try:
        assert asked.wait(PATIENCE)
        became(lambda: mention_count(book) == 1)
        approved_reply(book, mention_of(book, "p1"))
        became(lambda: len(channel.network.replies()) == 1)
        assert len(at_once) == 1
    finally:
        stop.set()
        release.set()
        running.join(PATIENCE)


def test_a_poll_that_throws_frees_its_channel():
    done = threading.Event()

    def poll(listener_id):
        if listener_id == "first":
            raise RuntimeError
        done.set()

    polls = Polls(poll, 1)
    assert polls.start("first", "x")
    became(lambda: polls.start("second", "x"))
    assert done.wait(PATIENCE)
    polls.close()


def test_a_started_monitor_tries_once_more_what_needed_a_person(book):
    monitor, _ = practice(book, post(1, "waited"))
    lease = hearing.take(book, hearing.due(book)[0], "m", timedelta(minutes=2))
    now = book.clock()
    hearing.record_failure(book, lease, "credentials_refused", started_at=now, retry_at=now, stop=True)
    assert monitor.once() == 0
    stop = threading.Event()
    stop.set()
    monitor.run_until(stop)
    assert monitor.once() == 1


def mention_count(book):
    with book.store.read() as work:
        return len(work.mentions.where())


def became(so):
    """Wait until something is so; fails where it never is."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if so():
            return
        pause.wait(0.05)
    raise AssertionError("it never became so")
