"""Opening a sealed original: a reason first, then the text for half a minute, then it is hidden again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from desk.terminal import words
from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.foreign import Foreign
from desk.terminal.gateway import CaseView
from desk.terminal.widgets.choice import Choice

SHOWN_FOR = 30
"""Seconds that an original stays open."""
_NAMES = {
    "display_name": "name",
    "alt_text": "picture",
    "in_reply_to": "answers",
    "media": "linked",
    "earlier": "before it was edited",
}
_ORDER = ("text", "earlier", "title", "handle", "display_name", "quoted", "alt_text", "media", "permalink")


class RevealDialog(Dialog):
    """Which post, and why it must be seen."""

    TITLE_WORDS = "Open the sealed original"
    GO = "Open it"

    def __init__(self, view: CaseView, now: datetime, act: Callable[[str, str], dict[str, str]]) -> None:
        super().__init__()
        self._view, self._now, self._act = view, now, act

    def form(self) -> Iterable[Widget]:
        """The posts where there are several, and a line for the reason."""
        posts = [
            (one.mention_id, Content(f"post {at}, {words.moment(one.posted_at, self._now)}"))
            for at, one in enumerate(self._view.thread, start=1)
        ]
        chooser = Choice(posts, self._view.mention_id, id="post")
        chooser.display = len(posts) > 1
        yield chooser
        yield Static(
            "Why do you need to see it? Your name, the time and this reason are kept.", classes="part"
        )
        yield Input(placeholder="the reason, in a few words", id="reason", max_length=400)
        yield Static(Content(f"It is shown for {SHOWN_FOR} seconds and cannot be selected."), classes="hint")

    def on_mount(self) -> None:
        """Begin at the reason."""
        self.query_one("#reason", Input).focus()

    def job(self) -> Callable[[], object] | None:
        """Open the post chosen."""
        return with_values(
            self._act, self.query_one("#post", Choice).answer, self.query_one("#reason", Input).value
        )

    def done(self, result: object) -> None:
        """Show what was opened in place of this box."""
        assert isinstance(result, dict)
        self.dismiss(True)
        self.app.push_screen(Revealed(result))


class Revealed(ModalScreen[None]):
    """An original, for half a minute. It holds the words nowhere but on this screen, and lets go of them."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self._fields = fields
        self._left = SHOWN_FOR

    def compose(self) -> ComposeResult:
        """The fields in a box."""
        with Vertical(classes="box"):
            yield Static(id="left")
            with VerticalScroll(id="original"):
                yield from self._parts()

    def on_mount(self) -> None:
        """Start counting down."""
        self.query_one("#original").focus()
        self._count()
        self.set_interval(1, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._hide()
        else:
            self._count()

    def _count(self) -> None:
        said = f"The sealed original. Hidden again in {self._left} s (Esc hides it now)."
        self.query_one("#left", Static).update(Content.styled(said, "bold $text-warning"))

    def _parts(self) -> Iterable[Widget]:
        for name in _ORDER:
            if value := self._fields.get(name, ""):
                if name != "text":
                    yield Static(Content.styled(_NAMES.get(name, name), "$foreground-muted"), classes="part")
                yield Foreign(value, placeholders=False)

    def on_key(self, event: Key) -> None:
        """Esc, q and Enter hide it."""
        if event.key in {"escape", "q", "enter"}:
            event.stop()
            self._hide()

    def _hide(self) -> None:
        self._fields = {}
        if self.is_current:
            self.dismiss(None)
