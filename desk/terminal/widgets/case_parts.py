"""A case in words: header, thread, replies, what triage said, history. Facts in, `Content` out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from textual.content import Content

from desk import on_the_way
from desk.terminal import foreign, words
from desk.terminal.gateway import (
    KINDS,
    CaseStatus,
    CaseView,
    DraftState,
    DraftView,
    EventView,
    MentionView,
    OutboxState,
)
from desk.terminal.widgets.case_list import chip

_MUTED = "$foreground-muted"


def header(view: CaseView, me: str, now: datetime) -> Content:
    """The two lines that stay in sight: how urgent, how it stands, whose it is; then queue and risks."""
    row = view.row
    finished = row.status in {CaseStatus.ANSWERED, CaseStatus.CLOSED}
    due = "" if finished else words.due(row.due_at, now)
    facts = [words.STATUS_WORDS[row.status], words.channel(row.channel), words.plural(row.mentions, "post")]
    if row.status is CaseStatus.CLOSED:
        facts.insert(1, words.spaced(view.closed_why))
    first = Content.assemble(
        chip(row.severity), " ", (due, "bold $text-error" if due.startswith("overdue") else "bold"),
        "  " if due else " ", Content(" · ".join(facts)), "  ", _held(view, me),
    )  # fmt: skip
    risks = ", ".join(words.spaced(risk) for risk in row.risks)
    second = Content.assemble(
        (f"#{row.number} ", _MUTED), ("queue ", _MUTED), Content(words.spaced(row.queue)),
        ("  risks ", _MUTED), Content.styled(risks, "bold $text-error") if risks else Content("none seen"),
    )  # fmt: skip
    if row.escalated_to:
        said = f"  ▲ escalated to {words.spaced(row.escalated_to)}"
        second = Content.assemble(second, (said, "bold $text-warning"))
    if view.complaint_live:
        second = Content.assemble(second, ("  ■ formal complaint open", "bold $text-warning"))
    return Content.assemble(first, "\n", second)


def _held(view: CaseView, me: str) -> Content:
    row = view.row
    if not row.holder or row.held_until is None:
        return Content.styled("nobody has it: c claims", "italic")
    until = words.clock(row.held_until)
    if row.holder_id == me:
        return Content.styled(f"● you, until {until}", "bold $text-success")
    return Content.assemble(
        ("● ", "$text-accent"), foreign.line(row.holder, 20, "$text-accent"), Content(f" until {until}")
    )


def must_do(view: CaseView) -> Content:
    """What policy says must be done and who must be told; empty when nothing."""
    lines = [Content.assemble(("☐ ", "bold $text-warning"), foreign.line(what)) for what in view.must_do]
    if view.tell:
        told = ", ".join(words.spaced(who) for who in view.tell)
        lines.append(Content.assemble(("☐ ", "bold $text-warning"), "Tell: ", foreign.line(told)))
    return Content("\n").join(lines)


def thread(view: CaseView, now: datetime) -> Content:
    """The posts and our replies, oldest first; the post that a reply would answer is marked."""
    said = [
        (mention.posted_at, _post(mention, at, len(view.thread), mention.mention_id == view.mention_id, now))
        for at, mention in enumerate(view.thread, start=1)
    ]
    said += [(draft.sent_at, _our_reply(draft, draft.sent_at, now)) for draft in view.drafts if draft.sent_at]
    return Content("\n\n").join(part for _, part in sorted(said, key=lambda pair: pair[0]))


def _our_reply(draft: DraftView, sent_at: datetime, now: datetime) -> Content:
    top = Content(f"our reply · {words.moment(sent_at, now)} ({words.ago(sent_at, now)})").stylize(_MUTED)
    return Content.assemble(top, "\n", foreign.shown(draft.text))


def _post(mention: MentionView, at: int, of: int, newest: bool, now: datetime) -> Content:
    head = [Content(f"post {at} of {of}")] if of > 1 else [Content("post")]
    head.append(Content(f"{words.moment(mention.posted_at, now)} ({words.ago(mention.posted_at, now)})"))
    if mention.language not in {"", "en"}:
        head.append(Content("language ") + foreign.line(mention.language, 12))
    if newest and of > 1:
        head.append(Content("← a reply answers this one"))
    top = Content(" · ").join(head).stylize(_MUTED)
    body = Content.assemble(top, "\n", post_text(mention))
    return Content.assemble(body, "\n", way(mention, now)) if newest else body


def post_text(mention: MentionView) -> Content:
    """What may be shown of a post: its redacted words, or plainly that it cannot be shown yet."""
    gone = (
        Content.styled(f"GONE from the network: {mention.gone}\n", "bold $text-warning")
        if mention.gone
        else Content("")
    )
    if not mention.safe:
        why = f" ({words.spaced(mention.why_unread)})" if mention.why_unread else ""
        unread = (
            f"NOT YET SAFE{why}: it could not be read for personal data and stays sealed. Press o to open it."
        )
        return Content.assemble(gone, (unread, "bold $text-warning"))
    note = foreign.badge(mention.text)
    return Content.assemble(gone, foreign.shown(mention.text), Content("\n") + note if note else Content(""))


def way(mention: MentionView, now: datetime) -> Content:
    """Whether and how a post can be answered, why, and how old that knowledge is."""
    said = words.WAY_WORDS.get(mention.way, mention.way)
    sign = {"api": "↩", "handoff": "✋", "forbidden": "✗"}.get(mention.way, "·")
    return Content.assemble(
        Content(f"{sign} {said}: "),
        foreign.line(mention.way_reason, 200),
        Content(f" ({on_the_way.asked(mention.way_at, now)})"),
    ).stylize(_MUTED)


def replies(view: CaseView, now: datetime) -> Content:
    """Every revision of the reply, newest first, with what the gate found and where it stands."""
    if not view.drafts:
        return Content.styled("No reply yet: r writes one.", _MUTED)
    return Content("\n\n").join([_draft(draft, now) for draft in view.drafts])


def _draft(draft: DraftView, now: datetime) -> Content:
    state = words.DRAFT_WORDS[draft.state]
    when = words.moment(draft.written_at, now)
    top = Content.assemble(
        (f"revision {draft.revision} · ", _MUTED), (state, "bold"), (f" · {when} · ", _MUTED),
        foreign.line(draft.author, 24, _MUTED),
    )  # fmt: skip
    lines = [top, foreign.shown(draft.text), verdict(draft.verdict, draft.policy_version)]
    lines += findings(draft)
    if draft.state is DraftState.SUBMITTED:
        given = f"{len(draft.approved_by)} of {draft.approvals_needed} approvals: a shows it"
        lines.append(Content.styled(given, "bold $text-accent"))
    if draft.approved_by:
        lines.append(Content.assemble("approved by ", foreign.line(", ".join(draft.approved_by), 80)))
    if draft.decided_why:
        lines.append(
            Content.assemble(("sent back: ", "bold $text-warning"), foreign.line(draft.decided_why, 400))
        )
    if draft.outbox_state is not None:
        lines.append(outbox(draft, now))
    return Content("\n").join(lines)


def verdict(name: str, policy_version: str = "") -> Content:
    """The gate's verdict with its sign."""
    style = {"allow": "$text-success", "needs_approval": "$text-warning", "block": "bold $text-error"}.get(
        name, _MUTED
    )
    under = f" (policy {policy_version})" if policy_version else ""
    return Content.assemble(
        (f"{words.VERDICT_SIGNS[name]} {words.VERDICT_WORDS[name]}", style), (under, _MUTED)
    )


