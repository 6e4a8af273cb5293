"""The shape of a pack: strict and frozen, so that a typing error is an error and never a missing rule.

A pack is one YAML file and the phrase files it names. Severity runs from 0 (routine) to 5 (now); every length of
time is in minutes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from policies.facts import Act, Role, Verdict
from policies.vocabulary import Intent, ReasonName, Risk

Severity = Annotated[int, Field(ge=0, le=5)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 90)]
Words = Annotated[str, Field(min_length=1, max_length=600)]
Phrase = Annotated[str, Field(min_length=1, max_length=2_000)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}$")]


class Strict(BaseModel):
    """Frozen; an unknown key is an error; nothing is coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Queue(Strict):
    """A lane that staff work from."""

    name: Name
    title: Words
    who: Words


class LookedAt(Strict):
    """How soon a person must look at a mention of one severity."""

    severity: Severity
    within_minutes: Minutes
    words: Words


class SeverityRules(Strict):
    """Floors by risk, and deadlines by severity."""

    floors: dict[Risk, Severity]
    looked_at: tuple[LookedAt, ...]


class MentionExample(Strict):
    """A mention in plain facts, to try an escalation rule on."""

    risks: tuple[Risk, ...] = ()
    intent: Intent = Intent.STORY
    severity: Severity = 0
    sentiment: Annotated[int, Field(ge=-2, le=2)] = 0
    channel: Name = "practice"
    safe: bool = True
    relevant: bool = True


class MentionExamples(Strict):
    """Mentions on which a rule fires and on which it holds back; every rule has both."""

    fires: Annotated[tuple[MentionExample, ...], Field(min_length=1)]
    holds: Annotated[tuple[MentionExample, ...], Field(min_length=1)]


class When(Strict):
    """The conditions of an escalation rule. All that are given must be met; at least one is given."""

    risks_any: tuple[Risk, ...] | None = None
    intents_any: tuple[Intent, ...] | None = None
    severity_at_least: Severity | None = None
    channels: tuple[Name, ...] | None = None
    sentiment_at_most: Annotated[int, Field(ge=-2, le=2)] | None = None
    safe: bool | None = None
    relevant: bool | None = None


class EscalationRule(Strict):
    """What is done with the mentions that `when` describes. The first rule that fires names the queue."""

    name: Name
    when: When
    queue: Name
    tell: tuple[Name, ...] = ()
    must_do: tuple[Words, ...] = ()
    severity_floor: Severity | None = None
    look_within_minutes: Minutes | None = None
    source: Words | None = None
    examples: MentionExamples


class MoreApprovals(Strict):
    """When a reply needs more approvals. Only "at least" conditions, so that worse never needs fewer."""

    name: Name
    need: Annotated[int, Field(ge=1, le=3)]
    risks_any: tuple[Risk, ...] | None = None
    severity_at_least: Severity | None = None
    verdict_at_least: Verdict | None = None


class Approvals(Strict):
    """How many other people must approve a reply."""

    every_reply: Annotated[int, Field(ge=1, le=3)]
    more: tuple[MoreApprovals, ...] = ()


class ChannelRules(Strict):
    """Limits of one channel: longest reply in code points, and how long a claim lasts."""

    longest_reply: Annotated[int, Field(ge=1, le=20_000)]
    claim_lease_minutes: Minutes = 15


class Links(Strict):
    """The only hosts a reply may link to; each stands for its subdomains too."""

    own: tuple[Domain, ...] = ()
    allow: tuple[Domain, ...]


class Contact(Strict):
    """A route to us that a reply may name, exactly as it should be written."""

    name: Name
    words: Words
    email: str | None = None
    phone: str | None = None


class Signpost(Strict):
    """A service that somebody in danger can turn to."""

    name: Name
    words: Words


class CrisisRule(Strict):
    """Posts that may not be answered without a signpost, and the lists of words that count as one."""

    name: Name
    risks_any: tuple[Risk, ...] = ()
    severity_at_least: Severity = 0
    post_says: Name | None = None
    accepts: Annotated[tuple[Name, ...], Field(min_length=1)]
    instead: Words


class Gate(Strict):
    """What the reply gate needs besides its phrases."""

    crisis: tuple[CrisisRule, ...]
    contact_route_hard_from: Severity
    not_personal: tuple[Words, ...] = ()


class SendingRules(Strict):
    """How fast replies leave, and how fresh the network's word must be. A pack may leave it out."""

    an_hour_per_account: Annotated[int, Field(ge=1, le=1_000)] = 30
    """Replies of one account that may begin to be sent within any hour."""
    a_day_per_conversation: Annotated[int, Field(ge=1, le=1_000)] = 5
    """Replies in one conversation within any 24 hours."""
    look_again_minutes: Annotated[int, Field(ge=1, le=60 * 24)] = 30
    """How old the answer to "how can this post be answered?" may be at approval."""


class Pack(Strict):
    """A whole policy, as written."""

    pack: Name
    title: Words
    nation: Name
    reviewed: Words
    phrases: tuple[Name, ...]
    permissions: dict[Role, tuple[Act, ...]]
    queues: tuple[Queue, ...]
    severity: SeverityRules
    default_queue: Name
    escalation: tuple[EscalationRule, ...]
    approvals: Approvals
    channels: dict[Name, ChannelRules]
    other_channels: ChannelRules
    links: Links
    contacts: tuple[Contact, ...]
    signposts: tuple[Signpost, ...]
    gate: Gate
    sending: SendingRules = SendingRules()


class DraftExamples(Strict):
    """Drafts on which a phrase rule fires and on which it holds back; every rule has both."""

    fires: Annotated[tuple[Words, ...], Field(min_length=1)]
    holds: Annotated[tuple[Words, ...], Field(min_length=1)]


class PhraseRule(Strict):
    """Wording that the gate objects to, in the phrase language of `policies.gate.phrases`.

    It fires on each of `phrases`, and on each sentence in which every list of `together` is met. Words inside
    one of `ignoring` do not count; `unless` holds the rule back for the whole sentence. A soft rule turns hard
    when the post has severity `hard_from_severity` or more, or where the sentence also says `hard_with`.
    """

    name: Name
    reason: ReasonName
    hard: bool
    phrases: tuple[Phrase, ...] = ()
    together: tuple[Annotated[tuple[Phrase, ...], Field(min_length=1)], ...] = ()
    ignoring: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()
    hard_from_severity: Severity | None = None
    hard_with: tuple[Phrase, ...] = ()
    instead: Words
    examples: DraftExamples


class PhraseFile(Strict):
    """A phrase file: named lists that phrases may refer to, and rules."""

    lists: dict[Name, Annotated[tuple[Phrase, ...], Field(min_length=1)]] = {}
    rules: tuple[PhraseRule, ...] = ()
