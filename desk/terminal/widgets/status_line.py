"""The line that answers: what was just done, or why it was not. A sign and a word say which, not only colour."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from desk.terminal import foreign


class StatusLine(Static):
    """One sentence; empty when there is nothing to say."""

    def say(self, sentence: str) -> None:
        """Tell what was done."""
        self._show("✓ ", sentence, "-good")

    def refuse(self, sentence: str) -> None:
        """Tell why something was not done."""
        self._show("! ", sentence, "-bad")

    def clear(self) -> None:
        """Say nothing any more."""
        self._show("", "", "")

    def _show(self, sign: str, sentence: str, name: str) -> None:
        self.set_class(name == "-good", "-good")
        self.set_class(name == "-bad", "-bad")
        self.update(Content.assemble(Content(sign), foreign.line(sentence, 400)))
