"""The closed lists of names that packs may use. The project's own labels; the order of each list is kept."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Risk(StrEnum):
    """What may be at stake in a post."""

    SELF_HARM = "self_harm"
    SUICIDE = "suicide"
    SAFEGUARDING_CHILD = "safeguarding_child"
    SAFEGUARDING_ADULT = "safeguarding_adult"
    DOMESTIC_ABUSE = "domestic_abuse"
    ADVERSE_DRUG_REACTION = "adverse_drug_reaction"
    PATIENT_SAFETY_INCIDENT = "patient_safety_incident"
    INFECTION_OUTBREAK = "infection_outbreak"
    THREAT_TO_STAFF = "threat_to_staff"
    ABUSE_OF_STAFF = "abuse_of_staff"
    DISCRIMINATION = "discrimination"
    DATA_BREACH = "data_breach"
    MISINFORMATION = "misinformation"
    FRAUD_IMPERSONATION = "fraud_impersonation"
    MEDICAL_EMERGENCY_NOW = "medical_emergency_now"
    PRIVACY_EXPOSURE_BY_POSTER = "privacy_exposure_by_poster"


class Intent(StrEnum):
    """What a post is for."""

    COMPLIMENT = "compliment"
    THANKS = "thanks"
    COMPLAINT = "complaint"
    CONCERN = "concern"
    QUESTION = "question"
    STORY = "story"
    CAMPAIGN = "campaign"
    CORRECTION = "correction"
    FOI_REQUEST = "foi_request"
    SUBJECT_ACCESS_REQUEST = "subject_access_request"
    MEDIA_ENQUIRY = "media_enquiry"
    LEGAL_THREAT = "legal_threat"
    JOB_ENQUIRY = "job_enquiry"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"


class ReasonName(StrEnum):
    """Why the reply gate objects to a draft."""

    CONFIRMS_PATIENT_RELATIONSHIP = "confirms_patient_relationship"
    CONTAINS_PERSONAL_DATA = "contains_personal_data"
    ASKS_FOR_PERSONAL_DATA_PUBLICLY = "asks_for_personal_data_publicly"
    ARGUMENTATIVE = "argumentative"
    SARCASM = "sarcasm"
    BLAMES_STAFF_OR_PATIENT = "blames_staff_or_patient"
    MISSING_SIGNPOST_CRISIS = "missing_signpost_crisis"
    FORBIDDEN_LINK = "forbidden_link"
    TOO_LONG_FOR_CHANNEL = "too_long_for_channel"
    ADMITS_LIABILITY = "admits_liability"
    PROMISES_OUTCOME = "promises_outcome"
    SPECULATION = "speculation"
    POLITICAL_COMMENT = "political_comment"
    DISCLOSES_STAFF_DETAILS = "discloses_staff_details"
    GIVES_CLINICAL_ADVICE = "gives_clinical_advice"
    MISSING_CONTACT_ROUTE = "missing_contact_route"


ALWAYS_HARD: frozenset[ReasonName] = frozenset(list(ReasonName)[:9])
"""Reasons that block whatever their form; the others are hard or soft."""

SEVERITY_FLOORS: Mapping[Risk, int] = MappingProxyType(
    {
        Risk.SELF_HARM: 2,
        Risk.SUICIDE: 2,
        Risk.SAFEGUARDING_CHILD: 2,
        Risk.SAFEGUARDING_ADULT: 2,
        Risk.DOMESTIC_ABUSE: 2,
        Risk.ADVERSE_DRUG_REACTION: 2,
        Risk.MEDICAL_EMERGENCY_NOW: 5,
    }
)
"""Floors that no pack may lower. Each says how soon a person must look where this risk is named."""
