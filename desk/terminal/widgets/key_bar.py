"""The line at the foot: the keys of this place that fit, help always among them, each to be clicked, too."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click, Resize
from textual.widgets import Static

from desk.terminal.keys import Command
from desk.terminal.messages import Chosen


class KeyBar(Static):
    """Draws commands; a click on one sends `Chosen`."""

    ALLOW_SELECT = False

    def __init__(self, commands: tuple[Command, ...] = ()) -> None:
        super().__init__()
        self._commands = commands
        self._places: list[tuple[int, int, str]] = []

    def show(self, commands: tuple[Command, ...]) -> None:
        """Show other commands."""
        self._commands = commands
        self._draw()

    def on_resize(self, event: Resize) -> None:
        """Fit what is shown into the new width."""
        self._draw()

    def _draw(self) -> None:
        wanted = [command for command in self._commands if command.footer]
        last = [command for command in wanted if command.name in {"back", "help"}]
        others = [command for command in wanted if command.name not in {"back", "help"}]
        room = self.size.width - sum(_width(command) for command in last)
        while others and sum(_width(command) for command in others) > room:
            others.pop()
        parts: list[Content] = []
        self._places = []
        at = 0
        for command in others + last:
            self._places.append((at, at + _width(command), command.name))
            at += _width(command)
            parts.append(Content.styled(f" {command.key}", "bold $text-primary"))
            parts.append(Content(f" {command.label} "))
        self.update(Content("").join(parts))

    def on_click(self, event: Click) -> None:
        """Ask for the command under the mouse."""
        event.stop()
        for start, end, name in self._places:
            if start <= event.x < end:
                self.post_message(Chosen(name))


def _width(command: Command) -> int:
    return len(command.key) + len(command.label) + 3
