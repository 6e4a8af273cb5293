"""Writing a reply: drafts belong to the case, survive a closed terminal, and can be checked at any time."""

from __future__ import annotations

from casebook import audit
from casebook.answerability import demand_answerable
from casebook.authority import Authority, authorise, demand_held
from casebook.book import Actor, Casebook, policy_in_force
from casebook.errors import NotAllowed, NotYetSafe, Refusal, WrongState
from casebook.gatekeeping import gate, normal_reply
from casebook.model import Case, Draft, DraftState, draft_row, new_id
from casebook.ports import Reading
from casebook.stafftext import read_staff_text, seal_in_case
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act, GateResult
from redaction.sealing import open_text

ONLY_ENGLISH = (
    "Only replies in English can be checked for personal data yet. This one was not kept; write it in English, "
    "or answer by another way."
)


def save_draft(book: Casebook, actor: Actor, case_id: str, text: str) -> Draft:
    """Keep a reply to the case's newest post. One's own unsubmitted draft is overwritten, anything else is left.

    Raises:
        NotHeld, Held: the case must be held by the writer.
        WrongState: the post cannot be answered at all (it is gone, the network allows no answer, a formal complaint is
            open), so no time is spent on words for it.
        HiddenCharacters: the text holds invisible characters.
        NotYetSafe: it could not be read, so it cannot be shown to others; nothing was kept.
    """
    normal = normal_reply(text)
    if not normal:
        raise Refusal("The reply is empty. Nothing was changed.")
    reading = read_staff_text(book, normal)
    if reading.findings is None:
        raise NotYetSafe(ONLY_ENGLISH if reading.why_unread == "language" else "")
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.DRAFT)
        case = demand_held(by, work.cases.get(case_id))
        if not case.mention_id:
            raise WrongState("There is no post to answer in this case.")
        demand_answerable(work, work.mentions.get(case.mention_id), case, "Nothing was changed.")
        draft, case = _kept(by, case, normal, reading)
        work.cases.save(case)
        by.audit(audit.DRAFTED, case_id, draft=draft.id, revision=draft.revision, text_hash=draft.text_hash)
        work.commit()
    return draft


def _kept(by: Authority, case: Case, text: str, reading: Reading) -> tuple[Draft, Case]:
    """The writer's own draft with the new words, or a new one; and the case with its renewed numbers."""
    current = _own_writing(by.work, case, by.actor.staff_id)
    draft_id = current.id if current else new_id()
    redacted, case = seal_in_case(by.book, by.work, case, draft_row(draft_id), text, reading)
    written = Draft(
        id=draft_id,
        case_id=case.id,
        mention_id=case.mention_id,
        revision=current.revision if current else _next_revision(by.work, case.id),
        author_id=by.actor.staff_id,
        state=DraftState.WRITING,
        sealed=redacted.sealed,
        text=redacted.text,
        text_hash=redacted.content_hash,
        verdict="",
        reasons=(),
        findings=(),
        policy_version="",
        bundle_hash="",
        approvals_needed=1,
        written_at=by.now,
        version=current.version if current else 1,
    )
    if current:
        return by.work.drafts.save(written), case
    by.event(case.id, "drafted", revision=written.revision)
    return by.work.drafts.add(written), case


def check_draft(book: Casebook, actor: Actor, case_id: str, text: str) -> GateResult:
    """What the gate says of a text as a reply to the case's newest post. Nothing is kept.

    Raises:
        HiddenCharacters, NotYetSafe: as for saving.
    """
    normal = normal_reply(text)
    reading = read_staff_text(book, normal)
    with book.store.read() as work:
        authorise(book, work, actor, Act.DRAFT)
        case = work.cases.get(case_id)
        return gate(book, work, policy_in_force(work), work.mentions.get(case.mention_id), normal, reading)


def open_draft(book: Casebook, actor: Actor, draft_id: str) -> str:
    """The exact text of a draft, for those who write, approve or audit replies.

    Raises:
        NotAllowed: none of those is the actor's part.
    """
    with book.store.read() as work:
        by = authorise(book, work, actor, Act.VIEW)
        if not any(by.may(act) for act in (Act.DRAFT, Act.APPROVE, Act.AUDIT)):
            raise NotAllowed
        draft = work.drafts.get(draft_id)
    return open_text(book.vault, draft_row(draft.id), draft.sealed)["text"]


def _own_writing(work: UnitOfWork, case: Case, staff_id: str) -> Draft | None:
    own = work.drafts.where(case_id=case.id, author_id=staff_id, state=DraftState.WRITING)
    return own[-1] if own else None


def _next_revision(work: UnitOfWork, case_id: str) -> int:
    return max((draft.revision for draft in work.drafts.where(case_id=case_id)), default=0) + 1
