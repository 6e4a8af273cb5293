"""A formal complaint about this: that one is open, or has ended, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.widget import Widget
from textual.widgets import Static, TextArea

from desk.terminal.dialogs.dialog import Dialog, with_values


class ComplaintDialog(Dialog):
    """A few lines saying why; what identifies somebody in them is sealed on saving."""

    TITLE_WORDS = "A formal complaint about this is open"
    GO = "It is open"
    HINT = "While it is open nothing here is answered in public, and a reply that waits is stopped at once."

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """What follows from it, and why it is so."""
        yield Static(self.HINT, classes="hint", markup=False)
        yield TextArea(id="text", tab_behavior="focus", soft_wrap=True)
        yield Static("Say why, in a few words. Ctrl+S saves.", classes="hint", markup=False)

    def job(self) -> Callable[[], object] | None:
        """Keep it."""
        return with_values(self._act, self.query_one("#text", TextArea).text)


class ComplaintEndedDialog(ComplaintDialog):
    """The same for its end."""

    TITLE_WORDS = "The formal complaint has ended"
    GO = "It has ended"
    HINT = "From then on this can be answered in public again."
