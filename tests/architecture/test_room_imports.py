"""Walls that the import graph cannot show file by file, each with offenders planted on its wrong side."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest

from tests.architecture.imports import ROOMS, imports, sources, under

DRIVERS = ("sqlalchemy", "alembic", "sqlcipher3", "psycopg", "psycopg2", "psycopg_pool", "sqlite3")
NETWORK = (
    "socket", "socketserver", "ssl", "urllib.request", "urllib.robotparser", "http.client", "http.server", "ftplib",
    "smtplib", "imaplib", "poplib", "telnetlib", "nntplib", "xmlrpc", "requests", "urllib3", "httpx", "aiohttp",
)  # fmt: skip
"""What opens connections, of the standard library and of others."""
WORLD = (
    "time", "random", "secrets", "os", "subprocess", "logging", "threading", "asyncio", "tempfile", *NETWORK, *DRIVERS,
)  # fmt: skip
"""What a pure function has no use for: clocks, chance, the environment, networks and databases."""
OUTSIDE = ("benchmarks", "docs", "training")
"""Our code that belongs to no room."""


@dataclass(frozen=True)
class Wall:
    """A sentence, the folders that it binds, and whether an import from a file is against it."""

    says: str
    binds: tuple[str, ...]
    offends: Callable[[str, str], bool]
    """Takes the path of a file and the full name of what it imports."""

    def offenders(self, path: PurePosixPath, tree: ast.Module) -> Iterator[str]:
        """What a file imports against this wall."""
        if path.parts[0] in self.binds:
            yield from (name for name in imports(path, tree) if self.offends(str(path), name))


ALLOWED_OF_REDACTION = ("redaction.text", "redaction.vault", "redaction.sealing")
CASEBOOK = Wall(
    "The casebook knows of redaction what sealed text is, and nothing of how it is made",
    ("casebook",),
    lambda _, name: under(name, ["redaction"]) and not under(name, ALLOWED_OF_REDACTION),
)
STORE = Wall(
    "Databases are spoken to in the store alone",
    (*ROOMS, *OUTSIDE),
    lambda path, name: under(name, DRIVERS) and not path.startswith("casebook/store/"),
)
MONITOR = Wall(
    "Only wiring, channels' set-up and line commands name the monitor",
    ("desk",),
    lambda path, name: (
        under(name, ["monitor"])
        and not path.startswith("desk/cli/")
        and path not in {"desk/bootstrap.py", "desk/channels.py"}
    ),
)
CONNECTIONS = Wall(
    "Connections are opened by the monitor alone",
    (*(room for room in ROOMS if room != "monitor"), *OUTSIDE),
    lambda _, name: under(name, NETWORK) or name == "urllib",
)
PURE = Wall(
    "Policies are pure: the same facts give the same answer, whenever and wherever",
    ("policies",),
    lambda _, name: under(name, WORLD),
)
WALLS = (CASEBOOK, STORE, MONITOR, CONNECTIONS, PURE)


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.says)
def test_the_wall_stands(wall: Wall) -> None:
    files = list(sources(*wall.binds))
    assert len(files) > 5
    found = [f"{path}: {name}" for path, tree in files for name in wall.offenders(path, tree)]
    assert found == []


@pytest.mark.parametrize(
    ("wall", "path", "planted"),
    [
        (CASEBOOK, "casebook/actions/hearing.py", "from redaction.redactor import Redactor"),
        (CASEBOOK, "casebook/actions/hearing.py", "from redaction import redactor"),
        (CASEBOOK, "casebook/actions/hearing.py", "import redaction"),
        (CASEBOOK, "casebook/store/tables.py", "def read():\n    import redaction.normal as n"),
        (CASEBOOK, "casebook/model.py", "import importlib\nimportlib.import_module('redaction.language')"),
        (CASEBOOK, "casebook/model.py", "from redaction.texts import Redacted"),
        (STORE, "casebook/audit.py", "from sqlalchemy import select"),
        (STORE, "casebook/actions/claiming.py", "import sqlalchemy.orm"),
        (STORE, "desk/upkeep.py", "from sqlcipher3 import dbapi2"),
        (STORE, "desk/bootstrap.py", "def open():\n    import psycopg as p"),
        (STORE, "monitor/intake.py", "from alembic import command"),
        (STORE, "redaction/vault.py", "import sqlite3"),
        (MONITOR, "desk/keys.py", "from monitor.reader import build_reader"),
        (MONITOR, "desk/terminal/gateway.py", "from monitor import outbox"),
        (MONITOR, "desk/reader_process.py", "def start():\n    import monitor"),
        (CONNECTIONS, "desk/browser.py", "import urllib.request"),
        (CONNECTIONS, "desk/browser.py", "from urllib import request"),
        (CONNECTIONS, "desk/browser.py", "import urllib"),
        (CONNECTIONS, "casebook/audit.py", "import socket as s"),
        (CONNECTIONS, "redaction/offline.py", "from http.client import HTTPSConnection"),
        (CONNECTIONS, "redaction/offline.py", "from http import client"),
        (CONNECTIONS, "training/corpus.py", "import requests"),
        (PURE, "policies/loader.py", "import time"),
        (PURE, "policies/loader.py", "from time import monotonic"),
        (PURE, "policies/gate/links.py", "import socket"),
        (PURE, "policies/facts.py", "import sqlite3"),
        (PURE, "policies/facts.py", "import requests"),
        (PURE, "policies/facts.py", "from os import environ"),
    ],
)
def test_a_planted_offender_is_caught(wall: Wall, path: str, planted: str) -> None:
    assert list(wall.offenders(PurePosixPath(path), ast.parse(planted)))


@pytest.mark.parametrize(
    ("path", "fine"),
    [
        (
            "casebook/actions/hearing.py",
            "from redaction.text import Redacted\nfrom redaction import sealing, vault",
        ),
        ("casebook/store/tables.py", "import sqlalchemy\nfrom sqlcipher3 import dbapi2"),
        ("desk/cli/filtering.py", "from monitor.filters import redact_lines"),
        ("desk/bootstrap.py", "from monitor.service import Monitor"),
        ("desk/browser.py", "from urllib.parse import urlsplit\nfrom http import HTTPStatus"),
        ("monitor/http.py", "import socket"),
        ("policies/loader.py", "from datetime import datetime, timedelta\nfrom pathlib import Path"),
    ],
)
def test_what_stands_on_the_right_side_is_let_be(path: str, fine: str) -> None:
    assert [name for wall in WALLS for name in wall.offenders(PurePosixPath(path), ast.parse(fine))] == []


CLOCKS = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}}


def clocks_read(path: PurePosixPath, tree: ast.Module) -> list[int]:
    """Lines on which a file asks what time it is."""
    called = {alias: name.rpartition(".")[2] for name, alias in imports(path, tree).items()}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (owner := ast.unparse(node.value).rpartition(".")[2])
        and node.attr in CLOCKS.get(called.get(owner, owner), set())
    ]


def test_policies_read_no_clock() -> None:
    """Time is a fact that comes with the question; whoever asks holds the clock."""
    assert [(path, lines) for path, tree in sources("policies") if (lines := clocks_read(path, tree))] == []


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import datetime\nNOW = datetime.now()",
        "from datetime import datetime as dt, UTC\ndef f():\n    return dt.now(UTC)",
        "import datetime\ndef f():\n    return datetime.datetime.utcnow()",
        "import datetime as d\ndef f(clock=d.datetime.now):\n    return clock()",
        "from datetime import date\ndef f():\n    return date.today()",
    ],
)
def test_a_planted_look_at_the_clock_is_caught(planted: str) -> None:
    assert clocks_read(PurePosixPath("policies/escalation.py"), ast.parse(planted))


def test_a_time_that_is_handed_in_is_no_clock() -> None:
    fine = "from datetime import datetime\ndef f(post, now: datetime):\n    return post.now - now"
    assert clocks_read(PurePosixPath("policies/escalation.py"), ast.parse(fine)) == []
