"""Development figures while training: what is found, and what is hidden that should not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer

from training.corpus import Example


def spans_of(labels: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Labelled tokens as spans of the text."""
    found: list[list] = []
    for label, (start, end) in zip(labels, offsets, strict=True):
        if label == "O" or end <= start:
            continue
        entity = label[2:]
        if found and found[-1][2] == entity and (label[0] == "I" or found[-1][1] == start):
            found[-1][1] = end
        else:
            found.append([start, end, entity])
    return [(start, end, entity) for start, end, entity in found]


def report(model, encode: Tokenizer, examples: Sequence[Example], names: Sequence[str], title: str) -> None:
    """Print recall of each entity (a span counts when fully covered), precision, and clean posts touched."""
    model.eval()
    wanted: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    touched = clean = 0
    with torch.no_grad():
        for example in examples:
            encoding = encode.encode(example.text)
            logits = model(
                input_ids=torch.tensor([encoding.ids]), attention_mask=torch.tensor([encoding.attention_mask])
            ).logits[0]
            found = spans_of([names[i] for i in logits.argmax(-1).tolist()], encoding.offsets)
            hidden = {at for start, end, _ in found for at in range(start, end)}
            marked = {at for start, end, _ in example.spans for at in range(start, end)}
            for start, end, entity in example.spans:
                wanted[entity] += 1
                covered[entity] += all(
                    at in hidden or not example.text[at].isalnum() for at in range(start, end)
                )
            for start, end, entity in found:
                given[entity] += 1
                right[entity] += any(at in marked for at in range(start, end))
            if not example.spans:
                clean += 1
                touched += bool(found)
    for entity in sorted(wanted):
        print(
            f"  {title} {entity:<22} recall {covered[entity]:>4}/{wanted[entity]:<4} "
            f"{covered[entity] / wanted[entity]:.3f}  precision {right[entity] / max(1, given[entity]):.3f}"
        )
    print(f"  {title} clean posts touched {touched}/{clean}", flush=True)
    model.train()
