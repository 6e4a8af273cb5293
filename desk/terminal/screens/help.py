"""What every key does, here and everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from desk.terminal import words
from desk.terminal.keys import EVERYWHERE, HELP_SCREEN, Command
from desk.terminal.screens.place import Place


class HelpScreen(Place):
    """The commands of the place that was left, then those of every place."""

    NAME = "Help"
    KEYS = HELP_SCREEN

    def __init__(self, place: str, commands: tuple[Command, ...]) -> None:
        super().__init__()
        self._place = place
        self._commands = commands

    @property
    def where(self) -> str:
        """Which place the help is about."""
        return f"{self._place} › Help"

    def body(self) -> Iterable[Widget]:
        """One scroll of keys and sentences."""
        with VerticalScroll(id="help"):
            yield Static(self._keys(), classes="part")

    def _keys(self) -> Content:
        here = [_row(command.key, command.help) for command in self._commands]
        everywhere = [_row(key, said) for key, said in EVERYWHERE]
        severities = [_row(str(value), words.SEVERITIES[value]) for value in (5, 4, 3, 2, 1, 0)]
        return Content("\n").join(
            [
                Content.styled(f"At this place: {self._place}", "bold $text-primary"), *here, Content(""),
                Content.styled("Everywhere", "bold $text-primary"), *everywhere, Content(""),
                Content.styled("Severity", "bold $text-primary"), *severities, Content(""),
                Content.styled("Marks", "bold $text-primary"),
                Content.assemble(
                    "  ", ("⟦name 1⟧", "italic $mark-text on $mark"), " stands for what names somebody; it is sealed."
                ),
                Content("  The same number is the same person or thing within one case."),
            ]
        )  # fmt: skip


def _row(key: str, said: str) -> Content:
    return Content.assemble((f"  {key:<10}", "bold"), Content(said))
