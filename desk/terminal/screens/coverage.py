"""Coverage: how each watch is doing, and what may not have been heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from desk.terminal import foreign, words
from desk.terminal.dialogs.close_incident import CloseIncidentDialog
from desk.terminal.gateway import (
    INCIDENTS,
    INCIDENTS_ENDED,
    INCIDENTS_TO_DO,
    Coverage,
    CoverageRow,
    IncidentRow,
    Standing,
)
from desk.terminal.keys import COVERAGE
from desk.terminal.screens.place import Place
from desk.terminal.widgets.case_list import LIST_KEYS

NO_WATCH = "Nothing is listened to yet. Add a [[watch]] to the configuration, and start the monitor: voicedesk listen"
NO_INCIDENT = "Nothing is known to be missing of the last week. What cannot be heard appears here by itself."


class IncidentList(OptionList):
    """Incidents to choose from, open ones first."""

    BINDINGS = LIST_KEYS


class CoverageScreen(Place):
    """Watches above, incidents below; one of them can be closed with a reason."""

    NAME = "Coverage"
    KEYS = COVERAGE

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, IncidentRow] = {}

    @property
    def where(self) -> str:
        """This place in words."""
        return "Queue › Coverage"

    def body(self) -> Iterable[Widget]:
        """Watches, then incidents."""
        with Vertical(id="coverage"):
            yield Static("What is listened to", classes="heading")
            with VerticalScroll(id="watches"):
                yield Static(id="watch-lines")
            yield Static("What may not have been heard", classes="heading")
            yield IncidentList(id="incidents")
            yield Static(id="no-incident")

    def on_mount(self) -> None:
        """Read at once, and again while it is looked at: a state changes with time alone."""
        self.query_one("#no-incident").display = False
        self.query_one(IncidentList).focus()
        self.look_again()
        self.set_interval(20, self.look_again)

    def look_again(self) -> None:
        """Read watches and incidents anew."""
        if self.gateway.signed_in:
            self.start("read the coverage", self.gateway.coverage, self._show, newest_only=True)

    def _show(self, found: Coverage) -> None:
        now = self.gateway.now()
        lines = [_watch(row, state) for row, state in found.watches]
        said = Content("\n").join(lines) if lines else Content(NO_WATCH)
        self.query_one("#watch-lines", Static).update(said)
        listed = self.query_one(IncidentList)
        at = listed.highlighted
        self._found = {one.incident_id: one for one in found.incidents}
        listed.clear_options()
        listed.add_options([Option(_incident(one, now), id=one.incident_id) for one in found.incidents])
        if found.incidents:
            listed.highlighted = min(at or 0, len(found.incidents) - 1)
        listed.display = bool(found.incidents)
        none = self.query_one("#no-incident", Static)
        none.display = not found.incidents
        none.update(Content(NO_INCIDENT if lines else ""))

    def do_close(self) -> None:
        """Close the incident under the cursor, with a reason."""
        one = self._selected()
        if one is None:
            self.status.refuse("There is no incident under the cursor.")
        elif one.closed_at is not None:
            self.status.refuse("This incident is closed already.")
        else:
            job = partial(self.gateway.close_incident, one.incident_id)
            self.app.push_screen(CloseIncidentDialog(job), self._after_closing)

    def _selected(self) -> IncidentRow | None:
        listed = self.query_one(IncidentList)
        if listed.highlighted is None:
            return None
        return self._found.get(listed.get_option_at_index(listed.highlighted).id or "")

    def _after_closing(self, done: bool | None) -> None:
        if done:
            self.status.say("The incident is closed; your reason is kept.")
        self.look_again()

    def do_refresh(self) -> None:
        """Read again now."""
        self.look_again()
        self.status.say("Read again.")


def _watch(row: CoverageRow, state: Standing) -> Content:
    look = (
        "bold $text-error"
        if not state.heard
        else "bold $text-warning"
        if not state.ordinary or row.open
        else "$text-success"
    )
    cost = f" {words.plural(row.polls, 'page')}, {words.plural(row.heard, 'new post')} in a week."
    return Content.assemble(
        (f"{state.word:<13} ", look),
        foreign.line(row.watch, 40, "bold"),
        Content(f" on {words.channel(row.channel)}. "),
        foreign.line(state.sentence, 300),
        Content.styled(cost, "$foreground-muted"),
    )


def _incident(one: IncidentRow, now: datetime) -> Content:
    """An incident in two or three lines: what and when, what it says, what to do or how it ended."""
    start = words.moment(one.from_at, now) if one.from_at else "the beginning"
    ended = one.to_at or one.closed_at
    end = words.moment(ended, now) if ended else "now"
    sign = (
        Content.styled("▲ open ", "bold $text-error")
        if one.closed_at is None
        else Content.styled("· closed ", "$foreground-muted")
    )
    source = foreign.line(f", {one.source}", 60) if one.source else Content("")
    head = Content.assemble(
        sign,
        (f"{INCIDENTS[one.kind]}: ", "bold"),
        foreign.line(one.watch, 40),
        Content(f" on {words.channel(one.channel)}"),
        source,
        Content(f", {start} to {end}"),
    )
    return Content("\n").join(
        [head, Content.assemble("  ", foreign.line(one.says, 300)), _what_next(one, now)]
    )


def _what_next(one: IncidentRow, now: datetime) -> Content:
    if one.closed_at is None:
        return Content.styled(f"  {INCIDENTS_TO_DO[one.kind]}", "$text-warning")
    by = Content.assemble(" by ", foreign.line(one.closed_by, 40)) if one.closed_by else Content("")
    why = INCIDENTS_ENDED.get(one.closed_why, one.closed_why)
    when = words.ago(one.closed_at, now)
    return Content.assemble(
        Content.styled(f"  closed {when}", "$foreground-muted"),
        by,
        Content(": "),
        foreign.line(why, 400),
    )
