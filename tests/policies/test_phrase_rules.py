from __future__ import annotations

import random

import pytest

from policies.errors import PhraseError
from policies.facts import ReplyFacts
from policies.gate.fold import fold
from policies.gate.phrases import compile_phrases
from policies.gate.wording import check_wording
from policies.loader import load_pack
from policies.policy import ReadyRule
from policies.replies import check
from policies.vocabulary import ReasonName

POLICY = load_pack("nhs-england")


def _fires(ready: ReadyRule, draft: str) -> bool:
    found = check_wording(POLICY, ReplyFacts("care_opinion", draft, ""), fold(draft))
    return any(f.words == ready.rule.instead and f.reason == ready.rule.reason for f in found)


@pytest.mark.parametrize("ready", POLICY.wording, ids=lambda ready: ready.rule.name)
def test_every_phrase_rule_fires_and_holds_back_on_its_own_examples(ready: ReadyRule) -> None:
    for draft in ready.rule.examples.fires:
        assert _fires(ready, draft), draft
    for draft in ready.rule.examples.holds:
        assert not _fires(ready, draft), draft


@pytest.mark.parametrize("ready", POLICY.wording, ids=lambda ready: ready.rule.name)
def test_what_a_rule_holds_back_on_is_no_fault_for_any_other_rule(ready: ReadyRule) -> None:
    for draft in ready.rule.examples.holds:
        assert check(POLICY, ReplyFacts("care_opinion", draft, "")).reasons == (), draft


def test_rules_have_words_of_their_own_for_the_writer() -> None:
    words = [ready.rule.instead for ready in POLICY.wording]
    assert len(set(words)) == len(words)


WORDED = set(ReasonName) - {
    ReasonName.CONTAINS_PERSONAL_DATA,
    ReasonName.MISSING_SIGNPOST_CRISIS,
    ReasonName.FORBIDDEN_LINK,
    ReasonName.TOO_LONG_FOR_CHANNEL,
    ReasonName.MISSING_CONTACT_ROUTE,
}


def test_every_reason_that_hangs_on_wording_has_a_rule() -> None:
    assert {ready.rule.reason for ready in POLICY.wording} == WORDED


@pytest.mark.parametrize(
    ("phrase", "yes", "no"),
    [
        ("your (stay|visit here)", "About YOUR Stay", "your staying"),
        ("we [really] tried", "we tried", "we sadly tried"),
        ("apologis*", "Apologising now", "an apology"),
        ("we .. you", "we all thank you", "we all want to thank you"),
        ("we .. you", "we see you", "we see. You"),
        ("ward #", "ward 12", "ward twelve"),
        ("can not say", "we can't say", "we can say"),
        ("it is our", "it’s our", "its our"),
        ("your stay", "уour\u200b stау", "you stay"),
        ("<email>", "write to a.b@northvale.example", "write at northvale"),
        ("your _", "your dog", "your."),
    ],
)
def test_the_phrase_language_means_what_its_table_says(phrase: str, yes: str, no: str) -> None:
    matcher = compile_phrases([phrase], {})
    assert matcher.within(fold(yes))
    assert not matcher.within(fold(no))


@pytest.mark.parametrize("phrase", ["", "(a", "a)", "a|b", "[a)", ".. a", "{nothing}", "{loop}"])
def test_a_phrase_written_wrongly_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrases([phrase], {"loop": ["{loop}"]})


def test_a_finding_points_at_the_original_words_past_hidden_characters_and_accents() -> None:
    draft = "Ｈéllo\u200b — “sorry” about y\u200bоur stay, José"
    matcher = compile_phrases(["your stay"], {})
    folded = fold(draft)
    start, end = folded.original(*next(iter(matcher.find(folded))))
    assert draft[start:end] == "y\u200bоur stay"


PIECES = [
    "your ",
    "we ",
    "you ",
    "(",
    "[",
    "a",
    " ",
    ".",
    "a@",
    "a.",
    "nhs.uk/",
    "http://",
    "' ",
    "’s",
    "0",
    "-",
    "_",
    "\u200b",
    "é",
    "🙄",
    "\n",
    "@",
    "?",
]


@pytest.mark.timeout(60)  # catastrophic backtracking would take hours
@pytest.mark.parametrize("piece", PIECES)
def test_long_runs_of_one_piece_come_to_an_end(piece: str) -> None:
    check(POLICY, ReplyFacts("care_opinion", piece * (19_000 // len(piece)), piece * 9_000, severity=5))


def test_random_text_is_judged_without_an_error_and_spans_stay_inside() -> None:
    dice = random.Random(7)
    alphabet = [*PIECES, "our ", "team ", "treated ", "ward ", "\ud800", "\u202e", "ﬃ", "İ", "ß", "999 "]
    for _ in range(60):
        draft = "".join(dice.choice(alphabet) for _ in range(dice.randint(0, 300)))
        for finding in check(POLICY, ReplyFacts("x", draft, draft)).findings:
            assert 0 <= finding.start <= finding.end <= len(draft)
