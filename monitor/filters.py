r"""The filters: one JSON object a line in, one out, in order, and nothing kept.

Lines end at "\n" alone (a post may hold U+2028). Every line is answered and flushed at once, so that a filter
can be a child process that is asked and answers. Output is ASCII: an id comes back as it went in, lone
surrogates and all (in a shown text they become U+FFFD, as where it is stored).
A bad line is answered with its id and an error that quotes nothing of it, and makes the exit status 1.
Fields: commands.md, "Filters".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from casebook.ports import Reader, Reading
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


def each_line(incoming: BinaryIO, outgoing: BinaryIO, answer: Answer) -> int:
    """Answer every line of `incoming` on `outgoing`; 0 when all went well, else 1. Blank lines are skipped."""
    failed = False
    for raw in incoming:
        if not raw.strip():
            continue
        reply, good = _reply(raw, answer)
        failed = failed or not good
        outgoing.write(json.dumps(reply, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n")
        outgoing.flush()
    return int(failed)


def redact_lines(reader: Reader, incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """The filter `redact --jsonl`: everything found is hidden; a text that cannot be read is a bad line."""
    return each_line(incoming, outgoing, lambda request: _redacted(reader, request))


def assess_lines(reader: Reader, incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """The filter `assess --jsonl`."""
    return each_line(incoming, outgoing, lambda request: assessment_fields(_read(reader, request).assessment))


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


def _redacted(reader: Reader, request: Mapping[str, Any]) -> dict[str, Any]:
    reading = _read(reader, request)
    if reading.findings is None:
        raise Unread(f"not yet safe: {reading.why_unread}")
    text = hide(request["text"], reading.findings, Numbering(), Profile.SHARE)
    return {"text": text, "findings": finding_fields(reading.findings)}


def _read(reader: Reader, request: Mapping[str, Any]) -> Reading:
    text, channel, fields = request.get("text"), request.get("channel", ""), request.get("fields")
    if not isinstance(text, str):
        raise BadLine("text must be a string")
    given = fields if isinstance(fields, dict) else {}
    plain = {key: value for key, value in given.items() if isinstance(value, str)}
    return reader.read(text, channel=channel if isinstance(channel, str) else "", fields=plain)


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
