"""What the desk asks of a network. It only leaves a row; the monitor, which holds the credentials, answers."""

from __future__ import annotations

from casebook import audit
from casebook.answerability import looks_up, open_look_up
from casebook.authority import Authority, authorise
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import Mention, NetworkRequest, new_id
from policies.facts import Act

KINDS = {"look_up": "the post as it is now", "thread": "the conversation around it"}
"""What may be asked."""


def ask_network(book: Casebook, actor: Actor, case_id: str, kind: str) -> NetworkRequest:
    """Ask a network about the case's newest post.

    Raises:
        Refusal: `kind` is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise Refusal(f"Ask for one of: {', '.join(KINDS)}.")
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.VIEW)
        request = _leave(by, kind, case_id, work.cases.get(case_id).mention_id)
        work.commit()
    return request


def leave_look_up(by: Authority, mention: Mention) -> bool:
    """Ask, within an act, how this post stands now; whether a question was left.

    None is left where one waits already, or the network cannot be asked.
    """
    if not looks_up(by.work, mention.channel) or open_look_up(by.work, mention) is not None:
        return False
    _leave(by, "look_up", mention.case_id, mention.id)
    return True


def _leave(by: Authority, kind: str, case_id: str, mention_id: str) -> NetworkRequest:
    request = by.work.requests.add(
        NetworkRequest(
            id=new_id(),
            kind=kind,
            case_id=case_id,
            mention_id=mention_id,
            staff_id=by.actor.staff_id,
            asked_at=by.now,
        )
    )
    by.audit(audit.REQUESTED, case_id, request=request.id, request_kind=kind)
    return request
