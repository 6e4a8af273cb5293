"""How fast texts are read, how much memory that takes, and how time grows with length."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import best
from redaction.encoder import FOLDER
from training.corpus import committed, is_development

TOKENS = 56
"""Tokens of the posts that speed is told for."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Texts a second in one thread and in two, megabytes of the process, and seconds by length."""

    texts: int
    single: float
    paired: float
    bare: float
    """Texts a second of Presidio with its own patterns for the UK, without any model."""
    megabytes: float
    growth: tuple[tuple[int, float], ...]
    """(code points, milliseconds for each thousand of them)."""


def posts_of_length(wanted: int = TOKENS, spread: int = 6) -> list[str]:
    """Posts kept aside that have about `wanted` tokens, with others made up to that length by joining."""
    from tokenizers import Tokenizer

    encode = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    encode.no_truncation()
    encode.no_padding()
    found, pending = [], ""
    for example in committed():
        if is_development(example):
            pending = f"{pending} {example.text}".strip()
            size = len(encode.encode(pending, add_special_tokens=False).ids)
            if size > wanted + spread:
                pending = ""
            elif size >= wanted - spread:
                found.append(pending)
                pending = ""
    return found


def measure(bare: Callable[[str], object]) -> Speed:
    """The whole path of `redact --jsonl` over posts of 56 tokens, and one long text at three lengths."""
    from monitor.filters import redact_lines
    from monitor.reader import build_reader

    texts = posts_of_length()
    reader = build_reader({})
    one = best(lambda: [reader.find(text) for text in texts])
    two = best(lambda: _filtered(redact_lines, reader, texts))
    stock = best(lambda: [bare(text) for text in texts])
    sentence = "The corridor was quiet and someone had left the lights on near the lifts again. "
    growth = []
    for length in (5_000, 20_000, 40_000):
        text = (sentence * (length // len(sentence) + 1))[:length]
        growth.append((length, best(lambda text=text: reader.find(text), 2) * 1000 / (length / 1000)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = len(texts)
    return Speed(n, n / one, n / two, n / stock, peak, tuple(growth))


def _filtered(redact_lines, reader, texts: list[str]) -> None:
    import io
    import json

    lines = b"".join(
        json.dumps({"id": str(at), "text": text}).encode() + b"\n" for at, text in enumerate(texts)
    )
    redact_lines(reader, io.BytesIO(lines), io.BytesIO())
