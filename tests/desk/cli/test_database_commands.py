"""`db backup · restore · check · upgrade`: copies are checked before they are trusted, and nothing is thrown away."""

from __future__ import annotations

import shutil

from desk.keys import write_key_file


def test_a_backup_opens_verifies_and_can_be_put_back(home, tmp_path):
    home.hear("The first post.")
    copy = tmp_path / "backup.db"
    assert "was checked" in home.ok("db", "backup", str(copy)).err
    home.hear("The second post.")
    home.sign_in("robin")
    assert len(home.ok("list", "--json").data) == 2

    refused = home.run("db", "restore", str(copy))
    assert refused.code == 1
    assert "--replace" in refused.err
    home.ok("db", "restore", str(copy), "--replace", "--dry-run")
    home.sign_in("robin")
    assert len(home.ok("list", "--json").data) == 2

    home.ok("db", "restore", str(copy), "--replace")
    home.sign_in("robin")
    assert len(home.ok("list", "--json").data) == 1
    kept = [path for path in home.database.parent.iterdir() if ".replaced-" in path.name]
    assert kept, "the old casebook is kept beside"
    assert copy.exists()
    assert not list(home.database.parent.glob("*.restoring*"))
    home.ok("db", "check")


def test_a_backup_never_overwrites(home, tmp_path):
    taken = tmp_path / "backup.db"
    taken.write_text("something precious")
    for extra in ([], ["--dry-run"]):
        assert home.run("db", "backup", str(taken), *extra).code == 1
    assert taken.read_text() == "something precious"


def test_a_dry_backup_makes_nothing(home, tmp_path):
    home.ok("db", "backup", str(tmp_path / "backup.db"), "--dry-run")
    assert not (tmp_path / "backup.db").exists()


def test_a_damaged_backup_is_refused_and_the_casebook_stays(home, tmp_path):
    home.hear("A post.")
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    data = bytearray(copy.read_bytes())
    data[8192:8292] = bytes(100)
    copy.write_bytes(data)
    assert home.run("db", "restore", str(copy), "--replace").code == 1
    home.ok("db", "check")


def test_a_backup_under_another_key_is_refused(home, tmp_path):
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    write_key_file(home.key_file, bytes(32), replace=True)
    ran = home.run("db", "restore", str(copy), "--replace")
    assert ran.code == 1
    assert "key" in ran.err
    (tmp_path / "backup.db.key-id").unlink()
    assert home.run("db", "restore", str(copy), "--replace").code == 1


def test_a_backup_with_a_forged_audit_is_refused(home, tmp_path):
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    from casebook.store.sqlite import SqliteStore
    from redaction.vault import derive

    store = SqliteStore(copy, derive(bytes(range(32)), "database"))
    with store.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody' WHERE seq = 2")
        connection.commit()
    store.close()
    assert home.run("db", "restore", str(copy), "--replace").code == 1
    home.ok("audit", "verify")


def test_an_up_to_date_casebook_is_not_upgraded(home):
    ran = home.run("db", "upgrade")
    assert ran.code == 1
    assert "up to date already" in ran.err


def test_a_restored_casebook_needs_no_casebook_before_it(home, tmp_path):
    home.hear("A post.")
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    shutil.rmtree(home.database.parent)
    home.ok("db", "restore", str(copy))
    home.sign_in("robin")
    assert len(home.ok("list", "--json").data) == 1
