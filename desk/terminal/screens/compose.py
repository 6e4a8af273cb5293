"""Writing a reply, with the gate looking over the writer's shoulder. What is written is kept on leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from desk.terminal.gateway import (
    CasebookError,
    CaseView,
    DraftState,
    GateBlocked,
    GateResult,
    Gateway,
    NetworkFacts,
    ReaderUnavailable,
    warning_of_cost,
)
from desk.terminal.keys import COMPOSE
from desk.terminal.screens.place import Place
from desk.terminal.widgets import case_parts
from desk.terminal.widgets.gate_panel import GatePanel

PAUSE = 0.4
"""Seconds without a key before the gate is asked."""
RETRY = 1.5
"""Seconds before it is asked again while the reading engine starts."""
RENEW = 240
"""Seconds between renewals of the claim while somebody writes (a claim lasts 15 minutes or so)."""


class ComposeScreen(Place):
    """The post above, the reply below, the gate's verdict beside it."""

    NAME = "Reply"
    KEYS = COMPOSE

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id
        self.view: CaseView | None = None
        self._limit = 0
        self._network: NetworkFacts | None = None
        self._kept = ""
        self._waiting: Timer | None = None
        self._typed_since_renewal = False

    @property
    def where(self) -> str:
        """Which case is answered."""
        return f"Queue › Case {self.view.row.number} › Reply" if self.view else "Reply"

    @property
    def account(self) -> tuple[str, str] | None:
        """The account that the reply would come from."""
        return (self.view.account, self.view.row.channel) if self.view else None

    @property
    def text(self) -> str:
        """What is written."""
        return self.query_one("#editor", TextArea).text

    @property
    def unsaved(self) -> bool:
        """Whether something is written that is not kept yet."""
        return self.view is not None and bool(self.text.strip()) and self.text != self._kept

    def body(self) -> Iterable[Widget]:
        """Post, editor, gate."""
        with Horizontal(id="compose"):
            with Vertical(id="writing"):
                with VerticalScroll(id="answered", can_focus=False):
                    yield Static(id="post")
                editor = TextArea(id="editor", soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
                editor.cursor_blink = False
                yield editor
                yield Static(id="length")
            yield GatePanel()

    def on_mount(self) -> None:
        """Read the case and what was written before."""
        self.query_one("#editor", TextArea).focus()
        self.start("read what was written", partial(_before, self.gateway, self.case_id), self._begin)
        self.set_interval(RENEW, self._renew)

    def _begin(self, read: tuple[CaseView, str, int, bool, NetworkFacts | None]) -> None:
        self.view, text, self._limit, returned, self._network = read
        self._kept = text
        mention = next((one for one in self.view.thread if one.mention_id == self.view.mention_id), None)
        if mention is not None:
            now = self.gateway.now()
            post = Content.assemble(case_parts.post_text(mention), "\n", case_parts.way(mention, now))
            self.query_one("#post", Static).update(post)
        if text and not self.text:
            editor = self.query_one("#editor", TextArea)
            editor.load_text(text)
            editor.move_cursor(editor.document.end)
        if returned:
            self.status.say(
                "This is your earlier reply, which was sent back or lost its validity. Change it and ask again."
            )
        self.draw_bars()
        self._draw_length()
        self._check_soon(0)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Count, and ask the gate when the writer pauses."""
        self._typed_since_renewal = True
        self._draw_length()
        self._check_soon(PAUSE)

    def _draw_length(self) -> None:
        count = len(self.text.strip())
        over = count - self._limit
        said = f"{count} of {self._limit} characters" if self._limit else f"{count} characters"
        style = "bold $text-error" if self._limit and over > 0 else "$foreground-muted"
        tail = f", {over} too many" if self._limit and over > 0 else ""
        kept = "" if self.unsaved or not self.text.strip() else " · kept"
        self.query_one("#length", Static).update(Content.styled(said + tail + kept, style))

    def _check_soon(self, seconds: float) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(seconds, self._check) if seconds else None
        if not seconds:
            self._check()

    def _check(self) -> None:
        text, panel = self.text, self.query_one(GatePanel)
        panel.warn(warning_of_cost(self._network, text))
        if not text.strip():
            panel.say("Write a reply; what the gate thinks of it appears here.")
            return
        panel.checking()
        job = partial(self.gateway.check_draft, self.case_id, text)
        self.start(
            "check the draft", job, partial(self._checked, text), failed=self._unchecked, newest_only=True
        )

    def _checked(self, text: str, result: GateResult) -> None:
        self.query_one(GatePanel).show(result, text)

    def _unchecked(self, error: Exception) -> bool:
        panel = self.query_one(GatePanel)
        if isinstance(error, ReaderUnavailable):
            panel.say("The reading engine is starting… You can go on writing; the check follows.")
            self._check_soon(RETRY)
            return True
        if isinstance(error, CasebookError):
            panel.refuse(str(error))
            return True
        return False

    def _renew(self) -> None:
        if self._typed_since_renewal and self.gateway.signed_in:
            self._typed_since_renewal = False
            self.start("renew the claim", partial(self.gateway.claim, self.case_id), lambda _until: None)

    # Acts

    def keep(self, then: Callable[[], None], otherwise: Callable[[str], None] | None = None) -> None:
        """Save what is unsaved, then go on; `otherwise` gets the sentence when it cannot be saved."""
        if not self.unsaved:
            then()
            return
        text = self.text

        def kept(_draft_id: str) -> None:
            self._kept = text
            self._draw_length()
            then()

        def failed(error: Exception) -> bool:
            if otherwise is None:
                return False
            otherwise(self.sentence_of(error))
            return True

        job = partial(self.gateway.save_draft, self.case_id, text)
        self.start("save the draft", job, kept, failed=failed)

    def do_save(self) -> None:
        """Keep the reply."""
        self.keep(lambda: self.status.say("Kept."))

    def do_submit(self) -> None:
        """Send it through the gate to an approver."""
        text = self.text
        if not text.strip():
            self.status.refuse("Write the reply first.")
            return
        self.status.say("Asking the gate…")
        job = partial(self.gateway.submit, self.case_id, text)
        self.start(
            "submit the draft",
            job,
            self._submitted,
            failed=partial(self._not_submitted, text),
            newest_only=True,
        )

    def _submitted(self, _none: None) -> None:
        self._kept = self.text
        self.desk.notify("Sent for approval. Somebody else approves it.", timeout=6, markup=False)
        self.dismiss(None)

    def _not_submitted(self, text: str, error: Exception) -> bool:
        if not isinstance(error, GateBlocked):
            return False
        self._kept = text
        self._draw_length()
        self.query_one(GatePanel).show_blocked(error.findings, text)
        self.status.refuse(str(error))
        return True

    def do_back(self) -> None:
        """Keep it and go back; ask when it cannot be kept."""
        self.keep(self._close, self._ask_to_drop)

    def _close(self) -> None:
        self.dismiss(None)

    def _ask_to_drop(self, why: str) -> None:
        from desk.terminal.dialogs.confirm import ConfirmDialog
        from desk.terminal.foreign import line

        question = Content.assemble("The reply could not be kept. ", line(why, 300), "\n\nLeave without it?")
        self.app.push_screen(
            ConfirmDialog(question, "Leave without it"), lambda yes: self._close() if yes else None
        )


def _before(gateway: Gateway, case_id: str) -> tuple[CaseView, str, int, bool, NetworkFacts | None]:
    """The case, the writer's own text to go on with, the limit, whether the text came back, and the network."""
    view = gateway.case(case_id)
    own = [draft for draft in view.drafts if draft.author_id == gateway.actor.staff_id]
    newest = own[0] if own else None
    going_on = newest is not None and newest.state in {
        DraftState.WRITING,
        DraftState.REJECTED,
        DraftState.VOID,
    }
    text = gateway.open_draft(newest.draft_id) if newest is not None and going_on else ""
    returned = newest is not None and newest.state in {DraftState.REJECTED, DraftState.VOID}
    channel = view.row.channel
    return view, text, gateway.longest_reply(channel), returned, gateway.network(channel)
