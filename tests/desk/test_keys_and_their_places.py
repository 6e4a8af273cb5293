"""The master key: where it is looked for, what is refused, and the recovery sheet that brings it back."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.credentials import CredentialsError, read_entry
from desk.keys import (
    KeyFileUnsafe,
    KeyFileUnusable,
    KeyPlaces,
    KeyringUnusable,
    KeyTooNear,
    new_master,
    read_key_file,
    write_key_file,
)
from desk.recovery_sheet import SheetError, code_lines, key_id, read_code, sheet

MASTER = bytes(range(32))


class Keyring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, name):
        return self.kept.get((service, name))

    def set_password(self, service, name, value):
        self.kept[service, name] = value

    def delete_password(self, service, name):
        del self.kept[service, name]


class Broken(Keyring):
    def get_password(self, service, name):
        raise RuntimeError("locked: canary-value")

    set_password = get_password  # type: ignore[assignment]


def places(tmp_path, *, store="auto", environ=None, ring=None):
    return KeyPlaces(tmp_path / "keys" / "key", "casebook", store, environ or {}, lambda: ring)


def test_a_new_key_goes_into_the_keyring_where_there_is_one(tmp_path):
    ring = Keyring()
    kept = places(tmp_path, ring=ring).keep(MASTER, away_from=None)
    assert kept.kind == "keyring"
    assert places(tmp_path, ring=ring).find().secret == MASTER
    assert not (tmp_path / "keys").exists()


def test_without_a_keyring_it_goes_into_a_file_of_its_owner_alone(tmp_path):
    kept = places(tmp_path).keep(MASTER, away_from=tmp_path / "record")
    assert kept.kind == "file"
    assert stat.S_IMODE((tmp_path / "keys" / "key").stat().st_mode) == 0o600
    assert places(tmp_path).find().secret == MASTER


def test_a_file_named_in_the_environment_beats_both(tmp_path):
    write_key_file(tmp_path / "named", MASTER)
    write_key_file(tmp_path / "keys" / "key", bytes(32))
    found = places(tmp_path, environ={"VOICEDESK_KEY_FILE": str(tmp_path / "named")}, ring=Keyring()).find()
    assert (found.kind, found.secret) == ("environment", MASTER)


def test_a_file_named_in_the_environment_that_is_missing_is_not_passed_over(tmp_path):
    write_key_file(tmp_path / "keys" / "key", MASTER)
    with pytest.raises(KeyFileUnusable):
        places(tmp_path, environ={"VOICEDESK_KEY_FILE": str(tmp_path / "gone")}).find()


def test_the_keyring_is_not_asked_while_there_is_a_file(tmp_path):
    write_key_file(tmp_path / "keys" / "key", MASTER)

    def asked():
        raise AssertionError("the keyring costs time and may ask the person")

    assert KeyPlaces(tmp_path / "keys" / "key", "casebook", "auto", {}, asked).find().secret == MASTER


def test_a_keyring_that_was_wanted_and_is_not_there_is_an_error(tmp_path):
    with pytest.raises(KeyringUnusable):
        places(tmp_path, store="keyring").find()
    with pytest.raises(KeyringUnusable):
        places(tmp_path, store="keyring").keep(MASTER, away_from=None)


def test_what_a_broken_keyring_says_reaches_nobody(tmp_path):
    with pytest.raises(KeyringUnusable) as raised:
        places(tmp_path, ring=Broken()).find()
    assert "canary-value" not in str(raised.value)


def test_forgetting_takes_back_what_was_kept(tmp_path):
    ring = Keyring()
    where = places(tmp_path, ring=ring)
    where.forget(where.keep(MASTER, away_from=None))
    assert where.find() is None


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_key_file_that_others_may_read_is_refused(tmp_path, mode):
    file = tmp_path / "key"
    write_key_file(file, MASTER)
    file.chmod(mode)
    with pytest.raises(KeyFileUnsafe, match="Others than its owner"):
        read_key_file(file)


@pytest.mark.parametrize("text", ["", "abc", "00" * 31, "00" * 33, "zz" * 32])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path, text):
    file = tmp_path / "key"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeyFileUnusable) as raised:
        read_key_file(file)
    assert not text or text not in str(raised.value)


def test_a_key_is_never_written_over_another(tmp_path):
    write_key_file(tmp_path / "key", MASTER)
    with pytest.raises(KeyFileUnusable):
        write_key_file(tmp_path / "key", bytes(32))
    assert read_key_file(tmp_path / "key") == MASTER


@pytest.mark.parametrize("where", ["key", "deeper/key", "../record/key"])
def test_a_key_may_not_lie_in_the_database_folder(tmp_path, where):
    record = tmp_path / "record"
    record.mkdir()
    with pytest.raises(KeyTooNear):
        write_key_file(record / where, MASTER, record)


def test_a_key_shows_in_no_repr(tmp_path):
    kept = places(tmp_path).keep(MASTER, away_from=None)
    assert MASTER.hex() not in repr(kept)
    assert str(MASTER) not in repr(kept)


@given(
    st.binary(min_size=32, max_size=32), st.sampled_from(["lower", "spaces", "look-alikes", "whole sheet"])
)
def test_every_key_comes_back_from_its_sheet_however_it_is_typed(master, way):
    text = "\n".join(code_lines(master))
    typed = {
        "lower": text.lower(),
        "spaces": text.replace("-", "  "),
        "look-alikes": text.replace("0", "O").replace("1", "l"),
        "whole sheet": sheet(
            master, organisation="Three short names", casebook="/a/b", made=datetime(2026, 11, 24, tzinfo=UTC)
        ),
    }[way]
    assert read_code(typed) == master


@given(st.binary(min_size=32, max_size=32), st.integers(0, 3), st.integers(0, 14), st.sampled_from("ZKWVX"))
def test_a_mistyped_letter_is_found_with_its_line(master, line, place, letter):
    lines = [code.replace("-", "") for code in code_lines(master)]
    if lines[line][place] == letter:
        return
    lines[line] = lines[line][:place] + letter + lines[line][place + 1 :]
    typed = "\n".join(f"{code[:5]}-{code[5:10]}-{code[10:]}" for code in lines)
    with pytest.raises(SheetError, match=f"Line {line + 1}"):
        read_code(typed)


def test_swapped_and_missing_lines_are_found():
    lines = code_lines(MASTER)
    with pytest.raises(SheetError, match="not in order"):
        read_code("\n".join([lines[1], lines[0], *lines[2:]]))
    with pytest.raises(SheetError, match="3 were found"):
        read_code("\n".join(lines[:3]))


def test_the_sheet_names_the_fingerprint_that_lies_beside_the_casebook():
    text = sheet(MASTER, organisation="Northvale", casebook="/a/b", made=datetime(2026, 11, 24, tzinfo=UTC))
    assert key_id(MASTER) in text
    assert MASTER.hex() not in text


def test_new_keys_differ():
    assert new_master() != new_master()


def test_a_credential_comes_from_the_environment_before_the_file(tmp_path):
    file = tmp_path / "credentials.toml"
    file.write_text('[x]\nbearer_token = "from the file"\naccount_id = "7"\n')
    file.chmod(0o600)
    found = read_entry(
        "x", ["bearer_token", "account_id"], file, {"VOICEDESK_X_BEARER_TOKEN": "from the environment"}
    )
    assert found == {"bearer_token": "from the environment", "account_id": "7"}


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ('[x]\nbearer_token = "canary-value"\n', 0o644),
        ('[x]\nbearer_tokn = "canary-value"\n', 0o600),
        ("[x]\nbearer_token = canary-value\n", 0o600),
        ('[x]\nbearer_token = ["canary-value"]\n', 0o600),
    ],
)
def test_credentials_that_cannot_be_used_are_refused_and_not_repeated(tmp_path, text, mode):
    file = tmp_path / "credentials.toml"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(CredentialsError) as raised:
        read_entry("x", ["bearer_token"], file, {})
    assert "canary-value" not in str(raised.value)
