"""The walls between the rooms: what the import graph shows, what only running shows, and who makes what."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.imports import ROOMS, ROOT, sources

ENGINES = (
    "presidio_analyzer",
    "spacy",
    "thinc",
    "onnxruntime",
    "tokenizers",
    "tweepy",
    "praw",
    "prawcore",
    "tldextract",
)
"""What takes a second or more to import, or talks to a network."""


def callers(name: str, *rooms: str) -> set[str]:
    """Files that call something by this name."""
    return {
        str(path)
        for path, tree in sources(*rooms)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == name)
            or (isinstance(node.func, ast.Attribute) and node.func.attr == name)
        )
    }


def test_the_import_walls_stand() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_wall_says_why_it_stands() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    explained = re.findall(r"\[\[tool\.importlinter\.contracts\]\]\n# .+", text)
    assert len(explained) == len(contracts) >= 9


def test_only_sealing_makes_redacted_text() -> None:
    assert callers("Redacted", *ROOMS) == {"redaction/sealing.py"}


def test_raw_posts_are_made_by_channels_alone() -> None:
    """What makes raw text can leak raw text: networks' answers become posts in one folder, and nowhere else."""
    makers = callers("RawPost", *ROOMS)
    assert makers
    assert {
        m for m in makers if not m.startswith(("monitor/channels/", "monitor/wire/", "monitor/practice/"))
    } == set()


def test_the_casebook_never_names_raw_posts() -> None:
    for path, tree in sources("casebook", "policies", "redaction", "desk/terminal"):
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert "RawPost" not in names, path


def test_the_act_of_beginning_is_called_by_the_sender_alone() -> None:
    """One place commits an attempt and then calls a network; a second place would be a second reply."""
    named = {
        str(path)
        for path, tree in sources(*ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "begin"
        and getattr(node.value, "id", "") == "sending"
    }
    assert named == {"monitor/outbox.py"}


def loaded_by(statement: str) -> set[str]:
    """Which of `ENGINES` are loaded in a new process after `statement`."""
    program = f"import sys\n{statement}\nprint(*sorted({ENGINES!r} & sys.modules.keys()))"
    program = program.replace(repr(ENGINES), f"set({ENGINES!r})")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def modules(folder: str) -> list[str]:
    """Names of every module in a folder."""
    return sorted(".".join(p.relative_to(ROOT).with_suffix("").parts) for p in (ROOT / folder).glob("*.py"))


EAGER = [
    "import casebook",
    "; ".join(f"import {name.removesuffix('.__init__')}" for name in modules("casebook/actions")),
    "import casebook.store.sqlite, casebook.store.migrate",
    "import policies.loader, policies.replies; policies.loader.load_pack('nhs-england')",
    "import redaction.sealing",
    "import desk.terminal.app",
    "import desk.bootstrap, desk.settings",
    "import desk.__main__",
]


@pytest.mark.parametrize("statement", EAGER, ids=lambda s: s[:40])
def test_what_must_start_fast_loads_no_engine_and_no_network_client(statement: str) -> None:
    for name in re.findall(r"import (desk[\w.]*)", statement):
        if not (ROOT / name.replace(".", "/")).with_suffix(".py").exists():
            pytest.skip(f"{name} is not written yet")
    assert loaded_by(statement) == set()


def test_the_check_of_what_is_loaded_can_fail() -> None:
    assert "tldextract" in loaded_by("import tldextract")


MACHINE = re.compile(r"/(?:home|root|work|Users)/[a-z]|[A-Z]:\\\\|/tmp/(?!\{)[a-z]")


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    for path in sorted({p for room in (*ROOMS, "tests") for p in (ROOT / room).rglob("*.py")}):
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not MACHINE.search(line), f"{path.relative_to(ROOT)}:{number}"


SIZES = {"lines": 400, "function": 60}


def test_files_and_functions_stay_small() -> None:
    for path, tree in sources(*ROOMS):
        if "migrations" in path.parts:
            continue  # one migration is one step, however many tables it makes
        assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= SIZES["lines"], path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                assert node.end_lineno - node.lineno < SIZES["function"], f"{path}: {node.name}"


def test_nothing_is_built_at_import() -> None:
    """No engine, connection or thread exists because a module was imported."""
    built = {
        "create_engine",
        "connect",
        "Thread",
        "SqliteStore",
        "PostgresStore",
        "AnalyzerEngine",
        "Popen",
        "Vault",
    }
    for path, tree in sources(*ROOMS):
        for node in tree.body:
            calls = (
                [n for n in ast.walk(node) if isinstance(n, ast.Call)]
                if isinstance(node, ast.Assign | ast.Expr)
                else []
            )
            names = {getattr(c.func, "id", getattr(c.func, "attr", "")) for c in calls}
            assert not names & built, path
