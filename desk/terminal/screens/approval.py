"""Approving: the exact reply, the post it answers, what the gate says, and who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from desk.terminal import foreign, words
from desk.terminal.dialogs.confirm import ConfirmDialog
from desk.terminal.dialogs.reject import RejectDialog
from desk.terminal.gateway import (
    CaseView,
    DraftState,
    DraftView,
    Gateway,
    NetworkFacts,
    warning_of_cost,
)
from desk.terminal.keys import APPROVAL
from desk.terminal.screens.place import Place
from desk.terminal.widgets import case_parts


class ApprovalScreen(Place):
    """One reply that waits; what is approved is the bundle whose hash stands on this screen."""

    NAME = "Approval"
    KEYS = APPROVAL

    def __init__(self, case_id: str, waiting: Sequence[str]) -> None:
        super().__init__()
        self._case_id = case_id
        self._waiting = list(waiting)
        self._view: CaseView | None = None
        self._draft: DraftView | None = None
        self._limit = 0
        self._network: NetworkFacts | None = None

    @property
    def where(self) -> str:
        """Which case."""
        return f"Queue › Case {self._view.row.number} › Approval" if self._view else "Approval"

    @property
    def account(self) -> tuple[str, str] | None:
        """The account that would post it."""
        return (self._view.account, self._view.row.channel) if self._view else None

    def body(self) -> Iterable[Widget]:
        """Post, reply, facts."""
        with VerticalScroll(id="approval"):
            yield Static("The post", classes="heading")
            yield Static(id="approval-post", classes="part")
            yield Static("The reply, exactly as it would be posted", classes="heading")
            yield Static(id="exact", classes="part")
            yield Static(id="facts", classes="part")

    def on_mount(self) -> None:
        """Read the first reply that waits."""
        self.query_one("#approval").focus()
        self.look_again()

    def look_again(self) -> None:
        """Read the reply anew: somebody may have decided meanwhile."""
        if self.gateway.signed_in and self._waiting:
            job = partial(_read, self.gateway, self._case_id, self._waiting[0])
            self.start("read the reply", job, self._show, newest_only=True)

    def _show(self, read: tuple[CaseView, DraftView, str, int, NetworkFacts | None]) -> None:
        self._view, self._draft, text, self._limit, self._network = read
        now = self.gateway.now()
        mention = next((one for one in self._view.thread if one.mention_id == self._draft.mention_id), None)
        if mention is not None:
            post = Content.assemble(case_parts.post_text(mention), "\n", case_parts.way(mention, now))
            self.query_one("#approval-post", Static).update(post)
        self.query_one("#exact", Static).update(foreign.exact(text))
        self.query_one("#facts", Static).update(self._facts(self._draft, text))
        self.draw_bars()
        if self._draft.state is not DraftState.SUBMITTED:
            self.status.say(f"This reply is {words.DRAFT_WORDS[self._draft.state]}.")
        elif why := self._why_not():
            self.status.refuse(why)

    def _facts(self, draft: DraftView, text: str) -> Content:
        given = f"{len(draft.approved_by)} of {draft.approvals_needed} given"
        lines = [
            Content.styled(f"{len(text)} of {self._limit} characters", "$foreground-muted"),
            Content(""),
            _fact("gate", case_parts.verdict(draft.verdict)),
            *case_parts.findings(draft),
            *_cost(self._network, text),
            _fact("written by", foreign.line(draft.author, 40)),
            _fact("approvals", Content.assemble(given, *_names(draft))),
            _fact("policy", Content(draft.policy_version)),
            _fact("bundle", Content(draft.bundle_hash)),
        ]
        return Content("\n").join(lines)

    def _why_not(self) -> str:
        """Why this person cannot approve it, "" when they can."""
        if self._draft is None or self._view is None:
            return "The reply is still being read."
        if self._draft.state is not DraftState.SUBMITTED:
            return f"This reply is {words.DRAFT_WORDS[self._draft.state]}; there is nothing to decide."
        if self._draft.author_id == self.gateway.actor.staff_id:
            return "You wrote this reply, so somebody else must approve it."
        return ""

    def do_approve(self) -> None:
        """Approve, after a question whose answer is No until somebody says Yes."""
        if why := self._why_not():
            self.status.refuse(why)
            return
        assert self._draft is not None
        assert self._view is not None
        question = Content.assemble(
            ("Approve exactly this reply?", "bold"), "\n\n",
            "It is posted as ", foreign.line(self._view.account, 40, "bold"),
            Content(f" on {words.channel(self._view.row.channel)}, in answer to case {self._view.row.number}."),
        )  # fmt: skip
        job = partial(self.gateway.approve, self._draft.draft_id, self._draft.bundle_hash)
        self.app.push_screen(ConfirmDialog(question, "Yes, approve", job), self._decided("Approved."))

    def do_reject(self) -> None:
        """Send it back, with a reason."""
        if why := self._why_not():
            self.status.refuse(why)
            return
        assert self._draft is not None
        job = partial(self.gateway.reject, self._draft.draft_id)
        self.app.push_screen(RejectDialog(job), self._decided("Sent back to its author."))

    def _decided(self, said: str) -> Callable[[bool | None], None]:
        def decided(done: bool | None) -> None:
            if done:
                self.desk.notify(said, timeout=6, markup=False)
                self.dismiss(None)
            else:
                self.look_again()

        return decided

    def do_next(self) -> None:
        """Show the next reply that waits in this case."""
        self._waiting.append(self._waiting.pop(0))
        self.look_again()


def _read(
    gateway: Gateway, case_id: str, draft_id: str
) -> tuple[CaseView, DraftView, str, int, NetworkFacts | None]:
    view = gateway.case(case_id)
    draft = next(one for one in view.drafts if one.draft_id == draft_id)
    channel = view.row.channel
    text = gateway.open_draft(draft_id)
    return view, draft, text, gateway.longest_reply(channel), gateway.network(channel)


def _cost(network: NetworkFacts | None, text: str) -> list[Content]:
    sentence = warning_of_cost(network, text)
    return [_fact("cost", foreign.line(f"▲ {sentence}", 300, "$text-warning"))] if sentence else []


def _fact(name: str, said: Content) -> Content:
    return Content.assemble((f"{name:<12}", "$foreground-muted"), said)


def _names(draft: DraftView) -> list[Content]:
    return [Content(" by "), foreign.line(", ".join(draft.approved_by), 80)] if draft.approved_by else []
