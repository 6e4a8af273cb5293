"""`missed`, `unhide` and `corrections`: putting right what is hidden, and what of it leaves as test cases."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from casebook.actions import correcting, exporting
from casebook.corrections import CorrectionView, list_corrections
from casebook.errors import NotFound
from casebook.queries import CaseView
from desk.cli import asking, envelope
from desk.cli.frame import CaseNumber, Desk, UsedWrongly, command, out, say
from desk.cli.plain import counted, stamp, visible
from desk.marking import KINDS, said_missed, said_shown, said_undone
from policies.facts import Act
from policies.spelling import nearest

PostNumber = Annotated[
    int | None,
    typer.Option("--post", min=1, help="Which post, as “show” numbers them; the newest by default."),
]
_ENTITIES = dict(KINDS)
_OF_WORD = {word: entity for entity, word in KINDS}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    command(app, "missed", changes=True)(missed)
    command(app, "unhide", changes=True)(unhide)
    group = typer.Typer(help="What people have put right about what is hidden.", rich_markup_mode=None)
    app.add_typer(group, name="corrections")
    command(group, "list", shows=True)(list_all)
    command(group, "undo", changes=True)(undo)
    command(group, "export", changes=True)(export)


def missed(
    desk: Desk,
    number: CaseNumber,
    entity: Annotated[
        str, typer.Option("--as", metavar="KIND", help="What the words are: PERSON (or: name), LOCATION …")
    ],
    words_from: Annotated[
        Path | None,
        typer.Option(
            "--words-from",
            metavar="FILE",
            help="File with the words; - reads them from stdin. They are never an argument: others see those.",
            allow_dash=True,
        ),
    ] = None,
    post: PostNumber = None,
) -> None:
    """Hide words that a post shows in clear. They are asked for, and hidden in every post of the case at once."""
    kind = _kind(entity)
    case = desk.case(number)
    mention_id = _mention(case, number, post)
    words = _words(desk, words_from)
    done = correcting.missed(desk.book, desk.actor, case.row.case_id, mention_id, words, kind)
    desk.done(said_missed(done))


def unhide(
    desk: Desk,
    number: CaseNumber,
    placeholder: Annotated[
        str, typer.Argument(metavar="PLACEHOLDER", help="As the post shows it: “⟦place 1⟧” or “place 1”.")
    ],
    reason: Annotated[str | None, typer.Option("--reason", help="Why it may be shown; it is kept.")] = None,
    file: asking.TextFile = None,
    post: PostNumber = None,
) -> None:
    """Show again what was hidden wrongly. It shows hidden words, so it needs the right to open originals."""
    case = desk.case(number)
    mention_id = _mention(case, number, post)
    why = asking.text(desk, "the reason", file=file, given=reason)
    done = correcting.wrongly_hidden(desk.book, desk.actor, case.row.case_id, mention_id, placeholder, why)
    desk.done(said_shown(done))


def list_all(
    desk: Desk,
    number: Annotated[int | None, typer.Option("--case", min=1, help="Only those of this case.")] = None,
) -> None:
    """List what was put right, the oldest first. It shows no words."""
    desk.demand(Act.VIEW)
    rows = list_corrections(desk.book, desk.case_id(number) if number else "")
    lines = [_line(row) for row in rows] or ["Nobody has put anything right yet."]
    desk.show("corrections", [envelope.item("corrections", row) for row in rows], lines)


def undo(desk: Desk, number: CaseNumber) -> None:
    """Take the newest correction of a case back. Its posts are read again first."""
    done = correcting.undo(desk.book, desk.actor, desk.case_id(number))
    desk.done(said_undone(done))


def export(
    desk: Desk,
    with_direct: Annotated[
        bool,
        typer.Option(
            "--with-direct",
            help="Also words that were hidden as a direct identifier and are shown again. They leave in clear.",
        ),
    ] = False,
) -> None:
    """Print corrections as test cases, one JSON object a line. Read every line before you pass it on.

    What leaves: the sentence around the words, in which everything found stands as a placeholder, and missed words are
    replaced by invented ones of the same shape. Words that were wrongly hidden leave in clear. The rest of the sentence
    leaves as it was written, and nothing has found what may still be in it.
    """
    found = exporting.export_cases(desk.book, desk.actor, with_direct=with_direct)
    if not desk.wishes.dry_run:
        # Under --dry-run nothing was audited, so nothing may be shown.
        for case in found.cases:
            out(json.dumps(envelope.item("test_case", case), ensure_ascii=True))
    left = (
        f" {found.left_out} were left out: direct identifiers, or no longer kept." if found.left_out else ""
    )
    desk.done(f"{counted(len(found.cases), 'correction')} exported.{left}")


def _line(row: CorrectionView) -> str:
    kind = "missed" if row.kind == "missed" else "wrongly hidden"
    back = ", taken back" if row.taken_back else ""
    return f"Case {row.case_number}: {kind}, {row.entity}, by {visible(row.who)}, {stamp(row.at)}{back}."


def _kind(entity: str) -> str:
    wanted = entity.strip()
    found = wanted.upper() if wanted.upper() in _ENTITIES else _OF_WORD.get(wanted, "")
    if not found:
        raise UsedWrongly(f"There is no kind {wanted!r}{nearest(wanted.upper(), _ENTITIES)}")
    return found


def _mention(case: CaseView, number: int, post: int | None) -> str:
    if post is not None and post > len(case.thread):
        raise NotFound(f"Case {number} has {counted(len(case.thread), 'post')}. Nothing was changed.")
    return case.thread[post - 1].mention_id if post else case.mention_id


def _words(desk: Desk, file: Path | None) -> str:
    """The words: from a file or stdin, or typed at a prompt; they are never an argument."""
    if file is not None or not sys.stdin.isatty() or desk.wishes.no_input:
        return asking.text(desk, "the words", file=file).strip()
    say("Type the words as they stand on the screen.")
    return str(typer.prompt("Words", err=True)).strip()
