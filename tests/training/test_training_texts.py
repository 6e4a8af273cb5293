"""The training texts parse, are marked by the guide's names alone, and split: development is never training."""

from __future__ import annotations

from collections import Counter

import pytest

from redaction.text import ENTITIES
from training.corpus import committed, is_development, parse

POSTS = committed()


def test_every_post_parses_and_its_spans_are_its_words():
    assert len(POSTS) > 2500
    for post in POSTS:
        for start, end, entity in post.spans:
            assert entity in ENTITIES
            assert post.text[start:end].strip() == post.text[start:end]


def test_every_entity_is_there_and_so_are_posts_with_nothing_personal():
    seen = Counter(entity for post in POSTS for _, _, entity in post.spans)
    assert set(seen) == set(ENTITIES)
    assert sum(not post.spans for post in POSTS) > 700


def test_no_post_stands_twice():
    texts = Counter(" ".join(post.text.casefold().split()) for post in POSTS)
    assert [text for text, count in texts.items() if count > 1] == []


def test_development_is_an_eighth_and_shares_no_post_with_training():
    kept = [post for post in POSTS if is_development(post)]
    assert 0.09 < len(kept) / len(POSTS) < 0.16
    assert not {post.text for post in kept} & {post.text for post in POSTS if not is_development(post)}


@pytest.mark.parametrize("line", ["{{NOBODY:x}}", "{{PERSON: }}", "left {{PERSON:open"])
def test_a_line_marked_wrongly_is_refused(line):
    with pytest.raises(ValueError):
        parse(line, "test:1")


def test_marks_become_offsets_of_the_text_as_it_is_read():
    post = parse("to {{PERSON:Kit}}\\nfrom {{LOCATION:Lower\\nMarsh}}", "test:1")
    assert post.text == "to Kit\nfrom Lower\nMarsh"
    assert [post.text[start:end] for start, end, _ in post.spans] == ["Kit", "Lower\nMarsh"]
