"""Which posts a watch means: whole words however they are written, and exclusions that take only themselves away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channel import RawPost, Watch
from monitor.matching import (
    DIRECT,
    EVERYTHING,
    NOTHING,
    matches,
    matches_words,
    means_nothing,
    rules_out_nothing,
)

WATCH = Watch(
    name="by name",
    terms=("Northvale General", "St Bride's", "Northvale hospital"),
    handles=("@NorthvaleNHS", "northvale.bsky.social", "@press@social.example"),
    exclusions=("Northvale FC", "St Bride's church"),
    hashtags=("OurWards",),
)


def caught(text: str, watch: Watch = WATCH) -> bool:
    return matches_words(watch, [text]).caught


def post(**words: object) -> RawPost:
    fields: dict[str, object] = {"text": "", **words}
    return RawPost("practice", "p1", "p1", "a1", datetime(2026, 3, 2, tzinfo=UTC), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Waiting at NORTHVALE GENERAL again",
        "Northvale   General",
        "Nörthvale Généràl",
        "Ｎｏｒｔｈｖａｌｅ Ｇｅｎｅｒａｌ",
        "nor\u200bthvale gene\u00adral",
        "Northvale-General",
        "Northvale General's front door",
        "thank you #NorthvaleGeneral!",
        "thank you #northvale_general",
        "st brides was kind",
        "St. Bride’s-ward",
        "St Bride`s",
        "all Northvale hospitals",
        "Northvale hospital's car park",
        "我在Northvale General医院",
        "hello @NorthvaleNHS",
        "hello @northvalenhs@elsewhere.example",
        "(@NORTHVALENHS).",
        "@NorthvaleNHS.Thank you",
        "u/NorthvaleNHS hello",
        "hello @northvale.bsky.social.",
        "https://bsky.example/profile/northvale.bsky.social/post/1",
        "hello @press",
        "hello @press@social.example",
        "#OURWARDS",
    ],
)
def test_the_watch_catches_its_words_however_they_are_written(text: str) -> None:
    assert caught(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Northvale",
        "Northvale Generalist",
        "Southnorthvale General",
        "Northvale and a general",
        "General Northvale",
        "pals@northvalenhs is an address",
        "@NorthvaleNHS2",
        "@press@another.example",
        "#OurWardsToday",
        "our wards",
        "our #wards",
        "Saint Bride",
    ],
)
def test_parts_of_words_and_words_apart_are_not_meant(text: str) -> None:
    assert matches_words(WATCH, [text]).why == NOTHING
    assert not caught(text)


def test_an_exclusion_takes_away_only_what_stands_inside_it() -> None:
    watch = replace(WATCH, terms=("Northvale", "St Bride's"))
    assert matches_words(watch, ["Northvale FC won"]).why == "exclusion “Northvale FC”"
    assert not caught("#NorthvaleFC", watch)
    assert not caught(
        "A wedding at St Bride's church, and Northvale F.C.", replace(watch, terms=("St Bride's",))
    )
    assert caught("Northvale FC lost, and somebody went to Northvale by ambulance", watch)
    assert caught("Northvale FC players visit Northvale General")
    assert caught("Northvale FC players visit @NorthvaleNHS")


def test_an_exclusion_that_only_touches_a_term_takes_nothing_away() -> None:
    assert caught("Northvale General election", replace(WATCH, exclusions=("General election",)))


def test_an_exclusion_in_one_part_leaves_the_others_alone() -> None:
    assert matches(WATCH, post(title="Northvale FC", text="Northvale General")).caught


@pytest.mark.parametrize("part", ["title", "text", "alt_text", "quoted", "warning"])
def test_every_part_that_people_read_is_looked_at(part: str) -> None:
    assert matches(WATCH, post(**{part: "at Northvale General"})).caught


def test_the_choices_of_a_poll_are_looked_at() -> None:
    assert matches(WATCH, post(poll=("Another place", "Northvale General"))).caught


def test_no_phrase_reaches_from_one_part_into_the_next() -> None:
    assert not matches(WATCH, post(title="Northvale", text="General")).caught


def test_what_is_addressed_to_us_is_caught_whatever_its_words_are() -> None:
    assert matches(WATCH, post(text="Northvale FC", direct=True)).why == DIRECT


def test_a_watch_of_places_alone_catches_everything_but_its_exclusions() -> None:
    watch = Watch("news", (), exclusions=("Northvale FC",), places=("https://news.example/feed",))
    assert matches_words(watch, ["Anything at all"]).why == EVERYTHING
    assert matches_words(watch, ["Anything", "Northvale FC again"]).why == "exclusion “Northvale FC”"


def test_a_word_of_one_term_keeps_its_own_s() -> None:
    watch = Watch("guys", ("Guy's",))
    assert caught("born at Guys", watch)
    assert caught("Guy’s is full", watch)
    assert not caught("some guy said so", watch)


def test_a_watch_says_which_exclusions_rule_out_nothing_and_which_words_mean_nothing() -> None:
    watch = Watch("w", ("Northvale", "!!"), exclusions=("football", "Northvale FC", "—"))
    assert rules_out_nothing(watch) == ("football", "—")
    assert means_nothing(watch) == ("!!", "—")
    assert rules_out_nothing(Watch("news", (), exclusions=("football",))) == ()


def test_why_names_words_of_the_configuration_alone() -> None:
    assert matches_words(WATCH, ["mrs. secret at nörthvale general"]).why == "term “Northvale General”"


words = st.text(st.sampled_from("abs '-#@.eé\u0301\u200b医’_A"), max_size=40)


@given(words, words)
def test_a_term_alone_in_a_text_is_always_found(before: str, after: str) -> None:
    assert caught(f"{before} , Northvale General , {after}", replace(WATCH, exclusions=()))


@given(st.text(max_size=60))
def test_any_term_finds_itself(term: str) -> None:
    watch = Watch("w", (term,))
    assert caught(term, watch) == (term not in means_nothing(watch))


def test_a_watch_whose_words_mean_nothing_does_not_catch_everything() -> None:
    assert not caught("anything", Watch("w", ("!!",)))


@given(words, words, words)
def test_more_terms_never_lose_a_post_and_more_exclusions_never_gain_one(
    text: str, term: str, out: str
) -> None:
    watch = Watch("w", ("base",), exclusions=("bases",))
    wider, narrower = replace(watch, terms=("base", term)), replace(watch, exclusions=("bases", out))
    assert caught(text, wider) >= caught(text, watch)
    assert caught(text, narrower) <= caught(text, watch)


@given(words)
def test_case_does_not_matter(text: str) -> None:
    watch = Watch("w", ("sea bass", "abs"), ("@ab.se",), ("as sea",), hashtags=("bass",))
    assert caught(text, watch) == caught(text.upper(), watch)


@pytest.mark.parametrize(
    "unit",
    ["a", "'-", "northvale ", "z\u0301\u0327", "@", "@a", "a.-", "#_", "a-", "northvale fc ", "northvale general fc-",
     "\ud800", "医", "a'", "northvale.bsky.", "#northvale", "u/"],
)  # fmt: skip
def test_a_long_hostile_post_is_judged_in_time_that_grows_with_its_length(unit: str) -> None:
    # Anything that grew with the square of the length would not end within the time a test has.
    watch = replace(WATCH, terms=("Northvale general infirmary", "northvale northvale northvale x"))
    assert not caught(unit * (300_000 // len(unit)), watch)


@given(st.text(st.characters(), max_size=200))
def test_any_text_at_all_is_judged(text: str) -> None:
    assert matches_words(WATCH, [text]).why
