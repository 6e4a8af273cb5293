"""Networks from other packages: the manual's own example is heard end to end, and broken ones break nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from casebook.actions import signing_in, staffing
from casebook.unit_of_work import UnitOfWork
from desk import bootstrap
from desk.configuration import load
from desk.keys import write_key_file
from monitor.channel import (
    BadAnswer,
    Channel,
    ChannelError,
    CredentialsRefused,
    Making,
    NotEntitled,
    Throttled,
    Transient,
    Watch,
)
from policies.facts import Role
from policies.loader import load_pack
from tests.peers.loopback import Answer, Effect, Peer, Request, cut_before, html200, status
from tests.support.clock import Clock
from tests.support.reading import ScriptedReader

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "channels.md"
KEY = "notice-KEY-SECRET"
PASSWORD = "seven lanterns over the weir"
NOTICES = (
    {"id": 1, "by": "Parish clerk", "at": "2026-11-02T09:00:00+00:00", "words": "Northvale General asks for drivers."},
    {"id": 2, "by": "Parish clerk", "at": "2026-11-02T10:00:00+00:00", "words": "The fete is on Sunday."},
    {"id": 3, "by": "Parish clerk", "at": "no time at all", "words": "Northvale General, undated."},
    {"id": 4, "by": "Parish clerk", "at": "2026-11-02T11:00:00+00:00", "words": "Thanks to Northvale General!"},
)  # fmt: skip
CONFIGURATION = """
[organisation]
name = "Northvale Hospitals NHS Foundation Trust"
handles = ["@NorthvaleNHS"]

[casebook]
path = "record/casebook.db"

[keys]
store = "file"
file = "keys/voicedesk.key"

[[watch]]
name = "notices"
channel = "noticeboard"
terms = ["Northvale General"]

[[watch]]
name = "practised"
channel = "practice"
terms = ["Northvale"]

[[account]]
channel = "noticeboard"
handle = "Northvale Hospitals"
server = "SERVER"
"""


class Noticeboard(Peer):
    """Two notices a page, for who has the key."""

    def handle(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Answer(401, {"error": "who are you?"})
        after = int(request.query["after"])
        upto = after + 2
        return Answer(
            200,
            {"notices": NOTICES[after:upto], "next": min(upto, len(NOTICES)), "more": upto < len(NOTICES)},
        )


def example() -> str:
    """The channel that the manual prints."""
    return MANUAL.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]


def distribution(folder: Path, name: str, code: str, entries: str) -> None:
    """A package in `folder`, as an installer would leave it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[voicedesk.channels]\n{entries}\n")


@pytest.fixture
def desk(tmp_path: Path):
    """A casebook whose configuration names the manual's network; `desk(words…)` runs a command."""
    packages, config = tmp_path / "packages", tmp_path / "voicedesk.toml"
    distribution(packages, "noticeboard", example(), "noticeboard = noticeboard:KIND")
    with Noticeboard() as peer:
        config.write_text(CONFIGURATION.replace("SERVER", peer.url))
        write_key_file(tmp_path / "keys" / "voicedesk.key", bytes(range(32)))
        book = bootstrap.create_casebook(
            load(config), bytes(range(32)), load_pack("nhs-england"), reader=ScriptedReader()
        )
        staffing.add_staff(book, None, "admin", "Alex Brackenbury", (Role.ADMINISTRATOR,), PASSWORD)
        signing_in.sign_in(book, "admin", PASSWORD)
        book.store.close()
        yield Running(tmp_path, packages, config, peer)


class Running:
    def __init__(self, folder: Path, packages: Path, config: Path, peer: Noticeboard) -> None:
        self.folder, self.packages, self.config, self.peer = folder, packages, config, peer

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VOICEDESK_")}
        return subprocess.run(
            [sys.executable, "-m", "desk", *words, "--config", str(self.config)],
            capture_output=True, text=True, cwd=ROOT, timeout=100,
            env={**environment, "HOME": str(self.folder), "PYTHONPATH": str(self.packages),
                 "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **more},
        )  # fmt: skip

    def texts(self) -> list[str]:
        with self._reading() as work:
            return sorted(row.text for row in work.mentions.where(channel="noticeboard"))

    def set_aside(self) -> list[str]:
        with self._reading() as work:
            return [row.channel for row in work.items_set_aside.where()]

    @contextmanager
    def _reading(self) -> Iterator[UnitOfWork]:
        book = bootstrap.open_casebook(load(self.config), reader=ScriptedReader())
        try:
            with book.store.read() as work:
                yield work
        finally:
            book.store.close()


def test_the_manuals_network_is_heard_end_to_end_with_its_own_credentials(desk: Running) -> None:
    ran = desk.run("listen", "--once", "--watch", "notices", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert ran.returncode == 0, ran.stderr
    assert KEY not in ran.stdout + ran.stderr
    assert desk.texts() == ["Northvale General asks for drivers.", "Thanks to Northvale General!"]
    assert desk.peer.count("GET", "/notices") == 2
    assert desk.set_aside() == ["noticeboard"], "the notice without a time is kept, sealed"


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Channel, Noticeboard]]:
    """The manual's channel in this process, before a noticeboard."""
    module: Any = ModuleType("noticeboard_in_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(example(), "noticeboard.py", "exec"), vars(module))
    with Noticeboard() as peer:
        key = module.NoticeboardCredentials(api_key=KEY)
        yield module.KIND.make(Making(clock=Clock(), credentials=key, server=peer.url)), peer


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (status(401), CredentialsRefused),
        (status(429, headers={"retry-after": "60"}), Throttled),
        (status(503), Transient),
        (status(404), BadAnswer),
        (status(302, headers={"location": "/login"}), BadAnswer),
        (html200(), BadAnswer),
        (cut_before(), Transient),
        (status(200, {"notices": "none"}), BadAnswer),
    ],
)
def test_the_manuals_network_tells_failures_apart_and_tells_no_secret(
    board: tuple[Channel, Noticeboard], effect: Effect, error: type[ChannelError]
) -> None:
    channel, peer = board
    peer.faults.add("/notices", effect)
    with pytest.raises(error) as caught:
        channel.fetch(Watch("w", ("Northvale",)), {})
    assert caught.value.__context__ is None
    assert "SECRET" not in repr(caught.value)
    assert channel.spent().calls == 1
    assert len(channel.fetch(Watch("w", ("Northvale",)), {}).posts) == 2


