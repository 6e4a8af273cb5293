"""The keep-list: built from the configuration, forgiving of what it does not know."""

from __future__ import annotations

from redaction.keep import KeepList, phrase_pattern


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


def test_no_phrases_make_no_pattern() -> None:
    assert phrase_pattern([]) is None
    assert phrase_pattern(["  "]) is None


def test_the_longest_phrase_wins_in_any_spacing() -> None:
    pattern = phrase_pattern(["Harrow", "Harrow Fold"])
    assert pattern is not None
    match = pattern.search("at harrow  fold today")
    assert match is not None
    assert match.group() == "harrow  fold"
