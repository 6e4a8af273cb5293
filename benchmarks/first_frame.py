"""How long from the start of the process to the desk's first frame, beside a Python that does nothing.

Each run is a process of its own over a rehearsal's casebook, in a pseudo-terminal of 120×40; the first frame
is the first moment at which the sign-in screen's words have been written to the terminal.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from casebook.model import Mode
from desk.cli.rehearsal import Rehearsal

_OPEN = (
    "import sys; from pathlib import Path; from desk.cli.rehearsal import Rehearsal; "
    "from desk.terminal.app import DeskApp; from desk.terminal.gateway import Gateway; "
    "book = Rehearsal(Path(sys.argv[1])).open(None); DeskApp(Gateway(book, rehearsal=True)).run()"
)
_RUNS = 5


def measure() -> list[Figure]:
    """The fastest of five starts."""
    with tempfile.TemporaryDirectory() as folder:
        made = Rehearsal(Path(folder))
        (made.folder / "key").write_text(os.urandom(32).hex())
        book = made.make(None)  # type: ignore[arg-type]
        assert book.queries.organisation().mode is Mode.REHEARSAL
        book.store.close()
        ours = min(_until([sys.executable, "-c", _OPEN, folder], b"Responder") for _ in range(_RUNS))
        bare = min(_until([sys.executable, "-c", "print('Responder')"], b"Responder") for _ in range(_RUNS))
    return [
        Figure(
            "start of the process to the first frame", ours * 1000, bare * 1000, "ms", "a Python that prints"
        )
    ]


def _until(command: list[str], words: bytes) -> float:
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"})
        os.execv(command[0], command)
    seen, taken = b"", 0.0
    while time.perf_counter() - began < 30:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            break
        if words in seen:
            taken = time.perf_counter() - began
            break
    os.kill(child, 9)
    os.waitpid(child, 0)
    os.close(terminal)
    if not taken:
        raise RuntimeError("the desk showed no first frame")
    return taken
