from __future__ import annotations

from datetime import timedelta

import pytest

from policies.facts import GateResult, ReplyFacts, Span, Verdict
from policies.gate.links import check_links
from policies.loader import load_pack
from policies.replies import check, limits

POLICY = load_pack("nhs-england")
ALLOWED = ("northvale.example", "nhs.uk", "gov.uk")


def gate(
    draft: str, post: str = "", severity: int = 0, risks: tuple[str, ...] = (), **spans: str
) -> GateResult:
    found = [Span(draft.index(v), draft.index(v) + len(v), k, "direct") for k, v in spans.items()]
    return check(POLICY, ReplyFacts("care_opinion", draft, post, found, (), severity, risks))


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example",
        "evil.com",
        "bit.ly/abc",
        "www.evil.org",
        "https://nhs.uk.evil.example/x",
        "https://nhs.uk@evil.example",
        "nhs.uk@evil.example",
        "https://user:pw@nhs.uk/",
        "https://xn--nhs-kma.uk",
        "https://nһs.uk",
        "notnhs.uk",
        "https://evil.example\\@nhs.uk",
        "https://evil%2eexample/nhs.uk",
        "ftp://nhs.uk/file",
        "javascript:alert(1)",
        "evil dot com",
        "https://nhs.uk:8443/x",
        "HTTPS://EVIL.EXAMPLE",
        "(evil.co.uk)",
    ],
)
def test_a_link_that_is_not_on_the_list_is_refused(link: str) -> None:
    assert list(check_links(f"Please see {link} for more", ALLOWED))


@pytest.mark.parametrize(
    "words",
    [
        "https://www.nhs.uk/conditions?x=a@b",
        "nhs.uk",
        "www.gov.uk/help.",
        "https://deep.sub.northvale.example/a/b#c",
        "pals@northvale.example",
        "someone@mailbox.example",
        "jane.smith@nhs.net",
        "at 9.30am",
        "e.g. this",
        "St. Bride's",
        "sorry.It was late",
        "3.5 hours",
        "10:30 to 11:00",
        "and/or",
        "Note: ask PALS",
        "N.B. closed",
        "tel:111",
    ],
)
def test_links_on_the_list_addresses_and_plain_words_are_let_through(words: str) -> None:
    assert not list(check_links(f"Please see {words} for more", ALLOWED))


def test_the_organisation_s_own_domains_are_added_by_the_caller() -> None:
    facts = ReplyFacts("x", "More at https://www.harrowfold.example/a", "")
    assert check(POLICY, facts).reasons == ("forbidden_link",)
    assert check(POLICY, facts, ["harrowfold.example"]).verdict is Verdict.ALLOW


def test_length_is_counted_in_code_points() -> None:
    exact = "é" * 280
    assert check(POLICY, ReplyFacts("x", exact, "")).verdict is Verdict.ALLOW
    result = check(POLICY, ReplyFacts("x", exact + "🏥", ""))
    assert result.reasons == ("too_long_for_channel",)
    assert (result.findings[0].start, result.findings[0].end) == (280, 281)
    assert "1 characters too long" in result.findings[0].words


@pytest.mark.parametrize(
    ("channel", "longest"),
    [("x", 280), ("bluesky", 300), ("mastodon", 500), ("news_comment", 600), ("reddit", 1000),
     ("google_review", 1000), ("care_opinion", 2000), ("practice", 500)],
)  # fmt: skip
def test_each_channel_has_its_limit(channel: str, longest: int) -> None:
    assert limits(POLICY, channel).longest_reply == longest
    assert limits(POLICY, channel).claim_lease == timedelta(minutes=15)


def test_a_signature_is_not_personal_data_and_a_greeting_is() -> None:
    assert (
        gate("Sorry to read this. PALS can help.\n\nKind regards,\nWilla Crane", PERSON="Willa Crane").reasons
        == ()
    )
    assert gate("Dear Dr Crane, thank you.", PERSON="Dr Crane").reasons == ("contains_personal_data",)


def test_thanks_may_pass_on_a_name_that_the_post_gave_and_no_other() -> None:
    post = "Nurse Ottilie was wonderful"
    assert gate("We'll pass your thanks to Ottilie!", post, PERSON="Ottilie").reasons == ()
    other = gate("We'll pass your thanks to nurse Ottilie and nurse Bram!", post, PERSON="Bram")
    assert (other.reasons, other.verdict) == (("discloses_staff_details",), Verdict.NEEDS_APPROVAL)


