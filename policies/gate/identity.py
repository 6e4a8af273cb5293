"""What in a draft would name somebody: the redactor's spans, judged by who is meant and where it stands.

Links are left to `links`. A name is a greeting, a signature, thanks that pass on a name the post gave, a
member of staff, or somebody's personal data; the words around it and the post decide which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policies.facts import GateFinding, ReplyFacts, Span
from policies.gate.fold import Folded, fold
from policies.gate.links import mail_allowed
from policies.policy import Policy
from policies.vocabulary import ReasonName

_DATA = ReasonName.CONTAINS_PERSONAL_DATA.value
_STAFF = ReasonName.DISCLOSES_STAFF_DETAILS.value
_QUASI = frozenset({"AGE", "DATE", "LOCATION", "ORGANISATION_CARE"})
_NEAR = 40

_GREETED = re.compile(
    r"(?:^|\n|[.!]\s)\s?(?:dear|hi|hello|hiya|hey|good (?:morning|afternoon|evening)),?\s?(?:\w{1,5}\.?\s)?$",
    re.IGNORECASE,
)
"""A greeting just before a name: the name is then the writer's, whatever title it has."""

IN_WORDS = {
    "PERSON": "names a person; write to them without a name",
    "USERNAME": "names somebody's handle; leave it out, the network shows whom you answer",
    "PHONE_NUMBER": "gives a telephone number that is not one of our lines; use a line from the policy",
    "EMAIL_ADDRESS": "gives an e-mail address that is not one of ours; use a desk address from the policy",
}
_ELSE = "holds personal data; take it out and ask the person to contact us privately"
_CRITICISED = "names a member of staff under criticism; write about what happened without a name"
_KIND = "names a member of staff; check that they agree to be named, or thank the team"
_HEALTH = "tells something about a person that their post did not say; leave it out"


def check_identity(
    policy: Policy, facts: ReplyFacts, draft: Folded, own_domains: Sequence[str]
) -> Iterator[GateFinding]:
    """A finding for each span that would name somebody, or tell more about them than they did."""
    domains = (*policy.rules.links.own, *policy.rules.links.allow, "nhs.net", *own_domains)
    said = _letters(facts.post)
    for span in facts.draft_spans:
        value = facts.draft[span.start : span.end]
        if span.entity == "URL" or not value.strip() or _never_personal(policy, value):
            continue
        if span.entity == "PERSON":
            yield from _person(policy, facts, draft, span)
        elif span.group == "direct":
            if not _ours(policy, facts, span, value, domains):
                yield GateFinding(_DATA, True, span.start, span.end, IN_WORDS.get(span.entity, _ELSE))
        elif _letters(value) not in said and _about_somebody(policy, facts, span):
            yield GateFinding(_DATA, True, span.start, span.end, _HEALTH)


def _person(policy: Policy, facts: ReplyFacts, draft: Folded, span: Span) -> Iterator[GateFinding]:
    value = facts.draft[span.start : span.end]
    in_post = _letters(value) in _letters(facts.post)
    if _signature(policy, facts.draft, span):
        return
    if in_post and facts.severity <= 1 and _sentence_has(policy, draft, facts.draft, span, "named thanks"):
        return
    if not _GREETED.search(facts.draft[: span.start]) and _staff(policy, facts, span, in_post):
        hard = facts.severity >= 2 or _post_has(policy, facts, "complaint post")
        yield GateFinding(_STAFF, hard, span.start, span.end, _CRITICISED if hard else _KIND)
        return
    yield GateFinding(_DATA, True, span.start, span.end, IN_WORDS["PERSON"])


def _signature(policy: Policy, draft: str, span: Span) -> bool:
    """Whether the name signs the reply: near the end, after a farewell, a dash, a caret or on its own line."""
    before, after = draft[: span.start], draft[span.end :]
    if len(after.split()) > 10 or not before.strip():
        return False
    line = before.rsplit("\n", 1)[-1].strip()
    if ("\n" in before and not line) or before.rstrip()[-1] in "-–—^":
        return True
    farewell = re.split(r"[.!?]\s", before)[-1]
    if len(farewell.split()) > 4 or not farewell.rstrip(" ").endswith((",", "\n", "from")):
        return False
    return policy.lists["sign off"].within(fold(farewell))


def _staff(policy: Policy, facts: ReplyFacts, span: Span, in_post: bool) -> bool:
    around = [facts.draft[max(0, span.start - _NEAR) : span.end + _NEAR]]
    if in_post:
        at = facts.post.casefold().find(facts.draft[span.start : span.end].casefold())
        around.append(facts.post[max(0, at - _NEAR) : at + _NEAR] if at >= 0 else "")
    return any(policy.lists["staff title"].within(fold(words)) for words in around)


def _sentence_has(policy: Policy, draft: Folded, text: str, span: Span, name: str) -> bool:
    at = len(fold(text[: span.start]).line.rstrip())
    first, last = draft.sentence(at, min(at + 1, len(draft.line)))
    return policy.lists[name].within(draft, first, last)


def _post_has(policy: Policy, facts: ReplyFacts, name: str) -> bool:
    return policy.lists[name].within(fold(facts.post[:20_000]))


def _ours(policy: Policy, facts: ReplyFacts, span: Span, value: str, domains: Sequence[str]) -> bool:
    """Whether a direct identifier is one of the organisation's own lines, addresses or handles."""
    if span.entity == "EMAIL_ADDRESS":
        known = {contact.email for contact in policy.rules.contacts}
        host = re.split(r"[\s@]+", value.strip())[-1]  # also "… at northvale.example"
        return value.strip() in known or mail_allowed(host, domains)
    if span.entity == "PHONE_NUMBER":
        return _our_line(policy, facts, span, value)
    if span.entity == "USERNAME":
        # The network itself puts the author's handle first; anywhere else a handle names somebody.
        return not facts.draft[: span.start].strip(" \n@")
    return False


def _our_line(policy: Policy, facts: ReplyFacts, span: Span, value: str) -> bool:
    digits = _digits(value)
    known = {_digits(contact.phone or "") for contact in policy.rules.contacts} - {""}
    spoken = {_digits(post.words) for post in policy.rules.signposts}
    if digits in known or digits in spoken or len(digits) < 7:
        return True
    if digits in _digits(facts.post) or digits.startswith(("07", "447", "00447")):
        return False
    before = re.split(r"[.!?]\s", facts.draft[max(0, span.start - 2 * _NEAR) : span.start])[-1]
    return not policy.lists["their line"].within(fold(before))


def _about_somebody(policy: Policy, facts: ReplyFacts, span: Span) -> bool:
    """Whether the words just before (or, for an age, around) say that a person is meant."""
    if span.entity == "LOCATION" and any(char.isdecimal() for char in facts.draft[span.start : span.end]):
        return True  # a house number: somebody's address
    before = facts.draft[max(0, span.start - _NEAR) : span.start]
    sentence = re.split(r"[.!?]\s", before)[-1]
    name = "person" if span.entity not in _QUASI or span.entity == "AGE" else "your person"
    return policy.lists[name].within(fold(sentence))


def _never_personal(policy: Policy, value: str) -> bool:
    letters = _letters(value)
    return any(letters == _letters(words) for words in policy.rules.gate.not_personal)


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _digits(text: str) -> str:
    digits = "".join(char for char in text if char.isdecimal())
    return "0" + digits[2:] if digits.startswith("44") and len(digits) >= 12 else digits
