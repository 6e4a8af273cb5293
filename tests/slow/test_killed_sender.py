"""A sender killed at every step, with answers cut after the network had committed: nothing lost, nothing doubled."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from casebook import audit
from casebook.actions import hearing, resolving, sending, setting_up
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.model import OutboxState
from casebook.store.sqlite import SqliteStore
from monitor.outbox import STEPS
from monitor.service import Monitor
from tests.slow.storm import Storm, control, peer
from tests.slow.storm_child import channel_of
from tests.support.books import DATABASE_KEY, HANDLE, actor, open_book, real_book, scripted

REPLIES, RANDOM_KILLS = 48, 50
WRITES = {"x": "POST /2/tweets", "reddit": "POST /api/comment"}


def fill_the_outbox(book, channel_name, url):
    """Hear posts and approve a reply, each in other words, to `REPLIES` of those that can be answered."""
    account = setting_up.ensure_account(book, channel_name, HANDLE)
    query = {"terms": ["Northvale General"], "handles": [HANDLE]}
    setting_up.ensure_watch(book, "northvale", channel_name, account, query, 3600)
    monitor = Monitor(book, {channel_name: channel_of(channel_name, url, book.clock)}, scripted(book))
    for listener_id in hearing.due(book, whatever_due=True):
        monitor.listening.poll(listener_id)
    with book.store.read() as work:
        answerable = [mention for mention in work.mentions.where() if mention.way == "api"][:REPLIES]
    writer, approver = actor(book, "responder"), actor(book, "approver")
    for number, mention in enumerate(answerable):
        claim(book, writer, mention.case_id)
        text = f"Thank you for telling us ({number}). Please call PALS on 020 7946 0321 and we will look into it."
        draft = submit(book, writer, save_draft(book, writer, mention.case_id, text).id)
        approve(book, approver, draft.id, draft.bundle_hash)
    assert len(answerable) == REPLIES


def journal(path):
    """What the network took, as its own disk says."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line] if path.exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("channel", ["x", "reddit"])
def test_a_sender_killed_anywhere_posts_every_reply_once(tmp_path, channel):
    from datetime import UTC, datetime

    folder, state = tmp_path / "book", tmp_path / "journal"
    made = real_book(folder, lambda: datetime.now(UTC))
    with peer(channel, state, 400) as url:
        fill_the_outbox(made, channel, url)
        storm = Storm("send", folder, channel, url, seed=12)
        for step in STEPS:
            storm.die_at(step, 1)
        for number in range(RANDOM_KILLS):
            if number % 3 == 0:
                control(url, fault={"path": WRITES[channel], "effect": {"kind": "cut_after_commit"}})
            if number % 3 == 1:
                control(url, fault={"path": WRITES[channel], "effect": {"kind": "cut_before"}})
            storm.die_at_random(0.25)
        storm.run()
        by_hand = 0
        # Faults that no kill met are still waiting at the network: settle, let a person decide, until none is left.
        for ahead in range(200, 8200, 800):
            for later in (0, 200, 400):
                storm.run(ahead + later)
            decided = decide(open_book(SqliteStore(folder / "casebook.db", DATABASE_KEY), made.clock), state)
            by_hand += decided
            if not decided:
                break
        posted = Counter(entry["text"] for entry in journal(state))
    with made.store.read() as work:
        rows = work.outbox.where()
        attempts = len(work.attempts.where())
    states = Counter(str(row.state) for row in rows)
    lost = REPLIES - len(posted)
    doubled = sum(count - 1 for count in posted.values())
    verified = audit.verify(made.store.audit_entries())
    print(
        f"\nsender on {channel}: {REPLIES} replies, {storm.kills} kills -9, lost {lost}, doubled {doubled}, "
        f"{attempts} attempts, {by_hand} decided by a person, states {dict(states)}, {verified.entries} audit "
        f"entries verify; killed while: {dict(storm.phases)}"
    )
    assert (lost, doubled) == (0, 0)
    assert states == {str(OutboxState.SENT): REPLIES}
    assert set(STEPS) <= set(storm.phases)


def decide(book, state):
    """A person looks at the network for each reply that was not found, and says what they saw."""
    there = {entry["text"] for entry in journal(state)}
    officer, decided = actor(book, "governance"), 0
    with book.store.read() as work:
        rows = work.outbox.where(state=OutboxState.UNCERTAIN)
    opened = {reply.outbox_id: reply for row in rows for reply in sending.uncertain(book, row.channel)}
    for row in rows:
        assert row.why == sending.NOT_FOUND
        assert opened[row.id].text not in there, "the sender said 'not found' of a reply that is there"
        resolving.resolve_uncertain(book, officer, row.id, "not_posted")
        decided += 1
    return decided
