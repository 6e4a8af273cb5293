"""What both storms share: peers as processes, children that are killed, and the count of phases hit."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FILES = {"bluesky": "bluesky_view"}


@contextmanager
def peer(name: str, state: Path, posts: int):
    """A network as a process of its own; gives its address."""
    arguments = [
        sys.executable,
        f"tests/peers/{_FILES.get(name, f'{name}_peer')}.py",
        "--port",
        "0",
        "--posts",
        str(posts),
    ]
    process = subprocess.Popen(
        [*arguments, "--state", str(state)], cwd=ROOT, stdout=subprocess.PIPE, env=_environment()
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def control(url: str, **asked: object) -> dict:
    """Ask a peer for something over its control address."""
    request = urllib.request.Request(f"{url}/_control", data=json.dumps(asked).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


class Storm:
    """Runs children and kills them."""

    def __init__(self, what: str, folder: Path, channel: str, url: str, seed: int) -> None:
        self._base = [sys.executable, "-m", "tests.slow.storm_child", what, str(folder), channel, url]
        self._step = folder / f"step-{what}-{channel}"
        self.phases: Counter[str] = Counter()
        self.kills = 0
        self._random = random.Random(seed)

    def die_at(self, step: str, nth: int) -> None:
        """Run a child that kills itself (-9) at the nth time it takes `step`."""
        child = self._start("--die-at", step, "--nth", str(nth))
        try:
            assert child.wait(timeout=60) == -signal.SIGKILL, f"the child ended before {step}"
        finally:
            child.kill()
        self._count()

    def die_at_random(self, longest: float) -> None:
        """Run a child and kill it (-9) at a random moment of its work."""
        child = self._start()
        time.sleep(self._random.uniform(0, longest))
        child.kill()
        child.wait(timeout=10)
        self._count()

    def run(self, ahead: float = 0.0) -> None:
        """Run a child to its end, with its clock so many seconds ahead."""
        child = self._start("--once", "--ahead", str(ahead))
        assert child.wait(timeout=180) == 0

    def _count(self) -> None:
        self.kills += 1
        self.phases[self._step.read_bytes().decode().strip()] += 1

    def _start(self, *more: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [*self._base, "--step", str(self._step), *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        return child


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
