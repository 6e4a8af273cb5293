"""The plain demo tells the whole thread, and cannot be told of a desk that does not keep its promises."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from desk.cli import demo, rehearsal
from desk.cli.story import Story, StoryBroken


@cache
def the_reader():
    from monitor.reader import build_reader

    return build_reader(rehearsal.ORGANISATION)


@pytest.fixture(autouse=True)
def one_reader(monkeypatch):
    import monitor.reader

    reader = the_reader()
    monkeypatch.setattr(monitor.reader, "build_reader", lambda organisation: reader)


def told():
    lines: list[str] = []
    return demo.tell_plain(lines.append), lines


def words(lines):
    return [line.split()[0] for line in lines if not line.startswith(" ")]


def test_the_story_is_told_from_the_first_post_to_the_proof():
    code, lines = told()
    assert code == 0, lines[-1]
    assert words(lines)[1:] == [
        "HEARD",
        "SEALED",
        "ESCALATED",
        "CLAIMED",
        "REFUSED",
        "REWRITTEN",
        "REFUSED",
        "APPROVED",
        "SENT",
        "PROVED",
        "DONE",
    ]


def test_it_leaves_nothing_behind(monkeypatch, tmp_path):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told()
    assert list(tmp_path.iterdir()) == []


def test_it_ignores_a_real_configuration_and_credentials(monkeypatch, tmp_path):
    planted = tmp_path / "voicedesk.toml"
    planted.write_text("this is [not a configuration")
    for name in ("VOICEDESK_CONFIG", "VOICEDESK_KEY_FILE", "VOICEDESK_X_BEARER_TOKEN"):
        monkeypatch.setenv(name, str(planted))
    opened: list[str] = []
    original = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, *a, **k: opened.append(str(self)) or original(self, *a, **k)
    )
    assert told()[0] == 0
    assert str(planted) not in opened


def test_without_the_gate_the_story_breaks(monkeypatch):
    from casebook import gatekeeping
    from policies.facts import GateResult, Verdict

    monkeypatch.setattr(
        gatekeeping, "check", lambda policy, *_: GateResult(Verdict.ALLOW, (), policy.version)
    )
    code, lines = told()
    assert code == 1
    assert lines[-1] == "FAILED     a draft that confirms a patient passed the gate"


def test_without_sealing_the_story_breaks(monkeypatch):
    from redaction import sealing

    monkeypatch.setattr(sealing, "hide", lambda text, *_: text.encode("utf-8", "replace").decode())
    code, lines = told()
    assert code == 1
    assert lines[-1] == "FAILED     an identifier stands in clear"


def test_with_one_recogniser_gone_the_story_breaks(monkeypatch):
    reader = the_reader()
    original = type(reader).read

    def without_numbers(self, text, **more):
        from dataclasses import replace

        reading = original(self, text, **more)
        kept = tuple(f for f in reading.findings or () if f.entity != "NHS_NUMBER")
        return reading if reading.findings is None else replace(reading, findings=kept)

    monkeypatch.setattr(type(reader), "read", without_numbers)
    code, lines = told()
    assert code == 1
    assert lines[-1] == "FAILED     an identifier stands in clear"


def test_without_the_rule_against_ones_own_the_database_still_refuses_and_the_story_breaks(monkeypatch):
    from casebook.actions import approving
    from casebook.errors import OwnWork

    class Never(OwnWork):
        pass

    monkeypatch.setattr(approving, "OwnWork", Never)
    original = approving._waiting

    def blind(work, draft_id, actor):
        try:
            return original(work, draft_id, actor)
        except Never:
            return work.drafts.get(draft_id)

    monkeypatch.setattr(approving, "_waiting", blind)
    code, lines = told()
    assert code == 1
    assert lines[-1].startswith("FAILED     The database itself refused this")


def test_with_a_changed_audit_entry_the_story_breaks(monkeypatch):
    original = Story.prove

    def tamper(self):
        with self.book.store.engine.connect() as connection:
            connection.exec_driver_sql("DROP TRIGGER audit_no_update")
            connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
            connection.exec_driver_sql(
                "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW\n"
                "BEGIN SELECT RAISE(ABORT, 'audit entries cannot be changed'); END"
            )
            connection.commit()
        original(self)

    monkeypatch.setattr(Story, "prove", tamper)
    code, lines = told()
    assert code == 1
    assert (
        lines[-1] == "FAILED     The audit does not verify: entry 3 says something else than what was hashed."
    )


def test_with_a_missing_guard_the_story_breaks(monkeypatch):
    original = Story.prove

    def unguard(self):
        with self.book.store.engine.connect() as connection:
            connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
            connection.commit()
        original(self)

    monkeypatch.setattr(Story, "prove", unguard)
    code, lines = told()
    assert code == 1
    assert lines[-1] == "FAILED     database guards are missing: audit_no_delete"


def typed(*words):
    """The real command, with nobody at a terminal."""
    from typer.testing import CliRunner

    from desk.cli.app import build

    return CliRunner().invoke(build(), list(words), prog_name="voicedesk")


@pytest.fixture
def no_desk(monkeypatch):
    def opened(*_):
        raise AssertionError("a desk was opened where there is no terminal")

    monkeypatch.setattr(demo, "run_terminal", opened)


@pytest.mark.parametrize("wish", [["demo"], ["demo", "--plain"]], ids=" ".join)
def test_the_command_without_a_terminal_tells_the_story_and_exits_with_0(wish, no_desk):
    ran = typed(*wish)
    assert ran.exit_code == 0, ran.stderr
    assert words(ran.stdout.splitlines())[-2:] == ["PROVED", "DONE"]


@pytest.mark.parametrize("wish", [["demo"], ["demo", "--plain"]], ids=" ".join)
def test_the_command_exits_with_1_when_the_story_breaks(wish, no_desk, monkeypatch):
    def broken(self):
        raise StoryBroken("the audit is not what it was")

    monkeypatch.setattr(Story, "prove", broken)
    ran = typed(*wish)
    assert ran.exit_code == 1
    assert ran.stdout.splitlines()[-1] == "FAILED     the audit is not what it was"
    assert "DONE" not in ran.stdout


def test_with_a_terminal_the_command_opens_the_desk_and_passes_on_how_it_ended(monkeypatch):
    from desk.cli import opening

    monkeypatch.setattr(opening, "is_terminal", lambda: True)
    for code in (0, 1):
        monkeypatch.setattr(demo, "run_terminal", lambda code=code: code)
        assert typed("demo").exit_code == code
