"""The same commands over PostgreSQL: made by the owner, used by a role that may not touch the schema."""

from __future__ import annotations

import pytest

from desk.keys import write_key_file
from tests.support.postgres import APPLICATION, OWNER

pytestmark = pytest.mark.postgres


@pytest.fixture
def server_home(home, postgres_server, tmp_path):
    """A home whose casebook will be in a database; gives it with a function that says as which role."""
    database = postgres_server.empty_database()
    text = home.config.read_text()

    def as_role(role: str) -> None:
        url = postgres_server.url(database, role)
        home.config.write_text(
            text.replace('path = "record/casebook.db"', f'url = "{url}"\nrole = "{APPLICATION}"')
        )

    for name in ("admin", "governance"):
        (tmp_path / name).write_text(f"a good long password for {name}\n")
    as_role(OWNER)
    home.ok(
        "init", "--no-input", "--admin", "alex", "--admin-password-file", str(tmp_path / "admin"), "--governance",
        "greer", "--governance-password-file", str(tmp_path / "governance"), "--sheet", str(tmp_path / "sheet"),
    )  # fmt: skip
    as_role(APPLICATION)
    return home


def test_a_casebook_in_postgres_is_made_and_worked(server_home, tmp_path):
    home = server_home
    home.ok("login", "greer", "--password-file", str(tmp_path / "governance"))
    number = str(home.hear("I waited a long time."))
    assert [case["number"] for case in home.ok("list", "--json").data] == [int(number)]
    home.ok("claim", number)
    home.ok("audit", "verify")
    home.ok("doctor", "--quick")
    home.ok("db", "check")


def test_a_wrong_key_is_noticed_there_too(server_home):
    write_key_file(server_home.key_file, bytes(range(1, 33)), replace=True)
    ran = server_home.run("list")
    assert ran.code == 1
    assert "This key does not belong to this casebook" in ran.err


def test_backups_are_left_to_the_servers_own_tools(server_home, tmp_path):
    ran = server_home.run("db", "backup", str(tmp_path / "copy"))
    assert ran.code == 1
    assert "pg_dump" in ran.err
    assert not (tmp_path / "copy").exists()


def test_a_database_with_a_casebook_is_not_set_up_again(server_home, tmp_path):
    ran = server_home.run(
        "init", "--no-input", "--admin", "alex", "--admin-password-file", str(tmp_path / "admin"), "--governance",
        "greer", "--governance-password-file", str(tmp_path / "governance"), "--sheet", str(tmp_path / "sheet2"),
    )  # fmt: skip
    assert ran.code == 1
    assert "already" in ran.err
    assert not (tmp_path / "sheet2").exists()
