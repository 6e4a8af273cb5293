"""The filters' lines: every one answered, in order, byte-safe, and nothing of a text told in an error."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import pytest

from casebook.ports import Reading
from monitor.filters import assess_lines, each_line, redact_lines, serve
from monitor.found import Found
from policies.facts import Assessment, Reason
from redaction.text import Finding

Filter = Callable[[Any, BinaryIO, BinaryIO], int]


class Scripted:
    """A reader that marks "Karen" and refuses Polish; it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str] | None]] = []

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        self.asked.append((text, channel, fields))
        if "boom" in text:
            raise RuntimeError(text)
        if "dzień" in text:
            return Reading(None, Assessment(language="pl", unsure=True), "language")
        at = text.find("Karen")
        found = (Finding(at, at + 5, "PERSON", 0.9),) if at >= 0 else ()
        return Reading(
            found, Assessment(severity=1, risks=("data_breach",), reasons=(Reason("data_breach", 0, 1),))
        )

    def find(self, text: str, *, fields: Mapping[str, str] | None = None) -> Found:
        reading = self.read(text, fields=fields)
        return Found(reading.findings, reading.why_unread)


def run(which: Filter, *lines: bytes) -> tuple[int, list[dict[str, Any]], bytes]:
    out = io.BytesIO()
    status = which(Scripted(), io.BytesIO(b"\n".join(lines) + b"\n"), out)
    return status, [json.loads(line) for line in out.getvalue().split(b"\n") if line], out.getvalue()


def line(name: object, text: object, **more: object) -> bytes:
    return json.dumps({"id": name, "text": text, **more}, ensure_ascii=False).encode("utf-8", "surrogatepass")


def test_redact_answers_with_the_sealed_text_and_its_findings() -> None:
    status, answers, _ = run(redact_lines, line("7", "nurse Karen stayed"))
    assert status == 0
    assert answers == [
        {
            "id": "7",
            "text": "nurse ⟦name 1⟧ stayed",
            "findings": [{"start": 6, "end": 11, "entity": "PERSON", "group": "direct", "score": 0.9}],
        }
    ]


def test_assess_answers_with_exactly_its_fields() -> None:
    _, answers, _ = run(assess_lines, line("a", "hello", channel="x"))
    assert list(answers[0]) == [
        "id", "relevant", "severity", "sentiment", "intent", "risks", "themes", "needs_reply", "language",
        "unsure", "reasons",
    ]  # fmt: skip
    assert answers[0]["risks"] == ["data_breach"]
    assert answers[0]["reasons"] == [{"label": "data_breach", "start": 0, "end": 1}]


def test_assess_answers_for_a_text_that_cannot_be_read() -> None:
    status, answers, _ = run(assess_lines, line("a", "przez cały dzień"))
    assert (status, answers[0]["unsure"], answers[0]["language"]) == (0, True, "pl")


def test_redact_gives_an_unread_text_back_as_an_error_without_it() -> None:
    status, answers, raw = run(redact_lines, line("a", "przez cały dzień"))
    assert (status, answers) == (1, [{"id": "a", "error": "not yet safe: language"}])
    assert b"przez" not in raw


def test_every_bad_line_is_answered_in_its_place_and_the_exit_is_one() -> None:
    status, answers, raw = run(
        redact_lines,
        line("1", "a"),
        b"{not json Karen",
        b"[1]",
        line(4, "a"),
        line("5", 9),
        line("6", "boom Karen"),
        line("7", "z"),
    )
    assert status == 1
    assert [answer["id"] for answer in answers] == ["1", None, None, None, "5", "6", "7"]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, True, False]
    assert b"Karen" not in raw


def test_deep_nesting_and_broken_bytes_are_bad_lines_and_the_next_is_answered() -> None:
    status, answers, _ = run(redact_lines, b"[" * 100_000, b"\xff\xfe", line("3", "fine"))
    assert status == 1
    assert answers[-1]["text"] == "fine"


def test_line_separators_inside_a_text_split_no_line() -> None:
    status, answers, _ = run(redact_lines, line("1", "a\u2028b\u0085c\rd"))
    assert (status, len(answers), answers[0]["text"]) == (0, 1, "a\u2028b\u0085c\rd")


