"""Putting right what is hidden: "missed this", "wrongly hidden", and taking the last correction back.

Each is one transaction: the correction is kept with its words sealed, every post of the case is hidden anew, its line
in lists and what staff wrote follow, and the audit says what kind of thing it was and in how many posts, never what.
The originals stay as they are, and so does what an approval binds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from casebook import audit
from casebook.authority import Authority, authorise
from casebook.book import Actor, Casebook
from casebook.corrections import last_standing, words_of
from casebook.errors import NotAllowed, Refusal
from casebook.model import Correction, CorrectionKind, numbering_row
from casebook.ports import Reading
from casebook.putting_right import (
    Seen,
    corrections_now,
    demand_read,
    in_clear,
    keep,
    look,
    name_for,
    take_back,
    tried,
    unchanged,
)
from casebook.remaking import (
    Readings,
    hide_in_staff_texts,
    read_posts,
    read_staff_texts,
    remake_posts,
    remake_staff_texts,
)
from casebook.stafftext import add_worded_event, read_staff_text
from policies.facts import Act
from redaction.sealing import open_numbering
from redaction.text import CLOSING, ENTITIES, OPENING, Group, Profile, folded, placeholder

LONGEST = 200
"""Characters of words that can be marked at once; more is no name and no number."""
SHORTEST_REASON = 8
"""Characters, as for opening an original."""
_PLACEHOLDER = re.compile(rf"{OPENING}?([A-Za-z ]{{2,40}}) (\d{{1,9}}){CLOSING}?")
_ENTITY_OF = {word: entity for entity, (_, word) in ENTITIES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What came of a correction."""

    correction_id: str
    entity: str
    posts: int
    """Posts that show something else now."""
    texts: int
    """Texts of staff that show something else now."""
    placeholder: str = ""
    """What stands where the words stood, where that is one thing."""
    read_again: bool = True
    """False where the reading process did not answer; what was known already is hidden all the same."""


def missed(book: Casebook, actor: Actor, case_id: str, mention_id: str, words: str, entity: str) -> Corrected:
    """Hide words that somebody saw in clear, in every post of the case and from now on.

    Args:
        book: the casebook.
        actor: who saw them.
        case_id: the case.
        mention_id: the post in which they were seen.
        words: as they stand on the screen; found as whole words, in any case and spacing.
        entity: what they are, a name of `redaction.text.ENTITIES`.

    Raises:
        Refusal: the words cannot be marked, or stand nowhere in clear.
        NotFound: the post is not part of this case.
    """
    wanted = _markable(words, entity)

    def attempt() -> Corrected:
        seen = look(book, actor, case_id, mention_id, Act.NOTE)
        if not any(in_clear(book, post, wanted, _profile(entity)) for post in seen.posts):
            raise Refusal("These words stand in no post of this case in clear. Nothing was changed.")
        return _marked(book, actor, seen, mention_id, wanted, entity)

    return tried(attempt)


def _profile(entity: str) -> Profile:
    """The view that hides this entity: health terms stay open to who works the case."""
    return Profile.LIST if ENTITIES[entity][0] is Group.HEALTH else Profile.DESK


def _marked(book: Casebook, actor: Actor, seen: Seen, mention_id: str, wanted: str, entity: str) -> Corrected:
    """The reading and the transaction of `missed`."""
    readings = read_posts(book, seen.posts)
    read_again = len(readings) == len(seen.posts)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.NOTE)
        case = unchanged(work, seen)
        row = keep(by, case.id, mention_id, CorrectionKind.MISSED, entity, wanted)
        remade = remake_posts(book, work, case, corrections_now(book, work, case.id), readings)
        instead = name_for(remade, entity, wanted)
        texts, posts = 0, len(remade.posts)
        if _profile(entity) is Profile.DESK:
            texts = hide_in_staff_texts(work, case.id, wanted, instead or OPENING + "hidden" + CLOSING)
        work.cases.save(remade.case)
        by.event(case.id, "missed", entity=entity, posts=posts)
        facts = {"correction": row.id, "mention": mention_id, "entity": entity}
        by.audit(audit.MISSED, case.id, **facts, posts=posts, texts=texts, read_again=int(read_again))
        work.commit()
    return Corrected(
        correction_id=row.id,
        entity=entity,
        posts=posts,
        texts=texts,
        placeholder=instead,
        read_again=read_again,
    )


