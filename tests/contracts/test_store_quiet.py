"""SQLCipher writes its own log to stderr, past Python: a file that does not open must say so in our words alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.books import empty_store

ROOT = Path(__file__).parents[2]
OPEN = """
import sys
from pathlib import Path
from casebook.errors import StoreError
from casebook.store.sqlite import SqliteStore
try:
    SqliteStore(Path(sys.argv[1]), bytes(32)).check_openable()
except StoreError as error:
    print(type(error).__name__)
"""
LOUD = """
import sys
from sqlcipher3 import dbapi2
connection = dbapi2.connect(sys.argv[1])
connection.execute("PRAGMA key = \\"x'" + "00" * 32 + "'\\"")
try:
    connection.execute("SELECT count(*) FROM sqlite_master")
except dbapi2.DatabaseError:
    print("refused")
"""


def run(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own, since SQLCipher writes where pytest does not look."""
    command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A casebook's file of which nothing says that the key is another one, so that SQLCipher itself must find out."""
    store = empty_store(tmp_path)
    store.close()
    store.key_id_path.unlink()
    return store.path


def test_a_wrong_key_leaves_nothing_on_stderr(file: Path) -> None:
    done = run(OPEN, file)
    assert done.stdout.strip() == "StoreError"
    assert done.stderr == ""


def test_sqlcipher_left_alone_would_have_written_there(file: Path) -> None:
    """The test above can fail: without our pragma this build of SQLCipher is not silent."""
    done = run(LOUD, file)
    assert done.stdout.strip() == "refused"
    if not done.stderr:
        pytest.skip("this build of SQLCipher keeps no log, so that silence proves nothing here")
    assert "sqlcipher" in done.stderr.lower() or "ERROR" in done.stderr
