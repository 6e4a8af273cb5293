"""Where the model and the marks of the project's own texts disagree most: slips of the pen, or hard cases.

`python -m training.doubts [--model FOLDER] [--most N]` prints file, line, entity and words, the surest first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from redaction.encoder import COLUMNS, FOLDER, OUTSIDE, Encoder
from redaction.text import ENTITIES
from redaction.weighing import proposals, thresholds
from training.corpus import Example, committed


def doubts(example: Example, encoder: Encoder) -> Iterator[tuple[float, str]]:
    """How sure the model is against the marks of one text, and what it would say instead."""
    reading = encoder.read(example.text)
    marked = {at for start, end, _ in example.spans for at in range(start, end)}
    for start, end, entity in example.spans:
        rows = (reading.starts < end) & (reading.ends > start)
        if rows.any():
            nothing = float(reading.chances[rows, OUTSIDE].max())
            if nothing > 0.5:
                yield nothing, f"marked {entity}, model sees nothing: {example.text[start:end]!r}"
            best = list(COLUMNS)[int(reading.chances[rows, 1:].mean(axis=0).argmax())]
            if nothing < 0.2 and ENTITIES[best][0] != ENTITIES[entity][0]:
                yield 1 - nothing, f"marked {entity}, model says {best}: {example.text[start:end]!r}"
    for entity, hits in proposals(example.text, reading, thresholds()).items():
        for hit in hits:
            if not any(at in marked for at in range(hit.start, hit.end)):
                yield hit.score, f"not marked, model says {entity}: {example.text[hit.start : hit.end]!r}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--most", type=int, default=200)
    asked = parser.parse_args()
    encoder = Encoder(asked.model)
    found = [(sure, e.source, what, e.text) for e in committed() for sure, what in doubts(e, encoder)]
    for sure, source, what, text in sorted(found, reverse=True)[: asked.most]:
        print(f"{sure:.3f} {source:<24} {what} | {text[:160]!r}")


if __name__ == "__main__":
    main()
