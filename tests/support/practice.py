"""A small practice network with posts that a test chooses, and a monitor over it."""

from __future__ import annotations

from datetime import timedelta

from casebook.actions import setting_up
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.book import Casebook
from casebook.model import Draft, Mention
from monitor.channels.practice import PracticeChannel, build
from monitor.practice.script import Author, ScriptedPost, script_of
from monitor.service import Monitor
from tests.support.books import HANDLE, actor, clock_of, scripted

SAFE_REPLY = "Thank you for telling us. Please call PALS on 020 7946 0321 and a person will look into it."


def post(number: int, text: str, **fields: object) -> ScriptedPost:
    """A scripted post that is there from the start."""
    author = Author(f"author-{number}", f"@author{number}", f"Author {number}")
    return ScriptedPost(id=f"p{number}", at=float(number), author=author, text=text, **fields)  # type: ignore[arg-type]


def practice(book: Casebook, *posts: ScriptedPost) -> tuple[Monitor, PracticeChannel]:
    """A monitor of `book` over a practice network with `posts`, all visible now."""
    clock = clock_of(book)
    began = clock() - timedelta(hours=1)
    channel = build(clock, started_at=began, script=script_of(posts))
    account = setting_up.ensure_account(book, "practice", HANDLE)
    setting_up.ensure_watch(book, "northvale", "practice", account, {"terms": ["Northvale"]}, 60)
    return Monitor(book, {"practice": channel}, scripted(book), owner="monitor-1"), channel


def mention_of(book: Casebook, external_id: str, channel: str = "practice") -> Mention:
    """What was kept of a post."""
    with book.store.read() as work:
        found = work.mentions.find(
            channel=channel, external_key=book.vault.index(external_id, f"external|{channel}")
        )
    assert found is not None
    return found


def approved_reply(book: Casebook, mention: Mention, text: str = SAFE_REPLY) -> Draft:
    """A reply to a mention, written by one person and approved by as many others as it needs."""
    writer = actor(book, "responder")
    claim(book, writer, mention.case_id)
    draft = submit(book, writer, save_draft(book, writer, mention.case_id, text).id)
    for approver in ("approver", "approver2")[: draft.approvals_needed]:
        draft = approve(book, actor(book, approver), draft.id, draft.bundle_hash)
    return draft
