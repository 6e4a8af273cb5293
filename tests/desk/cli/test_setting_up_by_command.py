"""`init`, keys and their recovery sheet: made whole or not at all, refused politely the second time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casebook.errors import StoreFull
from desk import bootstrap
from desk.cli.app import build
from desk.configuration import load
from desk.recovery_sheet import code_lines
from tests.support.reading import ScriptedReader

ADMIN, GOVERNANCE = "eleven herons by the quay", "twelve kettles on the stove"


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A computer with nothing on it; gives its folder."""
    for name in [name for name in os.environ if name.startswith("VOICEDESK_")]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME"):
        (tmp_path / name).mkdir(mode=0o700)
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(bootstrap, "reader_for", lambda _configuration: ScriptedReader())
    (tmp_path / "admin").write_text(ADMIN + "\n")
    (tmp_path / "governance").write_text(GOVERNANCE + "\n")
    return tmp_path


def run(*words, typed=None):
    result = CliRunner().invoke(build(), list(words), input=typed, prog_name="voicedesk")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def options(folder: Path, **changed: str) -> list[str]:
    given = {
        "--organisation": "Northvale Hospitals NHS Foundation Trust",
        "--handle": "@NorthvaleNHS",
        "--admin": "alex",
        "--admin-name": "Alex Brackenbury",
        "--admin-password-file": str(folder / "admin"),
        "--governance": "greer",
        "--governance-name": "Greer Oakshott",
        "--governance-password-file": str(folder / "governance"),
        "--sheet": str(folder / "sheet.txt"),
    } | changed
    return ["init", "--no-input", *(word for pair in given.items() for word in pair)]


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_init_makes_configuration_key_sheet_casebook_and_two_people(empty):
    made = run(*options(empty))
    assert made.exit_code == 0, made.stderr
    configuration = load()
    assert configuration.settings.organisation.name == "Northvale Hospitals NHS Foundation Trust"
    for path in (
        configuration.file,
        configuration.key_file,
        empty / "sheet.txt",
        configuration.settings.casebook.path,
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert configuration.key_file.parent != configuration.settings.casebook.path.parent
    assert run("login", "alex", typed=ADMIN + "\n").exit_code == 0
    assert run("login", "greer", typed=GOVERNANCE + "\n").exit_code == 0
    assert run("audit", "verify").exit_code == 0
    assert run("doctor", "--quick").exit_code == 0
    for secret in (ADMIN, GOVERNANCE, configuration.key_file.read_text().strip()):
        assert secret not in made.stdout + made.stderr


def test_init_a_second_time_refuses_and_changes_nothing(empty):
    run(*options(empty))
    before = everything(empty)
    again = run(*options(empty, **{"--sheet": str(empty / "sheet2.txt")}))
    assert again.exit_code == 1
    assert "already" in again.stderr
    assert everything(empty) == before


def test_a_dry_init_makes_nothing(empty):
    before = everything(empty)
    ran = run(*options(empty), "--dry-run")
    assert ran.exit_code == 0, ran.stderr
    assert "nothing was changed" in ran.stderr
    assert everything(empty) == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"--governance": "Alex"}, "two people"),
        ({"--admin": "4lex"}, "user name"),
        ({"--organisation": "North\x1bvale"}, "control characters"),
        ({"--nation": "engalnd"}, "england"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left_behind(empty, changed, sentence):
    before = everything(empty)
    ran = run(*options(empty, **changed))
    assert ran.exit_code == 1
    assert sentence in ran.stderr
    assert everything(empty) == before


def test_a_weak_password_is_refused_before_anything_is_made(empty):
    (empty / "governance").write_text("short\n")
    before = everything(empty)
    assert run(*options(empty)).exit_code == 1
    assert everything(empty) == before


def test_a_failure_half_way_takes_everything_back(empty, monkeypatch):
    from desk.cli import setting_up

    def full(*_arguments):
        raise StoreFull

    monkeypatch.setattr(setting_up, "sign_in", full)
    before = everything(empty)
    ran = run(*options(empty))
    assert ran.exit_code == 1
    assert "disk is full" in ran.stderr
    assert everything(empty) == before


def test_without_a_terminal_the_sheet_needs_a_file(empty):
    words = options(empty)
    del words[words.index("--sheet") : words.index("--sheet") + 2]
    ran = run(*words)
    assert ran.exit_code == 2
    assert "--sheet FILE" in ran.stderr


def test_a_key_is_never_put_into_the_database_folder(empty):
    file = empty / "desk.toml"
    file.write_text('[organisation]\nname = "Northvale"\n[casebook]\npath = "casebook.db"\n')
    before = everything(empty)
    ran = run(*options(empty), "--config", str(file))
    assert ran.exit_code == 1
    assert "may not lie in the database's folder" in ran.stderr
    assert everything(empty) == before


def test_the_key_comes_back_from_the_sheet_and_only_the_right_one(empty):
    run(*options(empty))
    configuration = load()
    key = configuration.key_file.read_text()
    assert run("keys", "restore", typed=(empty / "sheet.txt").read_text()).exit_code == 1, (
        "there is a key already"
    )
    configuration.key_file.unlink()
    assert run("audit", "verify").exit_code == 1
    other = run("keys", "restore", typed="\n".join(code_lines(bytes(range(32)))))
    assert other.exit_code == 1
    assert "another key" in other.stderr
    assert run("keys", "restore", "--dry-run", typed=(empty / "sheet.txt").read_text()).exit_code == 0
    assert not configuration.key_file.exists()
    assert run("keys", "restore", typed=(empty / "sheet.txt").read_text()).exit_code == 0
    assert configuration.key_file.read_text() == key
    assert run("audit", "verify").exit_code == 0


def test_a_sheet_can_be_written_again(empty):
    run(*options(empty))
    assert run("keys", "sheet", str(empty / "again.txt")).exit_code == 0
    first = (empty / "sheet.txt").read_text().partition("Fingerprint")[2]
    assert (empty / "again.txt").read_text().partition("Fingerprint")[2] == first


def test_a_key_file_named_in_the_environment_is_used(empty, monkeypatch):
    monkeypatch.setenv("VOICEDESK_KEY_FILE", str(empty / "elsewhere" / "key"))
    assert run(*options(empty)).exit_code == 0
    assert not load().key_file.exists()
    assert run("keys", "show").stdout.strip().endswith(str(empty / "elsewhere" / "key") + ".")
    monkeypatch.delenv("VOICEDESK_KEY_FILE")
    assert run("audit", "verify").exit_code == 1
