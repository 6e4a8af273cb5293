"""Wrong key, missing key, newer database and the rest: one sentence, exit 1, nothing changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from casebook.store import sqlite
from desk.keys import write_key_file


def _fingerprint(folder: Path) -> dict[str, str]:
    """Every file of the desk with a hash of what is in it; SQLite's own notes for readers are left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def _refused(home, sentence: str, *words: str) -> None:
    before = _fingerprint(home.folder)
    ran = home.run(*(words or ("list",)))
    assert ran.code == 1
    assert sentence in ran.err
    assert ran.err.count("\n") == 1, "one sentence on one line"
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert _fingerprint(home.folder) == before


def test_a_missing_key_is_said_in_one_sentence(home):
    home.key_file.unlink()
    _refused(home, "The key of this casebook was not found")


def test_a_wrong_key_is_told_from_a_broken_file(home):
    write_key_file(home.key_file, bytes(32), replace=True)
    _refused(home, "This key does not belong to this casebook")


def test_a_broken_file_is_told_from_a_wrong_key(home):
    data = bytearray(home.database.read_bytes())
    data[:4096] = bytes(4096)
    home.database.write_bytes(data)
    _refused(home, "damaged")


def test_a_missing_casebook_is_said_before_its_key_is_asked_for(home):
    home.database.unlink()
    home.key_file.unlink()
    _refused(home, "There is no casebook")


def test_a_key_file_that_others_may_read_is_refused(home):
    home.key_file.chmod(0o644)
    _refused(home, "Others than its owner may read")


def test_a_key_file_without_a_key_is_refused_and_its_words_are_not_shown(home):
    home.key_file.write_text("half-a-key-5d41402abc4b2a76\n")
    before = home.run("list")
    assert "5d41402abc4b2a76" not in before.err + before.out
    _refused(home, "There is no key in")


@pytest.mark.parametrize(
    ("revision", "sentence"),
    [("9999", "written by a newer voicedesk"), ("0000", "written by an older voicedesk")],
)
def test_a_database_of_another_revision_is_refused(home, revision, sentence):
    book = home.book()
    with book.store.engine.connect() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        connection.commit()
    book.store.close()
    _refused(home, sentence)


def test_a_network_drive_is_refused(home, monkeypatch):
    kinds = sqlite._NETWORK_FILESYSTEMS | {_kind_of(home.folder)}
    monkeypatch.setattr(sqlite, "_NETWORK_FILESYSTEMS", kinds)
    _refused(home, "network drive")


def test_a_configuration_mistake_names_file_line_key_and_the_right_spelling(home):
    home.config.write_text('[organisation]\nname = "Northvale"\n\n[casebok]\npath = "x.db"\n')
    ran = home.run("list")
    assert ran.code == 1
    assert f"{home.config}:4:1: casebok: there is no such key; did you mean 'casebook'?" in ran.err


def test_nobody_signed_in_is_told_how_to(home):
    _refused(home, "voicedesk login")


def _kind_of(folder: Path) -> int:
    import ctypes
    import os
    import sys

    if sys.platform != "linux":
        pytest.skip("only Linux tells the kind of a file system here")
    buffer = ctypes.create_string_buffer(256)
    assert ctypes.CDLL(None).statfs(os.fsencode(folder), buffer) == 0
    return int.from_bytes(buffer.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder) & 0xFFFFFFFF
