from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest

from casebook.ports import Reading
from monitor.check_reply import check_reply_lines
from policies.facts import Assessment
from policies.loader import load_pack
from policies.policy import Policy
from redaction.text import Finding


class FakeReader:
    """Finds one given word as a person; cannot read texts that hold "unreadable"."""

    def __init__(self, name: str = "Lowri", assessment: Assessment | None = None) -> None:
        self._name = name
        self._assessment = assessment or Assessment(severity=2, risks=())

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        if "unreadable" in text:
            return Reading(None, Assessment(unsure=True), "engine")
        at = text.find(self._name)
        found = (Finding(at, at + len(self._name), "PERSON", 0.9),) if at >= 0 else ()
        return Reading(found, self._assessment)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_pack("nhs-england")


def _ask(
    policy: Policy, *lines: str, reader: FakeReader | None = None
) -> tuple[int, list[dict[str, object]]]:
    asked, out = io.BytesIO("\n".join(lines).encode()), io.BytesIO()
    code = check_reply_lines(reader or FakeReader(), policy, asked, out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def _line(draft: object, post: str = "Waited five hours, disgraceful", **more: object) -> str:
    return json.dumps({"id": "a1", "channel": "x", "post": post, "draft": draft, **more})


def test_a_careful_reply_is_allowed(policy: Policy) -> None:
    code, answers = _ask(
        policy, _line("We're sorry to read this. Please contact PALS so we can help.", extra=1)
    )
    assert code == 0
    assert answers == [{"id": "a1", "verdict": "allow", "reasons": [], "spans": []}]


def test_a_name_in_the_draft_is_blocked_and_pointed_at(policy: Policy) -> None:
    _, answers = _ask(policy, _line("Hi Lowri, sorry to read this. Please contact PALS."))
    assert answers[0]["verdict"] == "block"
    assert answers[0]["spans"] == [{"start": 3, "end": 8, "reason": "contains_personal_data"}]


def test_a_draft_that_cannot_be_read_is_blocked(policy: Policy) -> None:
    _, answers = _ask(policy, _line("unreadable, please contact PALS"))
    assert answers[0]["verdict"] == "block"
    assert answers[0]["reasons"] == ["contains_personal_data"]


def test_a_post_that_cannot_be_read_does_not_stop_the_check(policy: Policy) -> None:
    _, answers = _ask(policy, _line("Please see our site: https://evil.example/x", post="unreadable"))
    assert answers[0]["reasons"] == ["forbidden_link"]


def test_the_post_s_risks_reach_the_gate(policy: Policy) -> None:
    reader = FakeReader(assessment=Assessment(severity=5, risks=("suicide",)))
    _, answers = _ask(policy, _line("We're sorry. Please contact PALS.", post="goodbye all"), reader=reader)
    assert answers[0]["reasons"] == ["missing_signpost_crisis"]


def test_every_line_is_answered_in_order_and_bad_ones_are_named(policy: Policy) -> None:
    code, answers = _ask(policy, "{nonsense", _line(7), "[1]", _line("Please contact PALS."))
    assert code == 1
    assert [("error" in a, a["id"]) for a in answers] == [
        (True, None),
        (True, "a1"),
        (True, None),
        (False, "a1"),
    ]
    assert "nonsense" not in json.dumps(answers)


def test_unpaired_surrogates_and_hidden_characters_are_answered(policy: Policy) -> None:
    line = '{"id":"s","channel":"x","post":"\\ud800","draft":"Please contact PALS \\ud83d\\u202e"}'
    code, answers = _ask(policy, line)
    assert (code, answers[0]["id"], answers[0]["verdict"]) == (0, "s", "allow")
