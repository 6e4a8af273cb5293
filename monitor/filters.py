r"""The filters: one JSON object a line in, one out, in order, and nothing kept.

Lines end at "\n" alone (a post may hold U+2028). Every line is answered and flushed at once, so that a filter
can be a child process that is asked and answers. Output is ASCII: an id comes back as it went in, lone
surrogates and all (in a shown text they become U+FFFD, as where it is stored).
A bad line is answered with its id and an error that quotes nothing of it, and makes the exit status 1.
Fields: commands.md, "Filters".
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, Protocol

from casebook.ports import Reader, Reading
from monitor.found import Found
from policies.facts import Assessment
from redaction.text import Finding, Numbering, Profile, hide

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What makes the fields of an answer (its id apart) from those of a request."""


class BadLine(Exception):
    """This line is no request."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


class Unread(BadLine):
    """The text could not be read for personal data and stays sealed."""


THREADS = 2
"""Threads of a filter: the model leaves Python while it computes, so two texts are read at once on two cores."""
AHEAD = 64
"""Lines read before the oldest of them is answered: enough to keep two threads at work, and no more held."""


def each_line(incoming: BinaryIO, outgoing: BinaryIO, answer: Answer, threads: int = 1) -> int:
    """Answer every line of `incoming` on `outgoing`, in order; 0 when all went well, else 1.

    Blank lines are skipped. With more threads than one, later lines are read while earlier ones are worked on; each
    answer still leaves as soon as it and those before it are ready, whether or not more lines come.
    """
    if threads == 1:
        return _one_by_one(incoming, outgoing, answer)
    waiting: queue.Queue[Future[tuple[bytes, bool]] | None] = queue.Queue(AHEAD)
    failed, gone = threading.Event(), threading.Event()
    with ThreadPoolExecutor(threads, "filter") as pool:
        writer = _writer(waiting, outgoing, failed, gone)
        try:
            for raw in incoming:
                if gone.is_set():
                    break
                if raw.strip():
                    waiting.put(pool.submit(_line, raw, answer))
        finally:
            waiting.put(None)
            writer.join()
    return int(failed.is_set())


def _writer(
    waiting: queue.Queue[Future[tuple[bytes, bool]] | None],
    outgoing: BinaryIO,
    failed: threading.Event,
    gone: threading.Event,
) -> threading.Thread:
    """A thread, started, that writes answers in the order of their lines until `None` comes.

    It always empties the queue, so that whoever fills it never waits for ever; `gone` says that nobody reads any more.
    """

    def write() -> None:
        while (future := waiting.get()) is not None:
            try:
                line, good = future.result()
                if not gone.is_set():
                    outgoing.write(line)
                    outgoing.flush()
            except BaseException:  # noqa: BLE001 - whoever read the answers has left, or the program ends
                gone.set()
                good = False
            if not good:
                failed.set()

    writer = threading.Thread(target=write, name="filter writer")
    writer.start()
    return writer


def _one_by_one(incoming: BinaryIO, outgoing: BinaryIO, answer: Answer) -> int:
    failed = False
    for raw in incoming:
        if raw.strip():
            line, good = _line(raw, answer)
            failed = failed or not good
            outgoing.write(line)
            outgoing.flush()
    return int(failed)


def _line(raw: bytes, answer: Answer) -> tuple[bytes, bool]:
    reply, good = _reply(raw, answer)
    try:
        return _packed(reply), good
    except (TypeError, ValueError):
        return _packed({"id": reply["id"], "error": "this line could not be answered"}), False


def _packed(reply: Mapping[str, Any]) -> bytes:
    return json.dumps(reply, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


class Finder(Protocol):
    """Finds what identifies people in one text: `monitor.reader.Reader`."""

    def find(self, text: str, *, fields: Mapping[str, str] | None = None) -> Found:
        """The findings, or None and why there are none; never raises."""
        ...


def redact_lines(
    reader: Finder, incoming: BinaryIO, outgoing: BinaryIO, profile: Profile = Profile.LIST
) -> int:
    """The filter `redact --jsonl`: what `profile` hides is hidden; a text that cannot be read is a bad line."""
    return each_line(incoming, outgoing, lambda request: _redacted(reader, request, profile), THREADS)


def assess_lines(reader: Reader, incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """The filter `assess --jsonl`."""
    return each_line(
        incoming, outgoing, lambda request: assessment_fields(_read(reader, request).assessment), THREADS
    )


def serve(reader: Reader, incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """The desk's child process: `id, text, channel, fields` in, the whole Reading out."""
    return each_line(incoming, outgoing, lambda request: reading_fields(_read(reader, request)))


def reading_fields(reading: Reading) -> dict[str, Any]:
    """A Reading as plain data: `findings` (null when unread), `assessment`, `why_unread`."""
    found = None if reading.findings is None else finding_fields(reading.findings)
    return {
        "findings": found,
        "assessment": assessment_fields(reading.assessment),
        "why_unread": reading.why_unread,
    }


def finding_fields(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as plain data, with offsets in code points of the input."""
    return [
        {"start": f.start, "end": f.end, "entity": f.entity, "group": f.group.value, "score": f.score}
        for f in findings
    ]


def assessment_fields(assessment: Assessment) -> dict[str, Any]:
    """An Assessment as plain data, by the field names of commands.md."""
    return {
        "relevant": assessment.relevant,
        "severity": assessment.severity,
        "sentiment": assessment.sentiment,
        "intent": assessment.intent,
        "risks": list(assessment.risks),
        "themes": list(assessment.themes),
        "needs_reply": assessment.needs_reply,
        "language": assessment.language,
        "unsure": assessment.unsure,
        "reasons": [{"label": r.label, "start": r.start, "end": r.end} for r in assessment.reasons],
    }


def _redacted(reader: Finder, request: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    text = _text(request)
    found = reader.find(text, fields=_fields(request))
    if found.findings is None:
        raise Unread(f"not yet safe: {found.why_unread}")
    hidden = hide(text, found.findings, Numbering(), profile)
    return {"text": hidden, "findings": finding_fields(found.findings)}


def _read(reader: Reader, request: Mapping[str, Any]) -> Reading:
    text, channel = _text(request), request.get("channel", "")
    return reader.read(text, channel=channel if isinstance(channel, str) else "", fields=_fields(request))


def _text(request: Mapping[str, Any]) -> str:
    text = request.get("text")
    if not isinstance(text, str):
        raise BadLine("text must be a string")
    return text


def _fields(request: Mapping[str, Any]) -> dict[str, str]:
    fields = request.get("fields")
    given = fields if isinstance(fields, dict) else {}
    return {key: value for key, value in given.items() if isinstance(value, str)}


def _reply(raw: bytes, answer: Answer) -> tuple[dict[str, Any], bool]:
    """The answer to one line, and whether it was a good one."""
    name: str | None = None
    try:
        request = _request(raw)
        name = request["id"] if isinstance(request.get("id"), str) else None
        if name is None:
            raise BadLine("id must be a string")
        return {"id": name, **answer(request)}, True
    except BadLine as bad:
        return {"id": name, "error": str(bad)}, False
    except Exception:  # noqa: BLE001 - every line is answered, and no error may quote the text
        return {"id": name, "error": "this line could not be answered"}, False


def _request(raw: bytes) -> Mapping[str, Any]:
    try:
        # surrogatepass: a writer that put lone surrogates into UTF-8 is still understood.
        request = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise BadLine("not a line of JSON") from None
    if not isinstance(request, dict):
        raise BadLine("not a JSON object")
    return request
