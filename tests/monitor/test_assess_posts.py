"""Whole posts, judged: crises are never missed, idiom never cries wolf, look-alikes are not ours."""

from __future__ import annotations

import pytest

from monitor.assess import Organisation, assess
from policies.facts import Assessment

NORTHVALE = Organisation(
    name="Northvale Hospitals NHS Foundation Trust",
    aliases=("Northvale hospitals", "Northvale NHS"),
    handles=("@NorthvaleNHS",),
    sites=("Northvale General", "St Bride's", "Harrow Fold Community Hospital"),
    look_alikes=("Northvale FC", "Northvale, New Jersey", "St Bride's church"),
    domains=("northvale.example",),
)


def judge(text: str) -> Assessment:
    return assess(text, "x", NORTHVALE)


CRISES = [
    ("I'm going to end it all tonight and nobody will notice", "suicide"),
    ("ive took a whole packet of pills and im scared, help", "self_harm"),
    ("34 weeks and baby has stopped moving and triage isn't picking up", "medical_emergency_now"),
    ("my dads lips are blue and 999 is ringing out, northvale", "medical_emergency_now"),
    ("He's locked me in again and he's got a knife", "domestic_abuse"),
    ("I know where that nurse lives and I'm coming back with a knife", "threat_to_staff"),
    ("Wоuld rather just kіll myself tonight", "suicide"),
    ("i am going to k\u200bill myself tonight lol anyway thanks @NorthvaleNHS", "suicide"),
]


@pytest.mark.parametrize(("text", "risk"), CRISES)
def test_a_crisis_is_looked_at_now(text: str, risk: str) -> None:
    found = judge(text)
    assert risk in found.risks
    assert found.severity == 5


HARMS = [
    ("They gave my nan the wrong dose of insulin at St Bride's", "patient_safety_incident"),
    ("My husband hits me and I'm scared to go home", "domestic_abuse"),
    ("The carer is stealing from my nan and nobody listens", "safeguarding_adult"),
    ("Everyone would be better off without me", "suicide"),
]


@pytest.mark.parametrize(("text", "risk"), HARMS)
def test_harm_is_looked_at_within_the_hour(text: str, risk: str) -> None:
    found = judge(text)
    assert risk in found.risks
    assert found.severity == 4


IDIOMS = [
    "Dying to see the new garden at Northvale General",
    "This parking will be the death of me @NorthvaleNHS",
    "Could murder a tea after that shift",
    "Lost the will to live in the phone queue @NorthvaleNHS",
    "My phone died in the waiting room lol",
    "The lemon drizzle in the St Bride's canteen is to die for",
    "my feet are killing me after that walk from the car park",
    "nearly had a heart attack when I saw the parking charge",
    "Bored to death in outpatients, send crisps",
    "Suicide prevention training at Harrow Fold Community Hospital on Tuesday",
]


@pytest.mark.parametrize("text", IDIOMS)
def test_idiom_does_not_cry_wolf(text: str) -> None:
    found = judge(text)
    assert found.risks == ()
    assert found.severity <= 2


def test_a_past_crisis_now_safe_is_lower_but_never_below_two() -> None:
    found = judge(
        "I was suicidal three years ago, your crisis team saved my life. Thank you Northvale General"
    )
    assert (found.risks, found.severity, found.intent) == (("suicide",), 2, "thanks")


def test_politeness_and_humour_soften_nothing() -> None:
    found = judge(
        "Sorry to bother you lovely people haha but I've just swallowed a whole packet of paracetamol 😂 thanks!"
    )
    assert found.severity == 5
    assert found.sentiment < 0


@pytest.mark.parametrize(
    ("text", "relevant"),
    [
        ("Is Northvale General busy tonight?", True),
        ("thanks @northvalenhs", True),
        ("Northvale A&E was rammed", True),
        ("Northvale FC lost again, what a shambles", False),
        ("St Bride's church choir on Sunday, all welcome", False),
        ("Snow in Northvale, New Jersey again", False),
        ("Eastmoor General Hospital was filthy", False),
        ("Lovely day at the beach", False),
        ("Northvale FC lost but Northvale General fixed my ankle", True),
    ],
)
def test_look_alikes_and_strangers_are_not_ours(text: str, relevant: bool) -> None:
    assert judge(text).relevant is relevant


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Huge thanks to everyone on the stroke unit at Northvale General", "thanks"),
        ("The midwives at St Bride's are brilliant and kind", "compliment"),
        ("@NorthvaleNHS is the car park open on Sunday?", "question"),
        ("Waited 11 hours in A&E at Northvale General, appalling", "complaint"),
        ("Worried about how few staff there are at night, St Bride's", "concern"),
        ("FOI: how much does Northvale NHS spend on agency staff?", "foi_request"),
        ("I want a copy of all my notes please @NorthvaleNHS", "subject_access_request"),
        ("You will be hearing from my solicitor, how many more?", "legal_threat"),
        ("I'm a reporter from the Vale Gazette, who can comment @NorthvaleNHS?", "media_enquiry"),
        ("Any vacancies for porters at St Bride's?", "job_enquiry"),
        ("Save our maternity unit, sign the petition. Northvale General", "campaign"),
        ("Your website says 9am but the clinic opens at 8 @NorthvaleNHS", "correction"),
        ("Earn £500 a day with crypto", "spam"),
        ("Lovely day at the beach", "off_topic"),
    ],
)
def test_each_intent_is_told(text: str, intent: str) -> None:
    assert judge(text).intent == intent


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("@NorthvaleNHS is the car park open on Sunday?", "yes"),
        ("I'm going to end it all tonight", "yes"),
        ("Earn £500 a day with crypto", "never"),
        ("I know where that nurse lives", "never"),
        ("My husband hits me, St Bride's knew", "never"),
        ("Northvale FC lost again", "no"),
    ],
)
def test_who_needs_a_reply(text: str, reply: str) -> None:
    assert judge(text).needs_reply == reply


def test_sarcasm_is_blame_and_unsure() -> None:
    found = judge("Brilliant, only 9 hours in a chair at Northvale General. Well done.")
    assert found.sentiment < 0
    assert found.unsure


def test_reasons_point_at_the_words_of_the_text_that_came_in() -> None:
    text = "👩🏽‍⚕️ @NorthvaleNHS you've sent me someone else's letter"
    (reason,) = [r for r in judge(text).reasons if r.label == "data_breach"]
    assert "someone else's" in text[reason.start : reason.end]
    assert reason.start >= text.index("sent")


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text", ["help " * 8000, "a" * 40_000, "my dad " * 6000, "since the jab " * 3000, "wait, " * 7000]
)
def test_long_hostile_text_is_judged(text: str) -> None:
    assert judge(text).severity <= 5
