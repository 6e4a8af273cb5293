"""A text written in an editor is in a private folder while it is written, and nowhere afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk.cli.editing import edited
from desk.cli.frame import UsedWrongly

ROOT = Path(__file__).parents[3]


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def an_editor(tmp_path: Path, then: str = "") -> tuple[str, Path]:
    """An editor's command, and where it tells the mode of its file's folder; it leaves a file of its own beside."""
    told, script = tmp_path / "told", tmp_path / "editor.py"
    script.write_text(
        "import os, pathlib, sys, time\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text('We called them back.')\n"
        "file.with_name('.text.txt.swp').write_text('left by the editor')\n"
        f"pathlib.Path({str(told)!r}).write_text(f'{{file.parent.stat().st_mode & 0o777:o}}')\n"
        f"{then}\n"
    )
    return f"{sys.executable} {script}", told


def left(runtime: Path) -> list[str]:
    return [path.name for path in runtime.rglob("*") if path.is_file() or path.name.startswith("writing")]


def test_what_is_written_lies_in_a_private_folder_and_goes(runtime, tmp_path):
    editor, told = an_editor(tmp_path)
    with edited(editor) as file:
        assert file.read_text() == "We called them back."
        assert file.is_relative_to(runtime)
    assert told.read_text() == "700"
    assert left(runtime) == []


def test_an_editor_that_fails_leaves_nothing(runtime, tmp_path):
    editor, _ = an_editor(tmp_path, "sys.exit(1)")
    with pytest.raises(UsedWrongly), edited(editor):
        pass
    with pytest.raises(UsedWrongly), edited("/nonexistent/editor"):
        pass
    assert left(runtime) == []


def test_the_handlers_of_signals_are_as_they_were_afterwards(runtime, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with edited(an_editor(tmp_path)[0]):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_or_a_kill_leaves_nothing(runtime, tmp_path, number):
    editor, told = an_editor(tmp_path, "time.sleep(60)")
    code = f"from desk.cli.editing import edited\nwith edited({editor!r}): pass"
    writing = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"], env=dict(os.environ)
    )
    for _ in range(600):
        if told.exists() and told.read_text():
            break
        time.sleep(0.05)
    assert left(runtime) != []
    writing.send_signal(number)
    assert writing.wait(timeout=30) == 128 + number
    assert left(runtime) == []
