from __future__ import annotations

import pytest

from policies.facts import Act, Role
from policies.loader import load_pack, parse_pack
from policies.permissions import allows, matrix, may_approve
from policies.policy import Policy


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_pack("nhs-england")


def test_nobody_without_a_role_may_do_anything(policy: Policy) -> None:
    assert not any(allows(policy, (), act) for act in Act)


def test_a_role_that_the_policy_leaves_out_may_do_nothing(policy: Policy) -> None:
    line = next(row for row in policy.text.splitlines(keepends=True) if row.startswith("  responder:"))
    without = parse_pack(policy.text.replace(line, ""), "x.yaml")
    assert not any(allows(without, [Role.RESPONDER], act) for act in Act)


def test_every_act_is_granted_to_somebody_and_the_matrix_says_the_same(policy: Policy) -> None:
    table = matrix(policy)
    assert set(table) == set(Role)
    for act in Act:
        assert any(act in acts for acts in table.values()), act
        for role in Role:
            assert (act in table[role]) is allows(policy, [role], act)


def test_administrators_look_after_staff_but_neither_approve_nor_reveal_nor_read(policy: Policy) -> None:
    assert allows(policy, [Role.ADMINISTRATOR], Act.STAFF_ADMIN)
    for act in (Act.APPROVE, Act.REVEAL, Act.VIEW, Act.POLICY_ACTIVATE):
        assert not allows(policy, [Role.ADMINISTRATOR], act)


def test_only_governance_activates_policy_and_responders_cannot_approve(policy: Policy) -> None:
    assert [r for r in Role if allows(policy, [r], Act.POLICY_ACTIVATE)] == [Role.GOVERNANCE]
    assert not allows(policy, [Role.RESPONDER], Act.APPROVE)


def test_nobody_approves_their_own_reply_whatever_their_roles(policy: Policy) -> None:
    assert may_approve(policy, [Role.APPROVER], author=False)
    assert not may_approve(policy, list(Role), author=True)
    assert not may_approve(policy, [Role.RESPONDER], author=False)
