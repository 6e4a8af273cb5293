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

_MOST_MARKS = 4
"""Combining marks on one letter that a reply may have; more is no writing but a stain over other lines."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Blank or ignorable by default without being white space (Unicode's Default_Ignorable_Code_Point, and U+2800)."""
_PICTURES = frozenset({"So", "Sk", "Sm"})


def normal_reply(text: str) -> str:
    """A reply as it will leave: NFC, line ends as newlines, no white space around it.

    Raises:
        HiddenCharacters: it holds control, bidirectional, zero-width or other invisible characters.
    """
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    marks = 0
    for at, character in enumerate(normal):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS or (_unseen(character) and not _in_emoji(normal, at)):
            raise HiddenCharacters
    return normal


def _unseen(character: str) -> bool:
    """Whether nobody can see this character: control, format, private, or blank without being a space."""
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return (hidden and character != "\n") or character in _BLANK or _is_selector(character)


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _in_emoji(text: str, at: int) -> bool:
    """Whether the joiner or emoji selector at `at` stands after an emoji (a selector after a keycap's digit, too)."""
    before = text[at - 1] if at else ""
    if text[at] == "\ufe0f":
        return bool(before) and (unicodedata.category(before) in _PICTURES or before in "0123456789#*")
    return (
        text[at] == "\u200d"
        and bool(before)
        and (unicodedata.category(before) in _PICTURES or before == "\ufe0f")
    )


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
