"""`coverage`: the state first, in words; what may be missing; and closing it with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from casebook.actions import hearing
from casebook.coverage import short
from tests.support.books import page_of, read_post, take_listener


@pytest.fixture
def gap(home) -> str:
    """A watch that was heard, with a gap; the id that people type."""
    book = home.book()
    heard = [read_post(book, "We waited at Northvale General")]
    hearing.record_page(book, take_listener(book), page_of(book, heard))
    hearing.record_page(
        book,
        take_listener(book),
        replace(
            page_of(book, []),
            complete=False,
            gap="The search gave 250 \x1b[2Jposts.",
            source="feed \x9b31m",
            calls=3,
        ),
    )
    [incident] = book.queries.incidents()
    book.store.close()
    return short(incident.incident_id)


def test_each_watch_comes_with_its_state_and_each_incident_with_what_to_do(home, gap):
    home.sign_in("robin")
    lines = home.ok("coverage").out.splitlines()
    assert lines[0].startswith("listening: northvale on practice. Listened to ")
    assert "(2 pages, 1 new post, 1 incomplete page, 3 requests.)" in lines[0]
    assert lines[1].startswith(f"OPEN {gap} gap: northvale on practice, feed ")
    assert lines[2].strip().endswith(f"voicedesk coverage --close {gap}")
    assert not {"\x1b", "\x9b"} & set("".join(lines))


def test_json_holds_state_sentence_and_incidents(home, gap):
    home.sign_in("robin")
    [row] = home.ok("coverage", "--json").data
    assert (row["state"], row["listened_to"], row["calls"]) == ("listening", True, 3)
    [incident] = row["incidents"]
    assert (incident["kind"], incident["closed_at"], incident["closed_by"]) == ("gap", None, "")
    assert incident["incident_id"].endswith(gap)


def test_an_incident_is_closed_in_a_persons_name_and_its_words_are_redacted(home, gap):
    assert home.run("coverage", "--close", gap, "--why", "seen").code == 1, "nobody is signed in"
    home.sign_in("robin")
    assert home.run("coverage", "--close", gap, "--why", "seen").code == 1, "a responder may not"
    home.sign_in("greer")
    before = home.entries()
    tried = home.ok("coverage", "--close", gap, "--why", "seen", "--dry-run")
    assert "Dry run" in tried.err
    assert home.entries() == before
    assert "is closed" in home.ok("coverage", "--close", gap, typed="Asked Mrs Larkham: nothing more").err
    shown = home.ok("coverage").out
    assert "by Greer Oakshott: Asked Mrs ⟦name 1⟧: nothing more." in shown
    assert "Larkham" not in shown
    ran = home.run("coverage", "--close", gap, "--why", "again")
    assert (ran.code, "closed already" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--close", "zzzzzz", "--why", "seen"), 1, "There is no incident"),
        (("--close", "GAP", "--why", " "), 1, "Give a reason"),
        (("--why", "seen"), 2, "--close ID"),
    ],
)
def test_wrong_use_closes_nothing(home, gap, words, code, says):
    home.sign_in("greer")
    ran = home.run("coverage", *(gap if word == "GAP" else word for word in words))
    assert (ran.code, says in ran.err) == (code, True)
    assert home.ok("coverage").out.count("OPEN") == 1


def test_quiet_and_broken_look_different_though_no_monitor_runs(home):
    book = home.book()
    hearing.record_page(book, take_listener(book), page_of(book, []))
    book.store.close()
    home.sign_in("robin")
    assert home.ok("coverage").out.startswith("quiet: northvale on practice. Listened to ")
    assert "Nothing is known to be missing of the last 7 days." in home.ok("coverage").out
    book = home.book()
    with book.store.write() as work:
        [listener] = work.listeners.where()
        work.listeners.save(replace(listener, last_success_at=book.clock() - timedelta(hours=5)))
        work.commit()
    book.store.close()
    assert home.ok("coverage").out.startswith(
        "NOT HEARD: northvale on practice. Not heard: last heard well 5 hours"
    )


def test_without_a_watch_it_says_the_next_step(home):
    home.sign_in("robin")
    assert "Configure a [[watch]]" in home.ok("coverage").out
