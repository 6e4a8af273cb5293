"""Hostile words through every screen: nothing crashes, runs, or steers the terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest
from textual.content import Content

from casebook.actions import claiming, drafting, noting, staffing, submitting
from casebook.book import Actor, Casebook
from casebook.errors import HiddenCharacters
from casebook.queries import QueueFilter
from desk.terminal import foreign
from desk.terminal.app import DeskApp
from desk.terminal.screens.queue import QueueScreen
from policies.facts import Role
from tests.desk.terminal.driving import NARROW, Hand, at_the_desk
from tests.desk.terminal.hostile import ALL, ESCAPES, HIDING, MARKUP, RAW
from tests.support.books import actor, hear

CHILD = Path(__file__).with_name("hostile_desk.py")


def demand_harmless(hand: Hand) -> None:
    """No cell of the screen carries an action or a link of theirs, and no control character is drawn."""
    for strip in hand.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None:
                assert "@click" not in segment.style.meta
                assert segment.style.link is None
            assert not any(
                ord(character) < 32 or character in "\u202e\u2066\u200b\x9b" for character in segment.text
            )


async def test_hostile_posts_pass_through_queue_and_case(book: Casebook) -> None:
    for number, text in enumerate(ALL):
        hear(book, text, conversation=f"c{number // 14}", severity=number % 5)
    async with at_the_desk(book, "approver", NARROW) as hand:
        demand_harmless(hand)
        for row in book.queries.queue(QueueFilter(), book.clock()):
            await hand.open_case(row.case_id)
            for _ in range(2):
                demand_harmless(hand)
                await hand.press("pagedown")
            await hand.press("q")
        assert isinstance(hand.app.screen, QueueScreen)


async def test_a_click_on_planted_markup_does_nothing(book: Casebook) -> None:
    case_id = hear(book, MARKUP[1]).case_id
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        y = next(at for at, line in enumerate(hand.screen.splitlines()) if "press here" in line)
        x = hand.screen.splitlines()[y].index("press here")
        await hand.pilot.click(offset=(x + 2, y))
        await hand.settle()
        assert hand.app.is_running
        assert MARKUP[1] in hand.words


async def test_hostile_drafts_notes_and_names_pass_through_case_compose_and_approval(book: Casebook) -> None:
    hostile_name = "[@click=app.quit]Eve[/] \x1b]0;PWNED-TITLE\x07\u202e"
    staffing.add_staff(book, None, "eve", hostile_name, [Role.RESPONDER], None)
    eve = actor(book, "eve")
    case_id = hear(book, ESCAPES[0]).case_id
    claiming.claim(book, eve, case_id)
    for text in (*MARKUP, *ESCAPES, HIDING[2]):
        noting.note(book, eve, case_id, text)
    markup = " ".join(MARKUP[:8]) + " Thank you for telling us. a stray [/b] and [a='"
    draft = submitting.submit(
        book, eve, _kept(book, eve, case_id, markup.replace("\t", " ").replace("evil.example", "nhs.uk"))
    )
    async with at_the_desk(book, "approver", NARROW) as hand:
        await hand.open_case(case_id)
        demand_harmless(hand)
        await hand.press("pagedown", "pagedown")
        demand_harmless(hand)
        await hand.press("a")
        demand_harmless(hand)
        assert "[@click=app.quit]press here[/]" in hand.words
        await hand.press("pagedown", "pagedown")
        assert draft.bundle_hash in hand.words
        await hand.press("q")
        await hand.sign_in_as("eve")
        demand_harmless(hand)
        other = hear(book, MARKUP[9]).case_id
        await hand.open_case(other)
        await hand.press("r")
        for text in ALL:
            await hand.type_into("#editor", text[:2000])
            demand_harmless(hand)
        assert hand.app.is_running


def _kept(book: Casebook, who: Actor, case_id: str, text: str) -> str:
    return drafting.save_draft(book, who, case_id, text).id


@pytest.mark.parametrize("text", [ESCAPES[0], HIDING[0], HIDING[1]])
async def test_a_reply_with_hidden_characters_is_refused_in_a_sentence(book: Casebook, text: str) -> None:
    case_id = hear(book, "We waited.").case_id
    claiming.claim(book, actor(book, "responder"), case_id)
    with pytest.raises(HiddenCharacters):
        drafting.save_draft(book, actor(book, "responder"), case_id, text)
    async with at_the_desk(book, "responder") as hand:
        await hand.open_case(case_id)
        await hand.press("r")
        await hand.type_into("#editor", text)
        await hand.press("ctrl+s")
        assert "invisible or control characters" in hand.words


async def test_an_unforeseen_error_ends_in_a_reference_without_anybodys_words(
    book: Casebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "Mrs Tavistock waited"
    log = tmp_path / "crash.log"

    def broken(*_: object) -> None:
        words = secret
        raise RuntimeError(words)

    case_id = hear(book, "We waited.").case_id
    async with at_the_desk(book, "responder") as hand:
        monkeypatch.setattr(hand.app, "_crash_log", log)
        monkeypatch.setattr(hand.app.gateway, "claim", broken)
        await hand.open_case(case_id)
        await hand.press("c")
        assert "Something went wrong and nothing was changed" in hand.words
        assert "Tavistock" not in hand.words
        monkeypatch.setattr(DeskApp, "panic", lambda app, said: setattr(app, "said", said.plain))
        hand.app._exception = RuntimeError(secret)
        hand.app._fatal_error()
        assert "voicedesk stopped because of an error (reference" in hand.app.said  # type: ignore[attr-defined]
        assert secret not in hand.app.said  # type: ignore[attr-defined]
        hand.app._exception = None
    kept = log.read_text()
    assert "RuntimeError" in kept
    assert "in broken" in kept
    assert "Tavistock" not in kept
    assert log.stat().st_mode & 0o077 == 0


def test_under_a_real_terminal_no_byte_of_theirs_comes_out(tmp_path: Path) -> None:
    seen = bytes_on_the_terminal(tmp_path, nets=True)
    assert b"voicedesk" in seen
    assert b"PWNED-C1" in seen, "the hostile posts were on screen"
    assert [raw for raw in RAW if raw in seen] == []


def test_without_the_nets_the_same_bytes_do_come_out(tmp_path: Path) -> None:
    seen = bytes_on_the_terminal(tmp_path, nets=False)
    assert b"\x1b]0;PWNED-TITLE" in seen
    assert len([raw for raw in RAW if raw in seen]) >= 4


def bytes_on_the_terminal(folder: Path, *, nets: bool) -> bytes:
    """What the real driver writes to a terminal of 100×40 while somebody walks through the hostile posts."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    root = Path(__file__).parents[3]
    # A test runner's own idea of the screen must not overrule the terminal's.
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    env |= {"TERM": "xterm-256color", "PYTHONPATH": str(root), "NETS": "on" if nets else "off"}
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder)], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=root,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = bytearray()
    try:
        # Each key is pressed only when what it acts on is on screen, however slow the machine is.
        steps = [(b"", b"Enter signs in"), (b"\r", b"most urgent first"), (b"\r", b"post 1 of")]
        for keys, words in [*steps, (b"q", b""), (b"j\r", b"post 1 of")] if nets else steps:
            os.write(ours, keys)
            seen += _read_until(ours, words)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        os.close(ours)
    return bytes(seen)


