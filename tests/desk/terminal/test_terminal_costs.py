"""What a reply costs, beside the gate and at approval: told where the network charges for a link, and only there."""

from __future__ import annotations

from casebook.actions.networks import note_networks
from casebook.book import Casebook
from casebook.spending import NetworkFacts, Tariff
from desk.terminal.screens.compose import ComposeScreen
from tests.desk.terminal.driving import WIDE, at_the_desk
from tests.support.books import hear
from tests.support.replies import POST, REPLY, submitted

LINKED = REPLY + " Please see https://www.northvale.example/rooms for more."
SAYS = "A reply with a link costs about $0.20 on Dear network, without one about $0.01."


def charges(book: Casebook, reply: int, with_link: int) -> None:
    tariff = Tariff("USD", 5_000, reply, with_link)
    note_networks(book, [NetworkFacts(channel="practice", title="Dear network", tariff=tariff)])


async def test_the_cost_of_a_link_comes_and_goes_as_the_reply_is_written(book: Casebook) -> None:
    charges(book, 10_000, 200_000)
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder", WIDE) as hand:
        await hand.press("c")
        hand.app.push_screen(ComposeScreen(case_id))
        await hand.settle()
        await hand.type_into("#editor", REPLY)
        assert "costs about" not in hand.words
        await hand.type_into("#editor", LINKED)
        assert "A reply with a link costs about" in hand.words
        assert "$0.20" in hand.words
        await hand.type_into("#editor", REPLY)
        assert "costs about" not in hand.words
        await hand.type_into("#editor", LINKED)
        await hand.press("ctrl+t")
        assert hand.case(case_id).drafts[0].state == "submitted", "the warning stops nothing"


async def test_nothing_is_said_where_links_cost_nothing_more(book: Casebook) -> None:
    charges(book, 10_000, 10_000)
    case_id = hear(book, POST).case_id
    async with at_the_desk(book, "responder", WIDE) as hand:
        await hand.press("c")
        hand.app.push_screen(ComposeScreen(case_id))
        await hand.settle()
        await hand.type_into("#editor", LINKED)
        assert "costs about" not in hand.words


async def test_whoever_approves_sees_the_cost_before_deciding(book: Casebook) -> None:
    charges(book, 10_000, 200_000)
    case_id = submitted(book, LINKED).case_id
    async with at_the_desk(book, "approver", WIDE) as hand:
        await hand.open_case(case_id)
        await hand.press("a")
        assert SAYS in hand.words
