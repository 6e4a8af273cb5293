"""Platform credentials: read by the monitor's process alone, when it makes its channels.

Each entry has a name ("x", "reddit") and fields ("bearer_token"). A field is taken from the environment
(`VOICEDESK_X_BEARER_TOKEN`), else from the entry's table in a TOML file of mode 600. Values reach no message.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from desk.keys import KeysError, read_private
from desk.settings import PREFIX

LARGEST = 64 * 1024
"""Bytes a credentials file may have."""


class CredentialsError(Exception):
    """The credentials of an account cannot be used."""


def variable(entry: str, field: str) -> str:
    """The environment variable of one field: `VOICEDESK_X_BEARER_TOKEN`."""
    return f"{PREFIX}{entry}_{field}".upper()


def read_entry(
    entry: str, fields: Iterable[str], file: Path, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The fields of one entry that are set; those that are set nowhere are left out.

    Raises:
        CredentialsError: the file may be read by others, is no TOML, or holds a field that is not known.
    """
    environment = os.environ if environ is None else environ
    known = tuple(fields)
    kept = _table(entry, file) if file.exists() else {}
    if unknown := sorted(set(kept) - set(known)):
        raise CredentialsError(f"{file}: [{entry}] has no field {unknown[0]!r}; it has {', '.join(known)}")
    found = {field: environment.get(variable(entry, field)) or kept.get(field) or "" for field in known}
    return {field: value for field, value in found.items() if value}


def _table(entry: str, file: Path) -> dict[str, str]:
    try:
        data: dict[str, Any] = tomllib.loads(read_private(file, LARGEST))
    except KeysError as error:
        raise CredentialsError(str(error)) from None
    except tomllib.TOMLDecodeError:
        raise CredentialsError(f'{file} is not TOML: write [{entry}] and below it field = "value"') from None
    table = data.get(entry, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise CredentialsError(f"{file}: [{entry}] must hold fields with text in quotes")
    return table
