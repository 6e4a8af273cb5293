"""What commands ask for: texts, passwords and answers. Passwords never come as arguments; `--no-input` never asks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from desk.cli.editing import edited
from desk.cli.frame import Desk, UsedWrongly, say

LARGEST = 100_000
"""Characters of a text; the longest reply any network takes is a tenth of it."""
_EDITORS = ("VISUAL", "EDITOR")

TextFile = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", help="File with the text; - reads it from stdin.", allow_dash=True
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File whose first line is the password; - reads it from stdin.",
        allow_dash=True,
    ),
]


def text(desk: Desk, what: str, *, file: Path | None = None, given: str | None = None) -> str:
    """A text: from its option, a file, stdin, an editor or typed lines, whichever there is.

    Args:
        desk: the command's desk.
        what: what it is, in words ("the note").
        file: the value of `--file`.
        given: the value of an option that holds the text itself.

    Raises:
        UsedWrongly: there is none and nobody can be asked, or the file cannot be read.
    """
    if given is not None:
        return given
    if file is not None and str(file) != "-":
        return _file_text(file)
    if file is not None or not sys.stdin.isatty():
        return _bounded(sys.stdin.read(LARGEST + 1))
    if desk.wishes.no_input:
        raise UsedWrongly(f"Give {what} with --file FILE, or on stdin with --file -.")
    editor = next((os.environ[name] for name in _EDITORS if os.environ.get(name)), "")
    if not editor:
        return _typed(what)
    with edited(editor) as written:
        return _file_text(written)


def lines_unseen(desk: Desk, what: str, count: int, *, file: Path | None = None) -> str:
    """Lines that are a secret: from a file or stdin, or typed unseen one by one; no editor ever sees them.

    Raises:
        UsedWrongly: there are none and nobody can be asked, or the file cannot be read.
    """
    if file is not None or not sys.stdin.isatty() or desk.wishes.no_input:
        return text(desk, what, file=file)
    say(f"Type {what}, one after the other. They are not shown.")
    return "\n".join(
        str(typer.prompt(f"Line {number}", hide_input=True, err=True)) for number in range(1, count + 1)
    )


def password(desk: Desk, prompt: str, file: Path | None = None, *, confirm: bool = False) -> str:
    """A password: the first line of a file or of stdin, or typed unseen.

    Raises:
        UsedWrongly: there is none and nobody can be asked, or two typings differ.
    """
    if file is not None and str(file) != "-":
        return _file_text(file).partition("\n")[0].rstrip("\r")
    if file is not None or not sys.stdin.isatty():
        line = sys.stdin.readline(LARGEST)
        if not line:
            raise UsedWrongly("Give the password with --password-file FILE, or on stdin.")
        return line.rstrip("\r\n")
    if desk.wishes.no_input:
        raise UsedWrongly("Give the password with --password-file FILE, or on stdin with --password-file -.")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def answer(desk: Desk, question: str, given: str | None, option: str, default: str | None = None) -> str:
    """A short answer: the option's value, else asked for.

    Raises:
        UsedWrongly: it is missing and nobody can be asked.
    """
    if given:
        return given
    if desk.wishes.no_input or not sys.stdin.isatty():
        if default is not None:
            return default
        raise UsedWrongly(f"Give {option}.")
    return str(typer.prompt(question, default=default, err=True)).strip()


def yes(desk: Desk, question: str) -> bool:
    """A yes or no, no by default; without a person to ask, no."""
    if desk.wishes.no_input or not sys.stdin.isatty():
        return False
    return typer.confirm(question, default=False, err=True)


def _file_text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return _bounded(opened.read(LARGEST + 1))
    except UnicodeDecodeError:
        raise UsedWrongly(f"{file} is not UTF-8 text.") from None
    except OSError as error:
        raise UsedWrongly(f"{file} cannot be read: {error.strerror}.") from None


def _bounded(found: str) -> str:
    if len(found) > LARGEST:
        raise UsedWrongly(f"The text is longer than {LARGEST:,} characters.")
    return found


def _typed(what: str) -> str:
    say(f"Type {what}; a line with a single full stop ends it.")
    lines: list[str] = []
    for line in sys.stdin:
        if line.rstrip("\r\n") == ".":
            break
        lines.append(line)
    return _bounded("".join(lines))
