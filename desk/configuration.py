"""Putting the configuration together: what was typed, the environment, the file and the defaults, in that order.

Each value remembers where it came from, so that `config explain` can say so and an error can point at the place.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, SettingsError

from desk.settings import PREFIX, Settings, default_file
from desk.toml_lines import line_of, lines_of
from policies.errors import Problem
from policies.positions import dotted
from policies.spelling import explain

LARGEST = 256 * 1024
"""Bytes a configuration file may have."""
_PATHS = (("casebook", "path"), ("keys", "file"), ("keys", "credentials"))
_SECRETS = ("token", "secret", "password", "passwd")

KeyPath = tuple[str | int, ...]


class ConfigurationError(Exception):
    """The configuration cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems) or self.__doc__)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: `kind` is typed, environment, file or default; `where` names the place."""

    kind: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.where})" if self.where else self.kind


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings in force, the file they came from (None where there is none), and where each came from."""

    settings: Settings
    file: Path | None
    origins: Mapping[KeyPath, Origin]

    @property
    def folder(self) -> Path:
        """The folder of the configuration: keys and credentials lie here unless they are named elsewhere."""
        return (self.file or default_file()).parent

    @property
    def key_file(self) -> Path:
        """The file that a master key is kept in when it is kept in a file."""
        return self.settings.keys.file or self.folder / "voicedesk.key"

    @property
    def credentials_file(self) -> Path:
        """The file of platform credentials."""
        return self.settings.keys.credentials or self.folder / "credentials.toml"

    def explained(self) -> Iterator[tuple[str, object, Origin]]:
        """Every setting with its value and where it came from, in the order of the file's sections."""
        for path, value in _leaves(self.settings):
            yield dotted(path), value, _origin_of(self.origins, path)


def load(
    file: Path | None = None, *, typed: Mapping[str, Any] | None = None, text: str | None = None
) -> Configuration:
    """Read the configuration.

    Args:
        file: the TOML file; left out, `VOICEDESK_CONFIG` or the usual place, where it may be missing.
        text: what the file will hold, where it is not written yet.
        typed: values given on the command line, by section.

    Raises:
        ConfigurationError: something is wrong; all problems are listed, with no value that could be a secret.
    """
    path = file or named_in_environment()
    if text is None:
        text = _text_of(path or default_file(), must_exist=path is not None)
    used = (path or default_file()).expanduser().absolute() if text is not None else path
    lines = lines_of(text or "")
    from_file = _anchored(_parsed(text or "", used), used)
    from_environment = _environment()
    layers = (("file", from_file), ("environment", from_environment), ("typed", dict(typed or {})))
    merged: dict[str, Any] = {}
    for _, data in layers:
        merged = _merged(merged, data)
    origins = {
        found: Origin(kind, _place(kind, found, used, lines))
        for kind, data in layers
        for found, _ in _plain_leaves(data)
    }
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigurationError([_problem(d, origins, used, lines) for d in details]) from None
    return Configuration(settings, used if text is not None else None, origins)


def named_in_environment() -> Path | None:
    """The file that `VOICEDESK_CONFIG` names, if it names one."""
    named = os.environ.get(f"{PREFIX}CONFIG", "")
    return Path(named) if named else None


def _text_of(path: Path, *, must_exist: bool) -> str | None:
    path = path.expanduser()
    if not path.is_file():
        if must_exist:
            raise ConfigurationError([Problem(str(path), 0, 0, "", "there is no such file")])
        return None
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST).decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError([Problem(str(path), 0, 0, "", "is not UTF-8 text")]) from None
    except OSError as error:
        raise ConfigurationError(
            [Problem(str(path), 0, 0, "", f"cannot be read: {error.strerror}")]
        ) from None


def _parsed(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([Problem(str(path), 0, 0, "", f"is not TOML: {error}")]) from None


def _environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        words = f'a variable {PREFIX}… cannot be read as JSON; lists look like ["one", "two"]'
        name = str(error).partition('"')[2].partition('"')[0]
        raise ConfigurationError([Problem("environment", 0, 0, name, words)]) from None


def _anchored(data: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """The file's paths, counted from the file's own folder; ~ is the home folder."""
    if file is None:
        return data
    for section, key in _PATHS:
        table = data.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = str(file.parent / Path(table[key]).expanduser())
    policy = data.get("policy")
    if isinstance(policy, dict) and str(policy.get("pack", "")).endswith((".yaml", ".yml")):
        policy["pack"] = str(file.parent / Path(policy["pack"]).expanduser())
    return data


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        result[key] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return result


def _place(kind: str, path: KeyPath, file: Path | None, lines: dict[KeyPath, int]) -> str:
    if kind == "environment":
        return PREFIX + "__".join(str(part).upper() for part in path if isinstance(part, str))
    if kind == "file" and file is not None:
        line = line_of(lines, path)
        return f"{file.name}, line {line}" if line else file.name
    return ""


def _problem(
    detail: ErrorDetails, origins: Mapping[KeyPath, Origin], file: Path | None, lines: dict[KeyPath, int]
) -> Problem:
    path, words, _ = explain(detail, Settings)
    key = str(path[-1]).lower() if path else ""
    if detail["type"] == "extra_forbidden" and any(word in key for word in _SECRETS):
        words = "secrets do not belong here: name the entry, and keep the secret in the credentials file"
    origin = _origin_of(origins, path)
    if origin.kind == "environment":
        return Problem("environment", 0, 0, origin.where, words)
    return Problem(str(file or "configuration"), line_of(lines, path), 1, dotted(path), words)


def _origin_of(origins: Mapping[KeyPath, Origin], path: KeyPath) -> Origin:
    near = path
    while near:
        if near in origins:
            return origins[near]
        near = near[:-1]
    return next((o for found, o in origins.items() if path and found[: len(path)] == path), Origin("default"))


def _plain_leaves(data: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _plain_leaves(value, (*path, str(key)))
    elif isinstance(data, list) and data and all(isinstance(item, Mapping) for item in data):
        for number, item in enumerate(data):
            yield from _plain_leaves(item, (*path, number))
    else:
        yield path, data


def _leaves(data: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    if isinstance(data, BaseModel):
        for name in type(data).model_fields:
            yield from _leaves(getattr(data, name), (*path, name))
    elif isinstance(data, tuple) and data and all(isinstance(item, BaseModel) for item in data):
        for number, item in enumerate(data):
            yield from _leaves(item, (*path, number))
    else:
        yield path, data