def test_the_manuals_network_is_never_answered(board: tuple[Channel, Noticeboard]) -> None:
    channel, peer = board
    assert not channel.capabilities.can_reply
    with pytest.raises(NotEntitled):
        channel.reply("1", "Thank you.", key="k")
    assert not peer.seen


def test_without_its_key_the_variable_is_named(desk: Running) -> None:
    ran = desk.run("watch", "list")
    assert ran.returncode == 1
    assert "VOICEDESK_NOTICEBOARD_API_KEY" in ran.stdout


def test_doctor_and_the_list_of_watches_say_where_a_network_comes_from(desk: Running) -> None:
    listed = desk.run("watch", "list", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert listed.returncode == 0, listed.stdout
    assert "notices on Parish noticeboard (from the package noticeboard)" in listed.stdout
    for words in (listed.stdout, desk.run("doctor", "--quick", VOICEDESK_NOTICEBOARD_API_KEY=KEY).stdout):
        assert "comes from the package noticeboard; it runs beside every credential" in words


BROKEN = {
    "raises": ("raise RuntimeError('post text and tokens')\n", "telex = raises:KIND", "cannot be loaded"),
    "exits": ("import sys; sys.exit(3)\n", "telex = exits:KIND", "cannot be loaded"),
    "no_kind": ("KIND = 'nothing'\n", "telex = no_kind:KIND", "names no ChannelKind"),
    "lacks": ("", "telex = lacks:KIND", "cannot be loaded"),
    "other_name": (
        "from monitor.channel import ChannelKind\nKIND = ChannelKind('fax', 'Fax', print)\n",
        "telex = other_name:KIND",
        "names no ChannelKind",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_network_that_cannot_be_loaded_is_named_with_its_package(desk: Running, name: str) -> None:
    code, entries, sentence = BROKEN[name]
    distribution(desk.packages, name, code, entries)
    doctor = desk.run("doctor", "--quick", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert f"The channel 'telex' {sentence}" in doctor.stdout
    assert f"package {name}" in doctor.stdout
    assert "tokens" not in doctor.stdout + doctor.stderr


def test_networks_that_cannot_be_loaded_stop_no_other(desk: Running) -> None:
    for name, (code, entries, _) in BROKEN.items():
        distribution(desk.packages, name, code, entries.replace("telex", name))
    heard = desk.run("listen", "--once", "--watch", "notices", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert heard.returncode == 0, heard.stderr
    assert len(desk.texts()) == 2


def test_a_watch_on_a_broken_network_is_wrong_in_one_sentence(desk: Running) -> None:
    code, entries, sentence = BROKEN["raises"]
    distribution(desk.packages, "raises", code, entries)
    text = desk.config.read_text()
    desk.config.write_text(text + '\n[[watch]]\nname = "wire"\nchannel = "telex"\nterms = ["Northvale"]\n')
    listed = desk.run("watch", "list", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert listed.returncode == 1
    assert sentence in listed.stdout
    assert "practised on Practice network" in listed.stdout
    assert "Traceback" not in listed.stderr


def test_a_network_cannot_take_the_place_of_one_of_ours(desk: Running) -> None:
    distribution(desk.packages, "sly", "raise RuntimeError\n", "x = sly:KIND\npractice = sly:KIND")
    ran = desk.run("doctor", "--quick", VOICEDESK_NOTICEBOARD_API_KEY=KEY)
    assert "The package sly offers a network called x; there is one of ours, and that is used." in ran.stdout
    assert (
        "practised on Practice network" in desk.run("watch", "list", VOICEDESK_NOTICEBOARD_API_KEY=KEY).stdout
    )


def test_the_manual_says_that_plugins_run_beside_every_credential() -> None:
    assert "beside the credentials of every network" in MANUAL.read_text(encoding="utf-8")
