"""Whether and how one post can be answered, and why: said before anybody writes a word.

What forbids goes before what allows: an open complaint, then a post that is gone, then what the network said of this
very post, and only then what our own credentials can do there.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPLAINT = "a formal complaint about this is open: it is answered there, never in public"
"""Why nothing about the case is answered in public while a complaint is open."""

API, HANDOFF, FORBIDDEN = "api", "handoff", "forbidden"
"""The ways: sent from here, posted by a person and recorded, not answered at all."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What decides how a post can be answered."""

    way: str
    """What the network said of this post: "api", "handoff" or "forbidden"."""
    reason: str
    """Why, in the network's or its channel's plain words."""
    gone: str = ""
    """How the post is gone ("deleted" …), "" while it is there."""
    complaint: bool = False
    """A formal complaint about the case is open."""
    can_write: bool | None = None
    """Whether our credentials may post on this network; None where the monitor has not said yet."""


@dataclass(frozen=True, slots=True)
class Answerable:
    """How a post can be answered, and the reason in words that may follow a colon."""

    way: str
    reason: str


def capability(facts: AnswerFacts) -> Answerable:
    """How a post with these facts can be answered. A way that is not known counts as forbidden."""
    if facts.complaint:
        return Answerable(FORBIDDEN, COMPLAINT)
    if facts.gone:
        return Answerable(FORBIDDEN, f"the post is {facts.gone}; there is nothing to answer any more")
    if facts.way == API and facts.can_write is False:
        return Answerable(HANDOFF, "nothing can be posted on this network from here: a person posts it there")
    if facts.way in {API, HANDOFF}:
        return Answerable(facts.way, facts.reason)
    return Answerable(FORBIDDEN, facts.reason or "the network did not say how this post can be answered")
