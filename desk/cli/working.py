"""Working a case: `claim`, `release`, `triage`, `escalate`, `note`, `close`, `reopen`, `ask`."""

from __future__ import annotations

from typing import Annotated

import typer

from casebook.actions import asking as network
from casebook.actions import claiming, closing, escalating, noting, triaging
from desk.cli import asking
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command
from desk.cli.plain import visible
from policies.spelling import nearest


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for name, act in (
        ("claim", claim),
        ("release", release),
        ("triage", triage),
        ("escalate", escalate),
        ("note", note),
        ("close", close),
        ("reopen", reopen),
        ("ask", ask),
    ):
        command(app, name, changes=True)(act)


def claim(desk: Desk, number: CaseNumber) -> None:
    """Hold a case, so that nobody else works on it. Claiming again renews it."""
    case = claiming.claim(desk.book, desk.actor, desk.case_id(number))
    assert case.held_until is not None
    desk.done(f"Case {number} is yours until {case.held_until:%H:%M} UTC.")


def release(desk: Desk, number: CaseNumber) -> None:
    """Give a case back to the queue."""
    claiming.release(desk.book, desk.actor, desk.case_id(number))
    desk.done(f"Case {number} is free again.")


def triage(
    desk: Desk,
    number: CaseNumber,
    severity: Annotated[
        int | None, typer.Option("--severity", min=0, max=5, help="0 routine to 5 immediate risk to life.")
    ] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="The queue it belongs to.")] = None,
) -> None:
    """Confirm or change severity and queue. What is left out stays as it was suggested."""
    case = triaging.triage(desk.book, desk.actor, desk.case_id(number), severity=severity, queue=queue)
    desk.done(f"Case {number} is triaged: severity {case.severity}, queue {case.queue}.")


def escalate(
    desk: Desk,
    number: CaseNumber,
    to: Annotated[str, typer.Option("--to", help="A role, or a contact that the policy names.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why, in a few words.")] = None,
    file: asking.TextFile = None,
) -> None:
    """Hand a case upwards, with a reason."""
    case_id = desk.case_id(number)
    words = asking.text(desk, "the reason", file=file, given=reason)
    escalating.escalate(desk.book, desk.actor, case_id, to, words)
    desk.done(f"Case {number} is escalated to {visible(to)}.")


def note(desk: Desk, number: CaseNumber, file: asking.TextFile = None) -> None:
    """Write a note on a case. What identifies people in it is sealed."""
    case_id = desk.case_id(number)
    event = noting.note(desk.book, desk.actor, case_id, asking.text(desk, "the note", file=file))
    unread = (
        "" if event.facts.get("safe") else " It could not be read for personal data, so it is kept sealed."
    )
    desk.done(f"The note is kept on case {number}.{unread}")


def close(
    desk: Desk,
    number: CaseNumber,
    why: Annotated[str, typer.Option("--why", help=f"One of: {', '.join(closing.REASONS)}.")],
) -> None:
    """Close a case without a further answer."""
    if why not in closing.REASONS:
        raise UsedWrongly(f"There is no reason {why!r}{nearest(why, closing.REASONS)}")
    closing.close(desk.book, desk.actor, desk.case_id(number), why)
    desk.done(f"Case {number} is closed: {closing.REASONS[why]}.")


def reopen(desk: Desk, number: CaseNumber) -> None:
    """Open a closed or answered case again."""
    closing.reopen(desk.book, desk.actor, desk.case_id(number))
    desk.done(f"Case {number} is open again.")


def ask(
    desk: Desk,
    number: CaseNumber,
    kind: Annotated[str, typer.Option("--for", help=f"One of: {', '.join(network.KINDS)}.")] = "look_up",
) -> None:
    """Ask the network about a case's newest post. The monitor answers."""
    if kind not in network.KINDS:
        raise UsedWrongly(f"There is nothing called {kind!r} to ask for{nearest(kind, network.KINDS)}")
    network.ask_network(desk.book, desk.actor, desk.case_id(number), kind)
    desk.done(f"The monitor is asked for {network.KINDS[kind]}; look at case {number} again shortly.")
