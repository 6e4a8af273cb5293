"""A listener killed at every step of a poll and at random moments: every post once, none lost."""

from __future__ import annotations

import pytest

from casebook import audit
from casebook.actions import setting_up
from monitor.intake import STEPS
from tests.slow.storm import Storm, control, peer
from tests.support.books import HANDLE, rehearsal_book

POSTS, RANDOM_KILLS = 2000, 50


@pytest.mark.slow
def test_a_listener_killed_anywhere_hears_every_post_once(tmp_path):
    book = rehearsal_book(tmp_path / "book")
    account = setting_up.ensure_account(book, "x", HANDLE)
    query = {"terms": ["Northvale General"], "handles": [HANDLE]}
    setting_up.ensure_watch(book, "northvale", "x", account, query, 1)
    with peer("x", tmp_path / "journal", POSTS) as url:
        storm = Storm("listen", tmp_path / "book", "x", url, seed=11)
        for nth in (1, 2):
            for step in STEPS[:-1]:
                storm.die_at(step, 1 if step == "taken" else nth)
        for _ in range(RANDOM_KILLS):
            for number in range(30):
                control(url, add={"text": f"Northvale General, late post {storm.kills}-{number}"})
            storm.die_at_random(0.6)
        storm.run()
        storm.die_at("finished", 1)
        storm.run()
        expected = control(url)["posts"]
    with book.store.read() as work:
        mentions = work.mentions.where()
        polls = work.polls.where()
    keys = [mention.external_key for mention in mentions]
    wanted = {book.vault.index(post, "external|x") for post in expected}
    lost, doubled = len(wanted - set(keys)), len(keys) - len(set(keys))
    verified = audit.verify(book.store.audit_entries())
    print(
        f"\nlistener on x: {len(expected)} posts, {storm.kills} kills -9, lost {lost}, doubled {doubled}, "
        f"{len(polls)} pages, {verified.entries} audit entries verify; killed while: {dict(storm.phases)}"
    )
    assert (lost, doubled) == (0, 0)
    assert set(keys) == wanted
    assert set(STEPS) - {"committing"} <= set(storm.phases) | {"committing"}
