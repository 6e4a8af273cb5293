"""How the main screens look, at both sizes: pictures that a person has looked at, compared line by line.

Time, policy version and findings are fixed here, so that a picture changes only when the desk's own looks do.
After a change that is meant: run with `--snapshot-update`, and look at every picture before keeping it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from casebook.actions import claiming, drafting, noting, submitting
from casebook.book import Casebook
from desk.terminal.app import DeskApp
from desk.terminal.gateway import CaseView, GateFinding, GateResult, Gateway, Verdict
from desk.terminal.screens.compose import ComposeScreen
from desk.terminal.widgets.gate_panel import GatePanel
from tests.desk.terminal.driving import NARROW, WIDE, Hand
from tests.support.books import actor, clock_of, hear

Compare = Callable[..., bool]
Story = Callable[[Hand], Awaitable[None]]

VERSION = "5ca1ab1e0123"
REPLY = (
    "Thank you for telling us. Please write to pals@northvale.example, so that we can look into it with you."
)
VIEW_FACTS: dict[str, Any] = {
    "must_do": ("Pass it to the patient safety team the same day.", "Invite the person to talk in private."),
    "tell": ("patient_safety",),
    "rules": ("patient safety incident",),
}
FINDINGS = (
    GateFinding(
        "confirms_patient_relationship", True, 0, 16, "tells everybody that this person is a patient"
    ),
    GateFinding(
        "missing_contact_route", False, 0, 0, "add PALS or a desk address, so that the person can go on"
    ),
)


class PictureGateway(Gateway):
    """The gateway, with what a policy pack may change held still."""

    def case(self, case_id: str) -> CaseView:
        """The case as it is, under a policy that never changes."""
        view = super().case(case_id)
        row = replace(view.row, due_at=self.now() + timedelta(minutes=25), queue="clinical_safety")
        drafts = [replace(draft, policy_version=VERSION, bundle_hash="5ca1ab1e" * 8) for draft in view.drafts]
        return replace(view, row=row, drafts=drafts, **VIEW_FACTS)


@pytest.fixture
def case_id(book: Casebook) -> str:
    """A desk in the middle of a morning; the case that the pictures are about."""
    posts = (
        ("He is not breathing and nobody answers the phone at St Bride's", "x", 5),
        ("The car park machine at Northvale General ate my coins again.", "reddit", 1),
        ("Lovely welcome at Harrow Fold today, Sister Amberley made our week.", "practice", 0),
    )
    for number, (text, channel, severity) in enumerate(posts):
        hear(book, text, channel=channel, severity=severity, external=f"other-{number}")
    hear(book, "Eine Nachricht", channel="x", safe=False, external="unread")
    story = {"conversation": "told", "severity": 4, "risks": ["patient_safety_incident"], "channel": "x"}
    hear(book, "They mixed up my uncle's chart with Mr Wolstenbury's twice.", external="told-1", **story)
    mention = hear(book, "Still no call back on 07700 900 456. It is day three.", external="told-2", **story)
    responder = actor(book, "responder")
    clock_of(book).advance(minutes=20)
    claiming.claim(book, responder, mention.case_id)
    noting.note(
        book, responder, mention.case_id, "Rang the ward; Sister Amberley will call Mr Wolstenbury back."
    )
    draft = drafting.save_draft(book, responder, mention.case_id, REPLY)
    submitting.submit(book, responder, draft.id)
    clock_of(book).advance(minutes=15)
    claiming.claim(book, actor(book, "responder2"), hear_one(book, "unclaimed-1"))
    return mention.case_id


def hear_one(book: Casebook, external: str) -> str:
    """One more post, heard just now; its case."""
    return hear(book, "Is the walk-in centre open on Boxing Day?", external=external, severity=0).case_id


async def queue(hand: Hand) -> None:
    await hand.press("j")


async def case(hand: Hand) -> None:
    await hand.open_case(hand.app.picture_of)


async def compose(hand: Hand) -> None:
    await hand.open_case(hand.app.picture_of)
    hand.app.push_screen(ComposeScreen(hand.app.screen.case_id))
    await hand.settle()
    await hand.type_into("#editor", "Your appointment was moved twice. " + REPLY)
    await hand.pilot.pause(0.05)
    await hand.settle()
    text = hand.app.screen.text
    hand.app.screen.query_one(GatePanel).show(GateResult(Verdict.BLOCK, FINDINGS, VERSION), text)
    await hand.settle()


async def approval(hand: Hand) -> None:
    await hand.open_case(hand.app.picture_of)
    await hand.press("a")


async def help_screen(hand: Hand) -> None:
    await hand.open_case(hand.app.picture_of)
    await hand.press("question_mark")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("story", "who"),
    [
        (queue, "responder"),
        (case, "responder"),
        (compose, "responder2"),
        (approval, "approver"),
        (help_screen, "responder"),
    ],
    ids=["queue", "case", "compose", "approval", "help"],
)
def test_the_screen_looks_as_it_did(
    book: Casebook, case_id: str, snap_compare: Compare, story: Story, who: str, size: tuple[int, int]
) -> None:
    app = DeskApp(PictureGateway(book, rehearsal=True), poll_seconds=3600)
    app.picture_of = case_id  # type: ignore[attr-defined]

    async def before(pilot: Pilot[None]) -> None:
        hand = Hand(app, pilot, book)
        await hand.settle()
        await hand.sign_in_as(who)
        await story(hand)

    assert snap_compare(app, terminal_size=size, run_before=before)
