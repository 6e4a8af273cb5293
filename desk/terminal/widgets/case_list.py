"""The list of cases, two lines each, most urgent first. The selected case stays selected whatever arrives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

from rich.cells import set_cell_size
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Key
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from desk.terminal import foreign, words
from desk.terminal.gateway import CaseStatus, QueueRow
from desk.terminal.messages import CaseChosen

LIST_KEYS: list[BindingType] = [
    Binding("j", "cursor_down", show=False),
    Binding("k", "cursor_up", show=False),
    Binding("g", "first", show=False),
    Binding("G", "last", show=False),
]
"""Moving in any list."""

_MOVES = frozenset({"j", "k", "g", "G", "up", "down", "pageup", "pagedown", "home", "end"})
_CHIPS = {
    5: "bold $severity-5-text on $severity-5",
    4: "bold $severity-4-text on $severity-4",
    3: "bold $severity-3-text on $severity-3",
    2: "$severity-2-text on $severity-2",
    1: "$foreground on $panel",
    0: "$foreground-muted on $panel",
}


class CaseList(OptionList):
    """Cases to choose from; `CaseChosen` on Enter or click."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS

    def __init__(self) -> None:
        super().__init__(id="cases")
        self._rows: dict[str, tuple[QueueRow, str]] = {}
        self._moved = False
        """Whether somebody has moved the cursor: until then the most urgent case stays under it."""

    def on_key(self, event: Key) -> None:
        """A hand is on the cursor from here on."""
        self._moved = self._moved or event.key in _MOVES

    def on_click(self) -> None:
        """A hand is on the cursor from here on."""
        self._moved = True

    def begin_at_the_top(self) -> None:
        """Forget the cursor: another list is shown."""
        self._moved = False

    def above(self, fresh: Collection[str]) -> list[QueueRow]:
        """Those of `fresh` that stand above what is in view."""
        first = int(self.scroll_offset.y) // 2
        return [row for key, (row, _) in list(self._rows.items())[:first] if key in fresh]

    @property
    def selected(self) -> QueueRow | None:
        """The case under the cursor."""
        if self.highlighted is None:
            return None
        option = self.get_option_at_index(self.highlighted)
        found = self._rows.get(option.id or "")
        return found[0] if found else None

    def show(self, rows: Sequence[QueueRow], me: str, now: datetime) -> None:
        """Draw `rows`; the case that was selected stays so, on the same line of the screen if it can."""
        drawn = {row.case_id: (row, words.due(row.due_at, now)) for row in rows}
        if list(drawn) == list(self._rows):
            self._redraw(drawn, me)
            return
        before, index = (self.selected, self.highlighted or 0) if self._moved else (None, 0)
        line = index * 2 - self.scroll_offset.y
        self._rows = drawn
        self.clear_options()
        self.add_options([Option(case_line(row, due, me), id=key) for key, (row, due) in drawn.items()])
        if not drawn:
            return
        keys = list(drawn)
        kept = before is not None and before.case_id in drawn
        self.highlighted = keys.index(before.case_id) if before and kept else min(index, len(keys) - 1)
        if not self._moved:
            self.scroll_home(animate=False, immediate=True)
        if kept:
            self.scroll_to(y=max(0, self.highlighted * 2 - line), animate=False, immediate=True)

    def select(self, case_id: str) -> None:
        """Move the cursor to a case, where it is listed."""
        if case_id in self._rows:
            self.highlighted = list(self._rows).index(case_id)

    def _redraw(self, drawn: dict[str, tuple[QueueRow, str]], me: str) -> None:
        for key, (row, due) in drawn.items():
            if self._rows[key] != (row, due):
                self.replace_option_prompt(key, case_line(row, due, me))
        self._rows = drawn

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click opens the case."""
        event.stop()
        if event.option_id:
            self.post_message(CaseChosen(event.option_id))


def case_line(row: QueueRow, due: str, me: str) -> Content:
    """A case in two lines: how urgent and whose, then what it is about."""
    finished = row.status in {CaseStatus.ANSWERED, CaseStatus.CLOSED}
    when = "" if finished else due
    status = Content(f"{words.STATUS_WORDS[row.status]:<10} ")
    first = Content.assemble(
        chip(row.severity),
        " ",
        (f"{when:<15}", "bold $text-error" if when.startswith("overdue") else ""),
        status.stylize("bold") if row.status is CaseStatus.NEW else status,
        Content(f"{words.channel(row.channel)[:8]:<9}"),
        _holder(row, me),
    )
    return Content.assemble(first, "\n", (f"#{row.number:<4}", "$foreground-muted"), " ", _about(row))


def chip(value: int) -> Content:
    """A severity as a coloured tag that can be read without colour."""
    return Content.styled(f" {words.severity(value):<11} ", _CHIPS[max(0, min(5, value))])


def _holder(row: QueueRow, me: str) -> Content:
    if not row.holder:
        return Content("")
    if row.holder_id == me:
        return Content.styled("● you", "bold $text-success")
    name = foreign.clean(row.holder, 24).text
    return Content.styled(f"● {set_cell_size(name, 16).rstrip()}", "$text-accent")


def _about(row: QueueRow) -> Content:
    marks = (
        Content.styled(f"▲ {words.spaced(row.escalated_to)} ", "bold $text-warning")
        if row.escalated_to
        else ""
    )
    if not row.safe:
        unread = Content.styled(
            "NOT YET SAFE: an approver or governance officer can read it", "bold $text-warning"
        )
        return Content.assemble(marks, unread)
    more = (f"({row.mentions} posts) ", "$foreground-muted") if row.mentions > 1 else ""
    return Content.assemble(marks, more, foreign.line(row.summary, 200))
