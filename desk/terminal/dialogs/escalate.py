"""Escalation: to whom, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from desk.terminal import words
from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.gateway import CaseView, Rules
from desk.terminal.widgets.choice import Choice


class EscalateDialog(Dialog):
    """Whom policy wants told for this case comes first."""

    TITLE_WORDS = "Escalate to"
    GO = "Escalate"

    def __init__(self, view: CaseView, rules: Rules, act: Callable[[str, str], object]) -> None:
        super().__init__()
        self._view, self._rules, self._act = view, rules, act

    def form(self) -> Iterable[Widget]:
        """Contacts and a line for the reason."""
        first = [who for who in self._view.tell if who in self._rules.contacts]
        others = [who for who in self._rules.contacts if who not in first]
        options = [(who, _contact(who, True)) for who in first] + [
            (who, _contact(who, False)) for who in others
        ]
        yield Choice(options, id="to")
        yield Input(placeholder="why, in a few words", id="reason", max_length=400)

    def on_mount(self) -> None:
        """Begin at the reason: the one policy names is chosen already, and letters must not move the choice."""
        self.query_one("#reason", Input).focus()

    def job(self) -> Callable[[], object] | None:
        """Escalate to the one chosen."""
        return with_values(
            self._act, self.query_one("#to", Choice).answer, self.query_one("#reason", Input).value
        )


def _contact(who: str, wanted: bool) -> Content:
    mark = Content.styled("  policy says to tell them", "italic $foreground-muted") if wanted else Content("")
    return Content(words.spaced(who)) + mark
