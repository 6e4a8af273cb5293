"""What the desk asks of a network, answered: the post as it is now, and the conversation around it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from casebook.actions import answering
from casebook.book import Casebook
from casebook.corrections import corrections_in, organisation_table
from casebook.errors import CasebookError, Stale
from casebook.model import Mention, NetworkRequest
from monitor.channel import Channel, ChannelError, Gone
from monitor.intake import Intake, compose
from monitor.outbox import word_for
from redaction.sealing import seal_text
from redaction.text import Finding, Numbering, Redacted
from redaction.vault import VaultError

log = logging.getLogger("voicedesk.monitor")


def answer_requests(book: Casebook, channels: Mapping[str, Channel], intake: Intake) -> int:
    """Answer every open request; returns how many. A network that fails is an answer too ("transient" …)."""
    done = 0
    for request, mention, external_id in answering.open_requests(book):
        answer = _answer(book, channels.get(mention.channel), intake, request, mention, external_id)
        try:
            answering.record_answer(book, request.id, answer)
        except CasebookError as error:
            log.warning("request %s could not be answered: %s", request.id, type(error).__name__)
            continue
        done += 1
    return done


def _answer(
    book: Casebook,
    channel: Channel | None,
    intake: Intake,
    request: NetworkRequest,
    mention: Mention,
    external_id: str,
) -> dict[str, str | int]:
    """The answer to one request; whatever goes wrong with it is one word ("no_channel", "unreadable" …)."""
    if channel is None:
        return {"outcome": "no_channel"}
    if not external_id:
        return {"outcome": "unreadable"}
    try:
        return _ask(book, channel, intake, request, mention, external_id)
    except ChannelError as error:
        return {"outcome": word_for(error)}
    except VaultError:
        return {"outcome": "unreadable"}
    except Stale:
        return {"outcome": "busy"}
    except Exception as error:  # noqa: BLE001 - one request's trouble never stops the others
        # What was thrown may hold a post: its class alone is noted.
        log.error("request %s: unexpected %s", request.id, type(error).__name__)
        return {"outcome": "unexpected"}


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
    if compose(found.post) == answering.sealed_fields(book, mention).get("text"):
        return {"outcome": "same", "way": capability.way}
    intake.keep_changed(mention, found.post)
    return {"outcome": "changed", "way": capability.way}


@dataclass
class Rereading:
    """Reads again what an engine failure left sealed, a few posts a turn.

    A turn begins where the last one ended, so that posts which fail every time keep no other from its turn.
    """

    book: Casebook
    intake: Intake
    _last: str = ""

    def run_once(self) -> int:
        """Try the next posts once more; returns how many are safe now."""
        done = 0
        for mention, fields, numbering in answering.unread_mentions(self.book, after=self._last):
            self._last = mention.id
            try:
                done += self._read(mention, fields, numbering)
            except Stale:
                continue  # its case moved on meanwhile: it is read at a later turn
            except Exception as error:  # noqa: BLE001 - one post's trouble never stops the others
                log.error("post %s could not be read again: %s", mention.id, type(error).__name__)
        return done

    def _read(self, mention: Mention, fields: dict[str, str], numbering: Numbering) -> bool:
        reading = self.intake.reader.read(
            fields["text"], channel=mention.channel, fields={"language": mention.language}
        )
        if reading.findings is None:
            return False
        redacted = _sealed_again(self.book, mention, fields, reading.findings, numbering)
        answering.record_second_reading(self.book, mention.id, redacted, reading.assessment, "")
        self.intake.hide_again([mention.case_id])
        return True


def _sealed_again(
    book: Casebook,
    mention: Mention,
    fields: dict[str, str],
    findings: Sequence[Finding],
    numbering: Numbering,
) -> Redacted:
    extra = {name: value for name, value in fields.items() if name != "text"}
    with book.store.read() as work:
        organisation = organisation_table(work)
    return seal_text(
        book.vault,
        mention.row,
        fields["text"],
        findings,
        numbering,
        extra=extra,
        corrections=corrections_in(book, mention.case_id),
        organisation=organisation,
    )
