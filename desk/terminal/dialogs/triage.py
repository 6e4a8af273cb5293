"""Triage: severity and queue, from policy's lists, never below policy's floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from desk.terminal import foreign, words
from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.gateway import CaseView, Rules
from desk.terminal.widgets.choice import Choice


class TriageDialog(Dialog):
    """Two lists side by side; Enter in the first goes to the second."""

    TITLE_WORDS = "Triage: how soon, and whose"
    GO = "Set"

    def __init__(self, view: CaseView, rules: Rules, act: Callable[[int, str], object]) -> None:
        super().__init__()
        self._view, self._rules, self._act = view, rules, act

    def form(self) -> Iterable[Widget]:
        """Severities with how soon they are looked at, and queues."""
        severities = [
            (str(value), Content.assemble((f"{words.severity(value):<12}", "bold"), foreign.line(within, 30)))
            for value, within in self._rules.severities
        ]
        queues = [(name, Content(words.spaced(name))) for name, _title in self._rules.queues]
        with Horizontal(classes="lists"):
            with Vertical():
                yield Static("Severity", classes="hint")
                yield Choice(severities, str(self._view.row.severity), id="severity")
            with Vertical():
                yield Static("Queue", classes="hint")
                yield Choice(queues, self._view.row.queue, id="queue-choice")
        said = f"Suggested: {words.severity(self._view.suggested_severity)}. Policy keeps a floor for some risks."
        yield Static(Content(said), classes="hint")

    def job(self) -> Callable[[], object] | None:
        """Set what is chosen."""
        severity = int(self.query_one("#severity", Choice).answer or self._view.row.severity)
        return with_values(self._act, severity, self.query_one("#queue-choice", Choice).answer)