@pytest.mark.parametrize("raw", [line("\udc00", "x \ud800 y"), b'{"id":"\\udc00","text":"x \\ud800 y"}'])
def test_lone_surrogates_break_nothing_and_an_id_comes_back_as_it_went_in(raw: bytes) -> None:
    _, answers, out = run(redact_lines, raw)
    assert (answers[0]["id"], answers[0]["text"]) == ("\udc00", "x \ufffd y")
    assert out.isascii()


def test_unknown_keys_are_ignored_and_blank_lines_skipped() -> None:
    status, answers, _ = run(redact_lines, b"", line("1", "a", colour="red", fields=7), b"  ")
    assert (status, len(answers)) == (0, 1)


@pytest.mark.parametrize("which", [redact_lines, assess_lines, serve])
def test_each_answer_comes_before_the_next_line_is_sent(which: Filter) -> None:
    asked, answers = os.pipe(), os.pipe()
    with (
        open(asked[0], "rb") as incoming,
        open(answers[1], "wb") as outgoing,
        open(asked[1], "wb") as send,
        open(answers[0], "rb") as receive,
        ThreadPoolExecutor(1) as beside,
    ):
        ended = beside.submit(which, Scripted(), incoming, outgoing)
        for name in ("1", "2", "3"):
            send.write(line(name, "a") + b"\n")
            send.flush()
            assert json.loads(receive.readline())["id"] == name
        send.close()
        assert ended.result(timeout=10) == 0


def test_answers_keep_their_order_however_long_one_takes() -> None:
    class Slow(Scripted):
        def find(self, text: str, *, fields: Mapping[str, str] | None = None) -> Found:
            if text == "slow":
                released.wait(5)
            released.set()
            return super().find(text, fields=fields)

    released, out = threading.Event(), io.BytesIO()
    lines = [line("0", "slow"), *(line(str(n), "quick") for n in range(1, 200))]
    assert redact_lines(Slow(), io.BytesIO(b"\n".join(lines)), out) == 0
    assert [json.loads(raw)["id"] for raw in out.getvalue().splitlines()] == [str(n) for n in range(200)]


def test_a_reader_of_the_answers_that_leaves_ends_the_filter_with_a_failure() -> None:
    class Left(io.BytesIO):
        def write(self, _: Any) -> int:
            raise BrokenPipeError

    assert redact_lines(Scripted(), io.BytesIO(line("1", "a") + b"\n" + line("2", "b")), Left()) == 1


def test_a_filter_ends_when_its_reader_has_left_though_its_input_never_ends() -> None:
    class Left(io.BytesIO):
        def write(self, _: Any) -> int:
            raise BrokenPipeError

    def endless() -> Any:
        while True:
            yield line("1", "a") + b"\n"

    assert redact_lines(Scripted(), endless(), Left()) == 1


def test_an_answer_that_cannot_be_written_is_an_error_of_its_line_alone() -> None:
    out = io.BytesIO()
    lines = io.BytesIO(line("1", "a") + b"\n" + line("2", "b") + b"\n")
    odd = iter([{"text": object()}, {"text": "fine"}])
    assert each_line(lines, out, lambda _: next(odd), 2) == 1
    answers = [json.loads(raw) for raw in out.getvalue().splitlines()]
    assert answers == [{"id": "1", "error": "this line could not be answered"}, {"id": "2", "text": "fine"}]


def test_serve_gives_the_whole_reading_and_passes_the_fields_on() -> None:
    reader, out = Scripted(), io.BytesIO()
    serve(
        reader, io.BytesIO(line("1", "Karen", channel="x", fields={"language": "en", "odd": 3}) + b"\n"), out
    )
    answer = json.loads(out.getvalue())
    assert set(answer) == {"id", "findings", "assessment", "why_unread"}
    assert reader.asked == [("Karen", "x", {"language": "en"})]


def test_serve_gives_null_findings_for_a_text_that_cannot_be_read() -> None:
    _, answers, _ = run(serve, line("1", "przez cały dzień"))
    assert (answers[0]["findings"], answers[0]["why_unread"]) == (None, "language")
