"""A case as a copy that may leave the organisation: everything found hidden, told coarsely where it can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.model import numbering_row
from casebook.remaking import findings_of, kept_posts
from policies.facts import Act
from redaction.sealing import open_numbering, shared_text


@dataclass(frozen=True, slots=True)
class SharedPost:
    """One post of a copy to share."""

    channel: str
    posted_at: datetime
    text: str
    """By the share profile: ages as bands, dates as months, known places as regions."""


def share(book: Casebook, actor: Actor, case_id: str) -> tuple[SharedPost, ...]:
    """The posts of a case that could be read, oldest first, by the share profile.

    The originals are opened to make it, so it needs the right to open them; the audit says so before it is given out.
    Names have the same numbers as on the desk.

    Raises:
        NotAllowed: the person may not open originals.
        NotFound: there is no such case.
        VaultError: an original does not open.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.REVEAL)
        case = work.cases.get(case_id)
        numbering = open_numbering(book.vault, numbering_row(case.id), case.numbering)
        posts = tuple(
            SharedPost(
                mention.channel,
                mention.posted_at,
                shared_text(book.vault, mention.row, mention.sealed, findings_of(mention), numbering),
            )
            for mention in kept_posts(work, case_id)
            if mention.sealed is not None
        )
        by.audit(audit.SHARED, case_id, posts=len(posts))
        work.commit()
    return posts
