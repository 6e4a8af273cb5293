"""Hiding in a case's earlier posts what later ones told, as the monitor does it."""

from __future__ import annotations

from casebook import audit
from casebook.book import SYSTEM, Casebook
from casebook.putting_right import corrections_now
from casebook.remaking import remake_posts


def hide_again(book: Casebook, case_id: str) -> int:
    """Hide in a case's earlier posts what later ones told; returns how many posts changed. Doing it twice is once.

    The monitor does this after a page is kept: a name that a later post brings may stand in clear in one before it.
    """
    with book.store.write() as work:
        case = work.cases.get(case_id)
        remade = remake_posts(book, work, case, corrections_now(book, work, case_id))
        if not remade.posts:
            return 0
        work.cases.save(remade.case)
        work.audit(book.clock(), audit.HIDDEN_AGAIN, actor=SYSTEM, case_id=case_id, posts=len(remade.posts))
        work.commit()
    return len(remade.posts)
