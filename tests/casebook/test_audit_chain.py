"""The audit: any edit is found, no prose gets in, every kind can be said in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebook import audit
from casebook.audit import GENESIS, KINDS, canonical, chain_hash, link, sentence, verify, word
from casebook.book import Casebook
from casebook.errors import BrokenChain
from casebook.model import AuditEntry, new_id
from tests.support.clock import START
from tests.support.replies import begun

CHAIN_LENGTH = 12


def a_chain(length: int = CHAIN_LENGTH) -> list[AuditEntry]:
    """A chain of claims and releases by two people."""
    entries: list[AuditEntry] = []
    for number in range(length):
        kind = audit.CLAIMED if number % 2 == 0 else audit.RELEASED
        payload = {"until": "2026-11-23T09:15:00+00:00"} if kind == audit.CLAIMED else {"holder": "p1"}
        at = START + timedelta(minutes=number)
        entries.append(
            link(entries[-1] if entries else None, at, f"person-{number % 2}", "s1", kind, "case-1", payload)
        )
    return entries


def test_an_untouched_chain_verifies_and_names_its_head() -> None:
    chain = a_chain()
    assert verify(chain) == audit.Verified(CHAIN_LENGTH, chain[-1].hash)
    assert verify([]) == audit.Verified(0, GENESIS)


EDITS = {
    "at": lambda entry: replace(entry, at=entry.at + timedelta(microseconds=1)),
    "actor": lambda entry: replace(entry, actor=f"{entry.actor}x"),
    "session": lambda entry: replace(entry, session="s2"),
    "kind": lambda entry: replace(entry, kind=audit.NOTED),
    "case_id": lambda entry: replace(entry, case_id="case-2"),
    "entry": lambda entry: replace(entry, entry=entry.entry.replace(b"person", b"nobody")),
    "entry as something else": lambda entry: replace(entry, entry=b"[]"),
    "entry as text": lambda entry: replace(entry, entry=entry.entry.decode()),
    "prev_hash": lambda entry: replace(entry, prev_hash="f" * 64),
    "hash": lambda entry: replace(entry, hash="f" * 64),
    "seq": lambda entry: replace(entry, seq=entry.seq + 1),
}


@given(st.integers(0, CHAIN_LENGTH - 1), st.sampled_from(sorted(EDITS)))
def test_an_edit_of_any_column_anywhere_is_found(at: int, column: str) -> None:
    chain = a_chain()
    chain[at] = EDITS[column](chain[at])
    with pytest.raises(BrokenChain) as broken:
        verify(chain)
    assert broken.value.seq == at + 1


@given(st.integers(0, CHAIN_LENGTH - 1), st.binary(max_size=200))
def test_any_other_bytes_in_an_entry_are_found(at: int, other: bytes) -> None:
    chain = a_chain()
    chain[at] = replace(chain[at], entry=other)
    with pytest.raises(BrokenChain):
        verify(chain)


@given(st.integers(0, CHAIN_LENGTH - 1), st.integers(0, CHAIN_LENGTH - 1))
def test_a_swap_of_any_two_entries_is_found(one: int, other: int) -> None:
    chain = a_chain()
    chain[one], chain[other] = chain[other], chain[one]
    if one == other:
        verify(chain)
        return
    with pytest.raises(BrokenChain) as broken:
        verify(chain)
    assert broken.value.seq == min(one, other) + 1


@given(st.integers(0, CHAIN_LENGTH - 2), st.integers(1, 3))
def test_a_deletion_anywhere_but_at_the_end_is_found(at: int, how_many: int) -> None:
    chain = a_chain()
    cut = chain[:at] + chain[min(at + how_many, CHAIN_LENGTH - 1) :]
    with pytest.raises(BrokenChain) as broken:
        verify(cut)
    assert broken.value.seq == at + 1


@given(st.integers(1, CHAIN_LENGTH - 1), st.booleans())
def test_an_entry_put_in_between_is_found(at: int, rehashed: bool) -> None:
    chain = a_chain()
    planted = link(chain[at - 1], START, "intruder", "", audit.SENDING_STARTED, "", {})
    if not rehashed:
        planted = replace(planted, hash="0" * 64)
    with pytest.raises(BrokenChain):
        verify([*chain[:at], planted, *chain[at:]])


def test_one_changed_entry_with_a_hash_to_match_breaks_the_link_after_it() -> None:
    chain = a_chain()
    forged = chain[4].entry.replace(b"person-0", b"person-9")
    chain[4] = replace(chain[4], actor="person-9", entry=forged, hash=chain_hash(chain[4].prev_hash, forged))
    with pytest.raises(BrokenChain) as broken:
        verify(chain)
    assert broken.value.seq == 6


def test_a_tail_that_was_cut_shows_only_against_a_head_kept_elsewhere() -> None:
    chain = a_chain()
    kept = verify(chain).head
    assert verify(chain[:-3]).head != kept


def test_a_chain_in_the_database_that_was_edited_does_not_verify(book: Casebook) -> None:
    begun(book)
    entries = list(book.store.audit_entries())
    verify(entries)
    entries[3] = replace(entries[3], actor=new_id())
    with pytest.raises(BrokenChain):
        verify(entries)


PROSE = (
    "Mrs Larkham waited nine hours",
    "two words",
    "line\nbreak",
    "tab\there",
    "naïve",
    "نص",
    "⟦name_1⟧",
    "😀",
    "a" * 401,
    "<b>",
    "what?",
    "'quoted'",
    1.5,
    None,
    ["a"],
    {"a": 1},
    b"bytes",
)


@pytest.mark.parametrize("value", PROSE, ids=repr)
def test_prose_cannot_get_into_an_entry(value: object) -> None:
    with pytest.raises(ValueError, match="short fact"):
        canonical(1, START, "p", "s", audit.NOTED, "c", {"event": value})  # type: ignore[dict-item]


def test_an_unknown_kind_or_field_cannot_get_into_an_entry() -> None:
    with pytest.raises(ValueError, match="not registered"):
        canonical(1, START, "p", "s", "made.up", "c", {})
    with pytest.raises(ValueError, match="no field"):
        canonical(1, START, "p", "s", audit.NOTED, "c", {"text": "x"})


def test_what_is_refused_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ValueError, match="short fact") as refused:
        canonical(1, START, "p", "s", audit.NOTED, "c", {"event": PROSE[0]})
    assert "Larkham" not in str(refused.value)


def test_a_kind_is_registered_once_and_names_only_its_own_fields() -> None:
    with pytest.raises(ValueError, match="twice"):
        audit.register(audit.NOTED, "wrote another note")
    with pytest.raises(KeyError):
        audit.register("test.only", "names {something}")
    assert "test.only" not in KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_said_in_words(kind: str) -> None:
    payload = {name: f"{name}-value" for name in KINDS[kind].fields}
    said = sentence(link(None, START, "p", "s", kind, "c", payload))
    assert said
    assert "{" not in said
    for name in KINDS[kind].fields:
        if "{" + name + "}" in KINDS[kind].wording:
            assert f"{name}-value" in said


def test_an_entry_of_a_kind_that_is_no_longer_known_is_still_shown() -> None:
    entry = replace(link(None, START, "p", "s", audit.NOTED, "c", {}), kind="of.another.time")
    assert sentence(entry) == "of.another.time"


def test_two_histories_never_have_the_same_bytes() -> None:
    said = canonical(1, START, "ab", "c", audit.NOTED, "", {})
    assert said != canonical(1, START, "a", "bc", audit.NOTED, "", {})
    assert chain_hash(GENESIS, said) != chain_hash("1" * 64, said)


@given(st.text(max_size=300))
def test_a_word_is_always_a_short_fact(name: str) -> None:
    fact = word(name)
    assert len(fact) <= 40
    canonical(1, START, "p", "s", audit.CLOSED, "c", {"why": fact})