def wrongly_hidden(
    book: Casebook, actor: Actor, case_id: str, mention_id: str, shown_as: str, reason: str
) -> Corrected:
    """Show again what a placeholder of a post stands for, wherever the same value stands in the case.

    It shows hidden words, so it needs the right to open originals, and a reason; the audit entry, which says what kind
    of thing is shown, is of the same transaction.

    Args:
        book: the casebook.
        actor: who wants it shown.
        case_id: the case.
        mention_id: the post whose placeholder it is.
        shown_as: the placeholder, "⟦place 1⟧" or "place 1".
        reason: why it identifies nobody, or may be shown.

    Raises:
        Refusal: the reason is too short, or the post holds no such placeholder.
        NotFound: the post is not part of this case.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refusal("Say in a few words why this may be shown. Nothing was changed.")
    entity, number = _parsed(shown_as)
    standing_for = placeholder(entity, number)
    reading = read_staff_text(book, reason)

    def attempt() -> Corrected:
        seen = look(book, actor, case_id, mention_id, Act.REVEAL)
        post = next(post for post in seen.posts if post.id == mention_id)
        numbers = open_numbering(book.vault, numbering_row(case_id), seen.case.numbering)
        value = numbers.value_of(ENTITIES[entity][1], number)
        if not value or standing_for not in post.text + post.listed:
            raise Refusal("This post holds no such placeholder. Nothing was changed.")
        done = Corrected(correction_id="", entity=entity, posts=0, texts=0, placeholder=standing_for)
        return _shown(book, actor, seen, mention_id, value, done, (reason, reading))

    return tried(attempt)


def _shown(
    book: Casebook,
    actor: Actor,
    seen: Seen,
    mention_id: str,
    value: str,
    done: Corrected,
    why: tuple[str, Reading],
) -> Corrected:
    """The reading and the transaction of `wrongly_hidden`; `done` names what is shown, `why` is the reason, read."""
    readings = read_posts(book, seen.posts)
    again = read_staff_texts(book, seen.texts, done.placeholder)
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.REVEAL)
        case = unchanged(work, seen)
        row = keep(by, case.id, mention_id, CorrectionKind.WRONGLY_HIDDEN, done.entity, value)
        corrections = corrections_now(book, work, case.id)
        remade = remake_posts(book, work, case, corrections, readings)
        if not remade.posts:
            raise Refusal("It is hidden as part of something else as well. Nothing was changed.")
        texts, remade = remake_staff_texts(book, work, remade, corrections, again)
        posts = len(remade.posts)
        event, case = add_worded_event(by, remade.case, "unhidden", *why, entity=done.entity, posts=posts)
        work.cases.save(case)
        facts = {"correction": row.id, "mention": mention_id, "entity": done.entity, "event": event.id}
        by.audit(audit.UNHIDDEN, case.id, **facts, posts=posts, texts=texts)
        work.commit()
    return replace(done, correction_id=row.id, posts=posts, texts=texts)


def undo(book: Casebook, actor: Actor, case_id: str) -> Corrected:
    """Take the newest correction of a case back.

    What was marked as missed shows again, so only who marked it, or who may open originals, takes that back; the
    posts are read once more first, so that what a reading finds stays hidden.

    Raises:
        Refusal: there is none.
        NotAllowed: somebody else marked it, and the actor may not open originals.
        ReaderUnavailable: a post cannot be read now, so nobody can say what must stay hidden.
    """

    def attempt() -> Corrected:
        seen = look(book, actor, case_id, "", Act.NOTE)
        last = last_standing(seen.corrections)
        if last is None:
            raise Refusal("There is no correction of this case to take back.")
        words = words_of(book.vault, last)
        readings = read_posts(book, seen.posts)
        if last.kind is CorrectionKind.MISSED:
            demand_read(book, seen.posts, readings, words)
        numbers = open_numbering(book.vault, numbering_row(case_id), seen.case.numbering)
        number = numbers.of(ENTITIES[last.entity][1], words)
        return _undone(book, actor, seen, last, words, readings, placeholder(last.entity, number))

    return tried(attempt)


def _undone(
    book: Casebook,
    actor: Actor,
    seen: Seen,
    last: Correction,
    words: str,
    readings: Readings,
    standing_for: str,
) -> Corrected:
    """The transaction of `undo`."""
    case_id, shows = last.case_id, last.kind is CorrectionKind.MISSED
    again = read_staff_texts(book, seen.texts, standing_for) if shows else {}
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.NOTE)
        _demand_may_undo(by, last)
        case = unchanged(work, seen)
        row = take_back(by, last)
        corrections = corrections_now(book, work, case_id)
        if not shows and len(readings) < len(seen.posts):
            # Hiding again never waits for the reader.
            corrections = replace(corrections, missed={**corrections.missed, words: last.entity})
        remade = remake_posts(book, work, case, corrections, readings, words if shows else "")
        texts, remade = remake_staff_texts(book, work, remade, corrections, again)
        if not shows:
            texts += hide_in_staff_texts(work, case_id, words, standing_for)
        work.cases.save(remade.case)
        posts = len(remade.posts)
        by.event(case_id, "correction_undone", entity=last.entity, posts=posts)
        facts = {"correction": row.id, "undoes": last.id, "undone": last.kind.value, "entity": last.entity}
        by.audit(audit.TAKEN_BACK, case_id, **facts, posts=posts, texts=texts)
        work.commit()
    return Corrected(correction_id=last.id, entity=last.entity, posts=posts, texts=texts)


def _demand_may_undo(by: Authority, last: Correction) -> None:
    if last.kind is CorrectionKind.MISSED and last.staff_id != by.actor.staff_id and not by.may(Act.REVEAL):
        raise NotAllowed(
            "Only who marked it, or who may open originals, takes this back. Nothing was changed."
        )


def _markable(words: str, entity: str) -> str:
    """The words as they are kept; raises `Refusal` where they cannot be marked."""
    if entity not in ENTITIES:
        raise Refusal(f"There is no kind of personal data called {entity!r}. Nothing was changed.")
    wanted = " ".join(words.split())
    if not wanted:
        raise Refusal("Type the words that were missed. Nothing was changed.")
    if len(wanted) > LONGEST:
        raise Refusal(
            f"That is more than {LONGEST} characters: mark each name or number by itself. Nothing was changed."
        )
    if OPENING in wanted or CLOSING in wanted:
        raise Refusal("Type only words that stand in clear, no placeholders. Nothing was changed.")
    if sum(character.isalnum() for character in folded(wanted)) < 2:
        raise Refusal("Words to be hidden need two letters or digits at least. Nothing was changed.")
    return wanted


def _parsed(shown_as: str) -> tuple[str, int]:
    found = _PLACEHOLDER.fullmatch(shown_as.strip())
    entity = _ENTITY_OF.get(found[1].strip()) if found else None
    if found is None or entity is None:
        raise Refusal("Name a placeholder as it stands in the post, like ⟦place 1⟧. Nothing was changed.")
    return entity, int(found[2])
