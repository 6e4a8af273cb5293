"""What a reply must pass, and what an approval binds: the same at submit, at approval and before sending."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable

from casebook.book import Casebook
from casebook.errors import HiddenCharacters, NotYetSafe, WrongState
from casebook.model import Account, Mention, Mode, mention_row
from casebook.ports import Reading
from casebook.unit_of_work import UnitOfWork
from policies.facts import GateResult, ReplyFacts, Span
from policies.policy import Policy
from policies.replies import check
from redaction.sealing import open_text
from redaction.text import ENTITIES, Finding


def normal_reply(text: str) -> str:
    """A reply as it will leave: NFC, line ends as newlines, no white space around it.

    Raises:
        HiddenCharacters: it holds control, bidirectional, zero-width or other invisible characters.
    """
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    for character in normal:
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            if character in "\u200d\ufe0f":
                continue
            raise HiddenCharacters
    return normal


def gate(
    book: Casebook, work: UnitOfWork, policy: Policy, mention: Mention, text: str, reading: Reading
) -> GateResult:
    """What policy says of `text` as a reply to `mention`; `reading` is the Reader's of exactly that text.

    Raises:
        NotYetSafe: the draft could not be read, so nobody can say what it gives away.
        WrongState: the post is no longer kept.
    """
    if reading.findings is None:
        raise NotYetSafe
    if mention.sealed is None:
        raise WrongState("The post is no longer kept, so a reply to it cannot be checked.")
    assessment = mention.assessment
    return check(
        policy,
        ReplyFacts(
            channel=mention.channel,
            draft=text,
            post=open_text(book.vault, mention_row(mention.id), mention.sealed)["text"],
            draft_spans=spans_of(reading.findings),
            post_spans=[
                Span(start, end, name, ENTITIES[name][0]) for start, end, name, _ in mention.findings
            ],
            severity=int(assessment["severity"]),
            risks=tuple(assessment["risks"]),
        ),
        own_domains(work),
    )


def own_domains(work: UnitOfWork) -> tuple[str, ...]:
    """The organisation's own web domains, which a reply may link to."""
    about = work.organisations.where()[0].settings.get("organisation", {})
    return tuple(str(domain) for domain in about.get("domains", ()))


def spans_of(findings: Iterable[Finding]) -> list[Span]:
    """The redactor's findings as policies see them."""
    return [Span(f.start, f.end, f.entity, f.group) for f in findings]


def bundle_hash(
    *, mention: Mention, account: Account, mode: Mode, text_hash: str, policy_version: str, way: str
) -> str:
    """What an approval binds, as 64 hex digits: exact text, account, target post as it was, and policy version.

    Text and post enter as keyed hashes of their exact characters.
    """
    facts = {
        "account": account.handle,
        "channel": mention.channel,
        "mode": mode,
        "policy": policy_version,
        "post": mention.content_hash,
        "target": mention.external_key,
        "text": text_hash,
        "way": way,
    }
    packed = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(b"voicedesk/bundle-v1\0" + packed.encode()).hexdigest()
