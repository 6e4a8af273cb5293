"""`listen`: the monitor over the configured networks, with credentials that it alone reads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import monitor.reader
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
        channels_for(home.configuration(), Clock())


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
