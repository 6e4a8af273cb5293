"""A sender killed at every step, with answers cut after the network had committed: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from casebook import audit
from casebook.actions import hearing, resolving, sending, setting_up
from casebook.actions.approving import approve
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.model import OutboxState, PolicyVersion, new_id
from casebook.store.sqlite import SqliteStore
from monitor.outbox import STEPS
from monitor.service import Monitor
from policies.loader import parse_pack
from tests.slow.storm import Storm, control, peer
from tests.slow.storm_child import account_of, channel_of
from tests.support.books import DATABASE_KEY, HANDLE, actor, open_book, policy, real_book, scripted

REPLIES, RANDOM_KILLS = 60, int(os.environ.get("STORM_KILLS", "75"))
"""Kills at random moments on each network: 300 on the four together."""
WRITES = {
    "x": "POST /2/tweets",
    "reddit": "POST /api/comment",
    "mastodon": "POST /api/v1/statuses",
    "bluesky": "POST /xrpc/com.atproto.repo.putRecord",
}
SAFE_AGAIN = {"mastodon", "bluesky"}
"""Networks that refuse a second copy of one attempt themselves: there the sender sends again by itself."""


def fill_the_outbox(book, channel_name, url):
    """Hear posts and approve a reply, each in other words, to `REPLIES` of those that can be answered."""
    allow_many_an_hour(book)
    account = setting_up.ensure_account(book, channel_name, account_of(channel_name)[0])
    query = {"terms": ["Northvale General"], "handles": [HANDLE]}
    setting_up.ensure_watch(book, "northvale", channel_name, account, query, 3600)
    monitor = Monitor(book, {channel_name: channel_of(channel_name, url, book)}, scripted(book))
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


def allow_many_an_hour(book):
    """The usual pack holds an account to 30 replies an hour, which would end a storm before it has begun."""
    many = parse_pack(
        policy().text.replace("an_hour_per_account: 30 ", "an_hour_per_account: 900 "), "many.yaml"
    )
    assert many.rules.sending.an_hour_per_account == 900
    with book.store.write() as work:
        now = book.clock()
        work.policies.add(
            PolicyVersion(
                id=new_id(), version_hash=many.version, name=many.name, source=many.text,
                activated_at=now, activated_by="storm",
            )
        )  # fmt: skip
        work.commit()


def later_by(much):
    """Now, so much later."""
    return datetime.now(UTC) + much


def nothing_waits(book):
    """Whether every reply has come to its end."""
    with book.store.read() as work:
        return all(row.state is OutboxState.SENT for row in work.outbox.where())


def journal(path):
    """What the network took, as its own disk says."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line] if path.exists() else []


@pytest.mark.slow
@pytest.mark.parametrize("channel", ["x", "reddit", "mastodon", "bluesky"])
def test_a_sender_killed_anywhere_posts_every_reply_once(tmp_path, channel):
    folder, state = tmp_path / "book", tmp_path / "journal"
    made = real_book(folder, lambda: datetime.now(UTC))
    with peer(channel, state, 600) as url:
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
        for ahead in range(200, 40_200, 800):
            for later in (0, 200, 400):
                storm.run(ahead + later)
            later = timedelta(seconds=ahead + 500)  # the person looks after the sender, by the same clock
            store = SqliteStore(folder / "casebook.db", DATABASE_KEY)
            decided = decide(open_book(store, partial(later_by, later)), state)
            by_hand += decided
            if not decided and nothing_waits(made):
                break
        posted = Counter(entry["text"] for entry in journal(state))
    with made.store.read() as work:
        rows = work.outbox.where()
        attempts = len(work.attempts.where())
        events = [event for event in work.events.where() if event.kind == "sent"]
    how = Counter(str(event.facts.get("how")) for event in events)
    states = Counter(str(row.state) for row in rows)
    lost = REPLIES - len(posted)
    doubled = sum(count - 1 for count in posted.values())
    verified = audit.verify(made.store.audit_entries())
    print(
        f"\nsender on {channel}: {REPLIES} replies, {storm.kills} kills -9, lost {lost}, doubled {doubled}, "
        f"{attempts} attempts, {by_hand} decided by a person, told {dict(how)}, states {dict(states)}, "
        f"{verified.entries} audit entries verify; killed while: {dict(storm.phases)}"
    )
    assert (lost, doubled) == (0, 0)
    assert states == {str(OutboxState.SENT): REPLIES}
    assert set(STEPS) <= set(storm.phases)
    assert by_hand == 0 or channel not in SAFE_AGAIN


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
