"""A plain question with No under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from desk.terminal.dialogs.dialog import Dialog


class ConfirmDialog(Dialog):
    """Asks once more; does `act` (where one is given) on Yes, and gives whether it was Yes."""

    def __init__(self, question: Content, yes: str, act: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._question, self._yes, self._act = question, yes, act

    def compose(self) -> ComposeResult:
        """The question, then No and Yes."""
        with Vertical(classes="box"):
            yield Static(self._question, classes="part")
            yield from self.form()
            yield Static(classes="problem")
            with Horizontal(classes="buttons"):
                yield Button("No", id="cancel")
                yield Button(Content(self._yes), id="go", variant="warning")

    def form(self) -> Iterable[Widget]:
        """Nothing to fill in."""
        return ()

    def on_mount(self) -> None:
        """No is the answer until somebody says otherwise."""
        self.query_one("#cancel", Button).focus()

    def job(self) -> Callable[[], object] | None:
        """The act that was confirmed."""
        return self._act or (lambda: None)
