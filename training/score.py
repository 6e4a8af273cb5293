"""Development figures while training: what is found, and what is hidden that should not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer

from redaction.encoder import shapes
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
    for example in examples:
        found = _found(model, encode, example, names)
        hidden = {at for start, end, _ in found for at in range(start, end)}
        marked = {at for start, end, _ in example.spans for at in range(start, end)}
        for start, end, entity in example.spans:
            wanted[entity] += 1
            covered[entity] += all(at in hidden or not example.text[at].isalnum() for at in range(start, end))
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


@torch.no_grad()
def _found(model, encode: Tokenizer, example: Example, names: Sequence[str]) -> list[tuple[int, int, str]]:
    encoding = encode.encode(example.text)
    inner = encoding.offsets[1:-1]
    logits = model(
        input_ids=torch.tensor([encoding.ids]),
        token_type_ids=torch.tensor([[0, *shapes(example.text, inner), 0]]),
    ).logits[0]
    return spans_of([names[at] for at in logits.argmax(-1).tolist()[1:-1]], inner)
