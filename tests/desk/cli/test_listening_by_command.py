"""`listen`: the monitor over the configured networks, with credentials that it alone reads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import monitor.reader
from casebook.actions import hearing
from desk.channels import channels_for
from desk.credentials import CredentialsError
from tests.peers.x_peer import XPeer
from tests.support.clock import Clock
from tests.support.reading import ScriptedReader

ROOT = Path(__file__).parents[3]


@pytest.fixture
def scripted_monitor(monkeypatch):
    monkeypatch.setattr(monitor.reader, "build_reader", lambda _organisation: ScriptedReader())


def with_x(home, account: str = "") -> None:
    text = home.config.read_text().replace('channel = "practice"', 'channel = "x"')
    home.config.write_text(text + '\n[[account]]\nchannel = "x"\nhandle = "@NorthvaleNHS"\n' + account)


def test_listening_once_hears_and_the_desk_lists_it(home, scripted_monitor):
    assert "new post" in home.ok("listen", "--once").err
    home.sign_in("robin")
    assert home.ok("list", "--json").data
    coverage = home.ok("coverage", "--json").data
    assert (coverage[0]["channel"], coverage[0]["failures"]) == ("practice", 0)
    assert coverage[0]["heard"] > 0


def test_an_unknown_watch_is_answered_with_the_nearest_name(home):
    ran = home.run("listen", "--once", "--watch", "northvalle")
    assert ran.code == 1
    assert "'northvale'" in ran.err


def test_with_nothing_to_listen_for_it_says_so(home):
    home.config.write_text(
        home.config.read_text().partition("[[watch]]")[0] + '[keys]\nfile = "keys/voicedesk.key"\n'
    )
    ran = home.run("listen", "--once")
    assert ran.code == 1
    assert "[[watch]]" in ran.err


def test_missing_credentials_name_the_variable_and_the_file(home):
    with_x(home)
    ran = home.run("listen", "--once")
    assert ran.code == 1
    assert "VOICEDESK_X_BEARER_TOKEN" in ran.err
    assert "credentials.toml" in ran.err


def test_an_unknown_network_is_answered_with_those_there_are(home):
    home.config.write_text(home.config.read_text().replace('channel = "practice"', 'channel = "myspace"'))
    with pytest.raises(CredentialsError, match="practice"):
        channels_for(home.configuration(), SimpleNamespace(clock=Clock()))


def test_the_monitor_reaches_a_stand_in_network_with_the_credentials_of_its_entry(
    home, monkeypatch, scripted_monitor
):
    with XPeer(posts=3) as peer:
        with_x(home, f'credentials = "our_x"\nserver = "{peer.url}"\n')
        monkeypatch.setenv("VOICEDESK_OUR_X_BEARER_TOKEN", "bearer-SECRET-1")
        ran = home.ok("listen", "--once")
    assert "3 new posts" in ran.err
    assert "SECRET" not in ran.out + ran.err


def test_the_monitor_ends_when_the_service_is_stopped(home):
    # The practice network and the real Reader: the program as a service runs it.
    child = subprocess.Popen(
        [sys.executable, "-m", "desk", "listen", "--config", str(home.config)],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert child.stderr is not None
        assert "Listening" in child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=60) == 0
        assert "nothing was left half done" in child.stderr.read()
    finally:
        child.kill()
        child.wait()


def test_a_watch_that_was_deleted_is_listened_to_no_more(home, scripted_monitor):
    home.ok("listen", "--once")
    home.config.write_text(home.config.read_text().replace('name = "northvale"', 'name = "other"'))
    home.ok("listen", "--once")
    book = home.book()
    with book.store.read() as work:
        assert {row.name: row.active for row in work.watches.where()} == {"northvale": False, "other": True}
    book.store.close()


def stop_listening(home, why="credentials_refused") -> None:
    book = home.book()
    with book.store.read() as work:
        [listener] = work.listeners.where()
    lease = hearing.take(book, listener.id, "a monitor", timedelta(minutes=2))
    now = book.clock()
    hearing.record_failure(book, lease, why, started_at=now, retry_at=now, stop=True)
    book.store.close()


def test_a_watch_that_stopped_starts_again_by_command_in_a_persons_name(home, scripted_monitor):
    home.ok("listen", "--once")
    stop_listening(home)
    ran = home.run("listen", "--once")
    assert ran.code == 1
    assert "listen --resume northvale" in ran.err
    assert home.run("listen", "--resume", "northvale").code == 1, "nobody is signed in"
    home.sign_in("robin")
    assert "listen --resume northvale" in home.ok("coverage").out
    assert home.run("listen", "--resume", "northvale").code == 1, "a responder may not"
    home.sign_in("admin")
    assert "starts again" in home.ok("listen", "--resume", "northvale").err
    assert "has not stopped" in home.ok("listen", "--resume", "northvale").err
    assert home.run("listen", "--resume", "northvalle").code == 1
    home.ok("listen", "--once")
    book = home.book()
    last = [row for row in book.queries.audit(after_seq=0, limit=500) if row.kind == "listener.started"]
    assert [row.who for row in last] == ["Alex Brackenbury"]
    book.store.close()


def test_a_dry_run_starts_nothing_again(home, scripted_monitor):
    home.ok("listen", "--once")
    stop_listening(home)
    home.sign_in("admin")
    assert "Dry run" in home.ok("listen", "--resume", "northvale", "--dry-run").err
    assert home.run("listen", "--once").code == 1


def test_doctor_says_how_a_stopped_watch_starts_again(home, scripted_monitor):
    home.ok("listen", "--once")
    stop_listening(home)
    assert "listen --resume northvale" in home.run("doctor", "--quick").out


def test_listening_once_to_what_another_monitor_holds_says_so(home, scripted_monitor):
    home.ok("listen", "--once")
    book = home.book()
    [listener] = hearing.due(book, whatever_due=True)
    hearing.take(book, listener, "another monitor", timedelta(minutes=2))
    book.store.close()
    ran = home.run("listen", "--once")
    assert ran.code == 1
    assert "Another monitor is listening to northvale" in ran.err


def test_a_network_with_waiting_replies_is_reached_though_no_watch_names_it(home, monkeypatch):
    home.config.write_text(
        home.config.read_text() + '\n[[account]]\nchannel = "x"\nhandle = "@NorthvaleNHS"\n'
    )
    assert set(channels_for(home.configuration(), SimpleNamespace(clock=Clock()), {"x"})) == {"practice"}
    monkeypatch.setenv("VOICEDESK_X_BEARER_TOKEN", "bearer-SECRET-1")
    assert set(channels_for(home.configuration(), SimpleNamespace(clock=Clock()), {"x"})) == {"practice", "x"}


def test_a_reply_on_a_network_that_is_not_reached_any_more_is_told_of(home, scripted_monitor):
    number = home.hear("The ward was kind, and I waited long", channel="x")
    home.sign_in("robin")
    home.ok("claim", str(number))
    home.ok("draft", str(number), typed="Thank you for telling us. We are glad that it went well.")
    home.ok("submit", str(number))
    home.sign_in("avery")
    bundle = home.ok("show", str(number), "--reply", "--json").data["bundle_hash"]
    home.ok("approve", str(number), "--bundle", bundle)
    assert "does not reach" not in home.ok("send").out
    home.ok("listen", "--once")
    assert "does not reach x" in home.ok("send").out
    assert "1 approved reply on x cannot go out" in home.run("doctor", "--quick").out
