"""A whole case without a terminal: heard, claimed, written, refused, rewritten, approved by another, handed off."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from casebook.actions import resolving
from desk.cli import sending

POST = "I waited nine hours on Tuesday and Mrs Fenwick called me on 07911 123456. Not good enough."
CONFIRMS = "We are sorry; our records show that you were our patient on Tuesday."
REPLY = (
    "We are sorry to read this. We cannot talk about anyone's care in public. Please contact PALS by phone on "
    "020 7946 0321 and a person will look into it."
)


def test_a_case_goes_from_heard_to_handed_off_by_line_commands(home):
    number = str(home.hear(POST, way="handoff"))
    home.sign_in("robin")

    listed = home.ok("list", "--json").data
    assert [case["number"] for case in listed] == [int(number)]
    assert "07911" not in home.ok("list").out

    assert "yours until" in home.ok("claim", number).err
    home.ok("triage", number, "--severity", "2", "--queue", "pals")
    home.ok("note", number, typed="Rang the site team at 07911 123456.\n")
    home.ok("escalate", number, "--to", "manager", "--reason", "A long wait, and a named person")

    home.ok("draft", number, typed=CONFIRMS)
    refused = home.run("submit", number)
    assert refused.code == 1
    assert "confirms_patient_relationship" in refused.err

    home.ok("draft", number, typed=REPLY)
    checked = home.ok("check", number, "--json").data
    assert checked["verdict"] in {"allow", "needs_approval"}
    home.ok("submit", number)
    own = home.run("approve", number, "--bundle", "00000000")
    assert own.code == 1

    home.sign_in("avery")
    shown = home.ok("show", number, "--reply", "--json").data
    assert shown["text"] == REPLY
    approved = home.ok("approve", number, "--bundle", shown["bundle_hash"][:12])
    assert "approved" in approved.err

    home.sign_in("robin")
    assert home.ok("send", "--json").data[0]["state"] == "by_hand"
    handed = home.ok("handoff", number, "--json").data
    assert handed["text"] == REPLY
    foreign = home.run("handoff", number, "--open")
    assert foreign.code == 1
    assert "only http and https are opened" in foreign.err
    home.ok("handoff", number, "--url", "https://social.northvale.example/replies/9")
    reply = home.ok("replies", "--json").data[0]
    assert (reply["state"], reply["author"], reply["approvers"]) == (
        "sent",
        "Robin Ashdown",
        ["Avery Coldwell"],
    )

    home.sign_in("greer")
    kinds = [entry["kind"] for entry in home.ok("audit", "list", "--case", number, "--json").data]
    for kind in (
        "case.claimed",
        "case.noted",
        "draft.blocked",
        "draft.submitted",
        "draft.approved",
        "reply.sent",
    ):
        assert kind in kinds
    assert home.ok("audit", "verify", "--json").data["verifies"] is True


def test_nobody_approves_their_own_reply(home):
    number = _submitted(home, author="morgan")
    bundle = home.ok("show", number, "--reply", "--json").data["bundle_hash"]
    refused = home.run("approve", number, "--bundle", bundle)
    assert refused.code == 1
    assert "Nobody approves a reply that they wrote" in refused.err


def test_an_approval_names_exactly_what_was_seen(home):
    number = _submitted(home, author="robin")
    home.sign_in("avery")
    assert home.run("approve", number, "--bundle", "abc").code == 1
    assert home.run("approve", number, "--bundle", "0" * 64).code == 1
    unseen = home.run("approve", number, "--no-input")
    assert unseen.code == 2
    assert REPLY in unseen.out.replace("\n    ", " "), "without a bundle the exact text is shown"
    assert home.ok("send", "--json").data == []


def test_a_rejected_reply_goes_back_with_its_reason(home):
    number = _submitted(home, author="robin")
    home.sign_in("avery")
    home.ok("reject", number, "--reason", "Please name the site")
    drafts = home.ok("show", number, "--json").data["drafts"]
    assert (drafts[-1]["state"], drafts[-1]["decided_why"]) == ("rejected", "Please name the site")


def test_two_people_cannot_hold_one_case(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    home.ok("claim", number)
    home.sign_in("avery")
    refused = home.run("claim", number)
    assert refused.code == 1
    assert "Robin Ashdown holds this case" in refused.err
    home.sign_in("robin")
    home.ok("release", number)
    home.ok("close", number, "--why", "no_reply_needed")
    home.ok("reopen", number)


def test_a_sealed_original_is_opened_for_a_reason_and_leaves_an_entry(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    assert home.run("reveal", number, "--reason", "Calling the patient back").code == 1, "a responder may not"
    home.sign_in("avery")
    assert home.run("reveal", number, "--reason", "why").code == 1, "a reason of three letters is none"
    before = home.entries()
    opened = home.ok("reveal", number, "--reason", "Calling the patient back").out
    assert "07911 123456" in opened
    assert home.entries() == before + 1


def test_a_copy_to_share_shows_no_more_than_placeholders_and_leaves_an_entry(home):
    number = str(home.hear(POST))
    home.sign_in("robin")
    assert home.run("share", number).code == 1, "a responder may not open originals, and this does"
    home.sign_in("avery")
    before = home.entries()
    shared = home.ok("share", number, "--json").data
    assert "07911" not in shared[0]["text"]
    assert "⟦phone 1⟧" in shared[0]["text"]
    assert home.entries() == before + 1
    home.ok("share", number, "--dry-run")
    assert home.entries() == before + 1


def test_a_dry_reveal_shows_nothing_and_leaves_no_entry(home):
    number = str(home.hear(POST))
    home.sign_in("avery")
    before = home.entries()
    ran = home.ok("reveal", number, "--reason", "Calling the patient back", "--dry-run")
    assert "07911" not in ran.out + ran.err
    assert home.entries() == before


@pytest.mark.parametrize(
    "words",
    [
        ("claim", "1"),
        ("triage", "1", "--severity", "4"),
        ("escalate", "1", "--to", "manager", "--reason", "Look at this please"),
        ("note", "1"),
        ("draft", "1"),
        ("close", "1", "--why", "spam"),
        ("ask", "1"),
        ("logout",),
        ("listen",),
    ],
)
def test_a_dry_run_says_what_would_be_done_and_changes_nothing(home, words):
    home.hear(POST)
    home.sign_in("robin")
    if words[0] == "draft":
        home.ok("claim", "1")
    before = home.entries()
    typed = "Just a few plain words."
    ran = home.ok(*words, "--dry-run", typed=typed)
    assert "nothing was changed" in ran.err
    assert home.entries() == before
    home.ok("whoami")


def test_a_refused_act_is_refused_in_a_dry_run_too(home):
    home.hear(POST)
    home.sign_in("admin")
    assert home.run("claim", "1", "--dry-run").code == 1


def test_a_person_of_each_role_is_refused_what_the_policy_does_not_grant(home):
    home.hear(POST)
    refused = {
        "robin": [
            ("audit", "list"),
            ("staff", "list"),
            ("policy", "activate", "nhs-england"),
            ("stop-sending",),
        ],
        "avery": [("staff", "disable", "robin"), ("audit", "show", "1")],
        "admin": [("list",), ("show", "1"), ("coverage",), ("replies",), ("policy", "show"), ("claim", "1")],
        "greer": [("draft", "1"), ("staff", "reset", "robin"), ("start-sending", "extra")],
    }
    for person, commands in refused.items():
        home.sign_in(person)
        for words in commands:
            ran = home.run(*words, typed="Just a few plain words for it.\n")
            assert ran.code in {1, 2}, (person, words)
            assert ran.out == "", (person, words)


def _submitted(home, author: str) -> str:
    number = str(home.hear(POST))
    home.sign_in(author)
    home.ok("claim", number)
    home.ok("draft", number, typed=REPLY)
    home.ok("submit", number)
    return number


def test_a_post_is_opened_for_hand_off_only_when_a_person_says_so(home, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(sending, "_reply_in", lambda *_: SimpleNamespace(outbox_id="o"))
    monkeypatch.setattr(resolving, "handoff_text", lambda *_: ("Thank you.", "https://posts.example/1"))
    monkeypatch.setattr(sending, "open_address", opened.append)
    home.sign_in("robin")
    for words in (["--no-input"], ["--dry-run"], []):
        assert "opened" in (said := home.ok("handoff", "1", "--open", *words).err) or "Dry run" in said
    assert opened == []
    asked: list[str] = []
    monkeypatch.setattr(sending.asking, "yes", lambda _desk, question: not asked.append(question))
    assert "open in your browser" in home.ok("handoff", "1", "--open").err
    assert opened == ["https://posts.example/1"]
    assert asked == ["Open the post at posts.example in your browser?"]
