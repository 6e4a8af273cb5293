"""`policy check · show · activate · log`: rules as files, and which of them is in force."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.actions.activating import activate as put_in_force
from casebook.book import policy_in_force
from casebook.model import PolicyVersion
from desk.cli import envelope
from desk.cli.frame import Desk, command, out
from desk.cli.plain import stamp, visible
from policies.facts import Act
from policies.loader import load_pack
from policies.permissions import matrix
from policies.policy import Policy

Pack = Annotated[
    str, typer.Argument(metavar="FILE", help="A policy file, or the name of a pack that comes with us.")
]


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="Rules as files: check them, see them, put them in force.", no_args_is_help=True)
    command(group, "check", shows=True)(check)
    command(group, "show", shows=True)(show)
    command(group, "activate", changes=True)(activate)
    command(group, "log", shows=True)(log)
    app.add_typer(group, name="policy")


def check(desk: Desk, file: Pack) -> None:
    """Check a policy file: every mistake with its line and the nearest right spelling. Needs no casebook."""
    policy = load_pack(file)
    lines = [f"{policy.title} ({policy.name}), version {policy.version}: no mistake was found."]
    desk.show("policy", _data(policy, None), lines)


def show(
    desk: Desk,
    text: Annotated[bool, typer.Option("--text", help="Print the exact text that was activated.")] = False,
) -> None:
    """Show the policy in force: its version, who put it in force, and who may do what."""
    desk.demand(Act.VIEW)
    with desk.book.store.read() as work:
        policy, row = policy_in_force(work), work.active_policy()
    if text:
        out(policy.text)
        return
    lines = [f"{policy.title} ({policy.name}), version {policy.version}."]
    if row is not None:
        lines.append(f"In force since {stamp(row.activated_at)}, by {_who(desk, row)}.")
    lines += [
        f"{role.value}: {', '.join(sorted(acts)) or 'nothing'}." for role, acts in matrix(policy).items()
    ]
    desk.show("policy", _data(policy, row, _who(desk, row) if row else ""), lines)


def activate(desk: Desk, file: Pack) -> None:
    """Put a policy in force. Replies that wait for approval must be submitted again under it."""
    row = put_in_force(desk.book, desk.actor, load_pack(file))
    desk.done(f"Policy {row.name}, version {row.version_hash}, is in force.")


def log(desk: Desk) -> None:
    """List every policy that was ever in force, newest first."""
    desk.demand(Act.VIEW)
    with desk.book.store.read() as work:
        rows, active = work.policies.where(), work.active_policy()
    rows = sorted(rows, key=lambda row: (row.activated_at, row.id), reverse=True)
    current = active.id if active else ""
    data = [
        envelope.item(
            "policies",
            row,
            version=row.version_hash,
            activated_by=_who(desk, row),
            in_force=row.id == current,
        )
        for row in rows
    ]
    lines = [
        f"{stamp(row.activated_at)}: {row.name}, version {row.version_hash}, by {_who(desk, row)}"
        f"{' (in force)' if row.id == current else ''}."
        for row in rows
    ]
    desk.show("policies", data, lines)


def _who(desk: Desk, row: PolicyVersion) -> str:
    return visible(desk.book.queries.names().get(row.activated_by, "the set-up"))


def _data(policy: Policy, row: PolicyVersion | None, by: str = "") -> dict[str, object]:
    granted = {role.value: sorted(acts) for role, acts in matrix(policy).items()}
    at = row.activated_at if row else None
    return envelope.item("policy", policy, activated_at=at, activated_by=by, permissions=granted)
