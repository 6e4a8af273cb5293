"""`missed`, `unhide` and `corrections`, typed at a terminal."""

from __future__ import annotations

import json

import pytest

from training.corpus import parse

POST = "Kit Sorrel waited at ward 7 with Mrs Tavistock. It rained."


@pytest.fixture
def case(home):
    number = home.hear(POST)
    home.sign_in("avery")
    return str(number)


def shown(home, case):
    return home.ok("show", case, "--json").data["thread"][0]["text"]


def test_missed_words_come_from_stdin_and_are_hidden_at_once(home, case):
    ran = home.ok("missed", case, "--as", "name", "--words-from", "-", typed="kit sorrel\n")
    assert ran.err == "Hidden in 1 post as ⟦name 2⟧.\n"
    assert shown(home, case) == "⟦name 2⟧ waited at ward 7 with Mrs ⟦name 1⟧. It rained."


def test_words_are_never_an_argument(home, case):
    assert home.run("missed", case, "Kit Sorrel", "--as", "PERSON").code == 2
    assert home.run("missed", case, "--as", "PERSN", typed="Kit Sorrel\n").code == 2
    refused = home.run("missed", case, "--as", "PERSON", typed="Nobody Here\n")
    assert refused.code == 1
    assert "Nobody" not in refused.err + refused.out
    assert shown(home, case).startswith("Kit Sorrel")


def test_dry_runs_change_nothing(home, case):
    before = home.entries()
    home.ok("missed", case, "--as", "PERSON", "--dry-run", typed="Kit Sorrel\n")
    home.ok("unhide", case, "name 1", "--reason", "the name of a pub", "--dry-run")
    ran = home.ok("corrections", "export", "--dry-run")
    assert ran.out == ""
    assert home.entries() == before
    assert shown(home, case).startswith("Kit Sorrel")


def test_a_placeholder_shows_again_for_a_reason(home, case):
    assert home.run("unhide", case, "name 1", "--reason", "pub").code == 1
    ran = home.ok("unhide", case, "⟦name 1⟧", "--reason", "the name of a pub")
    assert ran.err == "⟦name 1⟧ shows again in 1 post.\n"
    assert shown(home, case) == POST
    home.ok("corrections", "undo", case)
    assert "Tavistock" not in shown(home, case)


def test_who_may_not_open_originals_may_mark_and_not_show(home, case):
    home.sign_in("robin")
    assert home.run("unhide", case, "name 1", "--reason", "the name of a pub").code == 1
    assert home.run("corrections", "export").code == 1
    home.ok("missed", case, "--as", "PERSON", typed="Kit Sorrel\n")


def test_corrections_are_listed_without_words_and_exported_as_test_cases(home, case):
    home.ok("missed", case, "--as", "PERSON", "--post", "1", typed="Kit Sorrel\n")
    home.ok("missed", case, "--as", "ORGANISATION_CARE", typed="ward 7\n")
    home.ok("unhide", case, "care place 1", "--reason", "wards are named in public")
    listed = home.ok("corrections", "list", "--json")
    assert [(row["kind"], row["entity"], row["who"]) for row in listed.data] == [
        ("missed", "PERSON", "Avery Coldwell"),
        ("missed", "ORGANISATION_CARE", "Avery Coldwell"),
        ("wrongly_hidden", "ORGANISATION_CARE", "Avery Coldwell"),
    ]
    assert "Sorrel" not in home.ok("corrections", "list", "--case", case).out
    ran = home.ok("corrections", "export")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [line["kind"] for line in lines] == ["missed", "missed", "wrongly_hidden"]
    assert "Sorrel" not in ran.out
    assert "Tavistock" not in ran.out
    example = parse(lines[0]["text"], "export")
    assert example.spans[0][2] == "PERSON"
    start, end = lines[2]["keep"][0]
    assert lines[2]["text"][start:end] == "ward 7"


def test_direct_identifiers_leave_in_clear_only_when_somebody_says_so(home, case):
    home.ok("unhide", case, "name 1", "--reason", "the name of a pub")
    ran = home.ok("corrections", "export")
    assert ran.out == ""
    assert "1 were left out" in ran.err
    assert "Tavistock" in home.ok("corrections", "export", "--with-direct").out
