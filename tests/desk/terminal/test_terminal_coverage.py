"""Coverage at the desk: what is not listened to is said in words, what was lost is listed and closed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from casebook.actions import covering, hearing
from casebook.actions.setting_up import ensure_account, ensure_watch
from casebook.book import Casebook
from casebook.model import IncidentKind
from desk.terminal.app import DeskApp
from desk.terminal.gateway import Gateway
from desk.terminal.palette import DeskCommands
from desk.terminal.screens.coverage import NO_INCIDENT, CoverageScreen
from tests.desk.terminal.driving import NARROW, WIDE, Hand, at_the_desk
from tests.support.books import HANDLE, actor, clock_of, page_of, read_post, take_listener

HOSTILE = "feed \x1b]0;owned\x07 [bold]2[/bold] \u202egnol"


def page(book: Casebook, channel: str = "practice", words: str = "", **more: Any) -> None:
    lease = take_listener(book, channel)
    heard = [read_post(book, words, channel=channel)] if words else []
    hearing.record_page(book, lease, replace(page_of(book, heard), **more))


def lost_something(book: Casebook) -> str:
    """A watch with a gap; the incident's id."""
    page(book, words="We waited.")
    clock_of(book).advance(minutes=2)
    page(book, complete=False, gap="The network gave 250 posts and no more.")
    return book.queries.incidents()[0].incident_id


async def test_without_a_watch_the_screen_says_the_next_step(book: Casebook) -> None:
    async with at_the_desk(book, "responder") as hand:
        await hand.press("L")
        assert isinstance(hand.app.screen, CoverageScreen)
        assert "Add a [[watch]] to the configuration, and start the monitor: voicedesk listen" in hand.words
        await hand.press("c", "q")
        assert not isinstance(hand.app.screen, CoverageScreen)


async def test_a_watch_that_is_fine_is_told_from_one_that_is_quiet_and_one_that_broke(book: Casebook) -> None:
    page(book, "x", "We waited.")
    page(book, "reddit")
    page(book, "practice", "We waited, too.")
    clock_of(book).advance(minutes=2)
    page(book, "x")
    page(book, "reddit")
    clock_of(book).advance(minutes=2)
    async with at_the_desk(book, "responder") as hand:
        await hand.press("L")
        assert "listening northvale on X. Listened to 2 minutes ago" in hand.words
        assert "quiet northvale on Reddit. Listened to 2 minutes ago; nothing is new" in hand.words
        assert "NOT HEARD northvale on practice. Not heard: last heard well 4 minutes ago" in hand.words
        assert " ".join(NO_INCIDENT.split()) in hand.words


async def test_the_bars_count_incidents_and_say_what_is_not_listened_to(book: Casebook) -> None:
    lost_something(book)
    async with at_the_desk(book, "responder", NARROW) as hand:
        assert "L Coverage 1" in hand.words
        hand.app.look_for_news()
        await hand.settle()
        assert "NOT HEARD" not in hand.words
        clock_of(book).advance(minutes=10)
        hand.app.look_for_news()
        await hand.settle()
        assert "▲ 1 watch NOT HEARD (L)" in hand.screen.splitlines()[1]
        assert "REHEARSAL — nothing leaves this computer" in hand.screen.splitlines()[1]
        page(book)
        hand.app.look_for_news()
        await hand.settle()
        assert "NOT HEARD" not in hand.words


async def test_the_side_bar_and_the_palette_lead_there(book: Casebook) -> None:
    lost_something(book)
    async with at_the_desk(book, "responder") as hand:
        found = [hit.text async for hit in DeskCommands(hand.app.screen).discover()]
        assert "coverage (L)" in found
        await hand.press("tab", *["j"] * 9, "enter")
        assert isinstance(hand.app.screen, CoverageScreen)


async def test_a_gap_is_closed_with_a_reason_that_is_kept(book: Casebook) -> None:
    incident_id = lost_something(book)
    async with at_the_desk(book, "manager") as hand:
        await hand.press("L")
        assert "▲ open gap: northvale on practice" in hand.words
        assert "The network gave 250 posts and no more." in hand.words
        await hand.press("c")
        assert isinstance(hand.app.focused, Input)
        await hand.press("enter")
        assert "Give a reason" in hand.words, "an empty reason closes nothing"
        await hand.type_into("#reason", "Looked at the network with Mrs Larkham: nothing about us")
        await hand.press("enter")
        assert "The incident is closed; your reason is kept." in hand.words
        assert "by Morgan Thistle: Looked at the network with Mrs ⟦name 1⟧: nothing about us" in hand.words
        await hand.press("c")
        assert "closed already" in hand.words
    [row] = book.queries.incidents()
    assert (row.incident_id, row.closed_by) == (incident_id, "Morgan Thistle")


async def test_who_may_not_decide_about_listening_is_told_so(book: Casebook) -> None:
    lost_something(book)
    async with at_the_desk(book, "responder") as hand:
        await hand.press("L", "c")
        assert "Your role does not allow this" in hand.words
    assert book.queries.incidents()[0].closed_at is None


async def test_words_of_a_channel_are_drawn_as_foreign_text(book: Casebook) -> None:
    page(book, source=HOSTILE, complete=False, gap=f"gap {HOSTILE}", cap="")
    async with at_the_desk(book, "manager") as hand:
        await hand.press("L")
        assert "[bold]2[/bold]" in hand.words
        assert not {"\x1b", "\x07", "\u202e"} & set(hand.screen)


async def test_an_outage_that_ended_says_how(book: Casebook) -> None:
    page(book)
    clock_of(book).advance(hours=2)
    page(book)
    async with at_the_desk(book, "manager") as hand:
        await hand.press("L")
        assert "closed not heard: northvale on practice" in hand.words
        assert "it was heard again, and everything in between with it" in hand.words


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
def test_the_coverage_looks_as_it_did(
    book: Casebook, snap_compare: Callable[..., bool], size: tuple[int, int]
) -> None:
    page(book, "x", "We waited.")
    page(book, "reddit")
    account = ensure_account(book, "mastodon", HANDLE)
    ensure_watch(book, "feeds", "mastodon", account, {}, 600)
    clock_of(book).advance(hours=2)
    page(book, "x", "And waited.")
    page(book, "x", complete=False, gap="The search gave 250 posts and no more; older ones may be missing.")
    covering.watch_over(book)
    first = next(one for one in book.queries.incidents() if one.kind is IncidentKind.GAP)
    covering.close_incident(
        book, actor(book, "governance"), first.incident_id, "Looked there; nothing about us"
    )
    page(book, "x", complete=False, cap="The network shows the newest 800 mentions alone.")
    app = DeskApp(Gateway(book, rehearsal=True), poll_seconds=3600)

    async def before(pilot: Pilot[None]) -> None:
        hand = Hand(app, pilot, book)
        await hand.settle()
        await hand.sign_in_as("manager")
        app.look_for_news()
        await hand.settle()
        await hand.press("L")

    assert snap_compare(app, terminal_size=size, run_before=before)
