"""The `check-reply` filter: a draft and the post it answers in, the gate's verdict out.

It runs intake's own path: both texts go through the Reader, and the reply gate judges what it gives. A
draft that cannot be read is blocked (it may hold anything); a post that cannot be read is answered for
with what its words alone tell. Nothing is kept, and no text reaches an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from casebook.ports import Reader, Reading
from monitor.filters import BadLine, each_line
from policies.facts import ReplyFacts, Span, Verdict
from policies.policy import Policy
from policies.replies import check
from policies.vocabulary import ReasonName


def check_reply_lines(
    reader: Reader, policy: Policy, incoming: BinaryIO, outgoing: BinaryIO, own_domains: Sequence[str] = ()
) -> int:
    """The filter `check-reply --jsonl`: 0 when every line was answered well, else 1.

    In: `{"id", "channel", "post", "draft"}`. Out: `{"id", "verdict", "reasons", "spans"}`, with spans
    `{"start", "end", "reason"}` in code points of the draft.

    Args:
        reader: what reads both texts.
        policy: the rules in force.
        incoming: JSON lines.
        outgoing: where the answers go.
        own_domains: the organisation's domains, allowed in links.
    """
    return each_line(incoming, outgoing, lambda request: answer(reader, policy, request, own_domains))


def answer(
    reader: Reader, policy: Policy, asked: Mapping[str, Any], own_domains: Sequence[str] = ()
) -> dict[str, Any]:
    """The answer to one request, its id apart.

    Raises:
        BadLine: "draft" is missing, or a field is not text.
    """
    channel, post = _text(asked, "channel", ""), _text(asked, "post", "")
    draft = _text(asked, "draft", None)
    of_post = reader.read(post, channel=channel)
    of_draft = reader.read(draft, channel=channel)
    facts = ReplyFacts(
        channel=channel,
        draft=draft,
        post=post,
        draft_spans=spans_of(of_draft),
        post_spans=spans_of(of_post),
        severity=of_post.assessment.severity,
        risks=of_post.assessment.risks,
    )
    result = check(policy, facts, own_domains)
    verdict, reasons = result.verdict, list(result.reasons)
    spans = [{"start": f.start, "end": f.end, "reason": f.reason} for f in result.findings if f.end > f.start]
    if of_draft.findings is None:
        verdict, unread = Verdict.BLOCK, ReasonName.CONTAINS_PERSONAL_DATA.value
        reasons += [] if unread in reasons else [unread]
        spans.append({"start": 0, "end": len(draft), "reason": unread})
    return {"verdict": verdict.value, "reasons": reasons, "spans": spans}


def spans_of(reading: Reading) -> tuple[Span, ...]:
    """The findings of `reading` as policies see them; none where the text could not be read."""
    return tuple(Span(f.start, f.end, f.entity, f.group.value) for f in reading.findings or ())


def _text(asked: Mapping[str, Any], key: str, otherwise: str | None) -> str:
    value = asked.get(key, otherwise)
    if not isinstance(value, str):
        raise BadLine(f"{key} must be a string")
    return value
