"""`voicedesk budget`, the ceiling in force while listening, and the warning before a reply that costs more."""

from __future__ import annotations

import pytest

from casebook.actions.budgets import record_spend
from casebook.actions.networks import note_networks
from casebook.spending import Ceiling, NetworkFacts, Tariff
from desk import bootstrap
from desk.cli import checks
from monitor import reader

X = NetworkFacts(
    channel="x", title="X", can_reply=True, tariff=Tariff("USD", 5_000, 10_000, 200_000, "its price list")
)
LINK = "Thank you for telling us. Please see https://www.northvale.example/pals for how to reach us."
PLAIN = "Thank you for telling us about the new waiting room."
SAYS = "A reply with a link costs about $0.20 on X, without one about $0.01."


def spend(home, channel: str, calls: int, micros: int) -> None:
    book = home.book()
    record_spend(book, channel, calls, micros)
    book.store.close()


def charges(home, facts: NetworkFacts = X) -> None:
    book = home.book()
    note_networks(book, [facts])
    book.store.close()


def configure(home, more: str) -> None:
    home.config.write_text(home.config.read_text() + more)


def test_without_a_ceiling_the_command_says_so_and_how_to_set_one(home):
    home.sign_in("morgan")
    ran = home.ok("budget")
    assert "practice: today 0 calls, this month 0 calls." in ran.out
    assert "No ceiling is set. To set one, write [[budget]]" in ran.out


def test_calls_and_money_are_held_against_the_ceiling(home):
    configure(
        home,
        '\n[[budget]]\nchannel = "x"\ncalls_a_day = 1000\nmoney_a_month = 100.0\n'
        '[[account]]\nchannel = "x"\nhandle = "@NorthvaleNHS"\n',
    )
    charges(home)
    spend(home, "x", 120, 4_510_000)
    home.sign_in("morgan")
    out = home.ok("budget").out
    assert "X: today 120 calls and $4.51, this month 120 calls and $4.51." in out
    assert "Ceiling 1000 calls a day: 880 left, 780 of them for reads." in out
    assert "Ceiling $100.00 a month: $95.49 left, $85.49 of it for reads." in out
    assert "begins anew at" in out
    row = next(one for one in home.ok("budget", "--json").data if one["channel"] == "x")
    assert (row["calls_left"], row["micros_left_for_reads"], row["currency"]) == (880, 85_490_000, "USD")
    assert row["prices"]["reply_with_link"] == 200_000
    assert (row["reads_rest_until"], row["nearly_spent"]) == (None, False)


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        (85, "80 % or more of a ceiling is used."),
        (90, "READS REST until"),
        (100, "SPENT: nothing is heard or sent there until"),
    ],
)
def test_a_ceiling_that_is_near_or_reached_is_told(home, calls, says):
    configure(home, '\n[[budget]]\nchannel = "practice"\ncalls_a_day = 100\n')
    spend(home, "practice", calls, 0)
    home.sign_in("morgan")
    assert says in home.ok("budget").out


def test_a_budget_for_what_nothing_uses_is_told(home):
    configure(home, '\n[[budget]]\nchannel = "elsewhere"\ncalls_a_day = 100\n')
    home.sign_in("morgan")
    assert "Nothing configured listens or speaks there now." in home.ok("budget").out


def test_a_name_that_a_network_gives_itself_does_nothing_to_a_terminal(home):
    charges(home, NetworkFacts(channel="odd", title="Odd\x1b[2J\u202e", tariff=Tariff("X\x1b", 1, 2, 3)))
    home.sign_in("morgan")
    assert "\x1b" not in home.ok("budget").out
    assert "\u202e" not in home.ok("budget").out
    home.ok("budget", "--json")


def test_whoever_looks_at_no_cases_sees_no_budget(home):
    home.sign_in("admin")
    ran = home.run("budget")
    assert (ran.code, ran.out) == (1, "")


def test_listening_notes_what_networks_are_and_rests_over_budget_without_stopping(home, monkeypatch):
    monkeypatch.setattr(reader, "build_reader", lambda _organisation: home.reader)
    configure(home, '\n[[budget]]\nchannel = "practice"\ncalls_a_day = 5\n')
    spend(home, "practice", 5, 0)
    ran = home.ok("listen", "--once")
    assert "0 new posts" in ran.err
    book = home.book()
    assert book.queries.networks()["practice"].title == "Practice network"
    assert book.queries.networks()["practice"].ceiling == Ceiling(5, None, 0.1)
    with book.store.read() as work:
        assert {poll.outcome for poll in work.polls.where()} == {"over_budget"}
        assert [listener.stopped_why for listener in work.listeners.where()] == [""]
    book.store.close()


def test_ceilings_come_from_the_configuration(home):
    from desk.ceilings import ceilings

    configure(
        home,
        '\n[[budget]]\nchannel = "x"\nmoney_a_month = 12.345678\nreserve = 0.25\n'
        '[[budget]]\nchannel = "reddit"\ncalls_a_day = 7\n',
    )
    assert ceilings(home.configuration().settings) == {
        "x": Ceiling(None, 12_345_678, 0.25),
        "reddit": Ceiling(7, None, 0.1),
    }


def test_every_channel_of_the_monitor_is_called_carefully(home, monkeypatch):
    from monitor.careful import Careful

    monkeypatch.setattr(reader, "build_reader", lambda _organisation: home.reader)
    book = home.book()
    monitor = bootstrap.monitor_for(home.configuration(), book)
    assert monitor.channels
    assert all(isinstance(channel, Careful) for channel in monitor.channels.values())
    book.store.close()


def test_the_cost_of_a_link_is_told_wherever_a_reply_is_written_checked_sent_on_or_read(home):
    charges(home)
    number = str(home.hear("The new waiting room at Northvale General looks bright.", channel="x"))
    home.sign_in("robin")
    home.ok("claim", number)
    assert SAYS not in home.ok("draft", number, typed=PLAIN).err
    assert SAYS not in home.run("check", number).out
    assert SAYS in home.ok("draft", number, typed=LINK).err
    assert SAYS in home.run("check", number).out
    assert home.run("check", number, "--json").data["cost_warning"] == SAYS
    assert SAYS in home.ok("submit", number).err, "it is said, and stops nothing"
    home.sign_in("avery")
    assert SAYS in home.ok("show", number, "--reply").out
    assert home.ok("show", number, "--reply", "--json").data["cost_warning"] == SAYS


def test_nothing_is_said_of_costs_where_the_network_has_none(home):
    number = str(home.hear("The new waiting room at Northvale General looks bright."))
    home.sign_in("robin")
    home.ok("claim", number)
    assert "costs about" not in home.ok("draft", number, typed=LINK).err
    assert home.run("check", number, "--json").data["cost_warning"] == ""


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        (79, None),
        (80, "80% of the budget for X is used."),
        (90, "The budget for listening on X is spent until"),
    ],
)
def test_the_doctor_names_a_budget_that_is_nearly_or_wholly_spent(home, calls, says):
    charges(home, NetworkFacts(channel="x", title="X", ceiling=Ceiling(100, None, 0.1)))
    spend(home, "x", calls, 0)
    found = [check.words for check in checks.of_budgets(home.book())]
    assert [words.startswith(says) for words in found] == [True] if says else found == []
