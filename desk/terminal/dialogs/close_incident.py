"""Closing a coverage incident, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.widget import Widget
from textual.widgets import Input, Static

from desk.terminal.dialogs.dialog import Dialog, with_values


class CloseIncidentDialog(Dialog):
    """The reason stays with the incident; what identifies somebody in it is sealed."""

    TITLE_WORDS = "Close this incident"
    GO = "Close it"

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """A line for the reason."""
        yield Static("What did you find, or why does it need nothing more?", classes="part")
        yield Input(placeholder="in a few words", id="reason", max_length=400)

    def job(self) -> Callable[[], object] | None:
        """Close it for this reason."""
        return with_values(self._act, self.query_one("#reason", Input).value)
