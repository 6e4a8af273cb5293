"""What the engine promises: it fails closed, keeps offsets, survives hostile text and never reaches out."""

from __future__ import annotations

import itertools
import json
import logging
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from presidio_analyzer import EntityRecognizer, RecognizerResult

from redaction.errors import RedactionFailed, UnsupportedLanguage
from redaction.keep import KeepList
from redaction.redactor import OVERLAP, WINDOW, Redactor, windows
from redaction.rules import Recogniser
from redaction.text import ENTITIES, Finding, Numbering, hide
from redaction.weighing import Hit

ROOT = Path(__file__).parents[2]
SECRET = "my son Tomos, NHS number 943 476 5919"


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(KeepList())


class Exploding(EntityRecognizer):
    """A recogniser that quotes the text in its error."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["PERSON"], name="exploding")

    def load(self) -> None:
        pass

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        raise ValueError(text)


def test_a_recogniser_that_raises_fails_the_whole_reading_and_tells_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Redactor(KeepList(), extra=[Exploding()])
    with caplog.at_level(logging.DEBUG), pytest.raises(RedactionFailed) as caught:
        broken.find(SECRET)
    told = f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert "Tomos" not in told
    assert "943" not in told
    assert caught.value.__suppress_context__


def test_a_recogniser_of_an_unknown_entity_fails_the_reading() -> None:
    odd = Recogniser("SHOE_SIZE", lambda text: [Hit(0, 3, 0.9)])
    with pytest.raises(RedactionFailed):
        Redactor(KeepList(), extra=[odd]).find(SECRET)


def test_a_pattern_that_ran_out_of_time_fails_the_reading(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redaction.redactor.REGEX_TIMEOUT_SECONDS", 0)
    with pytest.raises(RedactionFailed):
        redactor.find(SECRET)


def test_nothing_is_logged_of_a_text(redactor: Redactor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        redactor.find(SECRET)
    assert "Tomos" not in caplog.text
    assert "943" not in caplog.text


def test_no_recogniser_of_another_country_is_on(redactor: Redactor) -> None:
    assert set(redactor._engine.get_supported_entities("en")) == set(ENTITIES)


def test_context_words_reach_presidios_own_recognisers(redactor: Redactor) -> None:
    artifacts = redactor._engine.nlp_engine.process_text("Her NINO was read out", "en")
    assert "nino" in artifacts.lemmas


def test_building_and_reading_open_no_socket() -> None:
    code = textwrap.dedent(
        """
        import socket
        def refuse(*args, **kwargs):
            raise SystemExit("the network was reached for")
        socket.socket.connect = refuse
        socket.socket.connect_ex = refuse
        socket.getaddrinfo = refuse
        from redaction.keep import KeepList
        from redaction.redactor import Redactor
        import tldextract
        tldextract.TLDExtract(cache_dir=None)("mail.example.co.uk")
        found = Redactor(KeepList()).find("write to jane.probert@mail.example")
        print([f.entity for f in found])
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.strip() == "['EMAIL_ADDRESS']"


