from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policies.approvals import approvals_needed
from policies.facts import ApprovalFacts, Verdict
from policies.loader import load_pack
from policies.vocabulary import Risk

POLICY = load_pack("nhs-england")
ORDER = [Verdict.ALLOW, Verdict.NEEDS_APPROVAL, Verdict.BLOCK]


def _need(severity: int, verdict: Verdict = Verdict.ALLOW, risks: tuple[str, ...] = ()) -> int:
    return approvals_needed(POLICY, ApprovalFacts("x", severity, verdict, risks))


def test_every_reply_needs_another_person_even_thanks() -> None:
    assert _need(0) == 1


def test_harm_or_a_life_at_risk_needs_two() -> None:
    assert _need(3) == 1
    assert _need(4) == 2
    assert _need(2, risks=("self_harm",)) == 2


@given(
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sets(st.sampled_from([str(r) for r in Risk])),
    st.sets(st.sampled_from([str(r) for r in Risk])),
)
def test_worse_never_needs_fewer(s1: int, s2: int, v1: int, v2: int, risks: set[str], more: set[str]) -> None:
    low = _need(min(s1, s2), ORDER[min(v1, v2)], tuple(risks))
    high = _need(max(s1, s2), ORDER[max(v1, v2)], tuple(risks | more))
    assert 1 <= low <= high
