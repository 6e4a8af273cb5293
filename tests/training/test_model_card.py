"""What the model card says of the texts and of the model is so."""

from __future__ import annotations

import json
from pathlib import Path

from redaction.encoder import FOLDER
from training.corpus import committed, is_development

ROOT = Path(__file__).parents[2]
CARD = (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8")


def test_the_card_counts_the_texts_as_they_are() -> None:
    texts = committed()
    aside = sum(is_development(text) for text in texts)
    assert f"{len(texts):,} posts" in CARD
    assert f"{aside:,} of them" in CARD


def test_the_card_and_the_model_agree_on_how_it_was_made() -> None:
    about = json.loads((FOLDER / "model.json").read_text())
    assert about["made"]["texts"][:16] in CARD
    assert about["sha256"][:16] in CARD
    assert f"seed {about['made']['seed']}" in CARD
    assert f"{about['made']['epochs']} epochs" in CARD


def test_the_licences_of_what_it_was_made_from_travel_with_it() -> None:
    notice = (FOLDER / "NOTICE").read_text(encoding="utf-8")
    for name in (
        "all-MiniLM-L6-v2",
        "Broad Twitter Corpus",
        "WNUT 2017",
        "Tweebank",
        "NHS Friends and Family",
    ):
        assert name in notice
