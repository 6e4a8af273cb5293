"""A sure rule stands alone, a guess needs the model, the model alone must be surer, and what must survive does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.encoder import COLUMNS, OUTSIDE, Reading
from redaction.text import ENTITIES
from redaction.weighing import Hit, Thresholds, all_everyday, proposals, thresholds, weigh

LIMIT = Thresholds(alone=0.5, everyday=0.95, beside=0.05, sure=0.85)
LIMITS = dict.fromkeys(ENTITIES, LIMIT)


def read(text: str, likely: dict[str, tuple[str, float]], begins: frozenset[str] = frozenset()) -> Reading:
    """A reading in which each word named is `entity` with a chance, and every other word nothing."""
    starts, ends, rows, opening = [], [], [], []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        row = np.zeros(len(COLUMNS) + 1)
        entity, chance = likely.get(word, ("PERSON", 0.0))
        row[COLUMNS[entity]], row[OUTSIDE] = chance, 1 - chance
        starts.append(start)
        ends.append(at)
        rows.append(row)
        opening.append(1.0 if word in begins else 0.0)
    return Reading(
        np.array(starts), np.array(ends), np.array(rows).reshape(-1, len(COLUMNS) + 1), np.array(opening)
    )


def words_of(text: str, hits: list[Hit]) -> list[str]:
    return [text[hit.start : hit.end] for hit in hits]


def test_a_guess_of_a_rule_falls_where_the_model_sees_nothing() -> None:
    text = "the Hoover was loud"
    nothing = read(text, {})
    assert list(weigh([Hit(4, 10, 0.6)], [], nothing, LIMIT)) == []
    assert list(weigh([Hit(4, 10, 0.9)], [], nothing, LIMIT)) == [Hit(4, 10, 0.9)]


def test_a_guess_stands_with_a_little_support_and_where_there_is_no_model() -> None:
    text = "the Hoover was loud"
    some = read(text, {"Hoover": ("LOCATION", 0.06)})
    assert list(weigh([Hit(4, 10, 0.6)], [], some, LIMIT)) == [Hit(4, 10, 0.6)]
    assert list(weigh([Hit(4, 10, 0.6)], [], None, LIMIT)) == [Hit(4, 10, 0.6)]


def test_the_weakest_word_of_a_guess_decides() -> None:
    text = "Jane Hoover was loud"
    half = read(text, {"Jane": ("PERSON", 0.9)})
    assert list(weigh([Hit(0, 11, 0.6)], [], half, LIMIT)) == []


def test_what_must_survive_is_kept_from_the_model_but_not_from_a_rule() -> None:
    inside = Hit(4, 10, 0.99)
    assert list(weigh([], [inside], None, LIMIT, [(0, 12)])) == []
    assert list(weigh([], [inside], None, LIMIT, [(0, 9)])) == [inside]
    assert list(weigh([Hit(4, 10, 0.9)], [], None, LIMIT, [(0, 12)])) == [Hit(4, 10, 0.9)]


def test_neighbouring_words_of_one_entity_are_one_proposal_and_a_new_beginning_is_another() -> None:
    text = "saw Jane Platt Ifeoma today"
    likely = {name: ("PERSON", 0.9) for name in ("Jane", "Platt", "Ifeoma")}
    found = proposals(text, read(text, likely, frozenset({"Jane", "Ifeoma"})), LIMITS)
    assert words_of(text, found["PERSON"]) == ["Jane Platt", "Ifeoma"]


def test_a_surname_the_model_doubts_follows_a_given_name_it_knows() -> None:
    text = "saw Jane Platt today"
    found = proposals(text, read(text, {"Jane": ("PERSON", 0.9), "Platt": ("PERSON", 0.3)}), LIMITS)
    assert words_of(text, found["PERSON"]) == ["Jane Platt"]


def test_everyday_words_need_the_model_to_be_surer() -> None:
    text = "thank you Ward staff"
    unsure = proposals(text, read(text, {"Ward": ("PERSON", 0.9)}), LIMITS)
    sure = proposals(text, read(text, {"Ward": ("PERSON", 0.97)}), LIMITS)
    assert (unsure["PERSON"], words_of(text, sure["PERSON"])) == ([], ["Ward"])


def test_which_entity_a_word_is_matters_less_than_that_it_names_somebody() -> None:
    text = "saw Chesney there"
    reading = read(text, {"Chesney": ("PERSON", 0.35)})
    reading.chances[1, COLUMNS["LOCATION"]], reading.chances[1, OUTSIDE] = 0.34, 0.31
    assert words_of(text, proposals(text, reading, LIMITS)["PERSON"]) == ["Chesney"]


@pytest.mark.parametrize("stretch", ["the ward", "Matron", "Physio"])
def test_roles_are_everyday_words(stretch: str) -> None:
    assert all_everyday(stretch)


def test_a_word_that_is_a_name_too_is_everyday_where_no_name_is_looked_for() -> None:
    assert not all_everyday("hope", "PERSON")
    assert all_everyday("hope", "LOCATION")


@pytest.mark.parametrize("stretch", ["Grace", "matron Achebe", "1234", ""])
def test_names_and_numbers_are_not_everyday_words(stretch: str) -> None:
    assert not all_everyday(stretch)


def test_every_entity_has_thresholds_that_make_sense() -> None:
    for entity, limit in thresholds().items():
        assert 0 <= limit.beside <= limit.alone <= 1.1, entity
        assert limit.alone <= limit.everyday, entity


@given(st.text(alphabet="ab .,'-\n@", max_size=60), st.data())
def test_proposals_lie_inside_the_text_and_never_overlap(text: str, data: st.DataObject) -> None:
    words = sorted(set(text.split()))
    likely = {w: (data.draw(st.sampled_from(list(ENTITIES))), data.draw(st.floats(0, 1))) for w in words}
    found = proposals(text, read(text, likely), LIMITS)
    spans = sorted((hit.start, hit.end) for hits in found.values() for hit in hits)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
