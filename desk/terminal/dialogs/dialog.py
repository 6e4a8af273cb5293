"""The box that every dialog is: a title, a form, a line for what went wrong, two buttons.

The box does its act itself, in a thread, and closes only when that went well; a refused act leaves it open
with everything that was typed. It gives True when the act was done, False when it was called off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static

from desk.terminal import foreign
from desk.terminal.working import Working


class Dialog(Working, ModalScreen[bool]):
    """A subclass gives `TITLE_WORDS`, `GO` and `form`, and says in `job` what is to be done."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - Textual reads it so
    TITLE_WORDS: ClassVar[str] = ""
    GO: ClassVar[str] = "OK"

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(classes="box"):
            yield Static(Content.styled(self.TITLE_WORDS, "bold $text-primary"), classes="title")
            yield from self.form()
            yield Static(classes="problem")
            with Horizontal(classes="buttons"):
                yield Static("Ctrl+S does it, Esc cancels", classes="by-key")
                yield Button(Content(self.GO), id="go", variant="primary")
                yield Button("Cancel", id="cancel")

    def form(self) -> Iterable[Widget]:
        """The fields."""
        return ()

    def job(self) -> Callable[[], object] | None:
        """What to do with what was filled in; None when something is missing (say so with `say_failed`)."""
        raise NotImplementedError

    def say_failed(self, sentence: str) -> None:
        """Show why it was not done."""
        problem = self.query_one(".problem", Static)
        problem.update(Content.assemble("! ", foreign.line(sentence, 400)))
        problem.display = True

    def go(self) -> None:
        """Do the act."""
        job = self.job()
        if job is not None:
            self.query_one("#go", Button).disabled = True
            self.start(f"do {type(self).__name__}", job, self.done, failed=self._failed, newest_only=True)

    def done(self, result: object) -> None:
        """The act is done: close."""
        self.dismiss(True)

    def _failed(self, error: Exception) -> bool:
        self.query_one("#go", Button).disabled = False
        return False

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two buttons."""
        event.stop()
        if event.button.id == "go":
            self.go()
        else:
            self.dismiss(False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter in a list goes on."""
        event.stop()
        self.focus_next()

    def on_input_submitted(self) -> None:
        """Enter in a line does the act."""
        self.go()

    def on_key(self, event: Key) -> None:
        """Esc calls it off; Ctrl+S does it from anywhere."""
        if event.key == "escape":
            event.stop()
            self.dismiss(False)
        elif event.key == "ctrl+s":
            event.stop()
            self.go()


def with_values(act: Callable[..., object], *values: object) -> Callable[[], object]:
    """The act with what was filled in."""
    return partial(act, *values)
