"""Trained weights as the files that ship: an int8 ONNX graph, the tokeniser, and what the labels are.

`python -m training.export --weights FOLDER [--out redaction/model]`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertForTokenClassification

from redaction.encoder import FOLDER
from training.features import BASE, LABELS
from training.train import SHAPES

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Plain(torch.nn.Module):
    """The model with positional inputs and plain outputs, as the exporter wants it."""

    def __init__(self, model: BertForTokenClassification) -> None:
        super().__init__()
        self.bert, self.classifier = model.bert, model.classifier

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, shape: torch.Tensor):
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=shape).last_hidden_state
        return self.classifier(hidden), hidden


def export(weights: Path, out: Path) -> None:
    """Write `encoder.onnx`, `tokenizer.json` and `model.json` into `out`."""
    model = BertForTokenClassification.from_pretrained(
        weights, type_vocab_size=SHAPES, attn_implementation="eager"
    ).eval()
    out.mkdir(parents=True, exist_ok=True)
    sample = tuple(torch.ones(2, 12, dtype=torch.long) for _ in _INPUTS)
    axes = {name: {0: "texts", 1: "tokens"} for name in (*_INPUTS, "logits", "hidden")}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            _Plain(model),
            sample,
            str(whole),
            input_names=list(_INPUTS),
            output_names=["logits", "hidden"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            whole,
            out / "encoder.onnx",
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    shutil.copyfile(BASE / "tokenizer.json", out / "tokenizer.json")
    digest = hashlib.sha256((out / "encoder.onnx").read_bytes()).hexdigest()
    made = json.loads((weights / "made.json").read_text())
    about = {"made": made, "sha256": digest, "labels": LABELS}
    (out / "model.json").write_text(json.dumps(about, indent=1) + "\n")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FOLDER)
    asked = parser.parse_args()
    export(asked.weights, asked.out)


if __name__ == "__main__":
    main()
