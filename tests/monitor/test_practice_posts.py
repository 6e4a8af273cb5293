"""The posts that come with the product: sound, complete, and a little of everything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.practice.errors import ScriptError
from monitor.practice.loading import INTENTS, NEEDS_REPLY, RISKS, load, read_posts
from monitor.practice.script import Author, Expected, Script, ScriptedPost, script_of
from redaction.text import ENTITIES

OURS = "@NorthvaleNHS"


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


def labels_of(script: Script) -> Iterator[Expected]:
    for post in script.posts:
        if post.labels:
            yield post.labels
        yield from (answer.labels for answer in post.answers if answer.labels)


def test_there_are_enough_posts_to_practise_on(script: Script) -> None:
    assert len(script.posts) >= 90


def test_ids_are_unique_and_posts_arrive_one_after_another(script: Script) -> None:
    assert len({post.id for post in script.posts}) == len(script.posts)
    moments = [post.at for post in script.posts]
    assert moments == sorted(set(moments))


def test_everything_but_our_own_posts_is_labelled(script: Script) -> None:
    assert {post.id for post in script.posts if post.labels is None} == {
        post.id for post in script.posts if post.author.handle == OURS
    }
    assert all(answer.labels for post in script.posts for answer in post.answers)


def test_some_posts_are_waiting_when_the_desk_opens_and_most_are_still_to_come(script: Script) -> None:
    waiting = [post for post in script.posts if post.at <= 0]
    assert 10 <= len(waiting) <= 30


def test_every_entity_is_marked_somewhere(script: Script) -> None:
    marked = {entity for post in script.posts for _, _, entity in post.marked()}
    assert marked == set(ENTITIES)


def test_the_marked_words_are_the_words_of_the_text(script: Script) -> None:
    for post in script.posts:
        found = {(post.text[start:end], entity) for start, end, entity in post.marked()}
        assert found == set(post.spans or ()), post.id


@pytest.mark.parametrize(
    ("field", "every"),
    [
        ("severity", set(range(6))),
        ("sentiment", set(range(-2, 3))),
        ("intent", set(INTENTS)),
        ("needs_reply", set(NEEDS_REPLY)),
        ("relevant", {True, False}),
    ],
)
def test_every_kind_of_label_is_practised(script: Script, field: str, every: set[object]) -> None:
    assert {getattr(labels, field) for labels in labels_of(script)} == every


def test_every_risk_is_practised(script: Script) -> None:
    assert {risk for labels in labels_of(script) for risk in labels.risks} == set(RISKS)


def test_two_languages_besides_english_have_several_posts_each(script: Script) -> None:
    spoken = [post.language for post in script.posts if post.language]
    assert {language: spoken.count(language) >= 3 for language in ("cy", "pl")} == {"cy": True, "pl": True}


@pytest.mark.parametrize(
    "trap",
    [
        "Parkinson's clinic",
        "bed 12",
        "111",
        "Marie Curie",
        "Florence Nightingale",
        "Macmillan",
        "Will it ever",
        "May be",
        "4 hours",
        "Northvale FC",
        "St Bride's church",
        "death of me",
        "Could murder a tea",
        "Dying to see",
        "will to live",
    ],
)
def test_a_trap_is_there_to_be_survived(script: Script, trap: str) -> None:
    assert any(trap in words for post in script.posts for words in post.keep)


@pytest.mark.parametrize(
    "field",
    ["title", "alt_text", "quoted", "in_reply_to", "deleted_at", "edited_at", "locked", "limited", "answers"],
)
def test_every_shape_of_post_is_there(script: Script, field: str) -> None:
    assert sum(bool(getattr(post, field)) for post in script.posts) >= 1


def test_there_are_conversations_of_several_people(script: Script) -> None:
    people: dict[str, set[str]] = {}
    for post in script.posts:
        people.setdefault(post.conversation, set()).add(post.author.id)
    assert sum(len(authors) >= 2 for authors in people.values()) >= 3


HOSTILE = {
    "OSC 52": r"\x1b\]52;",
    "OSC 8": r"\x1b\]8;;http",
    "clear screen": r"\x1b\[2J",
    "click markup": re.escape("[@click=app.quit]"),
    "click markup that survives escaping": re.escape("[ @click="),
    "closing tag": re.escape("[/b]"),
    "bidi override": "\u202e",
    "zero width": "\u200b",
    "zalgo": r"[\u0300-\u036f]{8}",
    "lone surrogate": "[\ud800-\udfff]",
    "NUL": "\0",
    "very long word": r"\w{5000}",
    "carriage return": r"\r",
    "forged placeholder": "⟦name 1⟧",
    "false redaction": re.escape("[redacted]"),
    "formula": r"^=HYPERLINK",
    "line separator": "\u2028",
    "full-width digits": "[\uff10-\uff19]",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_kind_is_there(script: Script, kind: str) -> None:
    assert any(re.search(HOSTILE[kind], post.text) for post in script.posts)


def test_hostile_characters_stand_in_names_as_well(script: Script) -> None:
    names = "".join(post.author.name for post in script.posts)
    assert {"\u202e", "\0", "\ud83d"} <= set(names)


def test_only_hostile_posts_carry_control_characters(script: Script) -> None:
    for post in script.posts:
        if not post.id.startswith("hostile-"):
            assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Cf") for letter in post.text), (
                post.id
            )


def test_no_number_could_be_somebodys(script: Script) -> None:
    for post in script.posts:
        for start, end, entity in post.marked():
            if entity == "NHS_NUMBER":
                assert not could_be_issued(post.text[start:end]), post.id


def could_be_issued(number: str) -> bool:
    """Whether ten digits pass modulus 11 and lie outside 999, which is kept for tests."""
    letters = unicodedata.normalize("NFKC", number).replace("O", "0").replace("I", "1")
    digits = [int(letter) for letter in letters if letter in "0123456789"]
    assert len(digits) == 10
    check = 11 - sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return digits[:3] != [9, 9, 9] and check % 11 == digits[9]


def test_links_and_addresses_lead_to_reserved_names_alone(script: Script) -> None:
    for post in script.posts:
        for domain in re.findall(r"(?:https?://|ldap://|@)([a-z0-9.-]+\.[a-z]{2,})", post.text):
            assert domain.endswith(".example"), post.id


GOOD = """
- id: one
  at: 1
  author: {handle: "@a", name: A}
  text: Sue of Sue's Cafe and Susan waited.
  labels: {severity: 2, risks: [suicide], intent: story, sentiment: -1, needs_reply: no}
  spans: [[Sue, PERSON]]
