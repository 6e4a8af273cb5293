"""The programs that the desk starts beside itself are its own, and know nothing that is not for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk import bootstrap, children
from desk.cli import demo
from desk.cli.rehearsal import Rehearsal

FOREIGN = "import pathlib\npathlib.Path(__file__).with_name('ran').write_text('foreign code ran')\n"


@pytest.fixture
def hostile_folder(tmp_path, monkeypatch):
    """A current folder with packages of our names in it, each of which tells when it was imported."""
    folder = tmp_path / "somebody's work"
    for room in ("desk", "redaction", "monitor", "casebook", "policies", "presidio_analyzer", "spacy"):
        (folder / room).mkdir(parents=True)
        (folder / room / "__init__.py").write_text(FOREIGN)
    (folder / "json.py").write_text(FOREIGN)
    monkeypatch.chdir(folder)
    return folder


def test_the_reading_child_runs_nothing_that_lies_in_the_current_folder(hostile_folder):
    reader = bootstrap.reader_process({"sites": ["Northvale General"]})
    try:
        found = reader.read("nurse Karen at Northvale General").findings
    finally:
        reader.close()
    assert found, "our own reader reads"
    assert not list(hostile_folder.rglob("ran"))


def test_the_rehearsals_listener_runs_nothing_that_lies_in_the_current_folder(hostile_folder, tmp_path):
    with demo.listener(Rehearsal(tmp_path / "no rehearsal is here"), 1.0) as _:
        pass
    assert not list(hostile_folder.rglob("ran"))


def test_every_child_is_started_without_the_current_folder_on_its_path(tmp_path):
    assert children.argv_of("desk.cli.demo", "a", "b")[1:] == ["-P", "-m", "desk.cli.demo", "a", "b"]
    started = demo.listener(Rehearsal(tmp_path), 1.0)
    assert started._arguments[:4] == children.argv_of("desk.cli.demo")


def test_a_child_gets_no_variable_that_was_not_chosen_for_it(monkeypatch):
    given: list[dict[str, str]] = []
    for name in ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "VOICEDESK_KEY_FILE", "PYTHONPATH", "LC_ALL"):
        monkeypatch.setenv(name, "C.UTF-8")

    class Started:
        stdin = None

        def __init__(self, _argv, *, env, **_more):
            given.append(env)
            raise OSError

    monkeypatch.setattr(subprocess, "Popen", Started)
    with pytest.raises(OSError):
        demo.listener(Rehearsal(Path("nowhere")), 1.0).__enter__()
    reader = bootstrap.reader_process({})
    with pytest.raises(Exception, match="read"):
        reader.read("x")
    assert len(given) == 3
    for environment in given:
        assert set(environment) <= children.HANDED_ON | {"LC_ALL", bootstrap.READ_LINES_ORGANISATION}
        assert environment["LC_ALL"] == "C.UTF-8"
        assert environment["PATH"] == os.environ["PATH"]


def test_the_plain_rehearsal_works_in_a_hostile_folder(hostile_folder):
    """The command as installed; `python -m` would itself look into the current folder, by the user's own doing."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "desk", "demo", "--plain"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "DONE" in done.stdout
    assert not list(hostile_folder.rglob("ran"))
