"""How a watch becomes each network's queries; and that hostile words stay words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channel import NotEntitled, Watch
from monitor.wire import reddit_asking, x_asking
from monitor.wire.queries import LONGEST_QUERY, QueryTooLong, any_of, split

WATCH = Watch(
    "w",
    ("Northvale General", "St Bride's"),
    ("@NorthvaleNHS",),
    ("St Bride's Church", "Northvale FC"),
    hashtags=("NorthvaleWaits",),
)
BOTH: list[Callable[[Watch], list[str]]] = [x_asking.queries, reddit_asking.queries]


@pytest.mark.parametrize("queries", BOTH)
def test_an_exclusion_without_a_wanted_word_in_it_is_left_to_the_local_filter(
    queries: Callable[[Watch], list[str]],
) -> None:
    # The network would take away a post that speaks of the club and of the hospital, which the watch means.
    (query,) = queries(WATCH)
    assert "Northvale FC" not in query
    assert "St Bride's Church" in query


def test_xs_query_asks_for_any_term_handle_or_hashtag_and_for_no_retweets_nor_our_own_posts() -> None:
    words = '"Northvale General" OR "St Bride\'s" OR @NorthvaleNHS OR #NorthvaleWaits'
    rest = '-is:retweet -from:NorthvaleNHS -"St Bride\'s Church"'
    assert x_asking.queries(WATCH, "@NorthvaleNHS") == [f"({words}) {rest}"]


def test_where_mentions_are_listed_apart_xs_query_leaves_them_out() -> None:
    words = '"Northvale General" OR "St Bride\'s" OR #NorthvaleWaits'
    rest = '-is:retweet -from:NorthvaleNHS -@NorthvaleNHS -"St Bride\'s Church"'
    assert x_asking.queries(WATCH, "NorthvaleNHS", mentions_apart=True) == [f"({words}) {rest}"]


def test_a_watch_for_our_handle_alone_leaves_nothing_to_search_for() -> None:
    only = Watch("w", (), ("@northvalenhs",))
    assert x_asking.queries(only, "NorthvaleNHS", mentions_apart=True) == [""]
    assert x_asking.queries(only, "NorthvaleNHS") == ["(@northvalenhs) -is:retweet -from:NorthvaleNHS"]


def test_the_words_stay_in_the_same_groups_whether_mentions_are_apart_or_not() -> None:
    long = Watch("w", tuple(f"Northvale site number {n}" for n in range(60)), ("@NorthvaleNHS",))
    without = x_asking.queries(long, "NorthvaleNHS", mentions_apart=True)
    whole = x_asking.queries(long, "NorthvaleNHS")
    assert len(whole) == len(without) > 3
    for one, other in zip(whole, without, strict=True):
        assert other.split(")")[0].strip("(") in one.replace("@NorthvaleNHS OR ", "").replace(
            " OR @NorthvaleNHS", ""
        )


def test_the_handle_of_another_kind_of_network_is_searched_for_as_words() -> None:
    assert x_asking.queries(Watch("w", (), ("@us@northvale.example",))) == [
        '("@us@northvale.example") -is:retweet'
    ]


def test_reddits_query_asks_for_any_term_handle_or_hashtag_but_no_exclusion() -> None:
    words = '"Northvale General" OR "St Bride\'s" OR "@NorthvaleNHS" OR "#NorthvaleWaits"'
    assert reddit_asking.queries(WATCH) == [f'({words}) AND NOT "St Bride\'s Church"']


@pytest.mark.parametrize("queries", BOTH)
def test_quotation_marks_in_a_term_cannot_end_it(queries: Callable[[Watch], list[str]]) -> None:
    (query,) = queries(Watch("w", ('a" OR from:somebody OR "b\\',)))
    assert query.startswith('("a OR from:somebody OR b")')


def test_a_hashtag_holds_no_operator() -> None:
    assert x_asking.queries(Watch("w", (), hashtags=("a) OR from:b", "#ok", "!"))) == [
        "(#aORfromb OR #ok) -is:retweet"
    ]


@pytest.mark.parametrize("queries", BOTH)
def test_a_watch_without_words_has_no_query(queries: Callable[[Watch], list[str]]) -> None:
    assert queries(Watch("w", ("", "  "), places=("northvale",))) == []


@pytest.mark.parametrize("queries", BOTH)
def test_a_query_of_the_longest_length_passes_and_one_more_does_not(
    queries: Callable[[Watch], list[str]],
) -> None:
    longest = LONGEST_QUERY - len(queries(Watch("w", ("é",)))[0]) + 1
    assert [len(one) for one in queries(Watch("w", ("é" * longest,)))] == [LONGEST_QUERY]
    with pytest.raises(QueryTooLong) as caught:
        queries(Watch("w", ("é" * (longest + 1),)))
    assert isinstance(caught.value, NotEntitled)
    assert isinstance(caught.value, ValueError)
    assert "513" in str(caught.value)


@pytest.mark.parametrize("queries", BOTH)
def test_exclusions_that_leave_no_room_are_dropped_the_last_first(
    queries: Callable[[Watch], list[str]],
) -> None:
    exclusions = tuple(f"{n} " + "Northvale Football Club " * 5 for n in range(6))  # each holds the term
    (query,) = queries(Watch("w", ("Northvale",), exclusions=exclusions))
    assert query.count("Northvale Football Club") % 5 == 0
    assert '"0 Northvale' in query
    assert '"5 Northvale' not in query


def compose(wanted: object, unwanted: object) -> str:
    return " ".join([any_of(wanted), *unwanted])  # type: ignore[misc, arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("ab ", min_size=1, max_size=200), max_size=40),
    st.lists(st.text("cd ", min_size=1, max_size=200), max_size=8),
)
def test_every_word_is_in_exactly_one_query_and_every_query_fits(
    words: list[str], exclusions: list[str]
) -> None:
    found = split(words, exclusions, compose)
    assert sorted(word for group in found.groups for word in group) == sorted(set(words))
    assert all(len(compose(group, found.exclusions)) <= LONGEST_QUERY for group in found.groups)
    assert list(found.exclusions) == list(dict.fromkeys(exclusions))[: len(found.exclusions)]


def test_queries_are_about_as_long_as_each_other() -> None:
    found = split([f"Northvale site number {n}" for n in range(40)], [], compose)
    lengths = [len(compose(group, ())) for group in found.groups]
    assert max(lengths) - min(lengths) < 60
