"""The Reader as a child process, so that the desk starts and draws without loading the engine.

It speaks the lines of `monitor.filters.serve`, one question at a time. A child that dies, answers nonsense,
does not take the question or says nothing in time is ended and started once more; then `ReaderUnavailable` is
raised, and the act that needed a reading does not happen. No text reaches a log, a message or the command line.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from casebook.errors import ReaderUnavailable
from casebook.ports import Reading
from policies.facts import Assessment, Reason
from redaction.text import ENTITIES, Finding

START_SECONDS = 60.0
"""How long the first answer of a new child may take: it loads the engine first."""
ANSWER_SECONDS = 20.0
"""How long any later answer may take."""


class _Broken(Exception):
    """The child died, was silent or made no sense."""


class ReaderProcess:
    """Implements `casebook.ports.Reader`. Starts its child when first asked; safe to call from several threads."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        start_seconds: float = START_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """Say how the child is started; nothing is started yet.

        Args:
            argv: the command that serves the lines on its stdin and stdout.
            env: the child's whole environment; None for our own.
            start_seconds: patience for a new child's first answer.
            answer_seconds: patience for every later answer.
        """
        self._argv = list(argv)
        self._env = dict(env) if env is not None else None
        self._patience = (start_seconds, answer_seconds)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        self._asked = 0
        self._answered = False

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        """Read one text in the child.

        Raises:
            ReaderUnavailable: the child did not answer, and a second one did not either.
        """
        with self._lock:
            for _attempt in range(2):
                try:
                    return self._ask(text, channel, fields or {})
                except _Broken:
                    self._end()
            raise ReaderUnavailable()

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, text: str, channel: str, fields: Mapping[str, str]) -> Reading:
        child = self._running()
        self._asked += 1
        name = str(self._asked)
        request = {"id": name, "text": text, "channel": channel, "fields": dict(fields)}
        ends = time.monotonic() + self._patience[self._answered]
        _put(child, json.dumps(request, ensure_ascii=True).encode("ascii") + b"\n", ends)
        return _reading(self._answer(ends), name)

    def _answer(self, ends: float) -> bytes:
        try:
            line = self._answers.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            raise _Broken from None
        if line is None:
            raise _Broken
        self._answered = True
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            try:
                child = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=self._env,
                )
            except OSError:
                raise _Broken from None
            assert child.stdin is not None
            os.set_blocking(child.stdin.fileno(), False)
            self._child, self._answers, self._answered = child, queue.Queue(), False
            threading.Thread(target=_listen, args=(child, self._answers), daemon=True).start()
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        return  # what was left to flush went to a child that is gone


def _put(child: subprocess.Popen[bytes], line: bytes, ends: float) -> None:
    """Give the child a line; a child that does not read in time is broken, or it would hold us for ever."""
    assert child.stdin is not None
    pipe, left = child.stdin.fileno(), memoryview(line)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_WRITE)
            while left:
                if not selector.select(max(0.0, ends - time.monotonic())):
                    raise _Broken
                left = left[os.write(pipe, left) :]
    except (OSError, ValueError):
        raise _Broken from None


def _listen(child: subprocess.Popen[bytes], answers: queue.Queue[bytes | None]) -> None:
    """Pass the child's lines on; None when it has closed its side."""
    assert child.stdout is not None
    try:
        for line in child.stdout:
            answers.put(line)
    except (OSError, ValueError):
        pass  # closed under us while ending
    answers.put(None)


def _reading(line: bytes, name: str) -> Reading:
    """The Reading in an answer; an answer to another question, or none at all, is a broken child."""
    try:
        answer = json.loads(line)
        if answer["id"] != name or "error" in answer:
            raise _Broken
        found = answer["findings"]
        findings = None if found is None else tuple(_finding(item) for item in found)
        return Reading(findings, _assessment(answer["assessment"]), str(answer["why_unread"]))
    except (ValueError, KeyError, TypeError):
        raise _Broken from None


def _finding(item: Mapping[str, Any]) -> Finding:
    if item["entity"] not in ENTITIES:
        raise _Broken
    return Finding(int(item["start"]), int(item["end"]), str(item["entity"]), float(item["score"]))


def _assessment(item: Mapping[str, Any]) -> Assessment:
    return Assessment(
        relevant=bool(item["relevant"]),
        severity=int(item["severity"]),
        sentiment=int(item["sentiment"]),
        intent=str(item["intent"]),
        risks=tuple(item["risks"]),
        themes=tuple(item["themes"]),
        needs_reply=str(item["needs_reply"]),
        language=str(item["language"]),
        unsure=bool(item["unsure"]),
        reasons=tuple(Reason(str(r["label"]), int(r["start"]), int(r["end"])) for r in item["reasons"]),
    )
