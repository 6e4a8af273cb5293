"""A formal complaint, and how a reply stands, by line commands."""

from __future__ import annotations

REPLY = "Thank you for telling us. We have passed it on to the team."
POST = "The new waiting room at Northvale General looks bright."


def test_an_open_complaint_is_said_shown_and_ended(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    home.ok("claim", number)
    home.ok("draft", number, typed=REPLY)
    home.ok("submit", number)
    said = home.ok("complaint", number, "start", "--why", "With the complaints team since today")
    assert "it is answered there, never in public. 1 reply that waited is stopped." in said.err
    shown = home.ok("show", number)
    assert "A formal complaint about this is open." in shown.out
    assert "It cannot be answered: a formal complaint about this is open" in shown.out
    assert home.ok("show", number, "--json").data["complaint_live"] is True
    refused = home.run("draft", number, typed=REPLY)
    assert (refused.code, "formal complaint" in refused.err) == (1, True)
    home.ok("complaint", number, "end", "--why", "It was closed")
    home.ok("draft", number, typed=REPLY)


def test_what_is_said_of_it_is_start_or_end_with_a_reason(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    before = home.entries()
    assert home.run("complaint", number, "begin", "--why", "x").code == 2
    assert home.run("complaint", number, "start", "--why", " ").code == 1
    assert home.run("complaint", number, "end", "--why", "x").code == 1
    home.ok("complaint", number, "start", "--why", "x", "--dry-run")
    assert home.entries() == before


def test_how_old_the_word_on_answering_is_stands_beside_it(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    assert "(asked " in home.ok("show", number).out
