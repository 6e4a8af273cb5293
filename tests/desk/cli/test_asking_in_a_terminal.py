"""What only a terminal shows: passwords typed unseen, the approval asked about, the sheet shown once."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

import pytest

from desk.recovery_sheet import code_lines

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

ROOT = Path(__file__).parents[3]
PASSWORD = "seven lanterns over the weir"


def talk(words: list[str], answers: list[tuple[str, str]], seconds: float = 60.0) -> tuple[str, int]:
    """Run a command in a terminal of its own; each answer is typed when its question has appeared."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "desk", *words])
    shown, heard, waiting, ends = b"", 0, list(answers), time.monotonic() + seconds
    while time.monotonic() < ends:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                read = os.read(terminal, 4096)
            except OSError:
                break
            if not read:
                break
            shown += read
        if waiting and waiting[0][0].encode() in shown[heard:]:
            heard = len(shown)
            time.sleep(0.05)
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
    else:
        os.kill(child, 9)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def test_a_password_is_typed_unseen(home):
    shown, code = talk(
        ["login", "--config", str(home.config)], [("User name", "robin"), ("Password", PASSWORD)]
    )
    assert code == 0, shown
    assert "Signed in as Robin Ashdown" in shown
    assert PASSWORD not in shown


def test_nothing_is_asked_with_no_input_even_in_a_terminal(home):
    shown, code = talk(["login", "robin", "--no-input", "--config", str(home.config)], [])
    assert code == 2
    assert "--password-file" in shown


def test_init_asks_its_questions_and_shows_the_sheet_once(home, tmp_path):
    file = tmp_path / "fresh" / "voicedesk.toml"
    shown, code = talk(
        ["init", "--config", str(file)],
        [
            ("Name of the organisation", "Northvale Hospitals"),
            ("Its main handle", "@NorthvaleNHS"),
            ("Nation", ""),
            ("first administrator", "alex"),
            ("administrator for colleagues", "Alex Brackenbury"),
            ("Password", PASSWORD),
            ("Repeat", PASSWORD),
            ("first governance officer", "greer"),
            ("governance officer for colleagues", ""),
            ("Password", PASSWORD),
            ("Repeat", PASSWORD),
        ],
    )
    assert code == 0, shown
    assert "VOICEDESK RECOVERY SHEET" in shown
    assert PASSWORD not in shown
    assert file.exists()


def test_the_key_is_typed_unseen_and_no_editor_gets_it(home, tmp_path, monkeypatch):
    touched = tmp_path / "touched"
    monkeypatch.setenv("EDITOR", f"touch {touched}")
    monkeypatch.setenv("VISUAL", f"touch {touched}")
    home.key_file.unlink()
    lines = code_lines(bytes(range(32)))
    shown, code = talk(
        ["keys", "restore", "--config", str(home.config)],
        [(f"Line {number}", line) for number, line in enumerate(lines, start=1)],
    )
    assert code == 0, shown
    assert home.key_file.exists()
    assert not touched.exists()
    assert not any(group in shown for line in lines for group in line.split("-"))
