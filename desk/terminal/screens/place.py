"""What every place of the desk has: top bar, status line, key bar, commands, and news from the casebook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key, ScreenResume
from textual.screen import Screen
from textual.widget import Widget

from desk.terminal.gateway import Gateway
from desk.terminal.keys import Command, find
from desk.terminal.messages import Changed, Chosen
from desk.terminal.widgets.key_bar import KeyBar
from desk.terminal.widgets.status_line import StatusLine
from desk.terminal.widgets.top_bar import TopBar
from desk.terminal.working import Working


class Place(Working, Screen[None]):
    """A whole screen. A subclass names itself, lists its commands and composes its `body`."""

    NAME: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Command, ...]] = ()
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual reads it so

    key_pressed: str = ""
    """The key behind the command that is being obeyed."""

    def compose(self) -> ComposeResult:
        """Bars around the body."""
        yield TopBar()
        yield from self.body()
        with Vertical(id="foot"):
            yield StatusLine()
            yield KeyBar()

    def body(self) -> Iterable[Widget]:
        """The widgets of this place."""
        return ()

    @property
    def gateway(self) -> Gateway:
        """The way to the casebook."""
        return self.desk.gateway

    @property
    def status(self) -> StatusLine:
        """The line that answers."""
        return self.query_one(StatusLine)

    @property
    def where(self) -> str:
        """This place in words, for the top bar."""
        return self.NAME

    @property
    def account(self) -> tuple[str, str] | None:
        """Handle and channel of the account that would answer here, where one does."""
        return None

    def offered(self) -> tuple[Command, ...]:
        """The commands that this person may use here."""
        return tuple(one for one in self.KEYS if one.act is None or self.gateway.may(one.act))

    def draw_bars(self) -> None:
        """Draw top bar and key bar again."""
        self.query_one(TopBar).show(self.where, self.desk.standing(), self.account)
        self.query_one(KeyBar).show(self.offered())

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Back on top: the bars may have changed meanwhile."""
        self.draw_bars()

    def say_failed(self, sentence: str) -> None:
        """Show why something was not done."""
        self.status.refuse(sentence)

    def on_changed(self, message: Changed) -> None:
        """Somebody did something: look again."""
        self.look_again()

    def look_again(self) -> None:
        """Read anew what is shown here."""

    def on_key(self, event: Key) -> None:
        """Obey the command that a key stands for here."""
        command = find(self.KEYS, event.key)
        if command is not None:
            event.stop()
            event.prevent_default()
            self.key_pressed = event.key
            self.obey(command)

    def on_chosen(self, message: Chosen) -> None:
        """Obey a command chosen by mouse."""
        command = next((one for one in self.KEYS if one.name == message.name), None)
        if command is not None:
            self.obey(command)

    def obey(self, command: Command) -> None:
        """Do what a command asks, where the person's roles allow it."""
        if command.act is not None and not self.gateway.may(command.act):
            self.status.refuse(f"Your role does not allow this ({command.label}). Nothing was changed.")
            return
        self.status.clear()
        getattr(self, f"do_{command.name}")()

    def do_help(self) -> None:
        """Show what every key does here."""
        from desk.terminal.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.NAME, self.offered()))

    def do_back(self) -> None:
        """Go back one step."""
        self.app.pop_screen()

    def do_sign_out(self) -> None:
        """End the session."""
        self.desk.sign_out()

    def do_stop_sending(self) -> None:
        """Stop or allow all sending, after a question."""
        self.desk.switch_sending()