"""


def test_a_sound_file_is_read() -> None:
    (post,) = read_posts("good.yaml", GOOD)
    assert post.labels == Expected(2, "story", -1, "no", ("suicide",))
    assert post.marked() == ((0, 3, "PERSON"), (7, 10, "PERSON"))


@pytest.mark.parametrize(
    ("wrong", "instead", "says"),
    [
        ("severity: 2", "severity: 6", "severity"),
        ("severity: 2", "severity: 1", "below the floor"),
        ("risks: [suicide]", "risks: [medical_emergency_now]", "below the floor"),
        ("[suicide]", "[suicde]", "risk"),
        ("intent: story", "intent: tale", "intent"),
        ("sentiment: -1", "sentiment: true", "sentiment"),
        ("needs_reply: no", "needs_reply: perhaps", "needs_reply"),
        ("[[Sue, PERSON]]", "[[Zoe, PERSON]]", "not in the text"),
        ("[[Sue, PERSON]]", "[[Susa, PERSON]]", "not in the text"),
        ("[[Sue, PERSON]]", "[[Sue, PERSONN]]", "not an entity"),
        ("[[Sue, PERSON]]", "[[Sue, PERSON]]\n  keep: [Sue]", "inside a span"),
        ("  at: 1", "  when: 1", "not a field"),
        ("  at: 1", "  at: soon", "number of seconds"),
        ("  at: 1", "  at: 1\n  deleted_at: 0", "before the post"),
        ("  at: 1", "  at: 1\n  edited_at: 4", "go together"),
        ("- id: one", "- id: ''", "without an id"),
        ("- id: one", "- id: [", "not YAML"),
    ],
)
def test_a_mistake_in_a_file_is_named_and_its_words_are_not(wrong: str, instead: str, says: str) -> None:
    assert wrong in GOOD
    with pytest.raises(ScriptError, match=says) as caught:
        read_posts("bad.yaml", GOOD.replace(wrong, instead))
    assert "bad.yaml" in str(caught.value)
    assert "waited" not in str(caught.value)


def test_a_file_that_would_build_python_objects_is_refused() -> None:
    with pytest.raises(ScriptError):
        read_posts("bad.yaml", "- !!python/object/apply:os.getcwd []")


def test_the_example_in_the_manual_is_a_sound_post() -> None:
    manual = Path(__file__).parents[2] / "docs" / "practice.md"
    example = re.search(r"```yaml\n(.*?)```", manual.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    assert len(read_posts("manual.yaml", example[1])) == 1


def test_a_broken_json_line_is_named() -> None:
    with pytest.raises(ScriptError, match="line 2"):
        read_posts("bad.jsonl", "\n{")


def test_an_id_used_twice_is_refused() -> None:
    (post,) = read_posts("good.yaml", GOOD)
    with pytest.raises(ScriptError, match="twice"):
        script_of([post, post])


def test_an_answer_before_what_it_answers_is_refused() -> None:
    early = ScriptedPost("early", 0, post_author(), "x", in_reply_to="late")
    late = ScriptedPost("late", 5, post_author(), "x")
    with pytest.raises(ScriptError, match="not there before it"):
        script_of([early, late])


def post_author() -> Author:
    return read_posts("good.yaml", GOOD)[0].author
