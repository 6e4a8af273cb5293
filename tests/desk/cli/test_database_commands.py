"""`db backup · restore · check · upgrade`: copies are checked before they are trusted, and nothing is thrown away."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from casebook.actions import signing_in
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.sending import begin, ready, record_sent
from casebook.actions.submitting import submit
from casebook.errors import SendingStopped
from casebook.model import OutboxState
from casebook.store.sqlite import SqliteStore
from desk.keys import write_key_file
from tests.desk.cli.conftest import PASSWORD


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


def on_its_way(home, text, number):
    """A post heard and an approved reply to it, queued."""
    home.hear(text)
    book = home.book()
    robin, avery = (signing_in.sign_in(book, name, PASSWORD)[0] for name in ("robin", "avery"))
    case_id = book.queries.case_id(number)
    claim(book, robin, case_id)
    draft = submit(book, robin, save_draft(book, robin, case_id, "Thank you for telling us.").id)
    approve(book, avery, draft.id, draft.bundle_hash)
    with book.store.read() as work:
        channel = work.outbox.where(draft_id=draft.id)[0].channel
    reply = next(r for r in ready(book, channel) if r.case_id == case_id)
    return book, reply


def test_a_restored_casebook_sends_nothing_that_may_have_left_since(home, tmp_path):
    book, first = on_its_way(home, "The first post.", 1)
    book.store.close()
    book, second = on_its_way(home, "The second post.", 2)
    begun = begin(book, second, "sender", timedelta(minutes=2))
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    record_sent(book, begun.outbox_id, "remote-2", "https://posts.example/2", "api")
    first = begin(book, first, "sender", timedelta(minutes=2))
    record_sent(book, first.outbox_id, "remote-1", "https://posts.example/1", "api")
    book.store.close()

    said = home.ok("db", "restore", str(copy), "--replace").err
    assert "2 replies were on their way" in said
    assert "send CASE --resolve" in said
    assert "start-sending" in said

    book = home.book()
    with book.store.read() as work:
        rows, attempts = work.outbox.where(), work.attempts.where()
        assert {(row.state, row.why) for row in rows} == {(OutboxState.UNCERTAIN, "restored_from_backup")}
        assert [attempt.outcome for attempt in attempts] == ["unknown"]
        assert work.organisations.where()[0].sending_stopped
    assert ready(book, rows[0].channel) == []
    kinds = [row.kind for row in book.queries.audit(limit=500)]
    assert kinds.count("casebook.restored") == 1
    assert kinds.count("reply.uncertain") == 2
    book.store.close()
    home.ok("db", "check")

    home.sign_in("morgan")
    home.ok("send", "1", "--resolve", "posted", "--url", "https://posts.example/1")
    home.ok("send", "2", "--resolve", "not_posted")
    book = home.book()
    queued = ready(book, rows[0].channel)
    assert [reply.outbox_id for reply in queued] == [begun.outbox_id]
    with pytest.raises(SendingStopped):
        begin(book, queued[0], "sender", timedelta(minutes=2))
    book.store.close()
    home.ok("start-sending")


def test_a_dry_restore_tells_what_would_become_uncertain_and_changes_nothing(home, tmp_path):
    book, _ = on_its_way(home, "A post.", 1)
    book.store.close()
    copy = tmp_path / "backup.db"
    home.ok("db", "backup", str(copy))
    before, entries = copy.read_bytes(), home.entries()
    said = home.ok("db", "restore", str(copy), "--replace", "--dry-run").err
    assert "1 reply was on its way" in said
    assert copy.read_bytes() == before
    assert home.entries() == entries
    assert not list(home.database.parent.glob("*.restoring*"))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("disk values")])
def test_a_backup_that_fails_half_way_leaves_nothing_and_says_one_sentence(
    home, tmp_path, monkeypatch, error
):
    whole = SqliteStore.create

    def halfway(self):
        whole(self)
        raise error

    monkeypatch.setattr(SqliteStore, "create", halfway)
    ran = home.run("db", "backup", str(tmp_path / "kept" / "backup.db"))
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "could not be written" in ran.err
    assert "disk values" not in ran.err
    assert list((tmp_path / "kept").iterdir()) == []
