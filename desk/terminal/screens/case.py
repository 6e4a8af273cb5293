"""One case: its thread, its reply, what triage said and what happened; and every act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from desk.terminal.gateway import CaseStatus, CaseView, DraftState, DraftView, OutboxState, Rules
from desk.terminal.keys import CASE
from desk.terminal.screens.place import Place
from desk.terminal.widgets import case_parts

_LEFT = ("must", "thread", "replies")
_RIGHT = ("judged", "history")


class CaseScreen(Place):
    """Everything about one case on one screen."""

    NAME = "Case"
    KEYS = CASE

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id
        self.view: CaseView | None = None
        self.rules: Rules | None = None

    @property
    def where(self) -> str:
        """Which case."""
        return f"Queue › Case {self.view.row.number}" if self.view else "Queue › Case"

    @property
    def account(self) -> tuple[str, str] | None:
        """The account that a reply would come from."""
        return (self.view.account, self.view.row.channel) if self.view else None

    def body(self) -> Iterable[Widget]:
        """A header that stays, and two columns (one below the other on a narrow screen)."""
        yield Static(id="header")
        with VerticalScroll(id="case"), Horizontal(id="columns"):
            for name, parts in (("left", _LEFT), ("right", _RIGHT)):
                with VerticalColumn(id=name):
                    for part in parts:
                        yield Static(classes="heading", id=f"{part}-heading")
                        yield Static(classes="part", id=part)

    def on_mount(self) -> None:
        """Read the case, and what policy offers."""
        self.query_one("#case").focus()
        self.start("read the policy's choices", self.gateway.rules, self._keep_rules)
        self.look_again()
        self.set_interval(20, self._draw_times)

    def look_again(self) -> None:
        """Read the case anew."""
        if self.gateway.signed_in:
            self.start("read the case", partial(self.gateway.case, self.case_id), self.show, newest_only=True)

    def _keep_rules(self, rules: Rules) -> None:
        self.rules = rules

    def _draw_times(self) -> None:
        if self.view is not None:
            self.show(self.view)

    def show(self, view: CaseView) -> None:
        """Draw a case."""
        self.view = view
        now = self.gateway.now()
        self.query_one("#header", Static).update(case_parts.header(view, self.gateway.actor.staff_id, now))
        for name, heading, content in case_parts.sections(view, now):
            self._fill(name, heading, content)
        self.draw_bars()

    def _fill(self, name: str, heading: str, content: Content) -> None:
        head, part = self.query_one(f"#{name}-heading", Static), self.query_one(f"#{name}", Static)
        head.update(Content(heading))
        part.update(content)
        head.display = part.display = bool(content)

    def on_key(self, event: Key) -> None:
        """Scroll by j and k, as lists move."""
        scroll = self.query_one("#case", VerticalScroll)
        moves = {
            "j": scroll.scroll_down,
            "k": scroll.scroll_up,
            "G": scroll.scroll_end,
            "home": scroll.scroll_home,
        }
        if event.key in moves:
            event.stop()
            moves[event.key](animate=False)
            return
        super().on_key(event)

    # Acts. Each asks in a box, or does at once what can be undone.

    def act(self, name: str, job: Callable[[], object], said: str) -> None:
        """Do something at once and say so."""
        self.start(name, job, lambda _result: self._done(said))

    def _done(self, said: str) -> None:
        self.status.say(said)
        self.look_again()

    def ask(self, box: ModalScreen[bool], said: str) -> None:
        """Show a box; when its act is done, say so."""
        self.app.push_screen(box, lambda done: self._done(said) if done else None)

    def do_claim(self) -> None:
        """Hold the case, or go on holding it."""
        self.act("claim the case", partial(self.gateway.claim, self.case_id), "You hold this case.")

    def do_release(self) -> None:
        """Give it back."""
        self.act("release the case", partial(self.gateway.release, self.case_id), "You gave the case back.")

    def do_reply(self) -> None:
        """Claim and write."""
        if self.view is not None:
            job = partial(self.gateway.claim, self.case_id)
            self.start("claim to reply", job, lambda _until: self._write())

    def _write(self) -> None:
        from desk.terminal.screens.compose import ComposeScreen

        self.app.push_screen(ComposeScreen(self.case_id), lambda _none: self.look_again())

    def do_approve(self) -> None:
        """Show the reply that waits."""
        from desk.terminal.screens.approval import ApprovalScreen

        waiting = [draft.draft_id for draft in self._drafts() if draft.state is DraftState.SUBMITTED]
        if waiting:
            self.app.push_screen(ApprovalScreen(self.case_id, waiting), lambda _none: self.look_again())
        else:
            self.status.refuse("No reply of this case waits for approval.")

    def do_triage(self) -> None:
        """Set severity and queue."""
        from desk.terminal.dialogs.triage import TriageDialog

        if self.view is not None and self.rules is not None:
            job = partial(self.gateway.triage, self.case_id)
            self.ask(TriageDialog(self.view, self.rules, job), "Triaged.")

    def do_escalate(self) -> None:
        """Hand it upwards."""
        from desk.terminal.dialogs.escalate import EscalateDialog

        if self.view is not None and self.rules is not None:
            job = partial(self.gateway.escalate, self.case_id)
            self.ask(EscalateDialog(self.view, self.rules, job), "Escalated.")

    def do_note(self) -> None:
        """Write a note."""
        from desk.terminal.dialogs.note import NoteDialog

        self.ask(NoteDialog(partial(self.gateway.note, self.case_id)), "Noted.")

    def do_complaint(self) -> None:
        """A formal complaint is open, or has ended."""
        from desk.terminal.dialogs.complaint import ComplaintDialog, ComplaintEndedDialog

        if self.view is None:
            return
        if self.view.complaint_live:
            end = partial(self.gateway.end_complaint, self.case_id)
            self.ask(ComplaintEndedDialog(end), "It can be answered in public again.")
        else:
            start = partial(self.gateway.start_complaint, self.case_id)
            self.ask(ComplaintDialog(start), "Nothing about this is answered in public now.")

    def do_close(self) -> None:
        """Close, or open again."""
        from desk.terminal.dialogs.close import CloseDialog

        if self.view is None:
            return
        if self.view.row.status is CaseStatus.CLOSED:
            self.act("reopen the case", partial(self.gateway.reopen, self.case_id), "The case is open again.")
        else:
            self.ask(CloseDialog(partial(self.gateway.close, self.case_id)), "The case is closed.")

    def do_reveal(self) -> None:
        """Open the sealed original."""
        from desk.terminal.dialogs.reveal import RevealDialog

        if self.view is not None and self.view.thread:
            box = RevealDialog(self.view, self.gateway.now(), partial(self.gateway.reveal, self.case_id))
            self.app.push_screen(box, lambda _done: self.look_again())

    def do_mark(self) -> None:
        """Missed this, or wrongly hidden."""
        from desk.terminal.dialogs.mark import MarkDialog

        if self.view is not None and self.view.thread:
            missed = partial(self.gateway.mark_missed, self.case_id)
            shown = partial(self.gateway.mark_wrongly_hidden, self.case_id)
            box = MarkDialog(self.view, self.gateway.now(), missed, shown)
            self.app.push_screen(box, lambda done: self._done(box.said) if done else None)

    def do_undo_mark(self) -> None:
        """Take the newest mark back."""
        self.start("undo the mark", partial(self.gateway.undo_mark, self.case_id), self._done)

    def do_ask(self) -> None:
        """Ask the network how the post stands."""
        job = partial(self.gateway.ask_network, self.case_id, "look_up")
        self.act("ask the network", job, "Asked. The listener answers on its next round.")

    def do_handoff(self) -> None:
        """Post by hand."""
        from desk.terminal.dialogs.handoff import HandoffDialog

        if draft := self._outbox(OutboxState.BY_HAND, "No reply of this case waits to be posted by hand."):
            self.start(
                "read the hand-off",
                partial(self.gateway.handoff_text, draft.outbox_id),
                lambda text: self.ask(
                    HandoffDialog(*text, partial(self.gateway.record_handoff, draft.outbox_id)),
                    "Recorded as posted.",
                ),
            )

    def do_withdraw(self) -> None:
        """Take an approved reply back."""
        from desk.terminal.dialogs.confirm import ConfirmDialog

        waiting = {OutboxState.QUEUED, OutboxState.BY_HAND}
        draft = next((draft for draft in self._drafts() if draft.outbox_state in waiting), None)
        if draft is None:
            self.status.refuse("No approved reply of this case waits to be posted.")
            return
        question = Content(
            "Take this approved reply back? It will not be posted, and the case is open again."
        )
        box = ConfirmDialog(question, "Take it back", partial(self.gateway.withdraw, draft.outbox_id))
        self.ask(box, "Taken back. Nothing was posted.")

    def do_resolve(self) -> None:
        """Decide about an uncertain reply."""
        from desk.terminal.dialogs.resolve import ResolveDialog

        if draft := self._outbox(OutboxState.UNCERTAIN, "No reply of this case is uncertain."):
            self.ask(ResolveDialog(partial(self.gateway.resolve_uncertain, draft.outbox_id)), "Decided.")

    def _drafts(self) -> Iterable[DraftView]:
        return self.view.drafts if self.view is not None else ()

    def _outbox(self, state: OutboxState, otherwise: str) -> DraftView | None:
        found = next((draft for draft in self._drafts() if draft.outbox_state is state), None)
        if found is None:
            self.status.refuse(otherwise)
        return found


class VerticalColumn(VerticalScroll, can_focus=False):
    """A column as high as what is in it; the whole case scrolls as one."""