def findings(draft: DraftView) -> list[Content]:
    """What the gate found in a saved draft, a line each."""
    return [finding(reason, hard, said) for reason, hard, _start, _end, said in draft.findings]


def finding(reason: str, hard: bool, said: str, quoted: str = "") -> Content:
    """One finding: whether it blocks, what it is, the words it is about, and what to write instead."""
    sign = ("  ✗ blocks  ", "bold $text-error") if hard else ("  ? weigh   ", "$text-warning")
    about = Content.assemble(" “", foreign.line(quoted, 60), "”") if quoted else Content("")
    return Content.assemble(sign, (words.spaced(reason), "bold"), about, ": ", foreign.line(said, 400))


def outbox(draft: DraftView, now: datetime) -> Content:
    """Where an approved reply is on its way out."""
    assert draft.outbox_state is not None
    state = draft.outbox_state
    style = {
        OutboxState.SENT: "bold $text-success",
        OutboxState.UNCERTAIN: "bold $text-error",
        OutboxState.BY_HAND: "bold $text-warning",
    }.get(state, "bold")
    waits = on_the_way.waiting(state, draft.outbox_why, draft.waits_until, now)
    why = Content.assemble(" (", foreign.line(waits, 160), ")") if waits else Content("")
    known = (
        on_the_way.seen(draft.id_known, draft.seen_at, draft.looks, draft.looked_for_again, now)
        if draft.sent_at
        else ""
    )
    return Content.assemble(
        (f"→ {words.OUTBOX_WORDS[state]}", style), why, Content(f" · {known}" if known else "")
    )


