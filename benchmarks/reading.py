"""How many posts a second the Reader reads, beside Presidio with its own UK patterns and no model."""

from __future__ import annotations

from benchmarks.figures import Figure, best
from benchmarks.redaction.finders import stock
from desk.cli.rehearsal import ORGANISATION
from monitor.practice.loading import load


def measure() -> list[Figure]:
    """The practice posts, one by one in one process."""
    from monitor.reader import build_reader

    texts = [post.text for post in load().posts if post.language in {"", "en"}]
    reader = build_reader(ORGANISATION)
    bare = stock()
    ours = best(lambda: [reader.read(text) for text in texts])
    theirs = best(lambda: [bare(text) for text in texts])
    longest = "a quiet sentence about the car park. " * 1081
    whole, half = best(lambda: reader.read(longest[:40_000])), best(lambda: reader.read(longest[:20_000]))
    return [
        Figure(
            "read a post (find and assess)",
            len(texts) / ours,
            len(texts) / theirs,
            "posts/s",
            "Presidio, UK patterns",
        ),
        Figure("read 40,000 characters", whole * 1000, half * 2 * 1000, "ms", "twice 20,000 characters"),
    ]
