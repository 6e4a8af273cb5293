"""Writes `docs/commands.md` from the commands themselves: run it after changing one; a test compares.

python docs/make_commands.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

TARGET = Path(__file__).with_name("commands.md")
SHARED = ("--config", "--no-input", "--json", "--dry-run", "--help")

HEAD = """# Commands

This page is made from the commands themselves (`python docs/make_commands.py`); `voicedesk COMMAND --help` says the
same.

`voicedesk` with no word opens the desk in the terminal. Every act of the desk has a line command, for screen readers
and scripts.

What holds for all of them:

* Data goes to stdout, talk to stderr. The exit code is 0 when it was done, 1 when it was refused or failed, 2 when the
  command was used wrongly. Nothing is half done: a refusal changes nothing.
* `--config FILE` uses another configuration than the usual one (see [configuration](configuration.md)).
* `--no-input` never asks; where an answer is missing the command ends with exit code 2.
* `--dry-run`, where something would be changed, tries everything with every check and keeps nothing.
* `--json`, where something is listed or shown, prints one envelope: `{"schema": 1, "kind": …, "data": …}`. Within one
  schema number fields are only ever added.
* Secrets never come as arguments. Passwords are typed unseen, or are the first line of a file or of stdin.
* Texts (notes, replies, reasons) come from `--file FILE`, from stdin, from your editor (`VISUAL`, `EDITOR`), or are
  typed, ended by a line with a single full stop.
* Line commands act as the person who signed in at this terminal with `voicedesk login`. Another terminal starts signed
  out. What your roles do not allow is refused.
* Text from outside is printed with its control and invisible characters made visible, and set in, so that no post can
  pass for a line of the desk's own.
"""


def page() -> str:
    """The whole page."""
    from desk.cli.app import build

    parts = [HEAD, *_commands(typer.main.get_command(build()), "voicedesk"), _kinds()]
    return "\n".join(parts).rstrip() + "\n"


def _commands(command: Any, words: str) -> Iterator[str]:
    for name, inner in command.commands.items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{words} {name}")
        else:
            yield _command(inner, f"{words} {name}")


def _command(command: Any, words: str) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    own = [o for o in options if not set(o.opts) & set(SHARED)]
    shared = [name for name in ("--json", "--dry-run") if any(name in o.opts for o in options)]
    usage = " ".join([words, *(_argument(a) for a in arguments)])
    lines = [f"## {usage}", "", _paragraphs(command.help), ""]
    lines += [f"* `{_argument(a)}` {a.help}" for a in arguments]
    lines += [_option(command, option) for option in own]
    if shared:
        lines.append(f"* also {' and '.join(f'`{name}`' for name in shared)}")
    return "\n".join(lines).rstrip() + "\n"


def _paragraphs(help_text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in help_text.split("\n\n"))


def _argument(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper()).strip("[]")
    return name if argument.required else f"[{name}]"


def _option(command: Any, option: Any) -> str:
    """An option as help shows it: its name with what it takes, what it does, its default and limits."""
    name, words = option.get_help_record(typer.Context(command, info_name=command.name))
    return f"* `{' '.join(name.split())}` {' '.join(words.split())}"


def _kinds() -> str:
    from desk.cli.envelope import FIELDS

    lines = ["## What JSON holds", "", "| kind | fields |", "|---|---|"]
    lines += [f"| `{kind}` | {', '.join(f'`{name}`' for name in names)} |" for kind, names in FIELDS.items()]
    lines += ["", "`post`, `event`, `draft` and `finding` are parts of a `case`. Times are ISO 8601 in UTC."]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    TARGET.write_text(page(), encoding="utf-8")
