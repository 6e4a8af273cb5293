"""The views and queues on the left, with how many cases each holds."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import set_cell_size
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from desk.terminal import foreign, words
from desk.terminal.gateway import VIEWS, Counts
from desk.terminal.messages import Chosen, ViewChosen
from desk.terminal.widgets.case_list import LIST_KEYS

_WIDTH = 21


class SideBar(OptionList):
    """Views by number, the open coverage incidents, then the queues that hold open cases.

    `ViewChosen` when a view or queue is chosen, `Chosen` for the coverage.
    """

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS

    def __init__(self) -> None:
        super().__init__(id="views")
        self._shown: list[tuple[str, Content]] = []

    def show(self, counts: Counts, titles: dict[str, str], view: str, queue: str, incidents: int = 0) -> None:
        """Draw counts; the current view or queue is marked. `incidents`: how many are open."""
        lines = [
            (
                f"view-{name}",
                _line(
                    str(at), words.VIEW_TITLES[name], counts.views.get(name, 0), name == view and not queue
                ),
            )
            for at, name in enumerate(VIEWS, start=1)
        ]
        lines.append(("coverage", _line("L", "Coverage", incidents, False)))
        ordered = [name for name in titles if counts.queues.get(name)]
        lines.append(("head", Content.styled("Queues", "$foreground-muted")))
        lines += [
            (f"queue-{name}", _line("", words.spaced(name), counts.queues[name], name == queue))
            for name in ordered
        ]
        if not ordered:
            lines.append(("none", Content.styled("  all empty", "$foreground-muted")))
        if [key for key, _ in lines] == [key for key, _ in self._shown]:
            for key, content in lines:
                self._replace(key, content)
        else:
            at = self.highlighted
            self.clear_options()
            self.add_options([_option(key, content) for key, content in lines])
            self.highlighted = at if at is not None and at < len(lines) else 0
        self._shown = lines

    def _replace(self, key: str, content: Content) -> None:
        self.replace_option_prompt(key, content)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click shows the view or queue."""
        event.stop()
        if event.option_id == "coverage":
            self.post_message(Chosen("coverage"))
            return
        kind, _, name = (event.option_id or "").partition("-")
        self.post_message(ViewChosen("open", name) if kind == "queue" else ViewChosen(name, ""))


def _line(key: str, title: str, count: int, current: bool) -> Content:
    name = set_cell_size(foreign.clean(title, 40).text, _WIDTH - 6)
    said = Content.assemble(
        "▸" if current else " ", (f"{key:<1} ", "$text-primary"), Content(name), Content(f"{count:>3}")
    )
    if current:
        return said.stylize("bold")
    return said if count else said.stylize("$foreground-muted")


def _option(key: str, content: Content) -> Option:
    return Option(content, id=key, disabled=key in {"head", "none"})
