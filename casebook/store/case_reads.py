"""The parts of one case: its thread, its history and its drafts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from casebook import queries as q
from casebook.store import tables as t
from policies.capability import AnswerFacts, capability


def case_thread(connection: Connection, case_id: str) -> list[q.MentionView]:
    """The posts of a case, oldest first."""
    columns = t.mention.c
    statement = (
        select(
            columns.id.label("mention_id"),
            *(columns[name] for name in q.MentionView.__slots__ if name != "mention_id"),
            t.case.c.complaint_live,
            t.network.c.facts.label("network"),
        )
        .join(t.case, t.case.c.id == columns.case_id)
        .outerjoin(t.network, t.network.c.channel == columns.channel)
    )
    found = connection.execute(
        statement.where(columns.case_id == case_id).order_by(columns.posted_at, columns.id)
    )
    return [_mention_view(dict(row)) for row in found.mappings()]


def _mention_view(row: dict[str, Any]) -> q.MentionView:
    """A post with the way in which it can be answered as things stand: what forbids goes first."""
    complaint, network = row.pop("complaint_live"), row.pop("network") or {}
    can_write = network.get("can_reply")
    found = capability(
        AnswerFacts(
            way=row["way"],
            reason=row["way_reason"],
            gone=row["gone"],
            complaint=complaint,
            can_write=can_write if isinstance(can_write, bool) else None,
        )
    )
    return q.MentionView(**row | {"way": found.way, "way_reason": found.reason})


def case_history(connection: Connection, case_id: str) -> list[q.EventView]:
    """What happened on a case, oldest first."""
    columns = t.event.c
    statement = (
        select(
            columns.at,
            func.coalesce(t.staff.c.display_name, columns.staff_id).label("who"),
            columns.kind,
            columns.facts,
            columns.text,
        )
        .outerjoin(t.staff, t.staff.c.id == columns.staff_id)
        .where(columns.case_id == case_id)
        .order_by(columns.at, columns.id)
    )
    return [q.EventView(**row) for row in connection.execute(statement).mappings()]


def case_drafts(connection: Connection, case_id: str) -> list[q.DraftView]:
    """The revisions of a case's reply, newest first."""
    columns = t.draft.c
    statement = (
        select(
            t.draft,
            t.staff.c.display_name.label("author"),
            t.outbox.c.id.label("outbox_id"),
            t.outbox.c.state.label("outbox_state"),
            t.outbox.c.why.label("outbox_why"),
            t.outbox.c.sent_at,
            t.outbox.c.not_before,
            t.outbox.c.seen_at,
            t.outbox.c.looks,
            t.outbox.c.look_at,
            t.outbox.c.reply_key,
        )
        .join(t.staff, t.staff.c.id == columns.author_id)
        .outerjoin(t.outbox, t.outbox.c.draft_id == columns.id)
        .where(columns.case_id == case_id)
        .order_by(columns.revision.desc())
    )
    found = connection.execute(statement).mappings().all()
    approved = approved_by(connection, case_id)
    return [_draft_view(row, approved.get(row["id"], ())) for row in found]


def approved_by(connection: Connection, case_id: str = "") -> dict[str, tuple[str, ...]]:
    """Draft → who approved it, in order; of one case, or of all."""
    statement = (
        select(t.approval.c.draft_id, t.staff.c.display_name)
        .join(t.draft, t.draft.c.id == t.approval.c.draft_id)
        .join(t.staff, t.staff.c.id == t.approval.c.approver_id)
        .where(t.approval.c.decision == "approve")
        .order_by(t.approval.c.at)
    )
    if case_id:
        statement = statement.where(t.draft.c.case_id == case_id)
    found: dict[str, tuple[str, ...]] = {}
    for draft_id, name in connection.execute(statement):
        found[draft_id] = (*found.get(draft_id, ()), name)
    return found


def _draft_view(row: Any, approved_by: tuple[str, ...]) -> q.DraftView:
    return q.DraftView(
        draft_id=row["id"],
        mention_id=row["mention_id"],
        revision=row["revision"],
        state=row["state"],
        author=row["author"],
        author_id=row["author_id"],
        text=row["text"],
        verdict=row["verdict"],
        reasons=row["reasons"],
        findings=row["findings"],
        policy_version=row["policy_version"],
        bundle_hash=row["bundle_hash"],
        written_at=row["written_at"],
        decided_why=row["decided_why"],
        approvals_needed=row["approvals_needed"],
        approved_by=approved_by,
        outbox_id=row["outbox_id"] or "",
        outbox_state=row["outbox_state"],
        outbox_why=row["outbox_why"] or "",
        sent_at=row["sent_at"],
        waits_until=row["not_before"],
        seen_at=row["seen_at"],
        looks=row["looks"] or 0,
        looked_for_again=row["look_at"] is not None,
        id_known=bool(row["reply_key"]),
    )
