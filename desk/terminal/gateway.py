"""The terminal's only way to the casebook: one method a query and an act, in the name of who is signed in.

Pure Python and no Textual. Every method may take milliseconds (some read text and take longer), so screens
call them in thread workers. Errors of the casebook pass through as they are: each carries its own sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from casebook.actions import (
    approving,
    asking,
    claiming,
    closing,
    complaining,
    correcting,
    covering,
    drafting,
    escalating,
    noting,
    resolving,
    revealing,
    signing_in,
    stopping,
    submitting,
    triaging,
)
from casebook.authority import authorise, signed_in
from casebook.book import Actor, Casebook, policy_in_force
from casebook.coverage import CLOSED_WORDS, TITLES, TO_DO, Coverage, Standing, overview
from casebook.errors import (
    CasebookError,
    GateBlocked,
    Held,
    HiddenCharacters,
    NotAllowed,
    NotSignedIn,
    NotYetSafe,
    ReaderUnavailable,
)
from casebook.model import Account, CaseStatus, DraftState, Mode, Organisation, OutboxState, Staff
from casebook.queries import (
    VIEWS,
    CaseView,
    Counts,
    CoverageRow,
    DraftView,
    EventView,
    IncidentRow,
    MentionView,
    QueueFilter,
    QueueRow,
)
from casebook.spending import NetworkFacts, warning_of_cost
from desk.marking import KINDS, said_missed, said_shown, said_undone
from policies.escalation import floor
from policies.facts import Act, GateFinding, GateResult, Role, Verdict
from policies.permissions import allows
from policies.policy import Policy
from policies.replies import limits
from redaction.vault import VaultError

__all__ = [
    "CLOSE_REASONS", "DECISIONS", "INCIDENTS", "INCIDENTS_ENDED", "INCIDENTS_TO_DO", "KINDS", "VIEWS",
    "Account", "Act", "Actor", "CaseStatus", "CaseView", "CasebookError", "Counts", "Coverage", "CoverageRow",
    "DraftState", "DraftView", "EventView", "GateBlocked", "GateFinding", "GateResult", "Gateway", "Held",
    "HiddenCharacters", "IncidentRow", "MentionView", "Mode", "NetworkFacts", "NotSignedIn", "NotYetSafe",
    "Organisation", "OutboxState", "QueueRow", "ReaderUnavailable", "Role", "Rules", "Staff", "Standing",
    "VaultError", "Verdict", "warning_of_cost",
]  # fmt: skip

CLOSE_REASONS = closing.REASONS
DECISIONS = resolving.DECISIONS


INCIDENTS, INCIDENTS_TO_DO, INCIDENTS_ENDED = TITLES, TO_DO, CLOSED_WORDS
"""What kinds of incidents are called, what to do about an open one, and our words for how one ended."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What of the policy in force screens offer to choose from."""

    title: str
    version: str
    queues: tuple[tuple[str, str], ...]
    """Name and title, in the order of the policy."""
    severities: tuple[tuple[int, str], ...]
    """Severity and how soon it must be looked at, most urgent first."""
    contacts: tuple[str, ...]
    """Whom a case can be escalated to."""


