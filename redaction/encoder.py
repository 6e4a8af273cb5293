"""The model that ships: a small encoder that says of each word how likely it is each entity.

One pass serves everything: names, places, care places, health terms. It runs on onnxruntime, on the CPU, from the
files beside this one, and reaches for nothing. Text longer than a window is read in windows that overlap, so
that nothing is cut off and time per character stays the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from redaction.text import ENTITIES

FOLDER = Path(__file__).parent / "model"
WINDOW, OVERLAP = 190, 40
"""Tokens of one window (the two that open and close it apart), and how many two windows share.

The model was trained on texts of up to 192 tokens."""
OUTSIDE = 0
"""The column of a probability table that stands for "none of the entities"."""
COLUMNS: dict[str, int] = {entity: at for at, entity in enumerate(ENTITIES, 1)}
"""Entity → its column in a probability table."""
_WORD = re.compile(r"[^\W_]+")
_SYMBOL = re.compile(r"[^\w\s\x00-\x7f£€–—‘’“”…]")
"""What the vocabulary does not know. Touching a word it would make the whole of it unknown ("Amina💙")."""
SMALL, CAPITAL, CAPITALS, MIXED = range(4)
"""How a word is typed. The vocabulary of the encoder knows no capitals; these tell it of them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of a text, word by word, in order.

    `chances` has one row a word and 1 + len(ENTITIES) columns that sum to 1: `OUTSIDE`, then `COLUMNS`.
    `begins` holds how likely a word begins a span rather than continuing one.
    """

    starts: np.ndarray
    ends: np.ndarray
    chances: np.ndarray
    begins: np.ndarray

    def support(self, start: int, end: int) -> float:
        """How likely the least likely word of `[start, end)` is any entity at all; 0 where no word stands."""
        rows = self._within(start, end)
        return float(1.0 - self.chances[rows, OUTSIDE].max()) if len(rows) else 0.0

    def mean_of(self, entity: str, start: int, end: int) -> float:
        """How likely the words of `[start, end)` are `entity`, on average; 0 where no word stands."""
        rows = self._within(start, end)
        return float(self.chances[rows, COLUMNS[entity]].mean()) if len(rows) else 0.0

    def _within(self, start: int, end: int) -> np.ndarray:
        return np.flatnonzero((self.starts < end) & (self.ends > start))


class Encoder:
    """The model, loaded once a process; reading is safe from several threads."""

    def __init__(self, folder: Path = FOLDER, threads: int = 0) -> None:
        """Load the model.

        Args:
            folder: where `encoder.onnx`, `tokenizer.json` and `model.json` lie.
            threads: cores to use for one text; 0 leaves it to onnxruntime.

        Raises:
            OSError: a file is missing.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            (folder / "encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._opens = self._tokenizer.token_to_id("[CLS]")
        self._closes = self._tokenizer.token_to_id("[SEP]")
        self.labels: tuple[str, ...] = tuple(json.loads((folder / "model.json").read_text())["labels"])

    def read(self, text: str) -> Reading:
        """How likely each word of `text` is each entity; offsets are code points of `text`."""
        # One for one, so that offsets stand.
        encoding = self._tokenizer.encode(_SYMBOL.sub(" ", text), add_special_tokens=False)
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        if not len(offsets):
            return Reading(offsets[:, 0], offsets[:, 1], np.zeros((0, len(COLUMNS) + 1)), np.zeros(0))
        logits = self._logits(np.array(encoding.ids, dtype=np.int64), shapes(text, offsets))
        return self._by_word(text, offsets, logits)

    def _logits(self, ids: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """A row of label scores for each token, each taken from the window in which it stands most central."""
        spans = windows(len(ids))
        longest = max(end - start for start, end, *_ in spans) + 2
        rows = np.zeros((3, len(spans), longest), dtype=np.int64)
        for row, (start, end, *_) in enumerate(spans):
            n = end - start
            rows[0, row, : n + 2] = [self._opens, *ids[start:end], self._closes]
            rows[1, row, : n + 2] = 1
            rows[2, row, 1 : n + 1] = shape[start:end]
        found = self._session.run(
            ["logits"], {"input_ids": rows[0], "attention_mask": rows[1], "token_type_ids": rows[2]}
        )[0]
        parts = [
            found[row, 1 + first - start : 1 + last - start]
            for row, (start, _, first, last) in enumerate(spans)
        ]
        return np.concatenate(parts)

    def _by_word(self, text: str, offsets: np.ndarray, logits: np.ndarray) -> Reading:
        """Token scores as word chances: the mean over the tokens of a word."""
        exped = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances = exped / exped.sum(axis=1, keepdims=True)
        opening = chances[:, self._opening].sum(axis=1)
        by_entity = chances @ self._merged
        joined = np.concatenate([[False], offsets[1:, 0] == offsets[:-1, 1]])
        for row in np.flatnonzero(joined):
            start = int(offsets[row, 0])
            joined[row] = text[start].isalnum() and text[start - 1].isalnum()
        first = np.flatnonzero(~joined)
        counts = np.diff(np.append(first, len(offsets)))
        means = np.add.reduceat(by_entity, first, axis=0) / counts[:, None]
        last = np.append(first[1:], len(offsets)) - 1
        return Reading(offsets[first, 0], offsets[last, 1], means, opening[first])

    @cached_property
    def _opening(self) -> np.ndarray:
        return np.array([at for at, label in enumerate(self.labels) if label.startswith("B-")])

    @cached_property
    def _merged(self) -> np.ndarray:
        """Labels × columns of 0 and 1: which column a label counts towards."""
        table = np.zeros((len(self.labels), len(COLUMNS) + 1))
        for at, label in enumerate(self.labels):
            table[at, COLUMNS[label[2:]] if label != "O" else OUTSIDE] = 1.0
        return table


def windows(count: int) -> list[tuple[int, int, int, int]]:
    """Windows over `count` tokens: (start, end) of each, and the stretch of it whose scores are used."""
    step = WINDOW - OVERLAP
    starts = [0, *range(step, max(count - OVERLAP, 1), step)]
    ends = [min(start + WINDOW, count) for start in starts]
    firsts = [0, *(start + OVERLAP // 2 for start in starts[1:])]
    return list(zip(starts, ends, firsts, [*firsts[1:], count], strict=True))


def shapes(text: str, offsets: np.ndarray | list[tuple[int, int]]) -> np.ndarray:
    """How the word that each token belongs to is typed: one of `SMALL`, `CAPITAL`, `CAPITALS`, `MIXED`."""
    found = np.zeros(len(offsets), dtype=np.int64)
    if text.islower():
        return found
    words = [(m.end(), _shape(m.group())) for m in _WORD.finditer(text)]
    at = 0
    for row, (start, _) in enumerate(offsets):
        while at < len(words) and words[at][0] <= start:
            at += 1
        if at < len(words) and _is_word(text, start):
            found[row] = words[at][1]
    return found


def _shape(word: str) -> int:
    if word.islower() or not any(letter.isupper() for letter in word):
        return SMALL
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return CAPITAL
    return CAPITALS if word.isupper() else MIXED


def _is_word(text: str, at: int) -> bool:
    return at < len(text) and text[at].isalnum()
