"""A desk full of hostile posts, run by its test under a real terminal: `hostile_desk.py FOLDER`, NETS=on|off."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from textual.content import Content

from desk.terminal import foreign
from desk.terminal.app import DeskApp
from desk.terminal.gateway import Gateway
from tests.desk.terminal.hostile import ALL
from tests.support.books import hear, rehearsal_book


def main() -> None:
    """Open the desk; without the nets, text goes to the widgets as it came."""
    book = rehearsal_book(Path(sys.argv[1]))
    for number, text in enumerate(ALL):
        hear(book, text, conversation=f"c{number // 10}", severity=3)
    if os.environ["NETS"] == "off":
        foreign.shown = lambda text, **_: Content(text.encode("utf-8", "replace").decode())
        foreign.line = lambda text, *_, **__: Content(text.encode("utf-8", "replace").decode())
        DeskApp.get_line_filters = lambda app: []
    DeskApp(Gateway(book, rehearsal=True)).run()


main()
