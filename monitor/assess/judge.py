"""From what fired to an `Assessment`: severity with its floors, risks, one intent, and who must answer.

Names, orders and floors are the project's own; where a policy sets a floor too, the higher one counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.assess.organisation import Organisation
from monitor.assess.relevance import relevance
from monitor.assess.rules import Fired, fire, load, without_idioms
from monitor.assess.sentiment import Feeling, feel
from policies.facts import Assessment, Reason
from redaction.language import can_read, identify
from redaction.normal import Folded, fold
from redaction.text import Finding

FLOOR_TWO = frozenset(
    {
        "self_harm",
        "suicide",
        "safeguarding_child",
        "safeguarding_adult",
        "domestic_abuse",
        "adverse_drug_reaction",
    }
)
FIRST_INTENTS = (
    "legal_threat",
    "foi_request",
    "subject_access_request",
    "media_enquiry",
    "job_enquiry",
    "spam",
    "correction",
)
NEUTRAL = frozenset({"foi_request", "media_enquiry", "job_enquiry", "spam"})
"""Requests whose words name grievances without having them; only a risk makes one urgent."""
EXPOSING = frozenset(
    {
        "NHS_NUMBER",
        "NATIONAL_INSURANCE",
        "DATE_OF_BIRTH",
        "PHONE_NUMBER",
        "EMAIL_ADDRESS",
        "POSTCODE",
    }
)
"""Direct identifiers whose presence in public exposes somebody; a name, a handle or a case reference alone does not."""
NO_PUBLIC_ANSWER = frozenset({"threat_to_staff", "domestic_abuse", "abuse_of_staff"})
_HARM = frozenset({"suicide", "self_harm", "medical_emergency_now"})
_LONG = 160
"""Code points above which a text where nothing fired is marked unsure."""


def assess(
    text: str,
    channel: str,
    organisation: Organisation,
    findings: Sequence[Finding] | None = None,
    language: str = "",
) -> Assessment:
    """What `text` means.

    Args:
        text: the raw text; nothing of it is kept.
        channel: where it was posted ("" when it is no post); no rule asks for it yet.
        organisation: who is asking.
        findings: what the redactor found, when it could read the text.
        language: the network's own guess, "" for none.
    """
    folded = fold(text)
    plain = without_idioms(folded.text)
    guess = identify(folded.text, language)
    fired = [*fire(load("risks"), plain), *fire(load("severity"), plain)]
    intents = list(fire(load("intents"), plain))
    feeling = feel(plain)
    ours, sure, names = relevance(folded.text, organisation)
    risks = _risks(fired, findings)
    severity = _severity(fired, risks, feeling) if ours or risks else 0
    intent = _intent(intents, fired, feeling, ours, severity)
    if intent in NEUTRAL and not risks:
        severity = 0
    readable = can_read(guess.code)
    return Assessment(
        relevant=ours and (intent != "spam" or bool(risks)),
        severity=severity,
        sentiment=_sentiment(
            feeling, severity, over=any(shot.severity < shot.rule.severity for shot in fired)
        ),
        intent=intent,
        risks=risks,
        needs_reply=_needs_reply(intent, risks, ours, severity),
        language=guess.code,
        unsure=not readable
        or (ours and not sure and severity > 2)
        or _nothing_seen(fired, intents, feeling, text),
        reasons=_reasons(folded, fired, intents, names),
    )


def _risks(fired: Sequence[Fired], findings: Sequence[Finding] | None) -> tuple[str, ...]:
    order = list(dict.fromkeys(rule.label for rule in load("risks")))
    found = {shot.rule.label for shot in fired}
    if any(finding.entity in EXPOSING for finding in findings or ()):
        found.add("privacy_exposure_by_poster")
    return tuple(label for label in order if label in found)


def _severity(fired: Sequence[Fired], risks: Sequence[str], feeling: Feeling) -> int:
    """The highest of what fired, never below the floors of the risks."""
    severity = max((shot.severity for shot in fired), default=0)
    if feeling.value < 0:
        severity = max(severity, 1 if feeling.value == -1 else 2)
    if FLOOR_TWO.intersection(risks):
        severity = max(severity, 2)
    return 5 if "medical_emergency_now" in risks else severity


def _sentiment(feeling: Feeling, severity: int, over: bool) -> int:
    """The feeling of the words, and that of the matter where the words show none (unless it is over)."""
    if severity < 1 or over or (severity < 3 and feeling.praise):
        return feeling.value
    matter = -2 if severity >= 3 else -1
    return min(feeling.value, matter if not feeling.praise else -1)


def _intent(
    intents: Sequence[Fired], fired: Sequence[Fired], feeling: Feeling, ours: bool, severity: int
) -> str:
    """One intent, in this order where several fit: legal, foi, sar, media, job, question, complaint, concern, story."""
    named = {shot.rule.label for shot in intents}
    first = next((label for label in FIRST_INTENTS if label in named), None)
    if first:
        return first
    negative = feeling.value < 0
    if "campaign" in named and severity < 3:
        return "campaign"
    if "question" in named and not (negative and severity >= 2):
        return "question"
    if not ours and not fired:
        return "off_topic"
    if negative or severity == 1 or _blames(fired):
        worried = "concern" in named and feeling.value > -2 and not _blames(fired)
        return "concern" if worried else "complaint"
    if feeling.value > 0 and severity <= 2:
        return "thanks" if "thanks" in named else "compliment"
    if "concern" in named or severity >= 2:
        return "concern"
    return "thanks" if "thanks" in named else "story"


def _blames(fired: Sequence[Fired]) -> bool:
    return any(
        shot.rule.label
        in {"patient_safety_incident", "discrimination", "data_breach", "dignity", "formal_step"}
        for shot in fired
    )


def _needs_reply(intent: str, risks: Sequence[str], ours: bool, severity: int) -> str:
    if intent == "spam" or (NO_PUBLIC_ANSWER.intersection(risks) and not _HARM.intersection(risks)):
        return "never"
    if severity >= 2:
        return "yes"
    return "no" if not ours or intent in {"off_topic", "campaign"} else "yes"


def _nothing_seen(fired: Sequence[Fired], intents: Sequence[Fired], feeling: Feeling, text: str) -> bool:
    quiet = not fired and not intents and not feeling.praise and not feeling.blame
    mixed = feeling.praise == feeling.blame and feeling.praise > 1
    return (quiet and len(text) > _LONG) or (mixed and not fired) or feeling.sarcastic


def _reasons(
    folded: Folded, fired: Sequence[Fired], intents: Sequence[Fired], names: Sequence[Reason]
) -> tuple[Reason, ...]:
    """Each label once for each place, with offsets of the text that came in."""
    plain = [*(Reason(shot.rule.label, shot.start, shot.end) for shot in (*fired, *intents)), *names]
    placed = (Reason(reason.label, *folded.span(reason.start, reason.end)) for reason in plain)
    return tuple(sorted(dict.fromkeys(placed), key=lambda reason: (reason.start, reason.end, reason.label)))
