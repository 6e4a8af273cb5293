"""A hand at the terminal: a real app over a real casebook, driven by keys, read as text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from casebook.book import Casebook
from casebook.queries import CaseView
from desk.terminal.app import DeskApp
from desk.terminal.gateway import Gateway
from desk.terminal.screens.case import CaseScreen

_FRAMES = dict.fromkeys(map(ord, "│┃║╭╮╰╯─━┏┓┗┛▊▎▔▁▌▐█"), " ")

NARROW, WIDE = (80, 24), (120, 40)
USUAL = (104, 28)
"""Wide enough for two columns, and quick to draw."""


@dataclass
class Hand:
    """Presses keys, waits until the desk has come to rest, reads the screen."""

    app: DeskApp
    pilot: Pilot[None]
    book: Casebook

    async def settle(self) -> None:
        """Wait until no job runs and every widget has read its messages, five times over."""
        quiet = 0
        for _ in range(1000):
            await self.pilot._wait_for_screen()
            busy = any(worker.is_running for worker in self.app.workers)
            quiet = 0 if busy else quiet + 1
            if quiet == 5:
                return
            await asyncio.sleep(0.006)

    async def press(self, *keys: str) -> None:
        """Press keys, waiting after each."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def sign_in_as(self, username: str) -> None:
        """Sign in as somebody, past the chooser."""
        self.app.welcome(self.app.gateway.rehearse_as(username))
        await self.settle()

    async def open_case(self, case_id: str) -> None:
        """Go to a case."""
        self.app.push_screen(CaseScreen(case_id))
        await self.settle()

    async def type_into(self, selector: str, text: str) -> None:
        """Put a text into a field at once."""
        field = self.app.screen.query_one(selector)
        if isinstance(field, TextArea):
            field.load_text(text)
        else:
            assert isinstance(field, Input)
            field.value = text
        await self.settle()

    @property
    def screen(self) -> str:
        """The text of what is on screen now."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    @property
    def words(self) -> str:
        """The same without frames, white space run together."""
        return " ".join(self.screen.translate(_FRAMES).split())

    def case(self, case_id: str) -> CaseView:
        """The case as it is in the record."""
        return self.book.queries.case(case_id, self.book.clock())


@asynccontextmanager
async def at_the_desk(
    book: Casebook, who: str = "", size: tuple[int, int] = USUAL, *, rehearsal: bool = True
) -> AsyncIterator[Hand]:
    """The desk, running; with `who` signed in already. News is looked for only when a test asks."""
    app = DeskApp(Gateway(book, rehearsal=rehearsal), poll_seconds=3600)
    async with app.run_test(size=size) as pilot:
        hand = Hand(app, pilot, book)
        await hand.settle()
        if who:
            await hand.sign_in_as(who)
        yield hand