def judged(view: CaseView) -> Content:
    """What the assessment of the newest post said, and which rules of policy fired."""
    row = view.row
    mention = next((one for one in view.thread if one.mention_id == view.mention_id), None)
    lines = [_fact("severity", f"{words.severity(row.severity)}; suggested {view.suggested_severity}")]
    lines.append(_fact("triaged", "by a person" if row.triaged else "not yet by a person: t"))
    if mention is not None and mention.safe:
        seen = mention.assessment
        sentiment = int(seen.get("sentiment", 0))
        lines.append(_fact("intent", words.spaced(str(seen.get("intent", "")))))
        lines.append(_fact("sentiment", f"{sentiment:+d}" if sentiment else "0"))
        lines.append(_fact("needs reply", str(seen.get("needs_reply", ""))))
        if seen.get("themes"):
            lines.append(_fact("themes", ", ".join(str(theme) for theme in seen["themes"])))
        if seen.get("unsure"):
            lines.append(_fact("unsure", "yes: judge for yourself"))
    lines.append(_fact("rules", "; ".join(view.rules) or "none fired"))
    return Content("\n").join(lines)


def _fact(name: str, said: str) -> Content:
    return Content.assemble((f"{name:<12}", _MUTED), foreign.line(said, 300))


def history(view: CaseView, now: datetime) -> Content:
    """What happened, newest first, with the words that staff wrote."""
    if not view.history:
        return Content.styled("Nothing yet.", _MUTED)
    return Content("\n").join([_event(event, now) for event in reversed(view.history)])


def _event(event: EventView, now: datetime) -> Content:
    said = words.EVENT_WORDS.get(event.kind, words.spaced(event.kind))
    who = foreign.line(event.who, 24) + Content(" ") if event.who != "monitor" else Content("")
    told = Content.assemble(
        (f"{words.moment(event.at, now)} ", _MUTED),
        who,
        Content(said),
        Content(" " if _facts(event).startswith(" ") else ""),
        foreign.line(_facts(event), 160),
    )
    if not event.text:
        unread = event.kind in {
            "note",
            "escalated",
            "rejected",
            "revealed",
            "unhidden",
            "complaint_opened",
            "complaint_ended",
        } and not event.facts.get("safe", 1)
        return (
            Content.assemble(told, (": (sealed, not yet safe)", "italic $text-warning")) if unread else told
        )
    return Content.assemble(told, ": ", foreign.shown(event.text))


def _facts(event: EventView) -> str:
    facts = event.facts
    queue = words.spaced(str(facts.get("queue", "")))
    said = {
        "triaged": f": severity {facts.get('was')} → {facts.get('severity')}, {queue}",
        "escalated": f" to {words.spaced(str(facts.get('to', '')))}",
        "missed": _marked(facts),
        "unhidden": _marked(facts),
        "correction_undone": _marked(facts),
        "closed": f": {words.spaced(str(facts.get('why', '')))}",
        "blocked": f": {words.spaced(str(facts.get('reasons', ''))).replace(',', ', ')}",
        "voided": f" ({_voided(str(facts.get('why', '')))})",
        "withdrawn": ": a formal complaint is open" if facts.get("why") == "complaint" else "",
        "never_seen": f": looked for {facts.get('looks')} times, check its address",
        "resolved": f": {words.spaced(str(facts.get('decision', '')))}",
    }
    return said.get(event.kind, "")


def _voided(why: str) -> str:
    return "a formal complaint is open" if why == "complaint" else f"{why} changed"


def _marked(facts: Mapping[str, object]) -> str:
    posts = facts.get("posts", 0)
    kind = dict(KINDS).get(str(facts.get("entity", "")), "")
    return f": {kind} in {words.plural(int(str(posts)), 'post')}"


def sections(view: CaseView, now: datetime) -> Iterable[tuple[str, str, Content]]:
    """The parts below the header: id, heading, content."""
    yield "must", "Must do", must_do(view)
    yield "thread", "Thread", thread(view, now)
    yield "replies", "Reply", replies(view, now)
    yield "judged", "What triage said", judged(view)
    yield "history", "History", history(view, now)
