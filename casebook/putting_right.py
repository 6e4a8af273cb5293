"""What the acts that put right what is hidden share: looking first, reading again, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from casebook.authority import Authority, authorise
from casebook.book import Actor, Casebook
from casebook.corrections import corrections_of
from casebook.errors import NotFound, ReaderUnavailable, Refusal, Stale
from casebook.model import Case, Correction, CorrectionKind, Mention, correction_row, new_id
from casebook.remaking import Readings, Remade, StaffText, findings_of, kept_posts, staff_texts
from casebook.unit_of_work import UnitOfWork
from policies.facts import Act
from redaction.sealing import all_places, clear_places, seal_words
from redaction.text import ENTITIES, Corrections, Profile, placeholder

T = TypeVar("T")
TRIES = 5
"""How often an act is begun again when posts joined the case meanwhile."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it was when its posts were read once more."""

    case: Case
    versions: dict[str, int]
    posts: list[Mention]
    texts: list[StaffText]
    corrections: list[Correction]


def look(book: Casebook, actor: Actor, case_id: str, mention_id: str, act: Act) -> Seen:
    """The case before it is read once more, for somebody who may do `act`; a post named must be one to be corrected."""
    with book.store.read() as work:
        authorise(book, work, actor, act)
        case = work.cases.get(case_id)
        mentions = work.mentions.where(case_id=case_id)
        posts = kept_posts(work, case_id)
        if mention_id and not any(post.id == mention_id for post in posts):
            if any(mention.id == mention_id and not mention.safe for mention in mentions):
                raise Refusal("This post could not be read yet and stays sealed. Nothing was changed.")
            raise NotFound("This post is not kept in this case. Nothing was changed.")
        return Seen(
            case=case,
            versions={mention.id: mention.version for mention in mentions},
            posts=posts,
            texts=staff_texts(work, case_id),
            corrections=work.corrections.where(case_id=case_id),
        )


def unchanged(work: UnitOfWork, seen: Seen) -> Case:
    """The case as it is now; raises `Stale` where it is not what was read."""
    case = work.cases.get(seen.case.id)
    versions = {mention.id: mention.version for mention in work.mentions.where(case_id=case.id)}
    if versions != seen.versions or case.version != seen.case.version:
        raise Stale
    return case


def in_clear(book: Casebook, post: Mention, words: str, profile: Profile) -> int:
    """How often words stand in a post in clear."""
    assert post.sealed is not None
    return clear_places(book.vault, post.row, post.sealed, findings_of(post), words, profile)


def demand_read(book: Casebook, posts: Sequence[Mention], readings: Readings, words: str) -> None:
    """Every post that holds these words was read once more; raises `ReaderUnavailable`."""
    for post in posts:
        assert post.sealed is not None
        if words and post.id not in readings and all_places(book.vault, post.row, post.sealed, words):
            raise ReaderUnavailable(
                "A post cannot be read just now, so nobody can say what must stay hidden. Nothing was changed."
            )


def keep(
    by: Authority, case_id: str, mention_id: str, kind: CorrectionKind, entity: str, words: str
) -> Correction:
    """Keep a correction, its words sealed."""
    row_id = new_id()
    return by.work.corrections.add(
        Correction(
            id=row_id,
            case_id=case_id,
            mention_id=mention_id,
            kind=kind,
            entity=entity,
            sealed=seal_words(by.book.vault, correction_row(row_id), words),
            staff_id=by.actor.staff_id,
            at=by.now,
        )
    )


def take_back(by: Authority, last: Correction) -> Correction:
    """Keep that a correction holds no more."""
    return by.work.corrections.add(
        Correction(
            id=new_id(),
            case_id=last.case_id,
            mention_id=last.mention_id,
            kind=CorrectionKind.TAKEN_BACK,
            entity=last.entity,
            sealed=None,
            staff_id=by.actor.staff_id,
            at=by.now,
            undoes=last.id,
        )
    )


def corrections_now(book: Casebook, work: UnitOfWork, case_id: str) -> Corrections:
    """What people have put right in a case, within a transaction."""
    return corrections_of(book.vault, work.corrections.where(case_id=case_id))


def name_for(remade: Remade, entity: str, words: str) -> str:
    """The placeholder that words have in a case; "" when they have none of their own."""
    number = remade.numbering.of(ENTITIES[entity][1], words)
    return placeholder(entity, number) if number else ""


def tried(attempt: Callable[[], T]) -> T:
    """What comes of an attempt; it is begun again where posts joined the case meanwhile."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except Stale:
            continue
    return attempt()
