"""What the reply gate says of the words as they are being written."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from desk.terminal import foreign
from desk.terminal.gateway import GateFinding, GateResult
from desk.terminal.widgets import case_parts


class GatePanel(VerticalScroll):
    """The verdict in words, each finding with the words it is about, and what the reply would cost."""

    def __init__(self) -> None:
        super().__init__()
        self._verdict = Static(id="verdict")
        self._cost = Static(id="cost")
        self._cost.display = False
        self._findings = Static(id="findings")

    def compose(self) -> ComposeResult:
        """Verdict above cost and findings."""
        yield self._verdict
        yield self._cost
        yield self._findings

    def say(self, sentence: str) -> None:
        """Something about the check itself."""
        self._verdict.update(Content.assemble(("Gate  ", "bold $text-primary"), foreign.line(sentence, 300)))
        self._findings.update(Content(""))

    def refuse(self, sentence: str) -> None:
        """The words cannot be checked as they are."""
        self._verdict.update(
            Content.assemble(("Gate  ", "bold $text-primary"), "✗ ", foreign.line(sentence, 300))
        )
        self._findings.update(Content(""))

    def checking(self) -> None:
        """A newer check is under way; the last verdict stays readable, marked as old."""
        self._verdict.add_class("-old")

    def warn(self, sentence: str) -> None:
        """Something to know that stops nothing; "" takes it away."""
        self._cost.update(Content.assemble("▲ ", foreign.line(sentence, 300)))
        self._cost.display = bool(sentence)

    def show(self, result: GateResult, text: str) -> None:
        """Draw a verdict on `text`."""
        self._draw(case_parts.verdict(result.verdict), result.findings, text)

    def show_blocked(self, findings: Sequence[GateFinding], text: str) -> None:
        """Draw why a reply was stopped."""
        self._draw(case_parts.verdict("block"), findings, text)

    def _draw(self, verdict: Content, findings: Sequence[GateFinding], text: str) -> None:
        self._verdict.remove_class("-old")
        self._verdict.update(Content.assemble(("Gate  ", "bold $text-primary"), verdict))
        normal = text.strip()
        lines = [
            case_parts.finding(
                one.reason,
                one.hard,
                one.words,
                normal[one.start : one.end] if one.end - one.start < 200 else "",
            )
            for one in findings
        ]
        self._findings.update(Content("\n").join(lines))
