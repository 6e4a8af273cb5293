"""Every message of the desk that is not a widget's own."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message


class Done(Message, bubble=False):
    """A piece of work has ended well; `draw` shows what came of it."""

    def __init__(self, draw: Callable[[], None]) -> None:
        super().__init__()
        self.draw = draw


class Failed(Message, bubble=False):
    """A piece of work was refused or broke; `error` says why."""

    def __init__(self, error: Exception, handle: Callable[[Exception], bool] | None) -> None:
        super().__init__()
        self.error = error
        self.handle = handle
        """Takes the error and says whether it dealt with it."""


class Changed(Message, bubble=False):
    """Somebody did something in the casebook; only the newest matters."""

    def __init__(self, seq: int) -> None:
        super().__init__()
        self.seq = seq

    def can_replace(self, message: Message) -> bool:
        """Later news takes the place of earlier news."""
        return isinstance(message, Changed)


class Chosen(Message):
    """A command was chosen by mouse in the key bar."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class ViewChosen(Message):
    """A view or a queue was chosen in the sidebar."""

    def __init__(self, view: str, queue: str) -> None:
        super().__init__()
        self.view = view
        self.queue = queue


class CaseChosen(Message):
    """A case was chosen in a list."""

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id
