"""Opening a sealed original: permission, a reason, an audit entry, then the text. In that order."""

from __future__ import annotations

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.errors import NotFound, Refusal
from casebook.model import mention_row
from casebook.stafftext import add_worded_event, read_staff_text
from policies.facts import Act
from redaction.sealing import open_text

SHORTEST_REASON = 8
"""Characters; a reveal without a real reason is not one of the eight Caldicott purposes."""


def reveal(book: Casebook, actor: Actor, case_id: str, mention_id: str, reason: str) -> dict[str, str]:
    """The exact words and identifying fields of one post. The audit entry is committed before they are opened.

    Where its author has changed it, "earlier" holds the words of each earlier version, the oldest first.

    Raises:
        Refusal: the reason is too short.
        NotFound: the post is not part of this case, or no longer kept.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refusal("Say why you need to see the original. Nothing was opened.")
    reading = read_staff_text(book, reason)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.REVEAL)
        mention = work.mentions.get(mention_id)
        if mention.case_id != case_id or mention.sealed is None:
            raise NotFound("This post is not kept in this case. Nothing was opened.")
        event, case = add_worded_event(
            by, work.cases.get(case_id), "revealed", reason, reading, mention=mention_id
        )
        work.cases.save(case)
        by.audit(audit.REVEALED, case_id, mention=mention_id, event=event.id)
        versions = work.earlier_versions.where(mention_id=mention_id)
        work.commit()
    fields = open_text(book.vault, mention_row(mention_id), mention.sealed)
    earlier = [open_text(book.vault, mention_row(mention_id), one.sealed) for one in versions if one.sealed]
    if earlier:
        fields["earlier"] = "\n\n".join(one.get("text", "") for one in earlier)
    return fields