def _read_until(fd: int, words: bytes, quiet: float = 0.8, longest: float = 30.0) -> bytes:
    """What comes until `words` have come and then nothing more has for a while."""
    got = bytearray()
    until = time.monotonic() + longest
    while time.monotonic() < until:
        if not select.select([fd], [], [], quiet)[0]:
            if words in got:
                break
            continue
        try:
            got += os.read(fd, 65536)
        except OSError:
            break
    return bytes(got)


def test_cleaning_keeps_what_people_write() -> None:
    for text in (
        "Plain words, £5 and “quotes”.",
        "naïve café",
        "👨‍👩‍👧 family ❤️",
        "می‌خواهم",
        "Ŵyl Dewi",
        "a\tb\nc",
    ):
        assert foreign.clean(text) == foreign.Cleaned(text, 0, 0)


@pytest.mark.parametrize(
    ("text", "shown", "removed"),
    [
        ("a\x1b[31mb", "a␛[31mb", 1),
        ("a\u202eb\u2066c", "abc", 2),
        ("a\u200bb\ufeffc\u00add", "abcd", 3),
        ("a\u200db", "ab", 1),
        ("a\ud800b", "a\ufffdb", 1),
        ("a\x9bb", "a\ufffdb", 1),
        ("a\x00b\x7fc", "a␀b␡c", 2),
        ("a\U000e0041b", "ab", 1),
        ("one\u2028two", "one\ntwo", 1),
        ("line\r\nend", "line\nend", 0),
    ],
)
def test_cleaning_takes_away_what_steers_or_hides_and_counts_it(text: str, shown: str, removed: int) -> None:
    cleaned = foreign.clean(text)
    assert (cleaned.text, cleaned.removed) == (shown, removed)


def test_cleaning_bounds_marks_and_length() -> None:
    assert len(foreign.clean("z" + "\u0335" * 100).text) == 1 + foreign.MARKS_A_LETTER
    cleaned = foreign.clean("W" * 20_000)
    assert (len(cleaned.text), cleaned.cut) == (foreign.LONGEST, 16_000)
    assert "16000 more characters not shown" in foreign.badge("W" * 20_000).plain


def test_markup_in_foreign_text_is_only_text_and_placeholders_are_marks() -> None:
    content = foreign.shown("[@click=app.quit]x[/] by ⟦name 1⟧")
    assert isinstance(content, Content)
    assert content.plain == "[@click=app.quit]x[/] by ⟦name 1⟧"
    assert [(span.start, span.end) for span in content.spans] == [(25, 33)]


def test_the_exact_view_marks_line_ends_and_look_alikes() -> None:
    said = foreign.exact("NHS \u0422rust\nyes\u00a0no\u200d").plain
    assert "⏎\n" in said
    assert "‹U+00A0›" in said
    assert "‹U+200D›" in said
    assert "Т is cyrillic capital letter te" in said
