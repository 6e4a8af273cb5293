"""What a page brings beside new posts: edits, our own posts, items nobody can read, what the watch does not mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from casebook.actions import hearing, revealing, setting_up
from casebook.actions.claiming import claim
from casebook.actions.closing import close
from casebook.errors import Stale
from casebook.model import set_aside_row
from casebook.queries import QueueFilter
from monitor.channel import (
    Capabilities,
    CredentialsRefused,
    Cursor,
    Gone,
    Lookup,
    Page,
    RawItem,
    RawPost,
    ReplyCapability,
    ReplyWay,
    Spend,
    Trouble,
    Watch,
)
from monitor.service import Monitor
from tests.support.books import HANDLE, actor, clock_of, rehearsal_book, scripted
from tests.support.clock import START
from tests.support.practice import approved_reply, mention_of


@dataclass
class Pages:
    """A channel that gives the pages it was told to give, one a poll."""

    pages: list[Page] = field(default_factory=list)
    posts: dict[str, RawPost] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("telex", "Telex", True, 0.0, 60.0, 500)

    def fetch(self, watch: Watch, cursor: Cursor) -> Page:
        return self.pages.pop(0) if self.pages else Page((), cursor, False, {})

    def restart(self, watch: Watch, cursor: Cursor) -> Cursor:
        return {}

    def look_up(self, external_ids: Sequence[str]) -> Sequence[Lookup]:
        return [
            Lookup(one, self.posts.get(one), "" if one in self.posts else "deleted") for one in external_ids
        ]

    def spent(self) -> Spend:
        return Spend()


def raw(name: str, text: str, **more: Any) -> RawPost:
    return RawPost(
        "telex",
        name,
        more.pop("conversation", name),
        "a1",
        START,
        text,
        capability=ReplyCapability(ReplyWay.API, "it may be answered"),
        **more,
    )


def page(*posts: RawPost, **more: Any) -> Page:
    return Page(posts, {"n": 1}, False, {"query": "northvale"}, **more)


@pytest.fixture
def book(tmp_path):
    return rehearsal_book(tmp_path)


@pytest.fixture
def channel():
    return Pages()


@pytest.fixture
def monitor(book, channel):
    account = setting_up.ensure_account(book, "telex", HANDLE)
    query = {"terms": ["Northvale"], "exclusions": ["Northvale FC"]}
    setting_up.ensure_watch(book, "northvale", "telex", account, query, 600)
    return Monitor(book, {"telex": channel}, scripted(book), owner="monitor-1")


def hear(monitor: Monitor, channel: Pages, *pages: Page) -> int:
    channel.pages += pages
    clock_of(monitor.book).advance(minutes=5)
    return monitor.once()


def rows(book, name: str):
    with book.store.read() as work:
        return getattr(work, name).where()


# Edits


def test_an_edited_post_is_read_again_and_its_earlier_words_stay_as_evidence(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: Dr Okafor was kind")))
    before = mention_of(book, "1", "telex")
    assert (
        hear(monitor, channel, page(raw("1", "Northvale: Mrs Lindqvist was not breathing", revision="2")))
        == 0
    )
    after = mention_of(book, "1", "telex")
    assert after.id == before.id
    assert after.text == "Northvale: Mrs ⟦name 2⟧ was not breathing"
    (earlier,) = rows(book, "earlier_versions")
    assert (earlier.sealed, earlier.content_hash) == (before.sealed, before.content_hash)
    opened = revealing.reveal(book, actor(book, "governance"), after.case_id, after.id, "checking an edit")
    assert opened["earlier"] == "Northvale: Dr Okafor was kind"
    assert opened["text"].endswith("not breathing")


def test_an_edit_makes_a_case_more_urgent_and_never_less(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: the car park is full")))
    mild = book.queries.queue(QueueFilter(), book.clock())[0].severity
    hear(monitor, channel, page(raw("1", "Northvale: she is not breathing", revision="2")))
    assert book.queries.queue(QueueFilter(), book.clock())[0].severity == 5 > mild
    hear(monitor, channel, page(raw("1", "Northvale: thanks, all well", revision="3")))
    assert book.queries.queue(QueueFilter(), book.clock())[0].severity == 5
    assert len(rows(book, "earlier_versions")) == 2


def test_an_edit_that_opens_a_closed_case_again_is_audited_as_a_new_post_is(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: the car park is full")))
    case_id = mention_of(book, "1", "telex").case_id
    person = actor(book, "responder")
    claim(book, person, case_id)
    close(book, person, case_id, "no_reply_needed")
    hear(monitor, channel, page(raw("1", "Northvale: she is not breathing", revision="2")))
    (row,) = book.queries.queue(QueueFilter(), book.clock())
    assert str(row.status) == "open"
    reopened = [one for one in book.queries.audit(case_id=case_id) if one.kind == "case.reopened"]
    assert [one.facts["why"] for one in reopened] == ["edited_post"]


def test_an_edit_voids_what_was_approved_for_the_old_words(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: waited long")))
    approved_reply(book, mention_of(book, "1", "telex"))
    hear(monitor, channel, page(raw("1", "Northvale: waited long, and hurt", revision="2")))
    channel.posts["1"] = raw("1", "Northvale: waited long, and hurt", revision="2")
    monitor.send()
    (reply,) = rows(book, "outbox")
    assert (str(reply.state), reply.why) in {("refused", "post_changed"), ("refused", "rehearsal_stays_here")}


def test_the_same_version_heard_again_changes_nothing(book, monitor, channel):
    post = raw("1", "Northvale: waited", revision="cid-1")
    hear(monitor, channel, page(post), page(post))
    hear(monitor, channel, page(post))
    assert len(rows(book, "mentions")) == 1
    assert rows(book, "earlier_versions") == []


def test_another_name_for_a_version_with_the_same_words_keeps_no_earlier_one(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: waited", revision="cid-1")))
    hear(monitor, channel, page(raw("1", "Northvale: waited", revision="cid-2")))
    assert rows(book, "earlier_versions") == []
    assert mention_of(book, "1", "telex").revision == "cid-2"


def test_a_post_asked_for_again_that_has_changed_brings_its_new_words_in(book, monitor, channel):
    hear(monitor, channel, page(raw("1", "Northvale: waited")))
    kept = mention_of(book, "1", "telex")
    assert monitor.intake.keep_changed(kept, raw("1", "Northvale: waited for Dr Okafor", revision="2"))
    assert mention_of(book, "1", "telex").text == "Northvale: waited for Dr ⟦name 1⟧"
    assert not monitor.intake.keep_changed(kept, raw("1", "Northvale: waited for Dr Okafor", revision="2"))


def test_an_edit_read_before_the_case_moved_on_is_read_again(book, monitor, channel, monkeypatch):
    hear(monitor, channel, page(raw("1", "Northvale: waited")))
    real, calls = hearing.record_page, []

    def once_stale(*args: object) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise Stale
        return real(*args)

    monkeypatch.setattr(hearing, "record_page", once_stale)
    hear(monitor, channel, page(raw("1", "Northvale: Dr Okafor", revision="2")))
    assert mention_of(book, "1", "telex").text == "Northvale: Dr ⟦name 1⟧"


# What the watch does not mean


def test_a_post_that_the_watch_does_not_mean_is_passed_over_and_counted(book, monitor, channel):
    about_us, match, direct = (
        raw("1", "Northvale was kind"),
        raw("2", "Northvale FC won"),
        raw("3", "hello?", direct=True),
    )
    assert hear(monitor, channel, page(about_us, match, direct)) == 2
    (poll,) = rows(book, "polls")[-1:]
    assert (poll.saw, poll.new, poll.passed_over) == (3, 2, 1)


# Items nobody can read


def test_an_item_that_cannot_be_understood_is_set_aside_sealed_and_the_page_stands(book, monitor, channel):
    odd = RawItem('{"id": "9", "text": 4, "who": "Dr Okafor"}', "shape")
    assert hear(monitor, channel, page(raw("1", "Northvale was kind"), unread=[odd])) == 1
    (item,) = rows(book, "items_set_aside")
    assert b"Okafor" not in (item.sealed or b"")
    assert book.vault.open(item.sealed, set_aside_row(item.id)).decode() == odd.body
    hear(monitor, channel, page(unread=[odd]))
    assert len(rows(book, "items_set_aside")) == 1


def test_half_a_character_in_an_item_stops_nothing(book, monitor, channel):
    assert hear(monitor, channel, page(raw("1", "Northvale"), unread=[RawItem("a\ud800b")])) == 1
    assert len(rows(book, "items_set_aside")) == 1


# Our own posts


def test_our_own_posts_never_become_mentions(book, monitor, channel):
    assert hear(monitor, channel, page(raw("1", "Northvale says sorry", ours=True))) == 0
    assert rows(book, "mentions") == []


# Sources in trouble


def test_a_source_in_trouble_is_recorded_and_what_the_others_brought_is_kept(book, monitor, channel):
    troubled = Page((), {"n": 2}, True, {}, source="feed 2", trouble=Trouble("feed 2", Gone("410")))
    assert hear(monitor, channel, troubled, page(raw("1", "Northvale was kind"), source="feed 1")) == 1
    outcomes = {(poll.source, poll.outcome) for poll in rows(book, "polls")}
    assert outcomes == {("feed 2", "gone"), ("feed 1", "ok")}
    (incident,) = rows(book, "incidents")
    assert (incident.source, str(incident.kind), incident.closed_at) == ("feed 2", "source_gone", None)
    hear(monitor, channel, page(source="feed 2"))
    (incident,) = rows(book, "incidents")
    assert incident.closed_why == "heard_again"


def test_when_everything_fails_the_listener_stops_with_an_incident_and_keeps_where_it_was(
    book, monitor, channel, monkeypatch
):
    failure = CredentialsRefused("401")
    failure.cursor = {"of": {}, "rest": {"a": {"tries": 1, "until": START.isoformat()}}, "walk": None}

    def fail(*_: object) -> Page:
        raise failure

    monkeypatch.setattr(channel, "fetch", fail)
    monitor.once()
    (listener,) = rows(book, "listeners")
    assert listener.stopped_why == "credentials_refused"
    (incident,) = rows(book, "incidents")
    assert str(incident.kind) == "credentials"
    clock_of(book).advance(minutes=5)
    hearing.try_stopped(book)
    (again,) = hearing.due(book, whatever_due=True)
    lease = hearing.take(book, again, "another", timedelta(minutes=2))
    assert lease is not None
    assert lease.cursor == failure.cursor


def test_the_ledger_says_which_page_of_which_walk_saw_what(book, monitor, channel):
    older = replace(raw("2", "Northvale two"), posted_at=START - timedelta(hours=3))
    first = page(
        raw("1", "Northvale one"), older, window=(START - timedelta(days=7), None), cost=Spend(2, 10_000)
    )
    hear(monitor, channel, replace(first, more=True), page(cap="only 800 back"))
    one, two = rows(book, "polls")
    assert one.walk == two.walk
    assert (one.page, two.page) == (1, 2)
    assert (one.newest_at, one.oldest_at) == (START, START - timedelta(hours=3))
    assert (one.window_from, one.calls, one.micros) == (START - timedelta(days=7), 2, 10_000)
    assert two.cap == "only 800 back"
