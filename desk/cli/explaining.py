"""`config explain`: each setting, and where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from desk.cli.frame import Desk, command
from desk.cli.plain import visible
from desk.configuration import Configuration
from desk.keys import VARIABLE
from desk.settings import PREFIX, Settings


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="See the configuration.", no_args_is_help=True)
    command(group, "explain", shows=True)(explain)
    app.add_typer(group, name="config")


def explain(desk: Desk) -> None:
    """Show each setting, its value and where it came from. Secrets are shown as "set" or "not set"."""
    configuration = desk.configuration
    rows = [
        {"setting": name, "value": in_words(value), "origin": origin.kind, "where": origin.where}
        for name, value, origin in configuration.explained()
    ]
    rows += _files(configuration)
    rows += _secrets(os.environ)
    lines = [
        f"{row['setting']} = {visible(row['value'])}  ({row['origin']}{': ' + row['where'] if row['where'] else ''})"
        for row in rows
    ]
    desk.show("settings", rows, lines)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that begin like ours and mean nothing: a typing mistake, or a credential's name."""
    sections = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known = {VARIABLE, f"{PREFIX}CONFIG"}
    return sorted(
        name
        for name in environ
        if name.startswith(PREFIX) and name not in known and name.split("__")[0] not in sections
    )


def in_words(value: object) -> str:
    """A setting's value on one line."""
    if value is None or value == "" or value == ():
        return "not set"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _files(configuration: Configuration) -> list[dict[str, str]]:
    places = (
        ("configuration file", configuration.file),
        ("key file", configuration.key_file),
        ("credentials file", configuration.credentials_file),
    )
    return [
        {
            "setting": name,
            "value": str(path) if path else "none",
            "origin": "there" if path and path.exists() else "not there",
            "where": "",
        }
        for name, path in places
    ]


def _secrets(environ: Mapping[str, str]) -> list[dict[str, str]]:
    """The key's variable and every credential in the environment: that they are set, never what they are."""
    names = [VARIABLE, *unknown_variables(environ)]
    return [
        {
            "setting": name,
            "value": "set" if environ.get(name) else "not set",
            "origin": "environment" if environ.get(name) else "default",
            "where": "",
        }
        for name in names
    ]
