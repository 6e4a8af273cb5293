"""Names of people and places of many countries, put into the same sentences: our lists and those of Faker (MIT)."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterable

from faker import Faker

from redaction.lists import words

_COMMUNITIES = (
    *("en_GB", "en_GB", "en_GB", "en_IE", "en_US", "en_IN", "en_IN", "en_PK", "en_NG", "en_KE", "ga_IE"),
    *("yo_NG", "ig_NG", "ha_NG", "tw_GH", "zu_ZA", "sw", "vi_VN", "id_ID", "tr_TR"),
    *("pl_PL", "ro_RO", "lt_LT", "lv_LV", "et_EE", "cs_CZ", "sk_SK", "hu_HU", "hr_HR", "sl_SI"),
    *("pt_PT", "pt_BR", "es_ES", "it_IT", "fr_FR", "de_DE", "nl_NL", "sv_SE", "no_NO", "fi_FI", "da_DK"),
)
"""Which of Faker's lists; one named more often is drawn from more often. All are in Latin letters."""


_ADDRESSES = (
    *("en_GB", "en_GB", "en_IE", "en_US", "en_US", "en_IN", "fr_FR", "de_DE", "es_ES", "es_MX", "it_IT"),
    *("pt_BR", "pt_PT", "pl_PL", "nl_NL", "sv_SE", "tr_TR", "ro_RO"),
)


def addresses(seed: int, count: int = 150) -> list[str]:
    """Towns, streets and streets with a number as many countries write them: `count` for each list of Faker's."""
    found: list[str] = []
    for at, community in enumerate(_ADDRESSES):
        made = Faker(community)
        made.seed_instance(seed + at)
        for turn in range(count):
            found.append((made.city, made.street_name, made.street_address)[turn % 3]())
    return [place for place in found if "\n" not in place]


class People:
    """Draws names; one `random.Random`, one sequence of names."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._ours = (sorted(words("given_names")), sorted(words("surnames")))
        self._lists = [_lists(community) for community in _COMMUNITIES]

    def given(self) -> str:
        """A given name."""
        return self._draw(0)

    def surname(self) -> str:
        """A surname."""
        return self._draw(1)

    def full(self) -> str:
        """A given name and a surname of one community, now and then with an initial or a double barrel."""
        given, surname = self._pair()
        name = f"{self._chance.choice(given).title()} {_cased(self._chance.choice(surname))}"
        turn = self._chance.random()
        if turn < 0.05:
            return f"{name}-{_cased(self._chance.choice(surname))}"
        if turn < 0.1:
            first, *rest = name.split()
            return f"{first[0]}. {' '.join(rest)}"
        return name

    def _draw(self, which: int) -> str:
        words_ = self._pair()[which]
        word = self._chance.choice(words_)
        return word.title() if which == 0 else _cased(word)

    def _pair(self) -> tuple[list[str], list[str]]:
        return self._ours if self._chance.random() < 0.3 else self._chance.choice(self._lists)


def _cased(word: str) -> str:
    return word if any(letter.isupper() for letter in word) else word.title()


def _lists(community: str) -> tuple[list[str], list[str]]:
    provider = importlib.import_module(f"faker.providers.person.{community}").Provider
    given = _all(provider, ("first_names", "first_names_male", "first_names_female"))
    surnames = _all(provider, ("last_names", "last_names_male", "last_names_female"))
    return given, surnames or given


def _all(provider: type, names: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for name in names:
        found.update(word for word in getattr(provider, name, ()) if word.isascii() or word.isalpha())
    return sorted(word for word in found if len(word) > 1)