def test_importing_the_plain_types_loads_no_engine() -> None:
    code = (
        "import sys, redaction.text, redaction.sealing, redaction.keep, redaction.errors;"
        "print(sorted({'presidio_analyzer', 'spacy', 'tldextract'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_offsets_are_code_points_of_the_text_that_came_in(redactor: Redactor) -> None:
    text = "👩🏽‍⚕️👩🏽‍⚕️ ﬁne, nurse Ka\u200bren on ９４３ ４７６ ５９１９, my NHS number"
    found = redactor.find(text)
    assert [text[f.start : f.end] for f in found] == ["Ka\u200bren", "９４３ ４７６ ５９１９"]


def test_stacked_marks_are_hidden_with_their_letters(redactor: Redactor) -> None:
    text = "nurse K\u0335\u0351a\u0336r\u0337e\u0338n\u0338\u0321 stayed"
    (found,) = redactor.find(text)
    assert hide(text, [found], Numbering()) == "nurse ⟦name 1⟧ stayed"


def test_a_name_found_once_is_found_again(redactor: Redactor) -> None:
    text = "Dr Wrzos was late. We asked for Wrzos twice, and WRZOS shouted."
    assert [text[f.start : f.end] for f in redactor.find(text)] == ["Wrzos", "Wrzos", "WRZOS"]


def test_the_organisations_own_names_survive_a_person_of_the_same_name() -> None:
    redactor = Redactor(KeepList.from_mapping({"sites": ["Harrow Fold Community Hospital"]}))
    text = "Mrs Harrow works at Harrow Fold Community Hospital"
    assert [text[f.start : f.end] for f in redactor.find(text)] == ["Harrow"]


def test_a_health_term_never_swallows_a_name(redactor: Redactor) -> None:
    text = "my dad Alan's cancer"
    entities = {f.entity for f in redactor.find(text)}
    assert "PERSON" in entities


def test_findings_come_in_order_and_none_lies_inside_another(redactor: Redactor) -> None:
    found = redactor.find(
        "Mail jane.probert@mail.example, see https://a.example/u/jane?d=03/05/1984 or ring 07911 123456"
    )
    assert list(found) == sorted(found)
    assert not [(a, b) for a in found for b in found if a != b and a.start <= b.start and b.end <= a.end]


HOSTILE = {
    "nothing": "",
    "nul": "a\x00b\x00 Dr Patel\x00",
    "lone surrogates": "\ud800 Dr Patel \udfff\udc00",
    "right to left": "\u202eDr Patel\u202c \u2067x\u2069",
    "zalgo": "D" + "\u0335\u0336" * 300 + "r Patel",
    "separators": "Dr Patel\u2028Mrs Okafor\u2029\u0085",
    "brackets": "⟦name 1⟧ Dr Patel [@click=app.bell]x[/]",
    "digits": "0" * 5000,
    "spaced digits": "1 " * 3000,
    "dots": "a.b" * 3000,
    "at signs": "@a" * 3000,
    "capitals": "Aa " * 5000,
    "names": "Karen " * 4000,
    "quotes": "'\"" * 5000,
    "one word": "x" * 40_000,
    "slashes": "/u/" * 5000,
    "mail-like": "a" * 20_000 + "@",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.timeout(20)
def test_hostile_text_is_read_without_falling_over(redactor: Redactor, text: str) -> None:
    for found in redactor.find(text):
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.timeout(30)
def test_forty_thousand_characters_are_read_to_the_end(redactor: Redactor) -> None:
    text = "The ward was calm and the tea was warm. " * 1000 + "Ring Dr Wrzos on 07911 123456"
    found = redactor.find(text)
    assert [f.entity for f in found] == ["PERSON", "PHONE_NUMBER"]
    assert text[found[1].start :] == "07911 123456"


def test_windows_cover_everything_and_share_enough_to_split_no_finding() -> None:
    text = "word " * 3000
    cut = list(windows(text))
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    assert all(end - start <= WINDOW for start, end in cut)
    assert all(later[0] <= earlier[1] - OVERLAP // 2 for earlier, later in itertools.pairwise(cut))


def test_a_number_across_a_window_border_is_still_whole(redactor: Redactor) -> None:
    for shift in range(0, 60, 7):
        filler = "calm " * ((WINDOW - 30 + shift) // 5)
        text = filler + "NHS number 943 476 5919 was read out " + "calm " * 400
        found = redactor.find(text)
        assert [text[f.start : f.end] for f in found] == ["943 476 5919"]


POLISH = "Dziękuję bardzo za opiekę, ale moja mama czekała na lekarza przez cały dzień i nie było nikogo"


def test_a_text_clearly_in_another_language_is_refused(redactor: Redactor) -> None:
    with pytest.raises(UnsupportedLanguage) as caught:
        redactor.find(POLISH)
    assert caught.value.language == "pl"


def test_one_paragraph_in_another_language_refuses_the_whole(redactor: Redactor) -> None:
    english = "The nurses were kind and the ward was clean and we were told what would happen next."
    with pytest.raises(UnsupportedLanguage):
        redactor.find(f"{english}\n{english}\n{english}\n{POLISH}")


def test_a_repeated_finding_of_the_same_place_is_given_once(redactor: Redactor) -> None:
    found = redactor.find("NI number AB 12 34 56 C")
    assert found == (Finding(10, 23, "NATIONAL_INSURANCE", found[0].score),)


def test_the_shared_synthetic_notes_are_found_whole(redactor: Redactor) -> None:
    path = ROOT.parent / "shared" / "data" / "redaction" / "redacta_uk_clinical" / "data.jsonl"
    if not path.exists():
        pytest.skip("the shared evaluation data is not here")
    wanted = {"UK_NHS", "UK_NINO", "POSTCODE", "PHONE_NUMBER", "EMAIL_ADDRESS"}
    missed = total = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found = redactor.find(row["text"])
        for start, end, kind in row["spans"]:
            if kind in wanted:
                total += 1
                missed += not any(f.start <= start and end <= f.end for f in found)
    assert total > 400
    assert missed == 0
