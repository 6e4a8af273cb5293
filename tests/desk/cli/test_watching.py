"""`watch list` and `watch test`: what is listened for, what it becomes, and what it would catch, with nothing kept."""

from __future__ import annotations

import json
import re

import pytest

from desk.configuration import load
from desk.first_configuration import first_configuration
from monitor import channels
from tests.peers.x_peer import XPeer

EVERY = ("--json",)


def with_watch(home, text: str) -> None:
    whole = home.config.read_text()
    head, _, rest = whole.partition("[[watch]]")
    home.config.write_text(head + text + "\n[keys]" + rest.partition("[keys]")[2])


X = """
[[watch]]
name = "by name"
channel = "x"
terms = ["Northvale General", "St Bride's"]
exclusions = ["Northvale General election"]
interval_seconds = 60

[[account]]
channel = "x"
handle = "@NorthvaleNHS"
"""


def on_server(text: str, url: str) -> str:
    return text + f'server = "{url}"\n'


def told(data: list[dict]) -> str:
    return json.dumps(data)


def test_the_list_names_every_watch_with_its_queries_and_needs_no_sign_in_or_casebook(home, monkeypatch):
    monkeypatch.setenv("VOICEDESK_X_BEARER_TOKEN", "bearer-SECRET-1")
    with_watch(home, X)
    home.database.unlink()
    ran = home.ok("watch", "list")
    assert "by name on X, every 60 s; credentials: set." in ran.out
    assert '"Northvale General"' in ran.out
    assert "SECRET" not in ran.out + ran.err
    [row] = home.ok("watch", "list", *EVERY).data
    assert row["queries"]
    for query in row["queries"]:
        assert query["characters"] == len(query["query"]) <= 512


def test_missing_credentials_are_named_by_their_variable_and_the_query_is_told_all_the_same(home):
    with_watch(home, X)
    ran = home.run("watch", "list", *EVERY)
    assert ran.code == 1
    [row] = ran.data
    assert row["credentials"] == "missing"
    assert "VOICEDESK_X_BEARER_TOKEN" in told(row["wrong"])
    assert "Northvale General" in told(row["queries"])


def test_a_network_that_is_not_there_leaves_the_others_in_the_list(home):
    with_watch(home, X.replace('channel = "x"', 'channel = "telex"', 1))
    ran = home.run("watch", "list")
    assert ran.code == 1
    assert "WRONG" in ran.out
    assert "telex" in ran.out


def test_an_exclusion_that_rules_out_nothing_is_pointed_at(home):
    with_watch(
        home,
        '[[watch]]\nname = "n"\nchannel = "practice"\nterms = ["Northvale"]\nexclusions = ["football"]\n',
    )
    ran = home.ok("watch", "list")
    assert "“football” rules out nothing" in ran.out
    assert "not needed" in ran.out


def test_the_organisations_own_names_stand_in_the_list(home):
    with_watch(home, '[[watch]]\nname = "us"\nchannel = "practice"\norganisation = true\n')
    [row] = home.ok("watch", "list", *EVERY).data
    assert row["terms"] == ["Northvale Hospitals NHS Foundation Trust"]
    assert row["handles"] == ["@NorthvaleNHS"]


def test_nothing_configured_is_said_in_words(home):
    with_watch(home, "")
    assert "Add a [[watch]]" in home.ok("watch", "list").out


def heard(home) -> None:
    home.hear("Northvale was kind to me, said Mrs Larkspur")
    home.hear("Northvale FC lost again")
    home.hear("Somebody spoke of another place")
    home.hear("Northvale sealed", safe=False)


def test_a_watch_is_tried_on_what_was_heard_and_shows_redacted_lines(home):
    heard(home)
    home.config.write_text(
        home.config.read_text().replace(
            'terms = ["Northvale"]', 'terms = ["Northvale"]\nexclusions = ["Northvale FC"]'
        )
    )
    home.sign_in("morgan")
    before = home.entries()
    [row] = home.ok("watch", "test", "northvale", *EVERY).data
    assert (row["caught"], row["passed_over"], row["sealed"]) == (1, 2, 1)
    assert [one["why"] for one in row["passed_over_examples"]] == [
        "none of the watch's words", "exclusion “Northvale FC”",
    ]  # fmt: skip
    assert "⟦name 1⟧" in told(row["caught_examples"]).encode().decode("unicode_escape")
    lines = home.ok("watch", "test", "northvale").out
    assert "1 caught, 2 not, 1 sealed" in lines
    assert "Larkspur" not in lines
    assert home.entries() == before


def test_trying_needs_somebody_who_may_let_listeners_start(home):
    assert home.run("watch", "test", "northvale").code == 1, "nobody is signed in"
    home.sign_in("robin")
    assert home.run("watch", "test", "northvale").code == 1, "a responder may not"


def test_an_administrator_sees_numbers_and_no_posts(home):
    heard(home)
    home.sign_in("admin")
    ran = home.ok("watch", "test", "northvale")
    assert "2 caught" in ran.out
    assert "kind" not in ran.out
    assert "those who may see cases" in ran.err
    [row] = home.ok("watch", "test", "northvale", *EVERY).data
    assert row["caught_examples"] == []


def test_an_unknown_watch_is_answered_with_the_nearest_name(home):
    home.sign_in("morgan")
    ran = home.run("watch", "test", "northvalle")
    assert ran.code == 1
    assert "'northvale'" in ran.err


