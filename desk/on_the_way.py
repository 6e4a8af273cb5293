"""How an approved reply stands on its way out, and how old the word on answering is, in plain words.

Used by line commands and by the terminal. Everything here is ours: no foreign text goes in or out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from casebook.answerability import in_words
from casebook.model import OutboxState

WHY = {
    "account_cap": "this account has posted as many replies within the hour as policy allows",
    "conversation_cap": "this conversation has had as many replies within a day as policy allows",
    "complaint": "a formal complaint about this is open: it is answered there, never in public",
    "not_what_was_approved": "what would have been sent is not what was approved",
    "needs_more_approval": "policy asks for more approvals than it had",
    "post_gone": "the post is gone",
    "post_changed": "its author has changed the post",
    "way_changed": "how the post can be answered has changed",
    "gate": "the reply gate stopped it",
    "not_yet_safe": "it could not be read for personal data; it is tried again",
    "other_account": "the channel is signed in as another account than the approved one",
    "rehearsal_stays_here": "a rehearsal's replies leave by the practice network alone",
    "no_channel": "the monitor does not reach this network",
    "unreadable": "its sealed words cannot be opened",
    "throttled": "the network asked us to wait",
    "over_budget": "the budget for this network is spent",
    "transient": "the network did not answer a look at the post",
    "bad_answer": "the network's answer made no sense",
    "refused": "the network refused it",
    "credentials_refused": "the network does not accept our credentials",
    "not_entitled": "our plan, credit or permission does not cover it",
    "outcome_unknown": "no clear answer came",
    "sender_stopped": "the sender stopped in the middle",
    "looked_once": "it was looked for once and not seen; it is looked for again",
    "not_found": "it was looked for and not seen: look at the network, then decide",
    "restored_from_backup": "this casebook was put back from a backup; it may have been posted since",
    "sent_again_same_key": "it was not found; it is sent again under its own key, of which the network takes one copy",
}
"""The one word that the record keeps → what it means."""


def why_in_words(why: str) -> str:
    """What a word of the record means; a word that is not known here is shown with spaces."""
    return WHY.get(why, why.replace("_", " "))


def waiting(state: OutboxState, why: str, until: datetime | None, now: datetime) -> str:
    """Why a reply stands where it stands and, while it waits, until when; "" where there is nothing to add."""
    said = why_in_words(why)
    if state is OutboxState.QUEUED and said and until is not None and until > now:
        return f"{said}; it is tried again at {until.astimezone():%H:%M}"
    return said


def seen(how_known: bool, seen_at: datetime | None, looks: int, looked_for_again: bool, now: datetime) -> str:
    """Whether a posted reply was seen on the network itself; "" where nobody needed to look.

    Args:
        how_known: the network itself told its id when it was posted.
        seen_at: when it was seen.
        looks: how often it was looked for.
        looked_for_again: it will be looked for again.
        now: the time now.
    """
    if seen_at is not None:
        return f"seen on the network {ago(seen_at, now)}"
    if how_known:
        return ""
    times = "once" if looks == 1 else f"{looks} times"
    if looked_for_again:
        return "not seen on the network yet" + (f"; looked for {times}" if looks else "")
    return f"looked for {times} and never seen on the network: check its address" if looks else ""


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in words: "just now", "3 minutes ago"."""
    return "just now" if now - at < timedelta(minutes=1) else f"{in_words(now - at)} ago"


def asked(at: datetime, now: datetime) -> str:
    """How old the word on answering is: "asked 3 minutes ago"."""
    return f"asked {ago(at, now)}"
