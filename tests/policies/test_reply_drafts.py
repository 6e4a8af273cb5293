"""Whole drafts in the voices of real desks, kept apart from the examples beside each rule.

Names and the like are marked [ENTITY:words] in the data files and handed to the gate as the redactor's spans.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.facts import GateResult, ReplyFacts, Span, Verdict
from policies.loader import load_pack
from policies.replies import check
from policies.vocabulary import ReasonName

DATA = Path(__file__).parent / "data"
POLICY = load_pack("nhs-england")
MARK = re.compile(r"\[([A-Z_]+):([^\]]+)\]")
QUASI = {"LOCATION", "ORGANISATION_CARE", "AGE", "DATE"}
HEALTH = {"CONDITION", "MEDICATION", "PROCEDURE"}
MUST_STOP = ("confirms_patient_relationship", "contains_personal_data", "missing_signpost_crisis")


def unmark(marked: str) -> tuple[str, list[Span]]:
    text, spans, at = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        group = "quasi" if match[1] in QUASI else "health" if match[1] in HEALTH else "direct"
        spans.append(Span(len(text), len(text) + len(match[2]), match[1], group))
        text += match[2]
        at = match.end()
    return text + marked[at:], spans


def judge(case: dict[str, Any]) -> GateResult:
    draft, draft_spans = unmark(case["draft"])
    post, post_spans = unmark(case["post"])
    risks = tuple(case.get("risks", ()))
    return check(
        POLICY,
        ReplyFacts(
            case.get("channel", "practice"), draft, post, draft_spans, post_spans, case.get("sev", 0), risks
        ),
    )


def _good(which: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((DATA / f"good_{which}.yaml").read_text(encoding="utf-8"))
    return cases


def _bad(which: str) -> dict[str, list[dict[str, Any]]]:
    cases: dict[str, list[dict[str, Any]]] = yaml.safe_load(
        (DATA / f"bad_{which}.yaml").read_text(encoding="utf-8")
    )
    return cases


SETS = sorted(path.stem.removeprefix("good_") for path in DATA.glob("good_*.yaml"))


@pytest.mark.parametrize("which", SETS)
def test_at_least_nine_good_replies_in_ten_are_let_through(which: str) -> None:
    cases = _good(which)
    stopped = [
        (case["draft"][:60], judge(case).reasons)
        for case in cases
        if judge(case).verdict is not Verdict.ALLOW
    ]
    assert len(stopped) <= len(cases) / 10, stopped


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("reason", list(ReasonName))
def test_bad_replies_are_stopped_for_the_right_reason(which: str, reason: ReasonName) -> None:
    for case in _bad(which).get(reason, []):
        result = judge(case)
        if case.get("missed"):  # known to pass; take the mark away once it is stopped
            assert reason not in result.reasons, case["draft"]
            continue
        assert reason in result.reasons, case["draft"]
        assert result.verdict is Verdict.BLOCK or case.get("soft"), case["draft"]


@pytest.mark.parametrize("reason", MUST_STOP)
def test_the_gravest_faults_never_pass_whole_sets(reason: str) -> None:
    cases = [case for which in SETS for case in _bad(which).get(reason, [])]
    assert len(cases) >= 12
    assert [case["draft"] for case in cases if judge(case).verdict is not Verdict.BLOCK] == []


def test_there_are_more_than_three_hundred_drafts_and_some_for_every_reason() -> None:
    bad = {reason for which in SETS for reason in _bad(which)}
    assert bad == {str(reason) for reason in ReasonName}
    assert sum(len(_good(w)) + sum(map(len, _bad(w).values())) for w in SETS) > 300
