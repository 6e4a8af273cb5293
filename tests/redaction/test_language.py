"""Which language a text is in: sure where it shows, honest where it does not."""

from __future__ import annotations

import pytest

from redaction.language import Guess, can_read, identify

CLEAR = {
    "en": "The nurses were lovely but we waited for hours and nobody told us what was going on",
    "cy": "Mae'r staff yn wych ac roedd y gofal yn dda iawn, ond roedd rhaid i ni aros drwy'r nos",
    "pl": "Bardzo dziękuję, ale moja mama czekała na lekarza i nie było nikogo przez cały dzień",
    "fr": "Merci à toute l'équipe, mais nous avons attendu dans le couloir pendant des heures et c'est trop",
    "es": "Muchas gracias a todos, pero mi madre estuvo en el pasillo toda la noche y no había nadie",
    "ro": "Vă mulțumesc foarte mult, dar mama mea a fost pe hol toată noaptea și nu era nimeni",
    "ur": "نرس بہت اچھی تھیں لیکن ہمیں گھنٹوں انتظار کرنا پڑا",
    "ar": "كانت الممرضة لطيفة جدا ولكن انتظرنا ساعات طويلة",
    "ru": "Медсестры были очень добры, но мы ждали много часов",
    "uk": "Медсестри були дуже добрі, але ми чекали багато годин її",
    "hi": "नर्सें बहुत अच्छी थीं लेकिन हमें घंटों इंतज़ार करना पड़ा",
}


@pytest.mark.parametrize(("code", "text"), CLEAR.items(), ids=CLEAR.keys())
def test_a_clear_text_is_told_and_sure(code: str, text: str) -> None:
    assert identify(text) == Guess(code, True)


def test_only_english_can_be_read() -> None:
    assert [code for code in CLEAR if can_read(code)] == ["en"]
    assert can_read("en-GB")


def test_a_short_text_trusts_the_network_and_then_english() -> None:
    assert identify("Gracias!", "es") == Guess("es", False)
    assert identify("Gracias!") == Guess("en", False)
    assert identify("ok", "und") == Guess("en", False)


def test_clear_english_beats_the_networks_guess() -> None:
    assert identify(CLEAR["en"], "pl") == Guess("en", True)


def test_a_text_without_small_words_trusts_the_network() -> None:
    assert identify("Ortopedia wspaniała opieka super personel", "pl").code == "pl"
    assert identify("Brilliant orthopaedics team superb personnel") == Guess("en", False)


@pytest.mark.parametrize(
    "text",
    [
        "i am o so glad i a lot i y'know i go i can",
        "AWFUL PARKING AGAIN NORTHVALE GENERAL SORT IT",
        "lol 😂😂😂 parking tho smh fam",
        "https://a.example/le/la/les/des/du @le_la_les brilliant",
    ],
)
def test_odd_english_is_not_taken_for_another_language(text: str) -> None:
    assert identify(text).code == "en"
