"""The practice network: time passes on it, replies stay, and it can be told to fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.practice.errors import AnswerLost, Busy, NoSuchPost, NotAccepted, PostDeleted, Unreachable
from monitor.practice.journal import Journal
from monitor.practice.network import LONGEST_REPLY, Fault, PracticeNetwork
from monitor.practice.script import Answer, Author, Script, ScriptedPost, script_of

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
WE = Author("NorthvaleNHS", "@NorthvaleNHS", "Northvale")
ANA = Author("ana", "@ana", "Ana")


class Time:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def a_script() -> Script:
    return script_of(
        [
            ScriptedPost("old", -60, ANA, "before the start"),
            ScriptedPost("soon", 10, ANA, "ten seconds in", answers=(Answer(30, "thank you"),)),
            ScriptedPost("passing", 20, ANA, "not for long", deleted_at=50),
            ScriptedPost("changing", 30, ANA, "first words", edited_at=60, edited_text="second words"),
            ScriptedPost("locked", 40, ANA, "locked", locked=True),
            ScriptedPost("limited", 45, ANA, "limited", limited=True),
        ]
    )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def network(time: Time) -> PracticeNetwork:
    return PracticeNetwork(a_script(), START, time)


def heard(network: PracticeNetwork, after: int = 0) -> list[str]:
    return [post.id for post in network.listen(after, 100)[0]]


def test_posts_appear_as_time_passes(network: PracticeNetwork, time: Time) -> None:
    assert heard(network) == ["old"]
    time.pass_(10)
    assert heard(network) == ["old", "soon"]


def test_time_passes_faster_when_asked_and_history_stays_where_it_was(time: Time) -> None:
    network = PracticeNetwork(a_script(), START, time, speed=10)
    time.pass_(1)
    assert heard(network) == ["old", "soon"]
    assert network.post("old").at == START - timedelta(seconds=60)
    assert network.post("soon").at == START + timedelta(seconds=1)


def test_everything_can_be_there_at_once_and_none_of_it_in_the_future(time: Time) -> None:
    network = PracticeNetwork(a_script(), START, time, visible_at_once=True)
    assert heard(network) == ["old", "soon", "passing", "changing", "locked", "limited"]
    assert network.post("limited").at == START
    time.pass_(30)
    with pytest.raises(PostDeleted):
        network.post("passing")


def test_a_post_is_deleted_when_the_script_says_so(network: PracticeNetwork, time: Time) -> None:
    time.pass_(49)
    assert network.post("passing").text == "not for long"
    time.pass_(1)
    with pytest.raises(PostDeleted):
        network.post("passing")
    assert "passing" not in heard(network)


def test_a_deleted_post_keeps_its_place_in_the_count(network: PracticeNetwork, time: Time) -> None:
    time.pass_(25)
    _, upto, _ = network.listen(0, 100)
    time.pass_(30)
    assert heard(network, upto) == ["changing", "locked", "limited"]


def test_a_post_changes_when_the_script_says_so(network: PracticeNetwork, time: Time) -> None:
    time.pass_(59)
    assert not network.post("changing").edited
    time.pass_(1)
    assert (network.post("changing").text, network.post("changing").edited) == ("second words", True)


def test_a_post_that_has_not_appeared_is_not_there(network: PracticeNetwork) -> None:
    with pytest.raises(NoSuchPost):
        network.post("soon")


def test_a_reply_stands_in_the_conversation(network: PracticeNetwork, time: Time) -> None:
    time.pass_(15)
    reply = network.reply("soon", "hello", key="k1", account=WE)
    assert reply.url.startswith("practice://")
    assert [post.id for post in network.conversation("soon")] == ["soon", reply.id]
    assert reply.id not in heard(network)


def test_one_key_makes_one_reply(network: PracticeNetwork) -> None:
    first = network.reply("old", "hello", key="k1", account=WE)
    again = network.reply("old", "hello", key="k1", account=WE)
    assert first == again
    assert len(network.replies()) == 1


def test_a_key_cannot_carry_other_words_or_go_to_another_post(network: PracticeNetwork, time: Time) -> None:
    time.pass_(15)
    network.reply("old", "hello", key="k1", account=WE)
    for target, words in (("old", "goodbye"), ("soon", "hello")):
        with pytest.raises(NotAccepted):
            network.reply(target, words, key="k1", account=WE)
    assert len(network.replies()) == 1


@pytest.mark.parametrize("target", ["locked", "limited"])
def test_a_closed_post_takes_no_reply(network: PracticeNetwork, time: Time, target: str) -> None:
    time.pass_(100)
    with pytest.raises(NotAccepted):
        network.reply(target, "hello", key="k1", account=WE)
    assert not network.replies()


@pytest.mark.parametrize("words", ["", " \n", "x" * (LONGEST_REPLY + 1)])
def test_an_empty_or_overlong_reply_is_refused(network: PracticeNetwork, words: str) -> None:
    with pytest.raises(NotAccepted):
        network.reply("old", words, key="k1", account=WE)


def test_a_reply_of_exactly_the_limit_is_taken(network: PracticeNetwork) -> None:
    assert network.reply("old", "é" * LONGEST_REPLY, key="k1", account=WE)


def test_the_author_answers_after_our_reply_and_only_once(network: PracticeNetwork, time: Time) -> None:
    time.pass_(100)
    _, upto, _ = network.listen(0, 100)
    reply = network.reply("soon", "hello", key="k1", account=WE)
    time.pass_(29)
    assert heard(network, upto) == []
    time.pass_(1)
    (answer,) = network.listen(upto, 100)[0]
    assert (answer.author, answer.text, answer.in_reply_to) == (ANA, "thank you", reply.id)
    network.reply("soon", "hello again", key="k2", account=WE)
    time.pass_(100)
    assert heard(network, upto) == [answer.id]


def test_nobody_answers_a_silent_desk(network: PracticeNetwork, time: Time) -> None:
    time.pass_(10_000)
    assert not any("answer" in post_id for post_id in heard(network))


def test_a_lost_answer_leaves_one_reply_that_can_be_found(network: PracticeNetwork) -> None:
    network.fail_next(Fault.LOST_ANSWER)
    with pytest.raises(AnswerLost):
        network.reply("old", "hello", key="k1", account=WE)
    found = network.find_reply("old", "hello", key="k1")
    assert found is not None
    assert network.reply("old", "hello", key="k1", account=WE) == found
    assert len(network.replies()) == 1


def test_a_lost_request_leaves_nothing(network: PracticeNetwork) -> None:
    network.fail_next("lost_request")
    with pytest.raises(AnswerLost):
        network.reply("old", "hello", key="k1", account=WE)
    assert network.find_reply("old", "hello", key="k1") is None


def test_a_refused_and_a_throttled_reply_leave_nothing_and_the_next_goes_through(
    network: PracticeNetwork,
) -> None:
    network.fail_next("refused")
    network.fail_next("throttled")
    with pytest.raises(NotAccepted):
        network.reply("old", "hello", key="k1", account=WE)
    with pytest.raises(Busy) as busy:
        network.reply("old", "hello", key="k1", account=WE)
    assert busy.value.until == START + timedelta(seconds=60)
    assert not network.replies()
    assert network.reply("old", "hello", key="k1", account=WE)


def test_listening_can_be_made_to_fail_once(network: PracticeNetwork) -> None:
    network.fail_next("unreachable", "listen")
    with pytest.raises(Unreachable):
        network.listen(0, 20)
    assert heard(network) == ["old"]


def test_a_reply_is_found_by_its_words_where_the_key_is_unknown(network: PracticeNetwork) -> None:
    reply = network.reply("old", "hello", key="k1", account=WE)
    assert network.find_reply("old", "hello", key="another") == reply
    assert network.find_reply("old", "other words", key="another") is None


def test_a_post_can_be_deleted_and_changed_by_hand(network: PracticeNetwork, time: Time) -> None:
    time.pass_(15)
    network.edit("soon", "other words")
    assert network.post("soon").text == "other words"
    network.delete("old")
    with pytest.raises(PostDeleted):
        network.conversation("old")


def test_two_processes_with_one_state_file_see_the_same(time: Time, tmp_path: Path) -> None:
    state = tmp_path / "practice.jsonl"
    one, other = (PracticeNetwork(a_script(), START, time, state) for _ in range(2))
    reply = one.reply("old", "hello \ud800", key="k1", account=WE)
    assert other.replies() == (reply,)
    assert other.reply("old", "hello \ud800", key="k1", account=WE) == reply
    assert PracticeNetwork(a_script(), START, time, state).replies() == (reply,)
    assert state.stat().st_mode & 0o077 == 0


def test_one_key_sent_by_two_processes_at_the_same_moment_makes_one_reply(time: Time, tmp_path: Path) -> None:
    state = tmp_path / "practice.jsonl"
    network = PracticeNetwork(a_script(), START, time, state)
    network.reply("old", "hello", key="k1", account=WE)
    state.write_bytes(state.read_bytes() * 2)
    assert len(network.replies()) == 1


def test_a_line_cut_short_by_a_crash_is_passed_over_and_spoils_nothing_after_it(tmp_path: Path) -> None:
    path = tmp_path / "practice.jsonl"
    Journal(path).append({"kind": "first"})
    with path.open("a") as file:
        file.write('{"kind": "cut sho')
    Journal(path).append({"kind": "last"})
    assert [entry["kind"] for entry in Journal(path).entries()] == ["first", "last"]


def test_a_speed_of_nothing_is_refused(time: Time) -> None:
    with pytest.raises(ValueError, match="speed"):
        PracticeNetwork(a_script(), START, time, speed=0)
