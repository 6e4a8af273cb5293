"""Sending a reply back to its author."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.widget import Widget
from textual.widgets import Input, Static

from desk.terminal.dialogs.dialog import Dialog, with_values


class RejectDialog(Dialog):
    """The reason is for the author, and stays in the case's history."""

    TITLE_WORDS = "Send this reply back"
    GO = "Send back"

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """A line for the reason."""
        yield Static("What should change?", classes="part")
        yield Input(placeholder="in a few words", id="reason", max_length=400)

    def job(self) -> Callable[[], object] | None:
        """Reject for this reason."""
        return with_values(self._act, self.query_one("#reason", Input).value)
