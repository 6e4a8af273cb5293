"""The queue: what needs somebody, most urgent first, and new posts as they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import OptionList, Static

from desk.terminal import words
from desk.terminal.gateway import VIEWS, Counts, Gateway, QueueRow, Rules
from desk.terminal.keys import QUEUE
from desk.terminal.messages import CaseChosen, ViewChosen
from desk.terminal.screens.place import Place
from desk.terminal.widgets.case_list import CaseList
from desk.terminal.widgets.side_bar import SideBar


class QueueScreen(Place):
    """Views on the left, cases on the right."""

    NAME = "Queue"
    KEYS = QUEUE

    def __init__(self) -> None:
        super().__init__()
        self._view, self._queue = "open", ""
        self._titles: dict[str, str] = {}
        self._counts = Counts(views={}, queues={})
        self._known: set[str] | None = None
        self._fresh: set[str] = set()
        self._rows: list[QueueRow] = []
        self._incidents = 0

    def body(self) -> Iterable[Widget]:
        """Sidebar, list, and what to do when the list is empty."""
        with Horizontal(id="queue"):
            yield SideBar()
            with Vertical():
                yield Static(id="heading")
                yield CaseList()
                yield Static(id="empty")

    def on_mount(self) -> None:
        """Read the rules once, and the list."""
        self.query_one("#empty").display = False
        self.query_one(CaseList).focus()
        self.start("read the policy's queues", self.gateway.rules, self._show_rules)
        self.look_again()
        self.set_interval(20, self.look_again)

    def look_again(self) -> None:
        """Read list and counts anew; an older reading that is still under way is forgotten."""
        if self.gateway.signed_in:
            job = partial(_read, self.gateway, self._view, self._queue)
            self.start("read the queue", job, self._show, newest_only=True)

    def _show_rules(self, rules: Rules) -> None:
        self._titles = dict(rules.queues)
        self._show_counts()

    def _show(self, read: tuple[str, str, list[QueueRow], Counts, int]) -> None:
        view, queue, rows, self._counts, self._incidents = read
        if (view, queue) != (self._view, self._queue):
            return
        self._notice_fresh(rows)
        self._rows = rows
        listed = self.query_one(CaseList)
        listed.show(rows, self.gateway.actor.staff_id, self.gateway.now())
        listed.display = bool(rows)
        empty = self.query_one("#empty", Static)
        empty.display = not rows
        empty.update(
            Content(
                words.EMPTY_VIEWS[self._view]
                if not self._queue
                else "This queue is empty. Press 1 to see all open cases."
            )
        )
        self._show_counts()
        self._show_heading()
        if self.focused is None and rows:
            listed.focus()

    def _notice_fresh(self, rows: list[QueueRow]) -> None:
        ids = {row.case_id for row in rows}
        if self._known is not None:
            self._fresh = (self._fresh | (ids - self._known)) & ids
        self._known = (self._known or set()) | ids

    def _show_counts(self) -> None:
        self.query_one(SideBar).show(self._counts, self._titles, self._view, self._queue, self._incidents)

    def _news_above(self, above: list[QueueRow]) -> Content:
        """What arrived above what is in view, with the worst of it: it needs the whole line."""
        worst = words.severity(max(row.severity for row in above))
        return Content.styled(f"▲ {len(above)} new above, worst: {worst} (press g)", "bold $text-error")

    def _show_heading(self) -> None:
        title = self._titles.get(self._queue, self._queue) if self._queue else words.VIEW_TITLES[self._view]
        parts = [Content.styled(title, "bold $text-primary")]
        count = Content.styled(
            f"{words.plural(len(self._rows), 'case')}, most urgent first", "$foreground-muted"
        )
        if above := self.query_one(CaseList).above(self._fresh):
            parts.append(self._news_above(above))
        else:
            parts.append(count)
            if self._fresh:
                parts.append(Content.styled(f"{len(self._fresh)} new", "bold $text-warning"))
        self.query_one("#heading", Static).update(Content("  ").join(parts))

    def on_key(self, event: Key) -> None:
        """A key was pressed: what is new has been noticed."""
        if self._fresh:
            self._fresh = set()
            self._show_heading()
        super().on_key(event)

    def on_view_chosen(self, message: ViewChosen) -> None:
        """Show another view or queue."""
        self._view, self._queue = message.view, message.queue
        self._known, self._fresh = None, set()
        self.query_one(CaseList).begin_at_the_top()
        self._show_heading()
        self.query_one(CaseList).focus()
        self.look_again()

    def on_case_chosen(self, message: CaseChosen) -> None:
        """Open a case."""
        from desk.terminal.screens.case import CaseScreen

        self.app.push_screen(CaseScreen(message.case_id))

    def do_open(self) -> None:
        """Open the selected case, or the view under the cursor of the sidebar."""
        if isinstance(self.focused, SideBar):
            self.focused.action_select()
        elif row := self._selected():
            self.post_message(CaseChosen(row.case_id))

    def do_claim(self) -> None:
        """Claim the selected case."""
        if row := self._selected():
            self.start(
                "claim a case", partial(self.gateway.claim, row.case_id), partial(self._claimed, row.number)
            )

    def _claimed(self, number: int, until: object) -> None:
        self.status.say(f"You hold case {number}. Enter opens it.")
        self.look_again()

    def _selected(self) -> QueueRow | None:
        row = self.query_one(CaseList).selected
        if row is None:
            self.status.refuse("There is no case under the cursor.")
        return row

    def do_views(self) -> None:
        """Go between the sidebar and the list."""
        side: OptionList = self.query_one(SideBar)
        (self.query_one(CaseList) if self.focused is side else side).focus()

    def do_view(self) -> None:
        """Show the view of the number that was pressed."""
        self.post_message(ViewChosen(VIEWS[int(self.key_pressed) - 1], ""))

    def do_coverage(self) -> None:
        """Show what is listened to, and what may not have been heard."""
        from desk.terminal.screens.coverage import CoverageScreen

        self.app.push_screen(CoverageScreen())

    def do_refresh(self) -> None:
        """Read the list again now."""
        self.look_again()
        self.status.say("Read again.")

    def do_back(self) -> None:
        """Leave the desk, after a question."""
        self.desk.ask_to_leave()


def _read(gateway: Gateway, view: str, queue: str) -> tuple[str, str, list[QueueRow], Counts, int]:
    return view, queue, gateway.queue(view, queue), gateway.counts(), gateway.listening().open
