"""A note for colleagues."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.widget import Widget
from textual.widgets import Static, TextArea

from desk.terminal.dialogs.dialog import Dialog, with_values


class NoteDialog(Dialog):
    """Several lines; what identifies somebody in them is sealed on saving."""

    TITLE_WORDS = "Note on this case"
    GO = "Save"

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """The text."""
        yield TextArea(id="text", tab_behavior="focus", soft_wrap=True)
        yield Static(
            "Names and numbers in it are sealed and shown as ⟦name 1⟧. Ctrl+S saves.",
            classes="hint",
            markup=False,
        )

    def job(self) -> Callable[[], object] | None:
        """Keep the note."""
        return with_values(self._act, self.query_one("#text", TextArea).text)