def test_a_watch_is_tried_on_a_file_of_examples_without_a_sign_in(home, tmp_path):
    file = tmp_path / "examples.jsonl"
    file.write_text('{"text": "Northvale is far, says Dr Quill"}\n\n{"text": "elsewhere"}\n')
    [row] = home.ok("watch", "test", "northvale", "--file", str(file), *EVERY).data
    assert (row["caught"], row["passed_over"]) == (1, 1)
    assert "Quill" not in told(row["caught_examples"])


@pytest.mark.parametrize("line", ["no json", "[1]", '{"text": 1}', '{"text"', "\\ud800", "[" * 5000])
def test_a_bad_line_of_examples_is_named_and_not_quoted(home, tmp_path, line):
    file = tmp_path / "examples.jsonl"
    file.write_text('{"text": "fine"}\n' + line + "\n")
    ran = home.run("watch", "test", "northvale", "--file", str(file))
    assert ran.code == 2
    assert "Line 2" in ran.err
    assert "no json" not in ran.err


def test_asking_the_network_keeps_nothing_and_moves_no_cursor(home, monkeypatch):
    monkeypatch.setenv("VOICEDESK_X_BEARER_TOKEN", "bearer-SECRET-1")
    home.sign_in("morgan")
    with XPeer(posts=250) as peer:
        with_watch(home, on_server(X.replace('"Northvale General"', '"Northvale"', 1), peer.url))
        before = home.entries()
        ran = home.ok("watch", "test", "by name", "--ask", *EVERY)
    [row] = ran.data
    assert row["pages"] == 2
    assert row["caught"] + row["passed_over"] > 0
    assert "SECRET" not in ran.out + ran.err
    assert home.entries() == before
    book = home.book()
    with book.store.read() as work:
        assert not work.mentions.where()
        assert not work.listeners.where()
    book.store.close()


def test_a_network_that_does_not_answer_is_one_sentence(home, monkeypatch):
    monkeypatch.setenv("VOICEDESK_X_BEARER_TOKEN", "bearer-SECRET-1")
    home.sign_in("morgan")
    with XPeer(posts=1) as peer:
        with_watch(home, on_server(X, peer.url))
    # The peer has gone: its port refuses.
    ran = home.run("watch", "test", "by name", "--ask")
    assert ran.code == 1
    assert "X gave no answer that can be shown" in ran.err
    assert "SECRET" not in ran.out + ran.err


def test_asking_and_a_file_at_once_is_used_wrongly(home):
    assert home.run("watch", "test", "northvale", "--ask", "--file", "x").code == 2


def written(tmp_path, *, uncommented: bool):
    """The first configuration, as it is written or with every example in force."""
    text = first_configuration(
        name="Northvale Hospitals NHS Foundation Trust", handles=["@NorthvaleNHS"], nation="england",
        path=str(tmp_path / "casebook.db"), pack="nhs-england",
    )  # fmt: skip
    file = tmp_path / "voicedesk.toml"
    file.write_text(re.sub(r"(?m)^# (?=\[\[|\w+ = )", "", text) if uncommented else text)
    return load(file).settings


def test_the_first_configuration_listens_to_nothing_and_has_an_example_for_every_network(tmp_path):
    assert not written(tmp_path, uncommented=False).watch
    settings = written(tmp_path, uncommented=True)
    assert {watch.channel for watch in settings.watch} == set(channels.names())
    assert {account.channel for account in settings.account} <= set(channels.names())
    assert settings.budget


def test_the_examples_of_the_first_configuration_need_nothing_but_credentials(home, tmp_path):
    written(tmp_path, uncommented=True)
    text = (tmp_path / "voicedesk.toml").read_text()
    home.config.write_text(text)
    rows = home.run("watch", "list", *EVERY).data
    assert {row["channel"] for row in rows} == set(channels.names())
    for row in rows:
        assert all("credentials are missing" in words for words in row["wrong"]), row["channel"]
        assert not row["notes"], row["channel"]
    searched = {row["channel"] for row in rows if row["queries"]}
    assert searched == {"x", "reddit", "mastodon", "bluesky", "feeds"}


def test_an_account_that_is_not_named_is_pointed_at(home, monkeypatch):
    monkeypatch.setenv("VOICEDESK_BLUESKY_APP_PASSWORD", "app-SECRET")
    with_watch(home, '[[watch]]\nname = "b"\nchannel = "bluesky"\nterms = ["Northvale"]\n')
    assert (
        "No [[account]] names your account on Bluesky: @NorthvaleNHS is taken for it."
        in home.ok("watch", "list").out
    )


def test_the_address_of_a_feed_is_shown_without_what_may_be_secret_in_it(home):
    place = "https://alerts.example/feeds/12345SECRET/67890?key=SECRET"
    with_watch(
        home, f'[[watch]]\nname = "news"\nchannel = "feeds"\nterms = ["Northvale"]\nplaces = ["{place}"]\n'
    )
    for ran in (home.ok("watch", "list"), home.ok("watch", "list", *EVERY)):
        assert "SECRET" not in ran.out
        assert "alerts.example" in ran.out


def test_a_feed_watch_without_an_address_is_wrong(home):
    with_watch(home, '[[watch]]\nname = "news"\nchannel = "feeds"\nterms = ["Northvale"]\n')
    ran = home.run("watch", "list")
    assert ran.code == 1
    assert "names no places" in ran.out
