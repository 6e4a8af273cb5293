"""What holds for every command: help, exit codes, the JSON envelope, no secret anywhere, light imports."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from casebook import audit
from desk.cli import envelope
from desk.cli.app import build
from tests.desk.cli.conftest import PASSWORD

ROOT = Path(__file__).parents[3]
HEAVY = (
    "presidio_analyzer", "spacy", "onnxruntime", "tweepy", "praw", "prawcore", "apscheduler", "textual", "alembic",
    "keyring", "tldextract", "argon2", "rich",
)  # fmt: skip


def commands() -> dict[str, object]:
    """Every command by the words that people type."""
    found: dict[str, object] = {}

    def walk(command, words: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            path = f"{words} {name}".strip()
            if hasattr(inner, "commands"):
                walk(inner, path)
            else:
                found[path] = inner

    walk(typer.main.get_command(build()), "")
    return found


def test_every_command_has_help_that_is_a_sentence_and_every_option_is_explained():
    for words, command in commands().items():
        assert command.help, words
        assert command.help.splitlines()[0].rstrip().endswith((".", ".”")), words
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{words}: {parameter.name}"


def test_every_command_takes_a_configuration_and_never_has_to_ask():
    for words, command in commands().items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--config", "--no-input"} <= options, words


def test_the_list_of_commands_is_not_cut_short(home):
    listed = home.run("--help").out
    assert "..." not in listed.partition("Commands:")[2]


def test_no_option_or_argument_carries_a_secret():
    for words, command in commands().items():
        for parameter in command.params:
            name = parameter.name
            if any(word in name for word in ("password", "secret", "token")):
                assert name.endswith("_file"), f"{words}: {name} would put a secret into the process list"


def test_every_name_of_the_shared_command_list_is_here():
    """The commands of this piece of work; those of later ones are listed with them."""
    expected = [
        "demo",
        "init",
        "doctor",
        "login",
        "logout",
        "whoami",
        "listen",
        "open",
        "list",
        "show",
        "claim",
        "release",
        "triage",
        "escalate",
        "note",
        "draft",
        "check",
        "approve",
        "reject",
        "send",
        "handoff",
        "close",
        "reveal",
        "share",
        "replies",
        "coverage",
        "redact",
        "assess",
        "check-reply",
    ]
    groups = ["config explain", "policy check", "policy activate", "policy log", "audit list", "audit show",
              "audit verify", "staff add", "staff list", "staff disable", "staff reset", "db upgrade", "db backup",
              "db restore", "db check"]  # fmt: skip
    assert set(expected + groups) <= set(commands())


@pytest.mark.parametrize(
    "words", [("lst",), ("claim",), ("claim", "one"), ("list", "--view", "opn"), ("show", "0")]
)
def test_wrong_use_exits_2_and_prints_nothing_on_stdout(home, words):
    home.sign_in("robin")
    ran = home.run(*words)
    assert ran.code == 2
    assert ran.out == ""


def test_a_wrong_word_is_answered_with_the_nearest_right_one(home):
    home.sign_in("robin")
    assert "'unclaimed'" in home.run("list", "--view", "unclamed").err
    home.hear("A plain post.")
    assert "'no_reply_needed'" in home.run("close", "1", "--why", "no_reply_neded").err


def test_without_a_terminal_the_desk_says_so_and_exits_2(home):
    for words in ((), ("open",)):
        ran = home.run(*words)
        assert ran.code == 2
        assert "line command" in ran.err


JSON_COMMANDS = (
    (("list", "--json"), "cases"),
    (("show", "1", "--json"), "case"),
    (("replies", "--json"), "replies"),
    (("send", "--json"), "outbox"),
    (("coverage", "--json"), "coverage"),
    (("audit", "list", "--json"), "audit"),
    (("audit", "show", "3", "--json"), "audit"),
    (("audit", "verify", "--json"), "verified"),
    (("policy", "show", "--json"), "policy"),
    (("policy", "log", "--json"), "policies"),
    (("whoami", "--json"), "person"),
    (("db", "check", "--json"), "checks"),
    (("doctor", "--json"), "checks"),
    (("config", "explain", "--json"), "settings"),
    (("keys", "show", "--json"), "key"),
)


@pytest.mark.parametrize(("words", "kind"), JSON_COMMANDS)
def test_json_comes_in_one_versioned_envelope_with_the_documented_fields(home, words, kind):
    home.hear("I waited a long time.")
    home.sign_in("morgan")
    ran = home.run(*words)
    assert ran.code == 0, ran.err
    assert ran.out.isascii()
    found = json.loads(ran.out)
    assert (found["schema"], found["kind"]) == (1, kind)
    items = found["data"] if isinstance(found["data"], list) else [found["data"]]
    for one in items:
        assert set(one) == set(envelope.FIELDS[kind])


def test_staff_are_listed_without_their_password_hashes(home):
    home.sign_in("admin")
    ran = home.ok("staff", "list", "--json")
    assert set(ran.data[0]) == set(envelope.FIELDS["staff"])
    assert "argon2" not in ran.out


HOSTILE = (
    "Nice\x1b]52;c;cm0=\x07 ward\x1b[2J \u202egnihton\u202c \u200bhidden \x9b31m\rOverwritten\nCase 9: forged"
)


def test_no_post_reaches_the_terminal_as_anything_but_visible_text(home):
    home.hear(HOSTILE)
    home.sign_in("avery")
    for words in (("list",), ("show", "1"), ("reveal", "1", "--reason", "Checking the original")):
        printed = home.ok(*words).out
        for bad in ("\x1b", "\x07", "\x9b", "\r", "\u202e", "\u200b"):
            assert bad not in printed, words
        assert not any(line.startswith("Case 9:") for line in printed.splitlines()), (
            "a post forged a line of ours"
        )


def test_a_signed_in_terminal_is_not_another_terminal(home, monkeypatch):
    home.sign_in("robin")
    home.ok("whoami")
    from desk import sessions

    monkeypatch.setattr(sessions, "terminal_identity", lambda: "another terminal")
    assert home.run("whoami").code == 1


def test_after_logout_and_after_disabling_nobody_is_signed_in(home):
    home.sign_in("robin")
    home.ok("logout")
    assert home.run("list").code == 1
    home.sign_in("admin")
    home.ok("staff", "disable", "robin")
    assert home.run("login", "robin", typed="seven lanterns over the weir\n").code == 1


def test_wrong_passwords_are_refused_without_saying_which_part_was_wrong(home):
    wrong = home.run("login", "robin", typed="something else entirely\n")
    unknown = home.run("login", "nobody", typed="something else entirely\n")
    assert (wrong.code, unknown.code) == (1, 1)
    assert wrong.err == unknown.err


def test_staff_are_added_and_reset_with_passwords_from_files_alone(home, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("eleven herons by the quay\n")
    home.sign_in("admin")
    home.ok(
        "staff", "add", "rae", "--name", "Rae Winslade", "--role", "responder", "--password-file", str(secret)
    )
    assert home.run("staff", "add", "ari", "--role", "aprover", "--password-file", str(secret)).code == 2
    home.ok("login", "rae", "--password-file", str(secret))
    assert home.ok("whoami", "--json").data["roles"] == ["responder"]
    home.sign_in("admin")
    home.ok("staff", "reset", "rae", typed="twelve herons by the quay\n")
    assert home.run("login", "rae", "--password-file", str(secret)).code == 1


def test_sending_is_stopped_and_started_again(home):
    home.sign_in("admin")
    home.ok("stop-sending")
    home.sign_in("robin")
    assert "All sending is stopped" in home.ok("send").out
    home.sign_in("morgan")
    home.ok("start-sending")
    assert "empty" in home.ok("send").out


def test_a_policy_is_checked_shown_activated_and_logged(home, tmp_path):
    pack = tmp_path / "ours.yaml"
    from policies.loader import load_pack

    pack.write_text(load_pack("nhs-england").text.partition("--- # file:")[0] + "# reviewed again\n")
    home.ok("policy", "check", str(pack))
    home.sign_in("greer")
    home.ok("policy", "activate", str(pack))
    log = home.ok("policy", "log", "--json").data
    assert [row["in_force"] for row in log] == [True, False]
    assert log[0]["activated_by"] == "Greer Oakshott"
    pack.write_text(pack.read_text().replace("approver:", "aprover:", 1))
    wrong = home.run("policy", "check", str(pack))
    assert wrong.code == 1
    assert "did you mean 'approver'?" in wrong.err


def test_a_changed_audit_is_found_and_exits_1(home):
    book = home.book()
    with book.store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody' WHERE seq = 2")
        connection.commit()
    book.store.close()
    ran = home.run("audit", "verify", "--json")
    assert ran.code == 1
    assert ran.data["verifies"] is False
    doctor = home.run("doctor", "--quick", "--json")
    assert doctor.code == 1
    assert {"guards", "audit"} <= {row["check"] for row in doctor.data if row["state"] == "fail"}


def test_an_unforeseen_error_shows_neither_its_text_nor_a_traceback(home, monkeypatch, capsys):
    from desk import __main__
    from desk.cli import frame

    def broken(_path):
        raise RuntimeError("words of a post")

    monkeypatch.setattr(frame, "load", broken)
    monkeypatch.setattr(sys, "argv", ["voicedesk", "list"])
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 1
    assert "words of a post" not in inspect.cleandoc("".join(capsys.readouterr()))


def test_audit_kinds_that_commands_name_exist():
    assert {"case.claimed", "draft.approved", "reply.sent"} <= set(audit.KINDS)


def _python(home, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
        timeout=60,
    )


@pytest.mark.parametrize(
    "words", [["--help"], ["list"], ["whoami"], ["show", "1"], ["claim", "1"], ["config", "explain"]]
)
def test_a_light_command_loads_nothing_heavy(home, words):
    home.hear("A plain post.")
    home.sign_in("robin")
    arguments = ["voicedesk", *words] + ([] if words == ["--help"] else ["--config", str(home.config)])
    ran = _python(
        home,
        "import sys\n"
        f"sys.argv = {arguments!r}\n"
        "from desk.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))\n",
    )
    assert "HEAVY []" in ran.stdout, ran.stdout[-500:] + ran.stderr[-500:]


def test_desk_commands_never_open_the_credentials_file(home):
    (home.folder / "credentials.toml").write_text('[x]\nbearer_token = "canary-token"\n')
    (home.folder / "credentials.toml").chmod(0o600)
    home.hear("A plain post.")
    home.sign_in("robin")
    opened: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and "credentials" in str(arguments[0]):
            opened.append(str(arguments[0]))

    sys.addaudithook(watch)
    for words in (
        ("list",),
        ("show", "1"),
        ("claim", "1"),
        ("note", "1"),
        ("config", "explain"),
        ("doctor",),
    ):
        ran = home.run(*words, typed="Just a few plain words.")
        assert "canary-token" not in ran.out + ran.err
    assert opened == []


def test_a_typed_setting_beats_the_file_and_is_said_to_be_typed(home):
    explained = home.run("--set", "organisation.nation=wales", "config", "explain", "--json").data
    row = next(row for row in explained if row["setting"] == "organisation.nation")
    assert (row["value"], row["origin"]) == ("wales", "typed")
    assert home.run("--set", "casebook.path=/nowhere/casebook.db", "list").code == 1
    assert home.run("--set", "nonsense", "list").code == 2
    assert "did you mean 'casebook'?" in home.run("--set", "casbook.path=x", "list").err


def test_a_password_cannot_be_tried_without_a_trace(home):
    entries = home.entries()
    ran = home.run("login", "robin", "--dry-run", typed=PASSWORD + "\n")
    assert ran.code == 2
    assert "Signed in" not in ran.err
    assert home.entries() == entries
    home.run("login", "robin", typed="a wrong password\n")
    assert home.entries() == entries + 1


@pytest.mark.parametrize(("ended", "code"), [(0, 0), (1, 1)])
def test_a_desk_that_crashed_ends_with_exit_code_one(home, monkeypatch, ended, code):
    from desk.cli import opening
    from desk.terminal.app import DeskApp

    def run(self):
        self._return_code = ended

    monkeypatch.setattr(opening, "is_terminal", lambda: True)
    monkeypatch.setattr(DeskApp, "run", run)
    monkeypatch.setenv("TERM", "xterm")
    assert home.run("open").code == code
