"""The filters `redact`, `assess` and `check-reply`: JSON lines in, JSON lines out, nothing kept.

They run intake's own path and need no casebook, key or sign-in.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from desk.cli.frame import Desk, UsedWrongly, command
from policies.loader import load_pack
from redaction.text import Profile

if TYPE_CHECKING:
    from monitor.reader import Reader

JsonLines = Annotated[
    bool, typer.Option("--jsonl", help="Read and write one JSON object a line (the only form).")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "redact")(redact)
    command(app, "assess")(assess)
    command(app, "check-reply")(check_reply)


def redact(
    desk: Desk,
    jsonl: JsonLines = False,
    profile: Annotated[
        Profile,
        typer.Option(
            help="What the text hides: list = everything; share = everything, telling age bands, months and "
            "regions; desk = health terms shown; sealed = no text at all. Findings are always all."
        ),
    ] = Profile.LIST,
) -> None:
    """Hide what identifies people. Lines {"id", "text"} in; text with placeholders, and findings, out."""
    from monitor.filters import redact_lines

    _end(redact_lines(_reader(desk, jsonl), sys.stdin.buffer, sys.stdout.buffer, profile))


def assess(desk: Desk, jsonl: JsonLines = False) -> None:
    """Judge what posts mean. Lines {"id", "text", "channel"} in; severity, risks, intent and the rest out."""
    from monitor.filters import assess_lines

    _end(assess_lines(_reader(desk, jsonl), sys.stdin.buffer, sys.stdout.buffer))


def check_reply(desk: Desk, jsonl: JsonLines = False) -> None:
    """Ask the reply gate about many drafts. Lines {"id", "channel", "post", "draft"} in; its verdicts out."""
    from monitor.check_reply import check_reply_lines

    reader = _reader(desk, jsonl)
    settings = desk.configuration.settings
    policy = load_pack(settings.policy.pack)
    _end(
        check_reply_lines(reader, policy, sys.stdin.buffer, sys.stdout.buffer, settings.organisation.domains)
    )


def _reader(desk: Desk, jsonl: bool) -> Reader:
    if not jsonl:
        raise UsedWrongly("Give --jsonl: one JSON object a line on stdin, one on stdout.")
    from monitor.reader import build_reader

    return build_reader(desk.configuration.settings.organisation.as_mapping())


def _end(code: int) -> None:
    sys.stdout.flush()
    if code:
        raise typer.Exit(code)
