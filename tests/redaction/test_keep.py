"""The keep-list: built from the configuration, forgiving of what it does not know."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from redaction.keep import KeepList
from redaction.phrases import Phrases


def test_a_keep_list_is_made_of_the_organisation_table() -> None:
    keep = KeepList.from_mapping(
        {
            "name": "Northvale Hospitals",
            "aliases": ["Northvale NHS"],
            "handles": ["@NorthvaleNHS"],
            "domains": ["Northvale.example"],
        }
    )
    assert keep.names == ("Northvale Hospitals", "Northvale NHS")
    assert keep.has_handle("northvalenhs")
    assert keep.has_domain("mail.northvale.example")
    assert not keep.has_domain("notnorthvale.example")


def test_values_of_the_wrong_kind_keep_nothing() -> None:
    assert KeepList.from_mapping({"name": 3, "sites": "St Bride's", "phones": [1]}) == KeepList()


def test_no_phrases_find_nothing() -> None:
    assert not Phrases([])
    assert not Phrases(["  "])
    assert Phrases([]).search("anything") is None


def test_the_longest_phrase_wins_in_any_spacing() -> None:
    match = Phrases(["Harrow", "Harrow Fold"]).search("at harrow  fold today")
    assert match is not None
    assert match.group() == "harrow  fold"


@given(
    st.lists(st.sampled_from(["a", "a b", "b", "b a", "A-b", "ab", "(c)", "c's", "a b c"]), max_size=6),
    st.text(alphabet="aAbB c'-()", max_size=30),
)
def test_phrases_are_found_where_one_long_pattern_would_find_them(phrases: list[str], text: str) -> None:
    parts = sorted(
        {r"\s+".join(re.escape(w) for w in p.split()) for p in phrases}, key=lambda p: (-len(p), p)
    )
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None
    expected = [m.span() for m in pattern.finditer(text)] if pattern else []
    assert [m.span() for m in Phrases(phrases).finditer(text)] == expected
