"""The command `voicedesk`: every group in its place, and the desk itself when no word is given."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from desk.cli import (
    auditing,
    budgets,
    complaining,
    correcting,
    database,
    doctor,
    explaining,
    filtering,
    keys,
    listening,
    looking,
    opening,
    policy,
    replying,
    revealing,
    sending,
    setting_up,
    sharing,
    signing,
    staff,
    watching,
    working,
)
from desk.cli.frame import ConfigFile, Desk, UsedWrongly, Wishes, guarded, out

GROUPS = (
    opening, setting_up, doctor, explaining, keys, signing, listening, watching, budgets, looking, working, complaining,
    replying, sending, revealing, correcting, sharing, policy, auditing, staff, database, filtering,
)  # fmt: skip
"""In the order in which help lists them."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="voicedesk",
        help="A social media monitoring and response desk. With no word it opens the desk in the terminal.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        epilog="stdout is data, stderr is talk. Exit 0 done, 1 refused or failed, 2 used wrongly.",
    )
    app.callback(invoke_without_command=True)(_root)
    for group in GROUPS:
        group.register(app)
    return app


def _root(
    ctx: typer.Context,
    config: ConfigFile = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="SECTION.KEY=VALUE", help="Use this setting, whatever the file says. No secrets."
        ),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    """Open the desk, or run one of its commands."""
    guarded(lambda: _wish(ctx, config, settings or []))
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed

        try:
            out(f"voicedesk {installed('voicedesk')}")
        except PackageNotFoundError:
            out("voicedesk (not installed)")
        raise typer.Exit(0)
    if ctx.invoked_subcommand is None:
        desk = Desk(ctx.obj)
        try:
            guarded(lambda: opening.open_desk(desk))
        finally:
            desk.close()


def _wish(ctx: typer.Context, config: Path | None, settings: list[str]) -> None:
    """Keep what was wished before the command's name; the values are read as TOML, anything else as text."""
    typed: dict[str, dict[str, Any]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        section, dot, key = name.strip().partition(".")
        if not equals or not dot:
            raise UsedWrongly(
                "Write --set SECTION.KEY=VALUE, for example --set casebook.path=/srv/desk/casebook.db"
            )
        try:
            typed.setdefault(section, {})[key] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            typed.setdefault(section, {})[key] = value
    ctx.obj = Wishes(config=config, typed=typed)
