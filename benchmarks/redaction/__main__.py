"""`make bench-redaction`: score every development set, beside stock Presidio, and write the scoreboard."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.redaction import finders, scoreboard, speed
from benchmarks.redaction.counting import count
from benchmarks.redaction.sets import SHARED, our_own, outside
from redaction.encoder import FOLDER

OUT = Path(__file__).parents[2] / "docs" / "redaction-scoreboard.md"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="score only the sets whose name holds this")
    parser.add_argument("--data", type=Path, default=SHARED, help="where the sets outside the project lie")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--no-speed", action="store_true")
    asked = parser.parse_args()
    from desk.cli.rehearsal import ORGANISATION

    who = {"voicedesk": finders.ours(ORGANISATION), "stock": finders.stock()}
    sets = [s for s in (*our_own(), *outside(asked.data)) if asked.only.lower() in s.name.lower()]
    scored = []
    for marked in sets:
        print(f"{marked.name}: {len(marked.texts)} texts …", flush=True)
        scored.append((marked, {name: count(marked, find) for name, find in who.items()}))
    measured = None if asked.no_speed else speed.measure(who["stock"])
    page = scoreboard.written(scored, measured, _made_of(json.loads((FOLDER / "model.json").read_text())))
    asked.out.write_text(page, encoding="utf-8")
    print(f"Written: {asked.out}")


def _made_of(about: dict[str, Any]) -> str:
    """Which model was scored, in one line."""
    made = about["made"]
    outside_ = (
        ", ".join(f"{count:,} of {name}" for name, count in sorted(made["outside"].items()))
        or "no set from outside"
    )
    return (
        f"{made['base']}, {made['posts']:,} posts of the project and {outside_}; seed {made['seed']}, "
        f"{made['epochs']} epochs; SHA-256 {about['sha256'][:16]}…"
    )


if __name__ == "__main__":
    main()
