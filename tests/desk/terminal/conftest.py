"""The terminal's tests: one zone for every clock on screen, and a gate that does not wait for pauses."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from desk.terminal.screens import compose


@pytest.fixture(autouse=True)
def _steady_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/London")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    monkeypatch.setattr(compose, "PAUSE", 0.01)
    monkeypatch.setattr(compose, "RETRY", 0.05)
    yield
    monkeypatch.undo()
    time.tzset()