class Gateway:
    """One terminal's view of a casebook."""

    def __init__(
        self, book: Casebook, *, rehearsal: bool, on_reader_start: Callable[[], None] | None = None
    ) -> None:
        """Hold `book` for one terminal; asks the casebook once which mode it is in.

        Args:
            book: the open casebook.
            rehearsal: whether roles may be chosen without a password; it counts only where the casebook
                itself was made for a rehearsal.
            on_reader_start: starts the reading engine. It is called once, after the first frame and in a
                thread; it may return at once or when the engine answers.
        """
        self._book = book
        self._on_reader_start = on_reader_start
        self._actor: Actor | None = None
        self._allowed: frozenset[Act] = frozenset()
        self.mode = book.queries.organisation().mode
        self.rehearsal = rehearsal and self.mode is Mode.REHEARSAL

    # Who is here

    @property
    def actor(self) -> Actor:
        """Who is signed in.

        Raises:
            NotSignedIn: nobody is.
        """
        if self._actor is None:
            raise NotSignedIn
        return self._actor

    @property
    def signed_in(self) -> bool:
        """Whether somebody is signed in here."""
        return self._actor is not None

    def people(self) -> list[Staff]:
        """Who can be rehearsed as; nobody on a real casebook."""
        if not self.rehearsal:
            return []
        order = list(Role)

        def part(person: Staff) -> tuple[int, int, str]:
            """The plainest part first: a responder before somebody who is also an approver."""
            first = min((order.index(Role(role)) for role in person.roles), default=len(order))
            return first, len(person.roles), person.username

        return sorted((person for person in self._book.queries.staff() if person.active), key=part)

    def sign_in(self, username: str, password: str) -> Actor:
        """Sign in by name and password; raises `SignInFailed`."""
        return self._welcome(signing_in.sign_in(self._book, username, password)[0])

    def rehearse_as(self, username: str) -> Actor:
        """Sign in by role; raises `RehearsalOnly` on a real casebook."""
        return self._welcome(signing_in.rehearse_as(self._book, username)[0])

    def sign_out(self) -> None:
        """End the session, if there is one."""
        actor = self._actor
        self.forget()
        if actor is not None:
            signing_in.sign_out(self._book, actor)

    def forget(self) -> None:
        """Hold nobody any more, where the session has ended by itself."""
        self._actor, self._allowed = None, frozenset()

    def may(self, act: Act) -> bool:
        """Whether the person's roles allow an act, for what is offered; the act itself checks again."""
        return act in self._allowed

    def _welcome(self, actor: Actor) -> Actor:
        policy = self._policy()
        self._allowed = frozenset(act for act in Act if allows(policy, actor.roles, act))
        self._actor = actor
        return actor

    # What there is

    def now(self) -> datetime:
        """The casebook's time, UTC."""
        return self._book.clock()

    def changed(self) -> int:
        """A number that rises when somebody has done something.

        Raises:
            NotSignedIn: the session has ended meanwhile, or the person was disabled.
        """
        with self._book.store.read() as work:
            signed_in(work, self.actor, self.now())
        return self._book.store.changed()

    def start_reader(self) -> None:
        """Start the reading engine, where this desk has one to start."""
        if self._on_reader_start is not None:
            self._on_reader_start()

    def organisation(self) -> Organisation:
        """The organisation, with its mode and whether sending is stopped."""
        return self._book.queries.organisation()

    def accounts(self) -> list[Account]:
        """The organisation's own accounts."""
        return self._book.queries.accounts()

    def rules(self) -> Rules:
        """The choices that the policy in force gives."""
        policy = self._policy()
        looked_at = sorted(
            ((row.severity, row.words) for row in policy.rules.severity.looked_at), reverse=True
        )
        return Rules(
            title=policy.title,
            version=policy.version,
            queues=tuple((queue.name, queue.title) for queue in policy.rules.queues),
            severities=tuple(looked_at),
            contacts=tuple(sorted(escalating.may_be_told(policy))),
        )

    def severity_floor(self, risks: tuple[str, ...]) -> int:
        """The lowest severity that policy allows for these risks."""
        return floor(self._policy(), risks)

    def longest_reply(self, channel: str) -> int:
        """The channel's limit, in code points."""
        return limits(self._policy(), channel).longest_reply

    def network(self, channel: str) -> NetworkFacts | None:
        """What the monitor last said of a channel; None where it has said nothing yet."""
        return self._book.queries.networks().get(channel)

    def queue(self, view: str, queue: str = "") -> list[QueueRow]:
        """Cases of a view, most urgent first; raises `NotAllowed` for a role that looks at none."""
        self._demand_view()
        return self._book.queries.queue(
            QueueFilter(view=view, queue=queue, staff_id=self.actor.staff_id), self.now()
        )

    def counts(self) -> Counts:
        """How many cases each view and queue holds; raises `NotAllowed` as `queue` does."""
        self._demand_view()
        return self._book.queries.counts(self.actor.staff_id, self.now())

    def case(self, case_id: str) -> CaseView:
        """One case whole; raises `NotAllowed` as `queue` does."""
        self._demand_view()
        return self._book.queries.case(case_id, self.now())

    def coverage(self, days: int = 7) -> Coverage:
        """What was listened to in the last days, and what may not have been heard; raises `NotAllowed` as `queue`."""
        self._demand_view()
        now = self.now()
        since = now - timedelta(days=days)
        return overview(self._book.queries.coverage(since), self._book.queries.incidents(since=since), now)

    def listening(self) -> Coverage:
        """The same with open incidents alone and nothing counted, for bars that are drawn often."""
        now = self.now()
        return overview(self._book.queries.coverage(now), self._book.queries.incidents(open_only=True), now)

    def close_incident(self, incident_id: str, reason: str) -> None:
        """Close a coverage incident with a reason."""
        covering.close_incident(self._book, self.actor, incident_id, reason)

    def _demand_view(self) -> None:
        """Whether the record, as it is now, lets this person look: roles and sign-ins change while a desk is open."""
        with self._book.store.read() as work:
            try:
                authorise(self._book, work, self.actor, Act.VIEW)
            except NotAllowed:
                raise NotAllowed(
                    "Your role looks at no cases. Staff are looked after by line commands: voicedesk staff --help"
                ) from None

    def open_draft(self, draft_id: str) -> str:
        """The exact text of a draft."""
        return drafting.open_draft(self._book, self.actor, draft_id)

    def _policy(self) -> Policy:
        with self._book.store.read() as work:
            return policy_in_force(work)

    # What can be done

    def claim(self, case_id: str) -> datetime:
        """Hold a case; returns until when."""
        return claiming.claim(self._book, self.actor, case_id).held_until or self.now() + timedelta()

    def release(self, case_id: str) -> None:
        """Give a case back."""
        claiming.release(self._book, self.actor, case_id)

    def triage(self, case_id: str, severity: int, queue: str) -> None:
        """Set severity and queue."""
        triaging.triage(self._book, self.actor, case_id, severity=severity, queue=queue)

    def escalate(self, case_id: str, to: str, reason: str) -> None:
        """Hand a case upwards."""
        escalating.escalate(self._book, self.actor, case_id, to, reason)

    def note(self, case_id: str, text: str) -> None:
        """Write a note."""
        noting.note(self._book, self.actor, case_id, text)

    def start_complaint(self, case_id: str, reason: str) -> None:
        """Say that a formal complaint about this is open; what waits to be posted is stopped."""
        complaining.start_complaint(self._book, self.actor, case_id, reason)

    def end_complaint(self, case_id: str, reason: str) -> None:
        """Say that the formal complaint has ended."""
        complaining.end_complaint(self._book, self.actor, case_id, reason)

    def save_draft(self, case_id: str, text: str) -> str:
        """Keep a reply being written; returns the draft's id."""
        return drafting.save_draft(self._book, self.actor, case_id, text).id

    def check_draft(self, case_id: str, text: str) -> GateResult:
        """What the gate says of a text; nothing is kept."""
        return drafting.check_draft(self._book, self.actor, case_id, text)

    def submit(self, case_id: str, text: str) -> None:
        """Keep a reply and ask for its approval; raises `GateBlocked` (it is kept then, too)."""
        draft = drafting.save_draft(self._book, self.actor, case_id, text)
        submitting.submit(self._book, self.actor, draft.id)

    def approve(self, draft_id: str, seen_bundle: str) -> bool:
        """Approve exactly what was seen; returns whether that was the last approval needed."""
        draft = approving.approve(self._book, self.actor, draft_id, seen_bundle)
        return draft.state is DraftState.APPROVED

    def reject(self, draft_id: str, reason: str) -> None:
        """Send a reply back to its author."""
        approving.reject(self._book, self.actor, draft_id, reason)

    def handoff_text(self, outbox_id: str) -> tuple[str, str]:
        """The exact approved text, and the address of the post."""
        return resolving.handoff_text(self._book, self.actor, outbox_id)

    def record_handoff(self, outbox_id: str, url: str) -> None:
        """Record where a reply was posted by hand."""
        resolving.record_handoff(self._book, self.actor, outbox_id, url)

    def withdraw(self, outbox_id: str) -> None:
        """Take an approved reply back before it is posted; the case is open again."""
        resolving.withdraw(self._book, self.actor, outbox_id)

    def resolve_uncertain(self, outbox_id: str, decision: str, url: str) -> None:
        """Decide about a reply of which nobody knows whether it was posted."""
        resolving.resolve_uncertain(self._book, self.actor, outbox_id, decision, url)

    def close(self, case_id: str, why: str) -> None:
        """Close a case."""
        closing.close(self._book, self.actor, case_id, why)

    def reopen(self, case_id: str) -> None:
        """Open a closed or answered case again."""
        closing.reopen(self._book, self.actor, case_id)

    def reveal(self, case_id: str, mention_id: str, reason: str) -> dict[str, str]:
        """The sealed original of one post, after the audit entry is kept."""
        return revealing.reveal(self._book, self.actor, case_id, mention_id, reason)

    def mark_missed(self, case_id: str, mention_id: str, words: str, kind: str) -> str:
        """Hide words that stand in clear, in the whole case; returns what to say."""
        done = correcting.missed(self._book, self.actor, case_id, mention_id, words, kind)
        return f"{said_missed(done)} U takes it back."

    def mark_wrongly_hidden(self, case_id: str, mention_id: str, placeholder: str, reason: str) -> str:
        """Show again what a placeholder stands for, in the whole case; returns what to say."""
        done = correcting.wrongly_hidden(self._book, self.actor, case_id, mention_id, placeholder, reason)
        return f"{said_shown(done)} U takes it back."

    def undo_mark(self, case_id: str) -> str:
        """Take the newest mark of a case back; returns what to say."""
        return said_undone(correcting.undo(self._book, self.actor, case_id))

    def ask_network(self, case_id: str, kind: str) -> None:
        """Ask the network about the case's newest post; the listener answers."""
        asking.ask_network(self._book, self.actor, case_id, kind)

    def stop_sending(self) -> None:
        """Stop all sending at once."""
        stopping.stop_sending(self._book, self.actor)

    def start_sending(self) -> None:
        """Allow sending again."""
        stopping.start_sending(self._book, self.actor)
