"""The ledger: each poll says what it asked, what was not heard opens an incident, and it ends with a reason."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from casebook.actions import hearing, setting_up
from casebook.actions.covering import KEPT_SEALED, close_incident, find_incident, watch_over
from casebook.actions.hearing import record_failure, record_page, take
from casebook.book import Casebook
from casebook.coverage import CAUGHT_UP, HEARD_AGAIN, NOT_WANTED, patience, short
from casebook.errors import LeaseLost, NotAllowed, NotFound, Refusal, WrongState
from casebook.heard import Heard, ItemSetAside, PageRecord, TroubleRecord
from casebook.model import (
    Incident,
    IncidentKind,
    Listener,
    Poll,
    SetAside,
    incident_row,
    new_id,
    set_aside_row,
)
from casebook.states import LASTING
from redaction.sealing import open_text
from tests.support.books import actor, clock_of, page_of, read_post, scripted, take_listener
from tests.support.clock import START

MINUTE = timedelta(minutes=1)
K = IncidentKind


def listener(book: Casebook) -> Listener:
    with book.store.read() as work:
        return work.listeners.where()[0]


def polls(book: Casebook) -> list[Poll]:
    with book.store.read() as work:
        return work.polls.where()


def incidents(book: Casebook, *, open_only: bool = False) -> list[Incident]:
    with book.store.read() as work:
        return [one for one in work.incidents.where() if not open_only or one.closed_at is None]


def kinds(book: Casebook, *, open_only: bool = True) -> list[IncidentKind]:
    return sorted(one.kind for one in incidents(book, open_only=open_only))


def page(book: Casebook, heard: list[Heard] | None = None, **more: Any) -> int:
    """Commit one page now."""
    lease = take_listener(book)
    return record_page(book, lease, replace(page_of(book, heard or []), **more))


def fail(book: Casebook, outcome: str = "transient", **more: Any) -> None:
    lease = take_listener(book)
    record_failure(book, lease, outcome, started_at=book.clock(), retry_at=book.clock() + MINUTE, **more)


def trouble(
    outcome: str = "transient", incident: IncidentKind | None = None, says: str = ""
) -> TroubleRecord:
    return TroubleRecord(outcome=outcome, incident=incident, says=says)


def item(book: Casebook, body: str) -> ItemSetAside:
    key = new_id()
    return ItemSetAside(
        item_id=key,
        digest=book.vault.index(body, "set_aside|practice"),
        why="shape",
        sealed=book.vault.seal(body.encode(), set_aside_row(key)),
    )


def test_a_poll_keeps_everything_that_was_asked_and_seen(book: Casebook) -> None:
    told: dict[str, Any] = {
        "walk": "w1", "page": 3, "source": "mentions", "window_from": START - MINUTE, "window_to": START,
        "newest_at": START, "oldest_at": START - MINUTE, "cap": "800 mentions", "passed_over": 4, "calls": 2,
        "micros": 5000, "gap": "800 mentions",
    }  # fmt: skip
    page(book, **told, complete=False, set_aside=(item(book, "{"),))
    [poll] = polls(book)
    assert {name: getattr(poll, name) for name in told} == told
    assert (poll.set_aside, poll.complete, poll.outcome) == (1, False, "ok")


def test_an_ordinary_page_opens_nothing(book: Casebook) -> None:
    page(book, [read_post(book, "one")])
    clock_of(book).advance(minutes=2)
    page(book)
    assert incidents(book) == []


def test_a_page_with_trouble_is_no_success(book: Casebook) -> None:
    page(book)
    fail(book)
    before = listener(book)
    clock_of(book).advance(minutes=1)
    page(book, source="feed 2", trouble=trouble("bad_answer"))
    after = listener(book)
    assert (after.last_success_at, after.failures) == (before.last_success_at, 1)
    assert [(one.outcome, one.complete) for one in polls(book)][-1] == ("bad_answer", False)
    assert incidents(book) == []


def test_a_source_that_is_gone_is_told_of_and_ends_when_that_source_is_heard(book: Casebook) -> None:
    page(book, source="feed 1", more=True)
    page(book, source="feed 2", trouble=trouble("gone", K.SOURCE_GONE, "Gone."))
    [one] = incidents(book)
    assert (one.kind, one.source, one.says, one.from_at) == (K.SOURCE_GONE, "feed 2", "Gone.", START)
    page(book, source="feed 1")
    assert kinds(book) == [K.SOURCE_GONE]
    page(book, source="feed 2")
    [one] = incidents(book)
    assert (one.closed_by, one.closed_why) == ("monitor", HEARD_AGAIN)


def test_a_source_that_fails_for_too_long_is_not_heard_though_others_are(book: Casebook) -> None:
    for _ in range(6):
        page(book, source="feed 1", more=True)
        page(book, source="feed 2", trouble=trouble())
        clock_of(book).advance(minutes=1)
    [one] = incidents(book)
    assert (one.kind, one.source, one.from_at) == (K.NOT_HEARD, "feed 2", START)
    page(book, source="feed 2")
    assert incidents(book)[0].closed_why == HEARD_AGAIN


def test_a_failure_that_needs_a_person_opens_one_incident_and_a_good_page_ends_it(book: Casebook) -> None:
    page(book)
    for _ in range(3):
        clock_of(book).advance(minutes=1)
        fail(book, "credentials_refused", stop=True, incident=K.CREDENTIALS, says="They refuse us.")
        hearing.try_stopped(book)
    [one] = incidents(book)
    assert (one.kind, one.from_at, one.says) == (K.CREDENTIALS, START, "They refuse us.")
    clock_of(book).advance(minutes=30)
    assert watch_over(book) == 0, "the outage is told of once"
    page(book)
    [one] = incidents(book)
    assert (one.closed_why, one.closed_at, one.to_at) == (HEARD_AGAIN, book.clock(), book.clock())
    said = [row.kind for row in book.queries.audit(limit=500)]
    assert said.count("coverage.opened") == said.count("coverage.closed") == 1


def test_a_failure_can_say_where_the_next_poll_begins(book: Casebook) -> None:
    fail(book, cursor={"after": "there"})
    assert take_listener(book).cursor == {"after": "there"}


def test_no_good_poll_for_three_intervals_is_noticed_by_the_watchdog_alone(book: Casebook) -> None:
    page(book)
    clock_of(book).advance(minutes=3)
    assert watch_over(book) == 0
    clock_of(book).advance(seconds=1)
    assert watch_over(book) == 1
    assert watch_over(book) == 0
    [one] = incidents(book)
    assert (one.kind, one.from_at, one.opened_at) == (K.NOT_HEARD, START, book.clock())


def test_a_watch_that_never_answered_is_not_heard_from_its_first_try(book: Casebook) -> None:
    take_listener(book)
    hearing.give_back(book, "monitor-1")
    clock_of(book).advance(hours=1)
    assert watch_over(book) == 0, "nobody has asked yet"
    fail(book)
    clock_of(book).advance(minutes=4)
    assert watch_over(book) == 1
    assert incidents(book)[0].from_at == START + timedelta(hours=1)


def test_what_was_missed_while_no_monitor_ran_is_told_of_and_caught_up(book: Casebook) -> None:
    page(book)
    back = clock_of(book).advance(hours=5)
    page(book, more=True, cursor={"after": "1"})
    [one] = incidents(book)
    assert (one.kind, one.from_at, one.opened_at, one.closed_at) == (K.NOT_HEARD, START, back, None)
    page(book, more=True, cursor={"after": "2"})
    assert kinds(book) == [K.NOT_HEARD]
    page(book)
    [one] = incidents(book)
    assert (one.closed_why, one.to_at) == (CAUGHT_UP, back)


@pytest.mark.parametrize("loss", [{"gap": "too old"}, {"cap": "800"}, {"gap": "800", "cap": "800"}, {}])
def test_a_gap_in_the_walk_that_catches_up_stands(book: Casebook, loss: dict[str, str]) -> None:
    page(book)
    back = clock_of(book).advance(hours=5)
    page(book, walk="w2", page=1, more=True, complete=False, **loss)
    page(book, walk="w2", page=2)
    absence, standing = incidents(book)
    assert (absence.kind, absence.closed_why) == (K.NOT_HEARD, HEARD_AGAIN)
    assert standing.kind is (K.CAP if loss.get("cap") else K.GAP)
    assert (standing.from_at, standing.to_at, standing.closed_at) == (START, back, None)


def test_a_gap_on_a_later_page_reaches_back_to_before_the_walk(book: Casebook) -> None:
    page(book, walk="w1")
    clock_of(book).advance(minutes=2)
    page(book, walk="w2", page=1, more=True)
    clock_of(book).advance(seconds=20)
    page(book, walk="w2", page=2, complete=False, gap="The page was repeated.")
    [one] = incidents(book)
    assert (one.from_at, one.to_at) == (START, book.clock())


def test_a_network_that_could_be_asked_only_from_later_on_names_the_time_between(book: Casebook) -> None:
    page(book)
    now = clock_of(book).advance(days=20)
    asked_from = now - timedelta(days=7)
    page(book, complete=False, gap="too old", window_from=asked_from, window_to=now)
    gap = next(one for one in incidents(book) if one.kind is K.GAP)
    assert (gap.from_at, gap.to_at, gap.says) == (START, asked_from, "too old")


def test_a_gap_that_goes_on_is_one_that_grows_and_another_time_is_another(book: Casebook) -> None:
    page(book)
    for _ in range(3):
        clock_of(book).advance(minutes=1)
        page(book, complete=False, gap="a limit")
    [one] = incidents(book)
    assert (one.from_at, one.to_at) == (START, START + 3 * MINUTE)
    for _ in range(3):
        clock_of(book).advance(minutes=1)
        page(book)
    clock_of(book).advance(minutes=1)
    page(book, complete=False, gap="a limit")
    assert [one.from_at for one in incidents(book)] == [START, START + 6 * MINUTE]


def test_a_gap_of_the_same_window_is_not_told_of_twice(book: Casebook) -> None:
    window = {"window_from": START - timedelta(days=7), "window_to": START}
    for _ in range(3):
        page(book, complete=False, gap="a limit", **window)
    assert len(incidents(book)) == 1


def test_a_cap_at_each_poll_is_one_incident_that_lasts(book: Casebook) -> None:
    for _ in range(3):
        page(book, complete=False, cap="250 posts a search", gap="250 posts a search")
        clock_of(book).advance(minutes=1)
    page(book)
    [one] = incidents(book, open_only=True)
    assert (one.kind, one.says) == (K.CAP, "250 posts a search")


def test_items_are_kept_sealed_and_once(book: Casebook) -> None:
    page(book, source="feed 1", set_aside=(item(book, "<a"), item(book, "<a"), item(book, "<b")))
    page(book, source="feed 1", set_aside=(item(book, "<a"),))
    with book.store.read() as work:
        kept: list[SetAside] = work.items_set_aside.where()
    opened = sorted(book.vault.open(one.sealed or b"", set_aside_row(one.id)) for one in kept)
    assert opened == [b"<a", b"<b"]
    assert [(one.kind, one.source) for one in incidents(book, open_only=True)] == [(K.SET_ASIDE, "feed 1")]


def test_items_that_were_looked_at_are_not_told_of_again(book: Casebook) -> None:
    page(book, set_aside=(item(book, "<a"),))
    close_incident(book, actor(book, "manager"), incidents(book)[0].id, "a broken advert")
    page(book, set_aside=(item(book, "<a"),))
    assert incidents(book, open_only=True) == []
    page(book, set_aside=(item(book, "<c"),))
    assert kinds(book) == [K.SET_ASIDE]


def test_a_silence_ends_when_something_new_comes(book: Casebook) -> None:
    take_listener(book)
    with book.store.write() as work:
        one = Incident(
            id=new_id(), listener_id=listener(book).id, source="", kind=K.SILENCE, opened_at=START,
            from_at=START, to_at=None, says="quiet",
        )  # fmt: skip
        work.incidents.add(one)
        work.commit()
    page(book)
    assert kinds(book) == [K.SILENCE]
    page(book, [read_post(book, "one")])
    assert [one.closed_why for one in incidents(book)] == [HEARD_AGAIN]


def test_a_watch_that_is_not_listened_to_any_more_is_waited_for_no_more(book: Casebook) -> None:
    page(book, complete=False, gap="a limit")
    clock_of(book).advance(hours=1)
    watch_over(book)
    assert kinds(book) == [K.GAP, K.NOT_HEARD]
    setting_up.rest_watches(book, [])
    watch_over(book)
    assert kinds(book) == [K.GAP]
    assert {one.closed_why for one in incidents(book)} == {"", NOT_WANTED}
    assert watch_over(book) == 0


def test_a_person_closes_a_gap_with_words_that_are_sealed_and_shown_redacted(book: Casebook) -> None:
    page(book, complete=False, gap="a limit")
    [before] = incidents(book)
    why = "Looked at the network with Mrs Larkham; nothing about us"
    for who in ("responder", "approver"):
        with pytest.raises(NotAllowed):
            close_incident(book, actor(book, who), before.id, why)
    for empty in ("", "  ", "x" * 401):
        with pytest.raises(Refusal):
            close_incident(book, actor(book, "manager"), before.id, empty)
    closed = close_incident(book, actor(book, "governance"), before.id, why)
    assert closed.closed_why == "Looked at the network with Mrs ⟦name 1⟧; nothing about us"
    assert open_text(book.vault, incident_row(closed.id), closed.sealed or b"")["text"] == why
    [row] = book.queries.incidents()
    assert (row.closed_by, row.closed_at, row.closed_why) == ("Greer Oakshott", START, closed.closed_why)
    last = book.queries.audit(limit=500)[-1]
    assert (last.kind, last.who, last.facts["incident_kind"]) == ("coverage.closed", "Greer Oakshott", "gap")
    with pytest.raises(WrongState):
        close_incident(book, actor(book, "governance"), before.id, why)


def test_a_reason_that_cannot_be_read_is_kept_sealed(book: Casebook) -> None:
    page(book, complete=False, gap="a limit")
    scripted(book).unreadable = True
    closed = close_incident(book, actor(book, "manager"), incidents(book)[0].id, "words of Mrs Larkham")
    assert closed.closed_why == KEPT_SEALED


def test_what_still_holds_opens_again_after_it_was_closed(book: Casebook) -> None:
    page(book)
    clock_of(book).advance(hours=1)
    watch_over(book)
    close_incident(book, actor(book, "manager"), incidents(book)[0].id, "the network is down")
    assert watch_over(book) == 1
    assert [one.from_at for one in incidents(book)] == [START, START]


def test_an_incident_is_found_by_the_end_of_its_id(book: Casebook) -> None:
    page(book, complete=False, gap="a limit")
    [one] = incidents(book)
    assert find_incident(book, short(one.id).upper()) == one.id
    for nothing in ("", " ", "zzzzzz"):
        with pytest.raises(NotFound):
            find_incident(book, nothing)


def test_open_incidents_are_listed_first_and_closed_ones_from_a_time_on(book: Casebook) -> None:
    page(book)
    clock_of(book).advance(hours=1)
    page(book, complete=False, gap="a limit")
    clock_of(book).advance(minutes=1)
    page(book, source="feed 1", set_aside=(item(book, "<a"),))
    assert [one.kind for one in book.queries.incidents()] == [K.SET_ASIDE, K.GAP, K.NOT_HEARD]
    assert [one.kind for one in book.queries.incidents(open_only=True)] == [K.SET_ASIDE, K.GAP]
    later = book.clock()
    assert K.NOT_HEARD not in [one.kind for one in book.queries.incidents(since=later)]
    [row] = book.queries.coverage(START)
    assert [one.kind for one in row.open] == [K.SET_ASIDE, K.GAP]
    assert (row.set_aside, row.polls, row.last_outcome, row.active) == (1, 3, "ok", True)


WHATEVER = (
    *((("page", how),) for how in ("whole", "more", "gap", "cap", "trouble", "new")),
    *((("fail", how),) for how in ("transient", "credentials", "over_budget")),
    *((("wait", seconds),) for seconds in (20, 61, 200, 4_000, 90_000)),
    (("watch", ""),),
    (("close", ""),),
    (("wait", 61), ("page", "gap")),
    (("wait", 200), ("page", "whole")),
)


def story(seed: int) -> list[tuple[str, Any]]:
    """Thirty things that happen, one after another, whatever they are."""
    dice = random.Random(seed)
    return [step for _ in range(30) for step in dice.choice(WHATEVER)]


@pytest.mark.parametrize("seed", range(25))
def test_every_stretch_without_a_good_poll_is_in_an_incident_or_is_an_ordinary_interval(
    book: Casebook, seed: int
) -> None:
    good = play(book, story(seed))
    assert uncovered(book, good) == []
    assert told_once(book)


def play(book: Casebook, steps: list[tuple[str, Any]]) -> list[datetime]:
    """Live through a story that begins with one good poll; returns when polls were good and complete."""
    clock = clock_of(book)
    page(book)
    good = [book.clock()]
    for walk, (what, how) in enumerate(steps):
        match what, how:
            case "page", "gap":
                page(book, walk=f"w{walk}", complete=False, gap="a limit")
            case "page", "cap":
                page(book, walk=f"w{walk}", complete=False, cap="800")
            case "page", "trouble":
                page(book, walk=f"w{walk}", source="feed 2", trouble=trouble())
            case "page", _:
                page(
                    book,
                    [read_post(book, "one")] if how == "new" else [],
                    walk=f"w{walk}",
                    more=how == "more",
                )
                good.append(book.clock())
            case "fail", "transient":
                fail(book)
            case "fail", _:
                fail(book, how, incident=K(how), stop=how == "credentials")
            case "wait", seconds:
                clock.advance(seconds=seconds)
            case "watch", _:
                watch_over(book)
            case _:
                # A story may last longer than a session: the manager signs in anew.
                for one in incidents(book, open_only=True):
                    close_incident(book, actor(book, "manager"), one.id, "looked at")
    watch_over(book)
    return good


def uncovered(book: Casebook, good: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Stretches between good polls (and up to now) that are too long and in no incident."""
    limit, now = patience(listener(book).interval_s), book.clock()
    windows = sorted(
        (one.from_at or START, one.to_at or one.closed_at or now)
        for one in incidents(book)
        if one.kind is not K.SET_ASIDE
    )
    left = []
    for start, end in zip(good, [*good[1:], now], strict=True):
        at = start
        for a, b in windows:
            if a <= at:
                at = max(at, b)
        if end - at > limit:
            left.append((at, end))
    return left


def told_once(book: Casebook) -> bool:
    """Of a kind that ends by itself no two are open for one source."""
    found = [(one.kind, one.source) for one in incidents(book, open_only=True) if one.kind not in LASTING]
    return len(found) == len(set(found))


def test_the_property_would_notice_a_silent_outage(book: Casebook) -> None:
    page(book)
    good = [book.clock()]
    clock_of(book).advance(hours=1)
    assert uncovered(book, good) == [(START, book.clock())]


def test_a_monitor_that_was_replaced_opens_nothing(book: Casebook) -> None:
    lease = take_listener(book)
    take(book, lease.listener_id, lease.owner, 2 * MINUTE)
    record: PageRecord = replace(page_of(book, []), complete=False, gap="a limit")
    with pytest.raises(LeaseLost):
        record_page(book, lease, record)
    assert incidents(book) == []
