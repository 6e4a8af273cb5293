from __future__ import annotations

from pathlib import Path

import pytest

from policies.errors import PolicyError
from policies.loader import builtin_packs, load_pack, parse_pack
from policies.policy import Policy, version_of


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_pack("nhs-england")


def _spoilt(policy: Policy, old: str, new: str) -> PolicyError:
    assert old in policy.text
    with pytest.raises(PolicyError) as caught:
        parse_pack(policy.text.replace(old, new, 1), "mine.yaml")
    return caught.value


def _line_of(policy: Policy, words: str) -> int:
    root = policy.text.split("\n--- # file:")[0]
    return root[: root.index(words)].count("\n") + 1


def test_the_pack_for_england_comes_with_the_desk(policy: Policy) -> None:
    assert "nhs-england" in builtin_packs()
    assert (policy.name, policy.rules.nation) == ("nhs-england", "england")
    assert policy.title


def test_a_kept_text_gives_the_same_policy_again(policy: Policy) -> None:
    again = parse_pack(policy.text, policy.source)
    assert again == policy
    assert again.version == policy.version == version_of(policy.text)
    assert len(policy.version) == 12


def test_one_changed_phrase_changes_the_version(policy: Policy) -> None:
    assert parse_pack(policy.text + "# a remark\n", policy.source).version != policy.version


def test_an_unknown_key_names_line_column_and_the_nearest_right_spelling(policy: Policy) -> None:
    error = _spoilt(policy, "default_queue: general", "default_queue: general\ndefault_quue: general")
    (problem,) = error.problems
    assert problem.line == _line_of(policy, "default_queue: general") + 1
    assert (problem.source, problem.column) == ("mine.yaml", 1)
    assert "did you mean 'default_queue'?" in str(problem)


def test_a_key_inside_a_rule_is_checked_against_that_rule(policy: Policy) -> None:
    error = _spoilt(policy, "    look_within_minutes: 60\n", "    look_witin_minutes: 60\n")
    assert "did you mean 'look_within_minutes'?" in str(error)
    assert "escalation[1].look_witin_minutes" in str(error)


def test_a_misspelt_risk_is_named_with_its_place(policy: Policy) -> None:
    error = _spoilt(
        policy, "when: {risks_any: [medical_emergency_now]}", "when: {risks_any: [medical_emergancy_now]}"
    )
    (problem,) = error.problems
    assert problem.line == _line_of(policy, "when: {risks_any: [medical_emergency_now]}")
    assert "did you mean 'medical_emergency_now'?" in problem.words


def test_a_misspelt_role_is_named(policy: Policy) -> None:
    assert "did you mean 'responder'?" in str(_spoilt(policy, "  responder: [view", "  respondr: [view"))


def test_all_problems_are_told_at_once(policy: Policy) -> None:
    text = policy.text.replace("every_reply: 1", "every_reply: '1'").replace(
        "nation: england", "natoin: england"
    )
    with pytest.raises(PolicyError) as caught:
        parse_pack(text, "mine.yaml")
    told = str(caught.value)
    assert "approvals.every_reply" in told
    assert "nation: is missing" in told
    assert "did you mean 'nation'?" in told


def test_a_key_written_twice_is_an_error(policy: Policy) -> None:
    error = _spoilt(policy, "nation: england", "nation: england\nnation: wales")
    assert "is written twice (first on line" in str(error)


def test_a_phrase_file_s_errors_name_that_file(policy: Policy) -> None:
    error = _spoilt(policy, "reason: sarcasm", "reason: sarcazm")
    assert error.problems[0].source == "phrases/tone.yaml"
    assert "did you mean 'sarcasm'?" in str(error)


def test_a_phrase_with_an_open_bracket_is_an_error_with_a_place(policy: Policy) -> None:
    error = _spoilt(policy, '- "as one of our patients"', '- "as (one of our patients"')
    assert error.problems[0].line > 1
    assert "never closed" in str(error)


def test_a_missing_phrase_file_is_named() -> None:
    root = (Path(__file__).parents[2] / "policies/packs/nhs-england.yaml").read_text(encoding="utf-8")
    with pytest.raises(PolicyError, match=r"there is no phrase file 'phrases/lists.yaml'"):
        parse_pack(root, "alone.yaml")


def test_a_pack_of_one_s_own_may_use_the_phrases_of_the_desk(tmp_path: Path) -> None:
    root = (Path(__file__).parents[2] / "policies/packs/nhs-england.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "ours.yaml"
    mine.write_text(root.replace("pack: nhs-england", "pack: ours"), encoding="utf-8")
    assert load_pack(mine).name == "ours"


def test_a_pack_cannot_reach_files_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("lists: {}", encoding="utf-8")
    (tmp_path / "in").mkdir()
    mine = tmp_path / "in" / "ours.yaml"
    mine.write_text("phrases: [../secret.yaml]", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_pack(mine)
    assert "lists" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: [*a, *a]",
        "pack: !!python/object/apply:os.system [echo]",
        "[" * 5000,
        "x" * 600_000,
        "",
        "just words",
        "pack: [unclosed",
        "? [1, 2]\n: x",
    ],
    ids=["alias", "tag", "deep", "long", "empty", "words", "unclosed", "odd key"],
)
def test_hostile_or_broken_files_are_refused_with_a_policy_error(text: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_pack(text, "bad.yaml")
    assert caught.value.problems


def test_an_unknown_name_suggests_the_nearest_pack() -> None:
    with pytest.raises(PolicyError, match="did you mean 'nhs-england'"):
        load_pack("nhs-englnd")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    medical_emergency_now: 5\n", "    medical_emergency_now: 4\n", "may not be lower than 5"),
        ("severity: 4, within_minutes: 60", "severity: 4, within_minutes: 600", "may not wait longer"),
        ("administrator: [staff_admin", "administrator: [approve, staff_admin", "may not approve"),
        ("administrator: [staff_admin", "administrator: [reveal, staff_admin", "may not reveal"),
        ("    queue: pals\n", "    queue: palls\n", "did you mean 'pals'?"),
        ("    when: {safe: false}", "    when: {safe: true}", "not yet safe"),
        ("when: {severity_at_least: 4}", "when: {}", "would fire on everything"),
        (
            "accepts: [emergency signpost]",
            "accepts: [emergency signposts]",
            "did you mean 'emergency signpost'?",
        ),
        ("    reason: sarcasm\n    hard: true", "    reason: sarcasm\n    hard: false", "always blocks"),
    ],
)
def test_what_must_hold_of_every_pack_is_insisted_on(policy: Policy, old: str, new: str, words: str) -> None:
    assert words in str(_spoilt(policy, old, new))
