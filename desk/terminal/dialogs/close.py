"""Closing a case, for one of the reasons that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.gateway import CLOSE_REASONS
from desk.terminal.widgets.choice import Choice


class CloseDialog(Dialog):
    """A list; Enter closes."""

    TITLE_WORDS = "Close this case because it is or was …"
    GO = "Close it"

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act

    def form(self) -> Iterable[Widget]:
        """The reasons."""
        yield Choice(
            [(key, Content(said)) for key, said in CLOSE_REASONS.items()], "no_reply_needed", id="why"
        )
        yield Static(
            "Replies that are being written or wait for approval end here. x opens it again.", classes="hint"
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter closes the case."""
        event.stop()
        self.go()

    def job(self) -> Callable[[], object] | None:
        """Close for the reason chosen."""
        return with_values(self._act, self.query_one("#why", Choice).answer)
