"""Draw the picture of the desk that the README shows: the real app over a rehearsal, at a fixed moment.

`make picture` writes docs/desk.svg again. The posts are the practice network's, read by the real Reader.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from desk.cli.rehearsal import ORGANISATION, rehearsal
from desk.terminal.app import DeskApp
from desk.terminal.gateway import Gateway
from monitor.channels.practice import build
from monitor.reader import build_reader
from monitor.service import Monitor

WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SIZE = (120, 30)


async def draw(target: Path) -> None:
    """Hear the posts of the first minutes, sign in as the responder, open the queue, keep the screen."""
    reader = build_reader(ORGANISATION)
    with rehearsal(reader, clock=lambda: WHEN) as (_, book):
        channel = build(lambda: WHEN, started_at=WHEN.replace(minute=26))
        Monitor(book, {"practice": channel}, reader, owner="picture").once()
        app = DeskApp(Gateway(book, rehearsal=True), poll_seconds=3600)
        async with app.run_test(size=SIZE) as pilot:
            gateway = app.gateway
            app.welcome(gateway.rehearse_as("responder"))
            for _ in range(20):
                await pilot.pause(0.1)
            # The fonts that Textual names lie on a public server; a picture must not ask it for anything.
            target.write_text(
                re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="voicedesk"), flags=re.S)
            )


if __name__ == "__main__":
    os.environ.setdefault("TERM", "xterm-256color")
    os.environ.setdefault("COLORTERM", "truecolor")
    asyncio.run(draw(Path(__file__).parent / "desk.svg"))
