"""The kill switch: nothing leaves the desk until somebody allows it again."""

from __future__ import annotations

from dataclasses import replace

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from policies.facts import Act


def stop_sending(book: Casebook, actor: Actor) -> None:
    """Stop all sending at once. A call to a network that has begun is not undone."""
    _switch(book, actor, stopped=True)


def start_sending(book: Casebook, actor: Actor) -> None:
    """Allow sending again."""
    _switch(book, actor, stopped=False)


def _switch(book: Casebook, actor: Actor, *, stopped: bool) -> None:
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.STOP_SENDING)
        organisation = work.organisations.where()[0]
        if organisation.sending_stopped == stopped:
            return
        work.organisations.save(replace(organisation, sending_stopped=stopped))
        by.audit(audit.SENDING_STOPPED if stopped else audit.SENDING_STARTED)
        work.commit()
