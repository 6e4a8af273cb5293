"""Putting a policy in force. The exact text is kept; every decision names the version that made it."""

from __future__ import annotations

from datetime import timedelta

from casebook import audit
from casebook.authority import authorise
from casebook.book import Actor, Casebook
from casebook.errors import Refusal
from casebook.model import PolicyVersion, new_id
from policies.facts import Act
from policies.policy import Policy


def activate(book: Casebook, actor: Actor, policy: Policy) -> PolicyVersion:
    """Put `policy` in force from now on. Replies that wait for approval must be submitted again under it.

    The last one activated is in force, even where the clock has gone back since the one before.

    Raises:
        Refusal: this very text is in force already.
    """
    with book.store.write() as work:
        by = authorise(book, work, actor, Act.POLICY_ACTIVATE)
        if by.policy.version == policy.version:
            raise Refusal("This policy is in force already. Nothing was changed.")
        before = work.active_policy()
        assert before is not None
        row = work.policies.add(
            PolicyVersion(
                id=new_id(),
                version_hash=policy.version,
                name=policy.name,
                source=policy.text,
                activated_at=max(by.now, before.activated_at + timedelta(microseconds=1)),
                activated_by=actor.staff_id,
            )
        )
        by.audit(audit.POLICY_ACTIVATED, name=audit.word(policy.name), version=policy.version)
        work.commit()
    return row
