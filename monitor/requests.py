"""What the desk asks of a network, answered: the post as it is now, and the conversation around it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from casebook.actions import answering
from casebook.book import Casebook
from casebook.model import Mention, NetworkRequest
from monitor.channel import Channel, ChannelError, Gone
from monitor.intake import Intake, compose
from monitor.outbox import word_for
from redaction.sealing import seal_text
from redaction.text import Finding, Numbering, Redacted

log = logging.getLogger("voicedesk.monitor")


def answer_requests(book: Casebook, channels: Mapping[str, Channel], intake: Intake) -> int:
    """Answer every open request; returns how many. A network that fails is an answer too ("transient" …)."""
    done = 0
    for request, mention, external_id in answering.open_requests(book):
        channel = channels.get(mention.channel)
        if channel is None:
            continue
        try:
            answer = _ask(book, channel, intake, request, mention, external_id)
        except ChannelError as error:
            answer = {"outcome": word_for(error)}
        answering.record_answer(book, request.id, answer)
        done += 1
    return done


def _ask(
    book: Casebook,
    channel: Channel,
    intake: Intake,
    request: NetworkRequest,
    mention: Mention,
    external_id: str,
) -> dict[str, str | int]:
    if request.kind == "thread":
        try:
            posts = channel.thread(external_id)
        except Gone:
            answering.record_state(book, mention.id, gone="deleted")
            return {"outcome": "gone"}
        return {"outcome": "read", "new": intake.keep_thread(mention.case_id, mention.channel, posts)}
    found = channel.look_up([external_id])[0]
    if found.post is None:
        answering.record_state(book, mention.id, gone=found.gone or "deleted")
        return {"outcome": "gone"}
    capability = found.post.capability
    answering.record_state(book, mention.id, way=capability.way, way_reason=capability.reason)
    same = compose(found.post) == answering.sealed_fields(book, mention).get("text")
    return {"outcome": "same" if same else "changed", "way": capability.way}


def read_again(book: Casebook, intake: Intake) -> int:
    """Try once more to read posts that an engine failure left sealed; returns how many are safe now."""
    done = 0
    for mention, fields, numbering in answering.unread_mentions(book):
        reading = intake.reader.read(
            fields["text"], channel=mention.channel, fields={"language": mention.language}
        )
        if reading.findings is None:
            continue
        answering.record_second_reading(
            book,
            mention.id,
            _sealed_again(book, mention, fields, reading.findings, numbering),
            reading.assessment,
            "",
        )
        done += 1
    return done


def _sealed_again(
    book: Casebook,
    mention: Mention,
    fields: dict[str, str],
    findings: Sequence[Finding],
    numbering: Numbering,
) -> Redacted:
    extra = {name: value for name, value in fields.items() if name != "text"}
    return seal_text(book.vault, mention.row, fields["text"], findings, numbering, extra=extra)
