"""The scoreboard as Markdown: written by `make bench-redaction`, kept in docs/redaction-scoreboard.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.redaction.counting import DIRECT, NUMBERS, Share, Tally
from benchmarks.redaction.sets import MarkedSet
from benchmarks.redaction.speed import Speed
from redaction.text import ENTITIES, Group

QUASI = tuple(entity for entity, (group, _) in ENTITIES.items() if group is Group.QUASI)
HEALTH = tuple(entity for entity, (group, _) in ENTITIES.items() if group is Group.HEALTH)
Scored = Sequence[tuple[MarkedSet, Mapping[str, Tally]]]
"""Each set with the tally of each finder by its name."""

_HEAD = """# Redaction: the scoreboard

Written by `make bench-redaction`; do not edit. Each share is followed by its lower bound (95 % sure, one-sided,
Wilson) and the counts. A span counts as found when all its letters and digits are hidden, under whatever name; a
finding is right when it touches anything marked. "Stock" is Presidio offline with its own patterns and every
UK recogniser turned on, at threshold 0.4; it carries no model and finds no names.

What each set marks, and which half of it was scored, stands in `benchmarks/redaction/sets.py`. Sets outside
the project are read from `shared/` where it lies beside the project, and left out where it does not. Their texts
are other people's words: they are counted here and shown nowhere.
"""


def written(scored: Scored, speed: Speed | None, made_of: str) -> str:
    """The whole page."""
    parts = [_HEAD, f"Model: {made_of}\n"]
    if speed:
        parts.append(_speed(speed))
    parts += [_whole(marked, tallies) for marked, tallies in scored if marked.whole]
    parts.append(_partial([(m, t) for m, t in scored if not m.whole]))
    parts.append(_kept([(m, t) for m, t in scored if any(tally.kept for tally in t.values())]))
    return "\n".join(part for part in parts if part)


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return _row(*head) + _row(*["---"] * len(head)) + "".join(_row(*row) for row in rows)


def _whole(marked: MarkedSet, tallies: Mapping[str, Tally]) -> str:
    """A set in which everything is marked: summary, then each entity."""
    names = list(tallies)
    summary: list[tuple[str, list[Share]]] = [
        ("recall: direct identifiers", [t.of(t.recall, DIRECT) for t in tallies.values()]),
        ("recall: PERSON", [t.recall.get("PERSON", Share()) for t in tallies.values()]),
        ("recall: numbers, mail, phone, postcode …", [t.of(t.recall, NUMBERS) for t in tallies.values()]),
        ("recall: quasi", [t.of(t.recall, QUASI) for t in tallies.values()]),
        ("recall: health terms", [t.of(t.recall, HEALTH) for t in tallies.values()]),
        ("precision: all findings", [t.of(t.precision, tuple(t.precision)) for t in tallies.values()]),
        ("clean letters and digits hidden", [t.clean_hidden for t in tallies.values()]),
        ("texts leaking a direct identifier", [t.leaking for t in tallies.values()]),
        ("texts with nothing personal touched", [t.touched for t in tallies.values()]),
    ]
    out = f"## {marked.name} ({len(marked.texts)} texts, everything marked)\n\n"
    out += _table(["", *names], [[what, *shares] for what, shares in summary]) + "\n"
    rows = []
    for entity in ENTITIES:
        cells: list[object] = [entity]
        for tally in tallies.values():
            cells += [tally.recall.get(entity, Share()), tally.precision.get(entity, Share())]
        rows.append(cells)
    head = ["entity", *(f"{name}: {what}" for name in names for what in ("recall", "precision"))]
    return out + _table(head, rows)


def _partial(scored: Scored) -> str:
    """Sets that mark some entities alone."""
    if not scored:
        return ""
    out = "## Sets outside the project\n\n"
    for marked, tallies in scored:
        out += f"### {marked.name} ({len(marked.texts)} texts)\n\nMapping: {marked.mapping}\n\n"
        rows: list[list[object]] = []
        for entity in sorted(marked.known):
            rows.append([f"{entity}: recall", *(t.recall.get(entity, Share()) for t in tallies.values())])
            rows.append(
                [f"{entity}: precision", *(t.precision.get(entity, Share()) for t in tallies.values())]
            )
        rows.append(["nameless texts touched as PERSON", *(t.touched_as_name for t in tallies.values())])
        out += _table(["", *tallies], rows) + "\n"
    return out


def _kept(scored: Scored) -> str:
    """What had to survive."""
    if not scored:
        return ""
    rows = []
    for marked, tallies in scored:
        kinds = sorted({kind for tally in tallies.values() for kind in tally.kept})
        for kind in kinds:
            rows.append([marked.name, kind, *(t.kept.get(kind, Share()) for t in tallies.values())])
    return "## Stretches that must survive\n\n" + _table(["set", "kind", *scored[0][1]], rows)


def _speed(speed: Speed) -> str:
    rows = [
        ["texts a second, one by one (find)", f"{speed.single:.0f}"],
        ["texts a second, `redact --jsonl` in one process", f"{speed.paired:.0f}"],
        ["texts a second, stock Presidio without a model", f"{speed.bare:.0f}"],
        ["memory of the benchmark's process at its peak", f"{speed.megabytes:.0f} MB"],
        *(
            [f"ms for each 1,000 characters of a text of {length:,}", f"{ms:.1f}"]
            for length, ms in speed.growth
        ),
    ]
    return f"## Speed (2 cores, {speed.texts} texts of about 56 tokens)\n\n" + _table(["", ""], rows)
