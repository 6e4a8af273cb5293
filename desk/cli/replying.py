"""Writing and deciding about a reply: `draft`, `check`, `submit`, `approve`, `reject`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from casebook.actions import approving, drafting, submitting
from casebook.errors import GateBlocked, NotFound, Refusal
from casebook.model import DraftState
from casebook.queries import CaseView, DraftView
from desk.cli import asking, envelope
from desk.cli.budgets import cost_warning, say_cost
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command, say
from desk.cli.looking import reply_to_show, show_reply
from desk.cli.plain import counted, visible
from policies.facts import Act, GateFinding, GateResult, Verdict

SHORTEST_BUNDLE = 8
"""Characters of a bundle that name it well enough within one case."""


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "draft", changes=True)(draft)
    command(app, "check", shows=True)(check)
    command(app, "submit", changes=True)(submit)
    command(app, "approve", changes=True)(approve)
    command(app, "reject", changes=True)(reject)


def draft(desk: Desk, number: CaseNumber, file: asking.TextFile = None) -> None:
    """Keep a reply as your draft. Hold the case first; an earlier unsubmitted draft of yours is overwritten."""
    case_id = desk.case_id(number)
    words = asking.text(desk, "the reply", file=file)
    kept = drafting.save_draft(desk.book, desk.actor, case_id, words)
    say_cost(desk, desk.case(number).row.channel, words)
    desk.done(f"Draft {kept.revision} of case {number} is kept. Next: voicedesk check {number}")


def check(desk: Desk, number: CaseNumber, file: asking.TextFile = None) -> None:
    """Ask the reply gate about your draft. Or about another text. Exits 1 when it would be stopped."""
    case = desk.case(number)
    if file is not None:
        words = asking.text(desk, "the reply", file=file)
    else:
        words = drafting.open_draft(desk.book, desk.actor, reply_to_show(desk, case).draft_id)
    result = drafting.check_draft(desk.book, desk.actor, case.row.case_id, words)
    findings = [envelope.item("finding", finding) for finding in result.findings]
    cost = cost_warning(desk.book, case.row.channel, words)
    data = envelope.item("check", result, case=number, findings=findings, cost_warning=cost)
    desk.show("check", data, [*_verdict_lines(result, words), *([cost] if cost else [])])
    if result.verdict is Verdict.BLOCK:
        raise typer.Exit(1)


def submit(desk: Desk, number: CaseNumber) -> None:
    """Send your draft for approval, through the gate. From then on its text cannot change."""
    case = desk.case(number)
    own = [d for d in case.drafts if d.state is DraftState.WRITING and d.author_id == desk.actor.staff_id]
    if not own:
        raise NotFound(f"You have no draft on case {number} that is not submitted yet.")
    try:
        sent = submitting.submit(desk.book, desk.actor, own[-1].draft_id)
    except GateBlocked as blocked:
        _say_findings(blocked.findings)
        raise
    say_cost(desk, case.row.channel, drafting.open_draft(desk.book, desk.actor, sent.id))
    needs = counted(sent.approvals_needed, "approval")
    desk.done(f"Reply {sent.revision} of case {number} waits for {needs}. Bundle {sent.bundle_hash[:12]}.")


def approve(
    desk: Desk,
    number: CaseNumber,
    bundle: Annotated[
        str | None,
        typer.Option("--bundle", help="The bundle that “show CASE --reply” named: you approve exactly that."),
    ] = None,
) -> None:
    """Approve somebody else's reply. Without --bundle its exact text is shown and you are asked."""
    desk.demand(Act.APPROVE)
    case = desk.case(number)
    waiting = _waiting(case)
    if bundle is None:
        show_reply(desk, case, waiting)
        if not asking.yes(desk, "Approve exactly this text?"):
            raise UsedWrongly(
                f"Nothing was approved. Read it, then: voicedesk approve {number} --bundle BUNDLE"
            )
    elif len(bundle) < SHORTEST_BUNDLE or not waiting.bundle_hash.startswith(bundle.lower()):
        raise Refusal(
            f"The reply that waits is not bundle {visible(bundle)}. Nothing was approved; look at it again."
        )
    try:
        decided = approving.approve(desk.book, desk.actor, waiting.draft_id, waiting.bundle_hash)
    except GateBlocked as blocked:
        _say_findings(blocked.findings)
        raise
    if decided.state is DraftState.APPROVED:
        desk.done(f"Reply {decided.revision} of case {number} is approved and goes to the outbox.")
    else:
        desk.done(f"Your approval of case {number} is kept; it needs {decided.approvals_needed} in all.")


def reject(
    desk: Desk,
    number: CaseNumber,
    reason: Annotated[
        str | None, typer.Option("--reason", help="What should change, in a few words.")
    ] = None,
    file: asking.TextFile = None,
) -> None:
    """Send a reply back to its author, with a reason."""
    waiting = _waiting(desk.case(number))
    words = asking.text(desk, "the reason", file=file, given=reason)
    approving.reject(desk.book, desk.actor, waiting.draft_id, words)
    desk.done(f"Reply {waiting.revision} of case {number} went back to {visible(waiting.author)}.")


def _waiting(case: CaseView) -> DraftView:
    found = [draft for draft in case.drafts if draft.state is DraftState.SUBMITTED]
    if not found:
        raise NotFound(f"No reply of case {case.row.number} waits for approval.")
    return found[-1]


def _verdict_lines(result: GateResult, words: str) -> Iterable[str]:
    sentences = {
        Verdict.ALLOW: "The gate lets this through; another person approves it.",
        Verdict.NEEDS_APPROVAL: "The gate lets this through with remarks for the approver:",
        Verdict.BLOCK: "The gate stops this:",
    }
    yield f"{counted(len(words), 'character')}. {sentences[result.verdict]}"
    yield from _finding_lines(result.findings, words)


def _finding_lines(findings: Sequence[GateFinding], words: str = "") -> Iterable[str]:
    for finding in findings:
        part = visible(words[finding.start : finding.end])
        yield f"  {finding.reason}: {finding.words}" + (f" At: “{part}”." if part else "")


def _say_findings(findings: Sequence[GateFinding]) -> None:
    for line in _finding_lines(findings):
        say(line)
