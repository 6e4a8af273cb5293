"""A desk to type at: a real encrypted casebook with staff, configured in a temporary home, and a runner."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import argon2
import pytest
from typer.testing import CliRunner

from casebook.actions import signing_in, staffing
from casebook.book import Casebook
from desk import bootstrap
from desk.cli.app import build
from desk.configuration import Configuration, load
from desk.keys import write_key_file
from policies.facts import Role
from policies.loader import load_pack
from tests.support.books import hear
from tests.support.reading import ScriptedReader

PASSWORD = "seven lanterns over the weir"
MASTER = bytes(range(32))
CONFIGURATION = """
[organisation]
name = "Northvale Hospitals NHS Foundation Trust"
handles = ["@NorthvaleNHS"]
domains = ["northvale.example"]

[casebook]
path = "record/casebook.db"

[[watch]]
name = "northvale"
channel = "practice"
terms = ["Northvale"]

[keys]
store = "file"
file = "keys/voicedesk.key"
"""
STAFF = (
    ("admin", "Alex Brackenbury", (Role.ADMINISTRATOR,)),
    ("robin", "Robin Ashdown", (Role.RESPONDER,)),
    ("avery", "Avery Coldwell", (Role.APPROVER,)),
    ("greer", "Greer Oakshott", (Role.GOVERNANCE,)),
    ("morgan", "Morgan Thistle", (Role.MANAGER,)),
)


@dataclass
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The data of the JSON envelope on stdout."""
        envelope = json.loads(self.out)
        assert envelope["schema"] == 1
        return envelope["data"]


@dataclass
class Home:
    """One person's computer: the files, and a command line to type at."""

    folder: Path
    reader: ScriptedReader

    @property
    def config(self) -> Path:
        return self.folder / "voicedesk.toml"

    @property
    def database(self) -> Path:
        return self.folder / "record" / "casebook.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "keys" / "voicedesk.key"

    def configuration(self) -> Configuration:
        return load(self.config)

    def run(self, *words: str, typed: str | bytes | None = None) -> Ran:
        """Run a command; `typed` is its stdin."""
        args = [*words, "--config", str(self.config)] if words else ["--config", str(self.config)]
        result = CliRunner().invoke(build(), args, input=typed, prog_name="voicedesk")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def ok(self, *words: str, typed: str | bytes | None = None) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(*words, typed=typed)
        assert ran.code == 0, ran.err
        return ran

    def sign_in(self, username: str) -> None:
        self.ok("login", username, typed=PASSWORD + "\n")

    def book(self) -> Casebook:
        return bootstrap.open_casebook(self.configuration(), reader=self.reader)

    def hear(self, text: str, **more: Any) -> int:
        """Let the casebook hear a post; returns the number of its case."""
        book = self.book()
        mention = hear(book, text, **more)
        with book.store.read() as work:
            number = work.cases.get(mention.case_id).number
        book.store.close()
        return number

    def entries(self) -> int:
        """How many entries the audit has: it grows with every act that is kept."""
        book = self.book()
        newest = book.store.changed()
        book.store.close()
        return newest


def in_private_folders(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Point every folder of the person at `folder`, and forget every variable of ours."""
    for name in [name for name in os.environ if name.startswith("VOICEDESK_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME"):
        place = folder / "home" / name.lower()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        argon2,
        "PasswordHasher",
        functools.partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1),
    )


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with configuration, key and a live casebook with everybody of `STAFF`, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            argon2,
            "PasswordHasher",
            functools.partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1),
        )
        (folder / "voicedesk.toml").write_text(CONFIGURATION)
        write_key_file(folder / "keys" / "voicedesk.key", MASTER)
        configuration = load(folder / "voicedesk.toml")
        book = bootstrap.create_casebook(
            configuration, MASTER, load_pack("nhs-england"), reader=ScriptedReader()
        )
        actor = None
        for username, name, roles in STAFF:
            staffing.add_staff(book, actor, username, name, roles, PASSWORD)
            actor = actor or signing_in.sign_in(book, username, PASSWORD)[0]
        book.store.close()
        yield folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    in_private_folders(monkeypatch, tmp_path)
    folder = tmp_path / "desk"
    shutil.copytree(furnished, folder)
    reader = ScriptedReader()
    monkeypatch.setattr(bootstrap, "reader_for", lambda _configuration: reader)
    return Home(folder, reader)


def words_of(data: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """One field of every item."""
    return [item[name] for item in data]
