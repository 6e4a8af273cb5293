"""The filters' lines: every one answered, in order, byte-safe, and nothing of a text told in an error."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import pytest

from casebook.ports import Reader, Reading
from monitor.filters import assess_lines, redact_lines, serve
from policies.facts import Assessment, Reason
from redaction.text import Finding

Filter = Callable[[Reader, BinaryIO, BinaryIO], int]


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


def test_each_answer_is_flushed_before_the_next_line_is_read() -> None:
    events: list[str] = []

    class Incoming(io.BytesIO):
        def __next__(self) -> bytes:
            events.append("read")
            return super().__next__()

    class Outgoing(io.BytesIO):
        def flush(self) -> None:
            events.append("flush")

    redact_lines(Scripted(), Incoming(line("1", "a") + b"\n" + line("2", "b") + b"\n"), Outgoing())
    assert events[:4] == ["read", "flush", "read", "flush"]


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
