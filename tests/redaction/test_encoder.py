"""The model that ships: offline, whole texts in windows, the same words wherever they stand."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redaction.encoder import (
    CAPITAL,
    CAPITALS,
    COLUMNS,
    FOLDER,
    MIXED,
    SMALL,
    WINDOW,
    Encoder,
    shapes,
    windows,
)
from redaction.text import ENTITIES


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(threads=1)


def test_the_files_of_the_model_are_those_that_were_written_together(encoder: Encoder) -> None:
    about = json.loads((FOLDER / "model.json").read_text())
    assert hashlib.sha256((FOLDER / "encoder.onnx").read_bytes()).hexdigest() == about["sha256"]
    assert {label[2:] for label in encoder.labels if label != "O"} == set(ENTITIES)


def test_a_name_in_running_text_is_likely_a_person_and_an_ordinary_word_is_nothing(encoder: Encoder) -> None:
    text = "saw Oluwaseun in the end and she sorted it"
    reading = encoder.read(text)
    at = text.index("Oluwaseun")
    assert reading.mean_of("PERSON", at, at + 9) > 0.8
    assert reading.support(text.index("sorted"), text.index("sorted") + 6) < 0.2


def test_every_word_has_one_row_and_chances_sum_to_one(encoder: Encoder) -> None:
    text = "Sister Nwachukwu-Bell, ward 7b; she's brilliant!"
    reading = encoder.read(text)
    assert np.allclose(reading.chances.sum(axis=1), 1.0, atol=1e-5)
    assert reading.chances.shape == (len(reading.starts), len(COLUMNS) + 1)
    words = [text[a:b] for a, b in zip(reading.starts, reading.ends, strict=True)]
    assert {"Sister", "Nwachukwu", "ward", "brilliant"} <= set(words)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200b", "🙂", "."])
def test_a_text_without_words_gives_no_support(encoder: Encoder, text: str) -> None:
    assert encoder.read(text).support(0, len(text)) < 0.5


def test_a_name_is_found_in_the_first_middle_and_last_window_of_a_long_text(encoder: Encoder) -> None:
    filler = "the corridor was cold and the tea was good. " * 40
    text = f"{filler}Nurse Agnieszka helped. {filler}Nurse Chidi helped. {filler}Nurse Harpreet helped."
    reading = encoder.read(text)
    for name in ("Agnieszka", "Chidi", "Harpreet"):
        at = text.index(name)
        assert reading.support(at, at + len(name)) > 0.5, name


def test_several_threads_read_the_same_as_one(encoder: Encoder) -> None:
    texts = [f"my mum {name} was on ward 6" for name in ("Kanta", "Bridie", "Tomasz", "Ifeoma")] * 5
    alone = [encoder.read(text).chances for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: encoder.read(text).chances, texts))
    assert all(np.allclose(a, b) for a, b in zip(alone, together, strict=True))


@given(st.integers(1, 5000))
def test_windows_use_every_token_once_and_stay_within_their_length(count: int) -> None:
    used: list[int] = []
    for start, end, first, last in windows(count):
        assert end - start <= WINDOW
        assert start <= first <= last <= end
        used += range(first, last)
    assert used == list(range(count))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_model(encoder: Encoder, text: str) -> None:
    reading = encoder.read(text.encode("utf-8", "replace").decode())
    assert np.isfinite(reading.chances).all()


def test_shapes_tell_how_words_are_typed() -> None:
    text = "Ward MATRON mcDonald x-ray A 7"
    offsets = [(m, m + 1) for m in (0, 5, 12, 21, 27, 29)]
    assert list(shapes(text, offsets)) == [CAPITAL, CAPITALS, MIXED, SMALL, CAPITAL, SMALL]
