"""A name found once in a conversation is found again in it, later and earlier; what people put right holds."""

from __future__ import annotations

import pytest

from casebook.actions import hiding
from casebook.actions.correcting import missed, undo, wrongly_hidden
from tests.support.books import actor, rehearsal_book, scripted
from tests.support.practice import mention_of, post, practice


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path)


def heard(book, *posts):
    monitor, _ = practice(book, *posts)
    monitor.once()


def test_a_name_hidden_once_is_hidden_in_later_posts_in_any_case(book):
    heard(book, post(1, "Mrs Okonjo waited"), post(2, "poor okonjo", in_reply_to="p1"))
    assert mention_of(book, "p2").text == "poor ⟦name 1⟧"


def test_a_name_that_a_later_post_tells_is_hidden_in_the_earlier_ones(book):
    heard(book, post(1, "okonjo waited"), post(2, "yes, Mrs Okonjo did", in_reply_to="p1"))
    assert mention_of(book, "p1").text == "⟦name 1⟧ waited"
    assert mention_of(book, "p2").text == "yes, Mrs ⟦name 1⟧ did"


def test_a_name_of_one_conversation_means_nothing_in_another(book):
    heard(book, post(1, "Mrs Okonjo waited"), post(2, "okonjo is a town"))
    assert mention_of(book, "p2").text == "okonjo is a town"


def test_hiding_again_that_fails_does_not_stop_listening(book, monkeypatch):
    def broken(*_):
        raise RuntimeError("nothing works")

    monkeypatch.setattr(hiding, "hide_again", broken)
    monitor, _ = practice(book, post(1, "okonjo waited"), post(2, "yes, Mrs Okonjo did", in_reply_to="p1"))
    assert monitor.once() == 2


def later(book, *posts):
    """The network again with these posts, all heard."""
    heard(book, *posts)
    return mention_of(book, f"p{len(posts)}").text


FIRST = post(1, "Kit Sorrel waited with Mrs Okonjo")


def test_what_was_missed_is_hidden_in_posts_that_come_later(book):
    heard(book, FIRST)
    first, person = mention_of(book, "p1"), actor(book, "responder")
    missed(book, person, first.case_id, first.id, "Kit Sorrel", "PERSON")
    assert later(book, FIRST, post(2, "kit sorrel again", in_reply_to="p1")) == "⟦name 2⟧ again"
    undo(book, person, first.case_id)
    more = [FIRST, post(2, "kit sorrel again", in_reply_to="p1"), post(3, "Kit Sorrel!", in_reply_to="p1")]
    assert later(book, *more) == "Kit Sorrel!"


def test_what_was_wrongly_hidden_does_not_come_back(book):
    heard(book, FIRST)
    first = mention_of(book, "p1")
    wrongly_hidden(book, actor(book, "approver"), first.case_id, first.id, "⟦name 1⟧", "a brand, no person")
    assert later(book, FIRST, post(2, "Mrs Okonjo, okonjo", in_reply_to="p1")) == "Mrs Okonjo, okonjo"
    assert mention_of(book, "p1").text == "Kit Sorrel waited with Mrs Okonjo"


def test_a_post_read_late_is_hidden_by_what_was_put_right_meanwhile(book):
    heard(book, FIRST)
    first = mention_of(book, "p1")
    missed(book, actor(book, "responder"), first.case_id, first.id, "Kit Sorrel", "PERSON")
    scripted(book).unreadable = True
    second = [FIRST, post(2, "kit sorrel and okonjo", in_reply_to="p1")]
    assert later(book, *second) == ""
    scripted(book).unreadable = False
    assert later(book, *second) == "⟦name 2⟧ and ⟦name 1⟧"
