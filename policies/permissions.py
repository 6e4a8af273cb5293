"""Who may do what. Deny by default: what the matrix does not grant is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policies.facts import Act, Role
from policies.policy import Policy


def allows(policy: Policy, roles: Iterable[Role], act: Act) -> bool:
    """Whether somebody with `roles` may do `act`: one of the roles must be granted it."""
    granted = policy.rules.permissions
    return any(act in granted.get(role, ()) for role in roles)


def matrix(policy: Policy) -> Mapping[Role, frozenset[Act]]:
    """Every role and what it may do; a role that the policy does not name may do nothing."""
    return {role: frozenset(policy.rules.permissions.get(role, ())) for role in Role}


def may_approve(policy: Policy, roles: Iterable[Role], author: bool) -> bool:
    """Whether somebody with `roles` may approve a reply; its `author` never may, whatever the policy says."""
    return not author and allows(policy, roles, Act.APPROVE)
