"""A short list to choose one thing from, by arrows, j and k, or the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from desk.terminal.widgets.case_list import LIST_KEYS


class Choice(OptionList):
    """One of several; the highlighted one is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS

    def __init__(
        self,
        options: Sequence[tuple[str, Content]] = (),
        current: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(*[_option(key, content) for key, content in options], id=id)
        self._first = current

    def on_mount(self) -> None:
        """Begin at the current answer."""
        keys = [option.id for option in self.options]
        if keys:
            self.highlighted = keys.index(self._first) if self._first in keys else 0

    def offer(self, options: Sequence[tuple[str, Content]]) -> None:
        """Offer other things to choose from, the first one chosen."""
        self.clear_options()
        self.add_options([_option(key, content) for key, content in options])
        self.highlighted = 0 if options else None

    @property
    def answer(self) -> str:
        """The id of the highlighted one, "" when there is none."""
        if self.highlighted is None:
            return ""
        return self.get_option_at_index(self.highlighted).id or ""


def _option(key: str, content: Content) -> Option:
    return Option(content, id=key)
