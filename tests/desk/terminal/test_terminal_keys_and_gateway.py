"""Commands are declared once and honoured everywhere; the gateway holds one person; the desk starts lean."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from casebook.book import Casebook
from casebook.errors import NotAllowed, NotSignedIn, RehearsalOnly, SignInFailed
from desk.terminal import keys, words
from desk.terminal.gateway import VIEWS, Act, Gateway
from desk.terminal.palette import DeskCommands
from desk.terminal.screens.approval import ApprovalScreen
from desk.terminal.screens.case import CaseScreen
from desk.terminal.screens.compose import ComposeScreen
from desk.terminal.screens.coverage import CoverageScreen
from desk.terminal.screens.help import HelpScreen
from desk.terminal.screens.place import Place
from desk.terminal.screens.queue import QueueScreen
from desk.terminal.screens.sign_in import SignInScreen
from policies.facts import Verdict
from tests.desk.terminal.driving import NARROW, at_the_desk
from tests.support.books import PASSWORD, hear, real_book
from tests.support.replies import submitted

SCREENS: tuple[type[Place], ...] = (
    SignInScreen, QueueScreen, CaseScreen, ComposeScreen, ApprovalScreen, CoverageScreen, HelpScreen,
)  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_every_command_of_a_place_has_its_method_and_a_key_of_its_own(screen: type[Place]) -> None:
    assert keys.PLACES[screen.NAME] == screen.KEYS
    pressed = [key for command in screen.KEYS for key in command.keys]
    assert len(pressed) == len(set(pressed))
    for command in screen.KEYS:
        assert callable(getattr(screen, f"do_{command.name}"))
        assert command.help.endswith(".")


async def test_the_help_lists_every_command_that_the_person_may_use(book: Casebook) -> None:
    case_id = hear(book, "We waited.").case_id
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(case_id)
        offered = hand.app.screen.offered()
        await hand.press("question_mark")
        for command in offered:
            assert command.help in hand.words
        await hand.press("escape")
        assert isinstance(hand.app.screen, CaseScreen)


async def test_the_palette_holds_our_commands_and_no_screenshot(book: Casebook) -> None:
    async with at_the_desk(book, "manager") as hand:
        provider = DeskCommands(hand.app.screen)
        found = [hit.text async for hit in provider.discover()]
        assert "claim (c)" in found
        assert "stop sending (Ctrl+X)" in found
        assert not any("creenshot" in (name or "") for name in found)
        assert {DeskCommands} == hand.app.COMMANDS
        await hand.press("ctrl+p", *"stop", "down", "enter")
        assert "Stop all sending at once" in hand.words


async def test_a_key_in_the_bar_can_be_clicked(book: Casebook) -> None:
    hear(book, "We waited.")
    async with at_the_desk(book, "responder", NARROW) as hand:
        bar = hand.screen.splitlines()[-1]
        await hand.pilot.click(offset=(bar.index("help"), 23))
        await hand.settle()
        assert isinstance(hand.app.screen, HelpScreen)


async def test_a_case_opens_by_mouse(book: Casebook) -> None:
    hear(book, "We waited.")
    async with at_the_desk(book, "responder", NARROW) as hand:
        await hand.pilot.click(offset=(40, 4))
        await hand.settle()
        assert isinstance(hand.app.screen, CaseScreen)


@pytest.mark.parametrize("width", [80, 100])
async def test_nothing_important_is_lost_at_the_sides(book: Casebook, width: int) -> None:
    waiting = submitted(book)
    async with at_the_desk(book, "approver", (width, 24)) as hand:
        for _ in range(2):
            lines = hand.screen.splitlines()
            assert all(len(line) <= width for line in lines)
            assert "REHEARSAL — nothing leaves this computer" in lines[1]
            assert "Avery Coldwell (approver)" in lines[0]
            assert "? help" in lines[-1]
            await hand.open_case(waiting.case_id)


def test_words_exist_for_every_view_state_and_role() -> None:
    from casebook.model import CaseStatus, DraftState, OutboxState
    from policies.facts import Role

    assert set(words.VIEW_TITLES) == set(words.EMPTY_VIEWS) == set(VIEWS)
    assert set(words.STATUS_WORDS) == set(CaseStatus)
    assert set(words.DRAFT_WORDS) == set(DraftState)
    assert set(words.OUTBOX_WORDS) == set(OutboxState)
    assert set(words.ROLE_WORDS) == set(Role)
    assert set(words.VERDICT_WORDS) == set(words.VERDICT_SIGNS) == {"", *Verdict}


def test_nobody_acts_through_the_gateway_before_signing_in(book: Casebook) -> None:
    gateway = Gateway(book, rehearsal=True)
    assert not gateway.signed_in
    assert not gateway.may(Act.VIEW)
    with pytest.raises(NotSignedIn):
        gateway.queue("open")
    gateway.rehearse_as("responder")
    assert gateway.may(Act.DRAFT)
    assert not gateway.may(Act.APPROVE)
    gateway.sign_out()
    with pytest.raises(NotSignedIn):
        gateway.claim("0" * 32)


def test_a_real_casebook_offers_no_roles_whatever_is_asked_for(tmp_path: Path) -> None:
    book = real_book(tmp_path)
    gateway = Gateway(book, rehearsal=True)
    assert not gateway.rehearsal
    assert gateway.people() == []
    with pytest.raises(RehearsalOnly):
        gateway.rehearse_as("responder")
    with pytest.raises(SignInFailed):
        gateway.sign_in("responder", "wrong words entirely")
    assert gateway.sign_in("responder", PASSWORD).username == "responder"
    book.store.close()


async def test_the_reading_engine_starts_once_in_a_thread_after_the_first_frame(book: Casebook) -> None:
    from desk.terminal.app import DeskApp

    seen: list[tuple[str, bool]] = []
    app = DeskApp(
        Gateway(
            book,
            rehearsal=True,
            on_reader_start=lambda: seen.append((threading.current_thread().name, app.screen.is_mounted)),
        ),
        poll_seconds=3600,
    )
    async with app.run_test() as pilot:
        for _ in range(50):
            await pilot.pause(0.01)
    assert len(seen) == 1
    name, drawn = seen[0]
    assert name != threading.main_thread().name
    assert drawn


def test_importing_the_desk_loads_no_engine_no_network_client_and_no_migration() -> None:
    heavy = (
        "presidio_analyzer",
        "spacy",
        "tweepy",
        "praw",
        "alembic",
        "keyring",
        "apscheduler",
        "requests",
        "thinc",
    )
    code = (
        f"import sys, json, desk.terminal.app; print(json.dumps([n for n in {heavy!r} if n in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert json.loads(done.stdout) == []


def test_every_colour_scheme_names_every_tag() -> None:
    from desk.terminal import themes

    assert {theme.name for theme in themes.ALL} == set(themes.THEMES)
    for theme in themes.ALL:
        assert set(themes.DEFAULTS) <= set(theme.variables)
    assert themes.suitable("standard") == "voicedesk-16-dark"
    assert themes.suitable("truecolor") == themes.suitable("256") == "voicedesk-dark"


def test_what_the_record_no_longer_allows_is_not_shown_at_an_open_desk(book: Casebook) -> None:
    case_id = hear(book, "We waited.").case_id
    gateway = Gateway(book, rehearsal=True)
    person = gateway.rehearse_as("responder").staff_id
    assert gateway.queue("open")

    with book.store.write() as work:
        work.staff.save(replace(work.staff.get(person), roles=("administrator",)))
        work.commit()
    for look in (lambda: gateway.queue("open"), gateway.counts, lambda: gateway.case(case_id)):
        with pytest.raises(NotAllowed, match="looks at no cases"):
            look()

    with book.store.write() as work:
        work.staff.save(replace(work.staff.get(person), roles=("responder",), active=False))
        work.commit()
    for look in (lambda: gateway.queue("open"), gateway.counts, lambda: gateway.case(case_id)):
        with pytest.raises(NotSignedIn):
            look()
