"""`open`, and `voicedesk` with no word: the desk in the terminal. Also `demo`, the rehearsal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_state_dir

from desk.bootstrap import LazyReader
from desk.cli.frame import Desk, UsedWrongly, command, is_terminal, out


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "open")(open_desk)
    command(app, "demo")(demo)


def open_desk(desk: Desk) -> None:
    """Open the desk in this terminal."""
    if not is_terminal() or os.environ.get("TERM") == "dumb":
        raise UsedWrongly(
            "There is no terminal here that the desk can draw on. Every act has a line command: voicedesk --help"
        )
    book = desk.book
    from desk.terminal.app import DeskApp
    from desk.terminal.gateway import Gateway

    reader = book.reader
    start = reader.start if isinstance(reader, LazyReader) else None
    log = Path(user_state_dir("voicedesk", appauthor=False, ensure_exists=True)) / "crashes.log"
    app = DeskApp(Gateway(book, rehearsal=book.is_rehearsal(), on_reader_start=start), crash_log=log)
    app.run()
    if app.return_code:
        raise typer.Exit(1)


def demo(
    desk: Desk,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Tell the whole story in lines, without a terminal, and end by itself."),
    ] = False,
) -> None:
    """Rehearse with invented people on a practice network. Uses no configuration, key or credential of yours."""
    from desk.cli.demo import run_terminal, tell_plain

    code = (
        tell_plain(out) if plain or not is_terminal() or os.environ.get("TERM") == "dumb" else run_terminal()
    )
    if code:
        raise typer.Exit(code)