def test_staff_under_criticism_are_never_named() -> None:
    result = gate(
        "We have told nurse Ottilie. Please contact PALS.", "nurse Ottilie was rude", 2, PERSON="Ottilie"
    )
    assert (result.reasons, result.verdict) == (("discloses_staff_details",), Verdict.BLOCK)


def test_our_own_lines_are_not_personal_data_and_the_poster_s_number_is() -> None:
    assert gate("Call PALS on 01632 960123.", PHONE_NUMBER="01632 960123").reasons == ()
    assert gate("Call Samaritans on 116 123.", PHONE_NUMBER="116 123").reasons == ()
    again = gate("We will phone 01632 960 888.", "ring me on 01632960888", PHONE_NUMBER="01632 960 888")
    assert again.reasons == ("contains_personal_data",)
    assert gate("Text 07700 900 222.", PHONE_NUMBER="07700 900 222").reasons == ("contains_personal_data",)


def test_our_addresses_are_not_personal_data_and_private_ones_are() -> None:
    assert gate("Email pals@northvale.example", EMAIL_ADDRESS="pals@northvale.example").reasons == ()
    assert gate("Email bo@mailbox.example", EMAIL_ADDRESS="bo@mailbox.example").reasons == (
        "contains_personal_data",
    )


def test_health_words_count_only_where_the_post_did_not_say_them() -> None:
    draft = "Sorry if this made the asthma you mention harder. Please contact PALS."
    span = [Span(draft.index("asthma"), draft.index("asthma") + 6, "CONDITION", "health")]
    told = check(POLICY, ReplyFacts("x", draft, "my asthma is worse, useless", span, (), 2))
    untold = check(POLICY, ReplyFacts("x", draft.replace("you mention", "you have"), "useless", span, (), 2))
    assert "contains_personal_data" not in told.reasons
    held = [Span(20, 26, "CONDITION", "health")]
    topic = check(POLICY, ReplyFacts("x", "There is a talk on asthma on Friday.", "", held))
    assert topic.reasons == ()
    assert untold.policy_version == POLICY.version


@pytest.mark.parametrize("risk", ["suicide", "self_harm", "medical_emergency_now"])
def test_a_crisis_reply_without_a_signpost_is_blocked_and_with_one_is_not(risk: str) -> None:
    bare = gate("We're so sorry. Please message us.", "help", 5, (risk,))
    assert (bare.reasons, bare.verdict) == (("missing_signpost_crisis",), Verdict.BLOCK)
    assert gate("We're so sorry. Please call 999 now.", "help", 5, (risk,)).verdict is Verdict.ALLOW


def test_a_crisis_in_the_words_alone_is_seen_too() -> None:
    assert "missing_signpost_crisis" in gate("Sorry. Message us.", "I want to end my life").reasons
    assert (
        "missing_signpost_crisis"
        not in gate("Sorry. Message us.", "this queue will be the death of me").reasons
    )


def test_a_missing_contact_route_is_soft_below_three_and_hard_from_there() -> None:
    soft = gate("We are sorry to read this.", "filthy and rude", 2)
    assert (soft.reasons, soft.verdict) == (("missing_contact_route",), Verdict.NEEDS_APPROVAL)
    assert gate("We are sorry to read this.", "filthy and rude", 3).verdict is Verdict.BLOCK


def test_thanks_for_praise_need_no_contact_route() -> None:
    assert gate("Thank you, that's so kind!", "brilliant staff, thank you").verdict is Verdict.ALLOW


def test_owning_a_slip_is_soft_and_owning_harm_is_hard() -> None:
    slip = gate("Sorry, our mistake: the sign was old. Message us.", "sign is wrong", 1)
    assert slip.verdict is Verdict.NEEDS_APPROVAL
    assert gate("Sorry, our mistake. Message us.", "wrong tablets", 3).verdict is Verdict.BLOCK


def test_a_draft_nobody_could_post_is_blocked_without_being_read_whole() -> None:
    assert gate("your stay " * 5_000).reasons == ("too_long_for_channel",)


def test_an_empty_draft_is_judged_like_any_other() -> None:
    assert gate("").verdict is Verdict.ALLOW
    assert gate("", "disgraceful", 3).reasons == ("missing_contact_route",)
