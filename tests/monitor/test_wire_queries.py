"""How a watch becomes each network's query; and that hostile words stay words."""

from __future__ import annotations

import pytest

from monitor.channel import NotEntitled, Watch
from monitor.wire import reddit, x
from monitor.wire.queries import LONGEST_QUERY, QueryTooLong

WATCH = Watch("w", ("Northvale General", "St Bride's"), ("@NorthvaleNHS",), ("Northvale FC",))


def test_xs_query_asks_for_any_term_or_handle_and_for_no_retweets_nor_our_own_posts() -> None:
    assert x.compile_query(WATCH, "@NorthvaleNHS") == (
        '("Northvale General" OR "St Bride\'s" OR @NorthvaleNHS) -is:retweet -from:NorthvaleNHS -"Northvale FC"'
    )


def test_reddits_query_asks_for_any_term_or_handle_but_no_exclusion() -> None:
    assert reddit.compile_query(WATCH) == (
        '("Northvale General" OR "St Bride\'s" OR "@NorthvaleNHS") AND NOT "Northvale FC"'
    )


@pytest.mark.parametrize("compile_query", [x.compile_query, reddit.compile_query])
def test_quotation_marks_in_a_term_cannot_end_it(compile_query: object) -> None:
    query = compile_query(Watch("w", ('a" OR from:somebody OR "b\\',)))  # type: ignore[operator]
    assert query.startswith('("a OR from:somebody OR b")')


@pytest.mark.parametrize("compile_query", [x.compile_query, reddit.compile_query])
def test_a_query_of_the_longest_length_passes_and_one_more_does_not(compile_query: object) -> None:
    longest = LONGEST_QUERY - len(compile_query(Watch("w", ("",))))  # type: ignore[operator]
    assert len(compile_query(Watch("w", ("é" * longest,)))) == LONGEST_QUERY  # type: ignore[operator]
    with pytest.raises(QueryTooLong) as caught:
        compile_query(Watch("w", ("é" * (longest + 1),)))  # type: ignore[operator]
    assert isinstance(caught.value, NotEntitled)
    assert isinstance(caught.value, ValueError)
    assert "513" in str(caught.value)
