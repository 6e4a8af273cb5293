"""An uncertain reply: a person has looked at the network and says what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.gateway import DECISIONS
from desk.terminal.widgets.choice import Choice


class ResolveDialog(Dialog):
    """Nothing is chosen until somebody has looked; "send again" may post twice if they are wrong."""

    TITLE_WORDS = "Nobody knows whether this reply was posted. Look at the network first."
    GO = "Decide"

    def __init__(self, act: Callable[[str, str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """What can be decided, and a line for the address."""
        yield Choice([(key, Content(said)) for key, said in DECISIONS.items()], "posted", id="decision")
        yield Static("If it is there, its address:", classes="hint")
        yield Input(placeholder="https://…", id="url", max_length=500)

    def job(self) -> Callable[[], object] | None:
        """Decide."""
        decision = self.query_one("#decision", Choice).answer
        return with_values(self._act, decision, self.query_one("#url", Input).value.strip())
