"""`voicedesk demo`: a rehearsal that needs no server, key, account or network, and leaves nothing when it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from casebook.errors import CasebookError
from desk.children import argv_of, environment_of
from desk.cli.rehearsal import ORGANISATION, Rehearsal, rehearsal, utc_now

if TYPE_CHECKING:
    from casebook.book import Casebook
    from casebook.ports import Reader

NOTHING_LEFT = (
    "The rehearsal is over. Its casebook, its key and its network were removed; nothing is left behind."
)


def tell_plain(say: Callable[[str], None]) -> int:
    """The whole thread in lines, without a terminal; 0 when everything held, 1 when something did not."""
    from desk.cli.story import Story, StoryBroken
    from monitor.channels.practice import build
    from monitor.reader import build_reader
    from monitor.service import Monitor

    began = time.monotonic()
    say("voicedesk rehearsal: invented people, a practice network, nothing leaves this computer.")
    say("           starting the redaction engine …")
    reader = build_reader(ORGANISATION)
    try:
        with rehearsal(reader) as (_, book):
            channel = build(utc_now, visible_at_once=True)
            monitor = Monitor(book, {"practice": channel}, reader, owner="rehearsal")
            Story(book, monitor, channel.network, channel.network.script, say).tell()
    except (StoryBroken, CasebookError) as broken:
        say(f"FAILED     {broken}")
        return 1
    say(f"DONE       in {time.monotonic() - began:.1f} s. {NOTHING_LEFT}")
    return 0


def run_terminal(speed: float = 1.0) -> int:
    """The desk over a fresh rehearsal, with posts arriving while it is open."""
    from desk.bootstrap import reader_process
    from desk.terminal.app import DeskApp
    from desk.terminal.gateway import Gateway

    reader = reader_process(ORGANISATION)
    with rehearsal(reader) as (made, book):
        with listener(made, speed):
            app = DeskApp(Gateway(book, rehearsal=True, on_reader_start=partial(_wake, reader)))
            app.run()
        reader.close()
    print(NOTHING_LEFT)  # noqa: T201
    return 1 if app.return_code else 0


def _wake(reader: Reader) -> None:
    """Let the reading process start by reading one word, so that the first draft does not wait."""
    reader.read("ready")


class listener:
    """The rehearsal's monitor as a process of its own, ended with the desk."""

    def __init__(self, made: Rehearsal, speed: float) -> None:
        self._arguments = argv_of("desk.cli.demo", str(made.folder), str(speed))
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> None:
        # Its standard input stays open as long as the desk lives: when it closes, the listener ends.
        self._child = subprocess.Popen(
            self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment_of(os.environ),
        )

    def __exit__(self, *_: object) -> None:
        child = self._child
        if child is None:
            return
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def listen_to_practice(folder: Path, speed: float) -> None:
    """What the listener's process does: hear and send until its standard input closes."""
    from monitor.channels.practice import build
    from monitor.reader import build_reader
    from monitor.service import Monitor

    reader = build_reader(ORGANISATION)
    made = Rehearsal(folder)
    book: Casebook = made.open(reader)
    channel = build(utc_now, state=made.network, speed=speed)
    stop = threading.Event()

    def wait_for_the_desk() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=wait_for_the_desk, daemon=True).start()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    Monitor(book, {"practice": channel}, reader).run_until(stop)
    book.store.close()
    # The desk removes the folder too; this is for a desk that was killed and could not.
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    listen_to_practice(Path(sys.argv[1]), float(sys.argv[2]))
