"""A formal complaint, said and ended with one key."""

from __future__ import annotations

from casebook.book import Casebook
from casebook.model import DraftState
from tests.desk.terminal.driving import WIDE, at_the_desk
from tests.support.replies import submitted


async def test_an_open_complaint_stops_the_reply_that_waits_until_it_has_ended(book: Casebook) -> None:
    waiting = submitted(book)
    async with at_the_desk(book, "responder", WIDE) as hand:
        await hand.open_case(waiting.case_id)
        await hand.press("F")
        await hand.type_into("#text", "With the complaints team since today")
        await hand.press("ctrl+s")
        assert hand.case(waiting.case_id).complaint_live
        assert hand.case(waiting.case_id).drafts[0].state is DraftState.VOID
        assert "formal complaint open" in hand.words
        assert "a formal complaint about this is open" in hand.words
        await hand.press("F")
        assert "The formal complaint has ended" in hand.words
        await hand.type_into("#text", "It was closed")
        await hand.press("ctrl+s")
        assert not hand.case(waiting.case_id).complaint_live
        assert "formal complaint open" not in hand.words
