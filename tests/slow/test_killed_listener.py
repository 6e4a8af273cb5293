"""A listener killed at every step of a poll and at random moments: every post once, none lost."""

from __future__ import annotations

import os

import pytest

from casebook import audit
from casebook.actions import setting_up
from monitor.intake import STEPS
from tests.slow.storm import Storm, control, peer
from tests.slow.storm_child import account_of
from tests.support.books import HANDLE, rehearsal_book

POSTS = {"x": 2000, "mastodon": 600, "bluesky": 1500}
ARRIVING = {"x": 30, "mastodon": 6, "bluesky": 12}
"""Posts that arrive before each kill."""
RANDOM_KILLS = int(os.environ.get("STORM_KILLS", "100"))
"""On each network: 300 on the three together."""


@pytest.mark.slow
@pytest.mark.parametrize("channel", sorted(POSTS))
def test_a_listener_killed_anywhere_hears_every_post_once(tmp_path, channel):
    book = rehearsal_book(tmp_path / "book")
    handle, _ = account_of(channel)
    account = setting_up.ensure_account(book, channel, handle)
    query = {"terms": ["Northvale General"], "handles": [HANDLE]}
    setting_up.ensure_watch(book, "northvale", channel, account, query, 1)
    with peer(channel, tmp_path / "journal", POSTS[channel]) as url:
        storm = Storm("listen", tmp_path / "book", channel, url, seed=11)
        for nth in (1, 2):
            for step in STEPS[:-1]:
                storm.die_at(step, 1 if step == "taken" else nth)
        for _ in range(RANDOM_KILLS):
            for number in range(ARRIVING[channel]):
                control(url, add={"text": f"{handle} Northvale General, late post {storm.kills}-{number}"})
            storm.die_at_random(0.6)
        storm.run()
        storm.die_at("finished", 1)
        storm.run()
        expected = control(url)["posts"]
    with book.store.read() as work:
        mentions = work.mentions.where()
        polls = work.polls.where()
    keys = [mention.external_key for mention in mentions]
    wanted = {book.vault.index(post, f"external|{channel}") for post in expected}
    lost, doubled = len(wanted - set(keys)), len(keys) - len(set(keys))
    verified = audit.verify(book.store.audit_entries())
    print(
        f"\nlistener on {channel}: {len(expected)} posts, {storm.kills} kills -9, lost {lost}, doubled {doubled}, "
        f"{len(polls)} pages, {verified.entries} audit entries verify; killed while: {dict(storm.phases)}"
    )
    assert (lost, doubled) == (0, 0)
    assert set(keys) == wanted
    assert set(STEPS) - {"committing"} <= set(storm.phases) | {"committing"}
