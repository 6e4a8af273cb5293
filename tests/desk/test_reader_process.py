"""The Reader in a real child process: same readings, one restart, never a hang, nothing on the command line."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from casebook.errors import ReaderUnavailable
from desk.reader_process import ReaderProcess
from monitor.reader import build_reader

ROOT = Path(__file__).parents[2]
REAL = """
import sys
from monitor.filters import serve
from monitor.reader import build_reader
sys.exit(serve(build_reader({"sites": ["Northvale General"]}), sys.stdin.buffer, sys.stdout.buffer))
"""
ANSWER = (
    '{"id": q["id"], "findings": [], "why_unread": "", "assessment": {"relevant": True, "severity": 0, "sentiment": 0,'
    ' "intent": "story", "risks": [], "themes": [],'
    ' "needs_reply": "no", "language": "en", "unsure": False, "reasons": []}}'
)


def child(tmp_path: Path, body: str, **patience: float) -> ReaderProcess:
    """A scripted child: `body` runs for each question `q`, may `say(...)`, and `runs` counts its starts."""
    script = textwrap.dedent(
        """
        import json, os, pathlib, sys, time
        counter = pathlib.Path(sys.argv[1])
        runs = len(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text("x" * runs)
        def say(answer):
            sys.stdout.write(json.dumps(answer) + chr(10)); sys.stdout.flush()
        for line in sys.stdin:
            q = json.loads(line)
        """
    ) + textwrap.indent(textwrap.dedent(body), "    ")
    return ReaderProcess([sys.executable, "-c", script, str(tmp_path / "runs")], **patience)


@pytest.fixture(scope="module")
def real() -> Iterator[ReaderProcess]:
    process = ReaderProcess([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{REAL}"])
    yield process
    process.close()


@pytest.mark.parametrize(
    "text",
    [
        "nurse Karen at Northvale General",
        "line\u2028one\nDr Patel \ud800 🙂",
        "",
        "Dziękuję bardzo, ale moja mama czekała na lekarza i nie było nikogo",
    ],
)
def test_a_child_reads_as_the_reader_itself_does(real: ReaderProcess, text: str) -> None:
    own = build_reader({"sites": ["Northvale General"]})
    assert real.read(text, channel="x") == own.read(text, channel="x")


def test_several_threads_each_get_their_own_answer(real: ReaderProcess) -> None:
    wrong: list[int] = []

    def ask(count: int) -> None:
        text = "calm " * count + "nurse Karen"
        found = real.read(text).findings or ()
        if [f.start for f in found] != [len(text) - 5]:
            wrong.append(count)

    threads = [threading.Thread(target=ask, args=(count,)) for count in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_is_started_before_the_first_question(tmp_path: Path) -> None:
    child(tmp_path, f"say({ANSWER})").close()
    assert not (tmp_path / "runs").exists()


def test_a_child_that_dies_once_is_started_once_more(tmp_path: Path) -> None:
    process = child(tmp_path, f"if runs == 1: sys.exit(3)\nsay({ANSWER})")
    assert process.read("hello").findings == ()
    assert (tmp_path / "runs").read_text() == "xx"
    process.close()


@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        "time.sleep(60)",
        "say('nonsense')",
        "say({'id': 'other'})",
        "say({'id': q['id'], 'error': 'no'})",
        "os.close(1); time.sleep(60)",
    ],
    ids=["dies", "silent", "nonsense", "another's answer", "error", "closes its side"],
)
def test_a_child_that_fails_twice_is_unavailable_and_not_left_running(tmp_path: Path, body: str) -> None:
    process = child(tmp_path, body, start_seconds=1.5, answer_seconds=1.5)
    with pytest.raises(ReaderUnavailable) as caught:
        process.read("my secret words")
    assert "secret" not in str(caught.value)
    assert process._child is None
    assert (tmp_path / "runs").read_text() == "xx"


def test_after_being_unavailable_the_next_question_tries_again(tmp_path: Path) -> None:
    process = child(tmp_path, f"if runs < 3: sys.exit(3)\nsay({ANSWER})")
    with pytest.raises(ReaderUnavailable):
        process.read("hello")
    assert process.read("hello").findings == ()
    process.close()


def test_an_answer_naming_an_unknown_entity_is_not_believed(tmp_path: Path) -> None:
    body = f"a = {ANSWER}\na['findings'] = [dict(start=0, end=1, entity='SHOE', score=1)]\nsay(a)"
    with pytest.raises(ReaderUnavailable):
        child(tmp_path, body).read("x")


def test_a_command_that_does_not_exist_is_unavailable() -> None:
    with pytest.raises(ReaderUnavailable):
        ReaderProcess(["/nonexistent/reader"]).read("x")


def test_the_desks_side_loads_no_engine() -> None:
    import subprocess

    heavy = "{'presidio_analyzer', 'spacy', 'monitor'}"
    code = f"import sys, desk.reader_process; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_child_that_does_not_take_the_question_is_given_up_and_holds_nobody_up() -> None:
    deaf = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = ReaderProcess(deaf, start_seconds=1, answer_seconds=1)
    refused: list[type[BaseException]] = []

    def ask() -> None:
        try:
            process.read("calm " * 100_000)
        except ReaderUnavailable as error:
            refused.append(type(error))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout=30)
    assert refused == [ReaderUnavailable]
    assert process._child is None


def test_a_long_question_reaches_a_child_that_reads_slowly(tmp_path: Path) -> None:
    process = child(tmp_path, f"time.sleep(0.2)\nsay({ANSWER})")
    assert process.read("calm " * 200_000).findings == ()
    assert process.read("calm " * 200_000).findings == ()
    process.close()
