"""One key on a case for "missed this" and "wrongly hidden", and one that takes it back."""

from __future__ import annotations

from casebook.book import Casebook
from desk.terminal.dialogs.mark import MarkDialog
from desk.terminal.screens.case import CaseScreen
from tests.desk.terminal.driving import NARROW, Hand, at_the_desk
from tests.support.books import hear

POST = "Kit Sorrel waited five hours with Mrs Tavistock."


def shown(hand: Hand, case_id: str) -> str:
    return hand.case(case_id).thread[0].text


async def test_missed_words_are_hidden_by_one_key_and_shown_again_by_another(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("m")
        assert isinstance(hand.app.screen, MarkDialog)
        await hand.press("enter", "enter")
        await hand.type_into("#words", "kit sorrel")
        await hand.press("enter")
        assert isinstance(hand.app.screen, CaseScreen)
        assert "Hidden in 1 post as ⟦name 2⟧. U takes it back." in hand.words
        assert shown(hand, case_id) == "⟦name 2⟧ waited five hours with Mrs ⟦name 1⟧."
        assert "Kit Sorrel" not in hand.words
        await hand.press("U")
        assert "Taken back: 1 post changed." in hand.words
        assert shown(hand, case_id).startswith("Kit Sorrel")


async def test_words_that_stand_nowhere_leave_the_box_open_with_what_was_typed(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder", NARROW) as hand:
        await hand.open_case(case_id)
        await hand.press("m", "enter", "enter")
        await hand.type_into("#words", "nobody")
        await hand.press("enter")
        assert isinstance(hand.app.screen, MarkDialog)
        assert "stand in no post of this case" in hand.words
        await hand.press("escape")
        assert shown(hand, case_id).startswith("Kit Sorrel")


async def test_something_wrongly_hidden_shows_again_for_a_reason(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(case_id)
        await hand.press("m", "j", "enter")
        assert "⟦name 1⟧" in hand.words
        await hand.press("enter")
        await hand.type_into("#reason", "the name of a pub")
        await hand.press("enter")
        assert "⟦name 1⟧ shows again in 1 post. U takes it back." in hand.words
        assert shown(hand, case_id) == POST


async def test_showing_again_is_refused_to_who_may_not_open_originals(book: Casebook) -> None:
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("m", "j", "enter", "enter")
        await hand.type_into("#reason", "the name of a pub")
        await hand.press("enter")
        assert isinstance(hand.app.screen, MarkDialog)
        assert "Your role does not allow this" in hand.words
        assert "Tavistock" not in shown(hand, case_id)


async def test_a_post_with_nothing_hidden_offers_nothing_to_show(book: Casebook) -> None:
    case_id = hear(book, "We waited five hours.").case_id
    async with at_the_desk(book, "approver") as hand:
        await hand.open_case(case_id)
        await hand.press("m", "j")
        await hand.press("ctrl+s")
        assert "Nothing is hidden in this post." in hand.words
