"""The same sentence with other people in it, and as others would have typed it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from redaction.lists import entries
from training.corpus import Example
from training.people import People, addresses

_SWAPPED = {
    "LOCATION": 0.25,
    "ORGANISATION_CARE": 0.2,
    "CONDITION": 0.15,
    "MEDICATION": 0.2,
    "PROCEDURE": 0.1,
}


class Augmenter:
    """Makes variants of examples; one seed, one result."""

    def __init__(self, examples: Sequence[Example], seed: int) -> None:
        self._random = random.Random(seed)
        self._seen: defaultdict[str, list[str]] = defaultdict(list)
        for example in examples:
            if len(example.known) > 2:
                for start, end, entity in example.spans:
                    self._seen[entity].append(example.text[start:end])
        # The texts name invented places alone; the list brings real towns into the same sentences.
        self._seen["LOCATION"] += entries("places") * 3
        self._people = People(self._random)
        self._addresses = addresses(seed)

    def vary(self, example: Example) -> Example:
        """One variant: values swapped now and then, then the typing changed now and then."""
        if len(example.known) > 2:
            example = self._swap(example)
        return self._retype(example)

    def _swap(self, example: Example) -> Example:
        text, spans, at = "", [], 0
        for start, end, entity in sorted(example.spans):
            text += example.text[at:start]
            words = self._other(entity, example.text[start:end])
            spans.append((len(text), len(text) + len(words), entity))
            text, at = text + words, end
        return Example(text + example.text[at:], tuple(spans), example.source, example.known)

    def _other(self, entity: str, words: str) -> str:
        if entity == "PERSON" and self._random.random() < 0.5:
            return _like(words, self._name(words))
        if entity == "LOCATION" and self._random.random() < 0.1:
            return _like(words, self._random.choice(self._addresses))
        if self._random.random() < _SWAPPED.get(entity, 0.0):
            return _like(words, self._random.choice(self._seen[entity]))
        return words

    def _name(self, words: str) -> str:
        """Another person, named as `words` names one: by one word or by several."""
        if self._random.random() < 0.3:
            return self._random.choice(self._seen["PERSON"])
        if len(words.split()) > 1:
            return self._people.full()
        return self._people.given() if self._random.random() < 0.75 else self._people.surname()

    def _retype(self, example: Example) -> Example:
        chance = self._random.random()
        text = example.text
        if chance < 0.15:
            text = _same_length(text, str.lower)
        elif chance < 0.2:
            text = _same_length(text, str.upper)
        elif chance < 0.25:
            text = text.replace(".", " ").replace(",", " ")
        return Example(text, example.spans, example.source, example.known)


def _like(words_: str, other: str) -> str:
    """`other` in the case that `words_` was typed in."""
    if words_.islower():
        return other.lower()
    return other.upper() if words_.isupper() and len(words_) > 2 else other


def _same_length(text: str, change) -> str:
    return "".join(change(letter) if len(change(letter)) == 1 else letter for letter in text)
