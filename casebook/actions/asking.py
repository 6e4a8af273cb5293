"""What the desk asks of a network. It only leaves a row; the monitor, which holds the credentials, answers."""

from __future__ import annotations

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import NetworkRequest, new_id
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
        case = work.cases.get(case_id)
        request = work.requests.add(
            NetworkRequest(
                id=new_id(),
                kind=kind,
                case_id=case_id,
                mention_id=case.mention_id,
                staff_id=actor.staff_id,
                asked_at=by.now,
            )
        )
        by.audit(audit.REQUESTED, case_id, request=request.id, request_kind=kind)
        work.commit()
    return request
