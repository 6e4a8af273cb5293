"""The whole thread in lines: heard, sealed, escalated, claimed, refused, rewritten, approved, sent, proved.

Every line printed is read back from the casebook (or, for the posted reply, from the practice network). Each step
checks what it claims and raises `StoryBroken` when that is not so: the story cannot be told of a desk that does
not do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from casebook import audit
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import open_draft, save_draft
from casebook.actions.escalating import escalate
from casebook.actions.signing_in import rehearse_as
from casebook.actions.submitting import submit
from casebook.book import Actor, Casebook
from casebook.errors import GateBlocked, Held, OwnWork
from casebook.model import CaseStatus, DraftState, OutboxState
from casebook.queries import CaseView, DraftView, QueueFilter, QueueRow
from desk.cli.plain import visible
from monitor.practice.network import PracticeNetwork
from monitor.practice.script import Script
from monitor.service import Monitor

ANSWERED_POST = "mum-corridor"
"""The practice post that the story answers."""

CONFIRMS = (
    "We are sorry that your mum waited so long while she was with us. Our records show she was seen this "
    "morning, and her treatment on the ward is going well."
)
"""A kind draft that tells the world somebody is a patient."""

REWRITTEN = (
    "We are sorry to read this; nobody should have to wait like that. We cannot talk about anyone's care in "
    "public. Please call PALS on 020 7946 0321 or write to pals@northvale.example, and a person will look "
    "into it today."
)


class StoryBroken(Exception):
    """Something that the story tells is not so."""


@dataclass
class Story:
    """One telling. `say` takes a line; `seen` holds what later steps need."""

    book: Casebook
    monitor: Monitor
    network: PracticeNetwork
    script: Script
    say: Callable[[str], None]
    people: dict[str, Actor] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell it from beginning to end; raises `StoryBroken` at the first thing that is not so."""
        for username in ("responder", "responder2", "approver"):
            self.people[username], _ = rehearse_as(self.book, username)
        self.hear()
        self.seal()
        self.escalate_most_urgent()
        case_id = self.claim_one()
        self.draft_that_confirms(case_id)
        draft = self.rewrite(case_id)
        self.approve_by_another(case_id, draft)
        self.send(case_id)
        self.prove()

    def hear(self) -> None:
        """Posts arrive."""
        self.monitor.once()
        now = self.book.clock()
        counts = self.book.queries.counts("", now)
        coverage = self.book.queries.coverage(now.replace(year=now.year - 1))
        require(coverage and coverage[0].heard > 0, "nothing was heard")
        require(coverage[0].incomplete == 0, "listening was not complete")
        self.say(
            f"HEARD      {coverage[0].heard} posts on the practice network in {coverage[0].polls} pages; "
            f"{counts.views['open']} cases opened."
        )

    def seal(self) -> None:
        """Nothing that identifies somebody stands in clear; what could not be read stays sealed."""
        shown = self._all_posts()
        sealed = [post for post in shown if not post.safe]
        hidden = sum(post.text.count("⟦") for post in shown)
        require(hidden > 0, "no identifier was sealed")
        require(all(not post.text for post in sealed), "a post that is not yet safe shows words")
        for words in self._words_that_identify():
            require(not any(words in post.text for post in shown), "an identifier stands in clear")
        self.say(f"SEALED     {hidden} identifiers; {len(sealed)} posts not yet safe stay sealed whole.")
        case = self._case(self._case_of(ANSWERED_POST))
        self.say(f"           case {case.row.number} reads: {visible(case.thread[0].text)}")

    def escalate_most_urgent(self) -> None:
        """The most urgent case goes up."""
        rows = self.book.queries.queue(QueueFilter(limit=1), self.book.clock())
        require(rows and rows[0].severity == 5, "no case of severity 5 leads the queue")
        to = self._told(rows[0])
        escalate(
            self.book,
            self.people["responder"],
            rows[0].case_id,
            to,
            "Immediate risk to life, as policy says.",
        )
        case = self._case(rows[0].case_id)
        require(case.row.escalated_to == to, "the escalation was not kept")
        self.say(
            f"ESCALATED  case {case.row.number}, severity {case.row.severity}, to {case.row.escalated_to} "
            f"by {case.history[-1].who}. Risks: {', '.join(case.row.risks)}."
        )

    def claim_one(self) -> str:
        """Two people cannot hold one case."""
        case_id = self._case_of(ANSWERED_POST)
        claim(self.book, self.people["responder"], case_id)
        try:
            claim(self.book, self.people["responder2"], case_id)
        except Held as refused:
            row = self._case(case_id).row
            self.say(f"CLAIMED    case {row.number} by {row.holder}; a second claim was refused: {refused}")
            return case_id
        raise StoryBroken("two people hold one case")

    def draft_that_confirms(self, case_id: str) -> None:
        """The gate stops a kind reply that would confirm a patient."""
        draft = save_draft(self.book, self.people["responder"], case_id, CONFIRMS)
        try:
            submit(self.book, self.people["responder"], draft.id)
        except GateBlocked:
            kept = self._case(case_id).drafts[0]
            require(kept.state is DraftState.WRITING, "the refused draft was not kept")
            require("confirms_patient_relationship" in kept.reasons, "it was refused for another reason")
            self.say(f"REFUSED    draft {kept.revision} by the gate: {', '.join(kept.reasons)}.")
            for _, hard, _, _, words in kept.findings[:2]:
                self.say(f"           {'must change' if hard else 'needs care'}: {words}")
            return
        raise StoryBroken("a draft that confirms a patient passed the gate")

    def rewrite(self, case_id: str) -> DraftView:
        """The same person writes it anew and asks for approval; they cannot approve it themselves."""
        author = self.people["responder"]
        draft = save_draft(self.book, author, case_id, REWRITTEN)
        submit(self.book, author, draft.id)
        kept = self._case(case_id).drafts[0]
        require(kept.state is DraftState.SUBMITTED, "the rewritten draft was not submitted")
        require(not kept.outbox_id, "a reply left before it was approved")
        self.say(
            f"REWRITTEN  verdict {kept.verdict}; waits for {kept.approvals_needed} approval by another person."
        )
        return kept

    def approve_by_another(self, case_id: str, draft: DraftView) -> None:
        """Another person approves exactly what they saw."""
        own, _ = rehearse_as(self.book, "approver")
        self._refuse_own(own)
        approve(self.book, self.people["approver"], draft.draft_id, draft.bundle_hash)
        kept = self._case(case_id).drafts[0]
        require(kept.state is DraftState.APPROVED and kept.approved_by, "the approval was not kept")
        require(kept.author not in kept.approved_by, "the author approved their own reply")
        self.say(
            f"APPROVED   by {', '.join(kept.approved_by)}, not by {kept.author}; policy {kept.policy_version}, "
            f"bundle {kept.bundle_hash[:12]}."
        )

    def _refuse_own(self, approver: Actor) -> None:
        """An approver who wrote a reply cannot approve it: tried on another case, by act."""
        row = next(
            row
            for row in self.book.queries.queue(QueueFilter(view="unclaimed"), self.book.clock())
            if row.severity <= 1 and row.safe and row.mentions == 1 and self._answerable(row)
        )
        claim(self.book, approver, row.case_id)
        draft = save_draft(
            self.book, approver, row.case_id, "Thank you for telling us. We have passed it on."
        )
        submit(self.book, approver, draft.id)
        kept = self._case(row.case_id).drafts[0]
        try:
            approve(self.book, approver, kept.draft_id, kept.bundle_hash)
        except OwnWork as refused:
            still = self._case(row.case_id).drafts[0]
            require(still.state is DraftState.SUBMITTED and not still.outbox_id, "an own reply went on")
            self.say(f"REFUSED    an approver's own reply on case {row.number}: {refused}")
            return
        raise StoryBroken("somebody approved their own reply")

    def send(self, case_id: str) -> None:
        """The reply leaves once."""
        self.monitor.send()
        reply = self.book.queries.replies()[0]
        require(reply.state is OutboxState.SENT, "the reply was not sent")
        require(self._case(case_id).row.status is CaseStatus.ANSWERED, "the case is not answered")
        posted = [post for post in self.network.replies() if post.in_reply_to == ANSWERED_POST]
        exact = open_draft(self.book, self.people["approver"], self._case(case_id).drafts[0].draft_id)
        require(len(posted) == 1, f"the network shows {len(posted)} replies")
        require(posted[0].text == exact, "what was posted is not what was approved")
        self.say(
            f"SENT       case {reply.case_number}, attempt {reply.attempts}, {reply.sent_at:%H:%M:%S} UTC, written by "
            f"{reply.author}, approved by {', '.join(reply.approvers)}; the network shows it {len(posted)} time."
        )

    def prove(self) -> None:
        """The audit verifies, and its guards stand."""
        missing = self.book.store.guards_missing()
        require(not missing, f"database guards are missing: {', '.join(missing)}")
        verified = audit.verify(self.book.store.audit_entries())
        require(verified.entries == self.book.store.changed(), "the audit is shorter than it was")
        self.say(f"PROVED     {verified.entries} audit entries verify; head {verified.head[:16]}…")
        for row in self.book.queries.audit(after_seq=verified.entries - 3):
            self.say(f"           {row.seq} {row.who} {row.sentence}")

    def _all_posts(self) -> list[Post]:
        rows = self.book.queries.queue(QueueFilter(limit=1000), self.book.clock())
        return [Post(post.text, post.safe) for row in rows for post in self._case(row.case_id).thread]

    def _words_that_identify(self) -> list[str]:
        """Exact words that the script marks as identifiers of the kinds that patterns find, as digits and letters.

        Numbers spelled out in words are left to the redaction scoreboard.
        """
        kinds = {"NHS_NUMBER", "PHONE_NUMBER", "EMAIL_ADDRESS", "NATIONAL_INSURANCE"}
        read = [post for post in self.script.posts if post.language in {"", "en"}]
        marked = [(post.text[start:end], entity) for post in read for start, end, entity in post.marked()]
        return [
            words for words, entity in marked if entity in kinds and ("@" in words or words[-1].isdecimal())
        ]

    def _case_of(self, external_id: str) -> str:
        key = self.book.vault.index(external_id, "external|practice")
        with self.book.store.read() as work:
            mention = work.mentions.find(channel="practice", external_key=key)
        require(mention is not None, f"the practice post {external_id} was not heard")
        assert mention is not None
        return mention.case_id

    def _case(self, case_id: str) -> CaseView:
        return self.book.queries.case(case_id, self.book.clock())

    def _told(self, row: QueueRow) -> str:
        return next(iter(self._case(row.case_id).tell), "governance_officer")

    def _answerable(self, row: QueueRow) -> bool:
        return self._case(row.case_id).thread[-1].way == "api"


@dataclass(frozen=True, slots=True)
class Post:
    """A post as people see it."""

    text: str
    safe: bool


def require(so: object, otherwise: str) -> None:
    """Raise `StoryBroken` unless something is so."""
    if not so:
        raise StoryBroken(otherwise)
