"""Mark a post: something was missed, or something is wrongly hidden. The case is hidden anew at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from desk.terminal import words
from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.foreign import PLACEHOLDER
from desk.terminal.gateway import KINDS, CaseView
from desk.terminal.widgets.choice import Choice

MISSED, HIDDEN = "missed", "hidden"


class MarkDialog(Dialog):
    """What is wrong with what a post shows, and what it is. `said` holds the answer once it is done."""

    TITLE_WORDS = "Mark this post: missed, or wrongly hidden"
    GO = "Mark"

    def __init__(
        self,
        view: CaseView,
        now: datetime,
        missed: Callable[[str, str, str], str],
        shown: Callable[[str, str, str], str],
    ) -> None:
        """Prepare.

        Args:
            view: the case.
            now: the casebook's time.
            missed: marks words of a post as personal data of a kind: post, words, kind.
            shown: shows a placeholder of a post again: post, placeholder, reason.
        """
        super().__init__()
        self._view, self._now = view, now
        self._missed, self._shown = missed, shown
        self.said = ""

    def form(self) -> Iterable[Widget]:
        """What is wrong, in which post, and the fields for either."""
        wrongs = [
            (MISSED, Content("missed: something stands in clear that says who it is")),
            (HIDDEN, Content("wrongly hidden: a placeholder that says nothing of anybody")),
        ]
        yield Choice(wrongs, MISSED, id="wrong")
        posts = [
            (one.mention_id, Content(f"post {at}, {words.moment(one.posted_at, self._now)}"))
            for at, one in enumerate(self._view.thread, start=1)
        ]
        chooser = Choice(posts, self._view.mention_id, id="post")
        chooser.display = len(posts) > 1
        yield chooser
        with Vertical(id="missed"):
            yield Static("What is it?", classes="hint")
            yield Choice([(entity, Content(word)) for entity, word in KINDS], KINDS[0][0], id="kind")
            yield Input(placeholder="the words, as they stand on the screen", id="words", max_length=200)
        with Vertical(id="hidden"):
            yield Static(
                "Which one? It shows hidden words, so your name and reason are kept.", classes="hint"
            )
            yield Choice(id="placeholder")
            yield Input(placeholder="why it may be shown, in a few words", id="reason", max_length=400)

    def on_mount(self) -> None:
        """Begin at what is wrong."""
        self.query_one("#hidden").display = False
        self.query_one("#wrong", Choice).focus()
        self._offer()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the fields that fit, and the placeholders of the post chosen."""
        event.stop()
        if event.option_list.id == "wrong":
            hidden = self._is_hidden()
            self.query_one("#missed").display, self.query_one("#hidden").display = not hidden, hidden
        elif event.option_list.id == "post":
            self._offer()

    def _is_hidden(self) -> bool:
        return self.query_one("#wrong", Choice).answer == HIDDEN

    def _post(self) -> str:
        return self.query_one("#post", Choice).answer or self._view.mention_id

    def _offer(self) -> None:
        """Offer each placeholder of the post once, in order."""
        text = next((one.text for one in self._view.thread if one.mention_id == self._post()), "")
        choice = self.query_one("#placeholder", Choice)
        choice.offer([(found, Content(found)) for found in dict.fromkeys(PLACEHOLDER.findall(text))])

    def job(self) -> Callable[[], object] | None:
        """Mark what was filled in."""
        if not self._is_hidden():
            typed, kind = self.query_one("#words", Input).value, self.query_one("#kind", Choice).answer
            return with_values(self._missed, self._post(), typed, kind)
        chosen = self.query_one("#placeholder", Choice).answer
        if not chosen:
            self.say_failed("Nothing is hidden in this post.")
            return None
        return with_values(self._shown, self._post(), chosen, self.query_one("#reason", Input).value)

    def done(self, result: object) -> None:
        """Keep the answer and close."""
        self.said = str(result)
        self.dismiss(True)
