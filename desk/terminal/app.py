"""The app: who is on screen, what is watched, and how it ends. Everything else is in screens and gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from rich.text import Text
from textual.app import App
from textual.command import Provider
from textual.content import Content
from textual.filter import LineFilter

from desk.terminal import themes
from desk.terminal.backstop import Backstop
from desk.terminal.crash import note_crash
from desk.terminal.gateway import Actor, Gateway
from desk.terminal.palette import DeskCommands
from desk.terminal.screens.place import Place
from desk.terminal.screens.sign_in import SignInScreen
from desk.terminal.watching import Watching

_HERE = Path(__file__).parent


class DeskApp(Watching, App[None]):
    """The terminal desk over one gateway."""

    TITLE = "voicedesk"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {DeskCommands}
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        path
        for folder in ("screens", "dialogs", "widgets")
        for path in sorted((_HERE / folder).glob("*.tcss"))
    ]

    def __init__(self, gateway: Gateway, *, poll_seconds: float = 1.0, crash_log: Path | None = None) -> None:
        """Prepare the desk; nothing is drawn and no thread runs yet.

        Args:
            gateway: the way to the casebook.
            poll_seconds: how often to ask whether somebody did something.
            crash_log: where to note where in the program an unforeseen error happened; no values go there.
        """
        super().__init__()
        self.gateway = gateway
        self._poll_seconds, self._crash_log = poll_seconds, crash_log
        self._backstop = Backstop()
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = themes.suitable(self.console.color_system)

    def on_mount(self) -> None:
        """Sign-in first; the reading engine starts once that is drawn."""
        self.push_screen(SignInScreen())
        self.call_after_refresh(self._after_first_frame)

    def _after_first_frame(self) -> None:
        self.start("start the reading engine", self.gateway.start_reader, lambda _none: None)
        self.read_standing()
        self.set_interval(self._poll_seconds, self.look_for_news)

    # Coming and going

    def welcome(self, actor: Actor) -> None:
        """Somebody signed in: show the queue."""
        from desk.terminal.screens.queue import QueueScreen

        self.forget_news()
        self.switch_screen(QueueScreen())

    def session_ended(self, why: str = "") -> None:
        """Nobody is signed in any more: everything goes from the screen, and the sign-in says why."""
        self.gateway.forget()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.switch_screen(SignInScreen(why))

    def sign_out(self) -> None:
        """End the session and go back to the sign-in."""
        self.start("sign out", self.gateway.sign_out, lambda _none: self.session_ended())

    def ask_to_leave(self) -> None:
        """Leave after a question."""
        from desk.terminal.dialogs.confirm import ConfirmDialog

        question = Content("Leave the desk? Listening goes on without it.")
        self.push_screen(ConfirmDialog(question, "Leave"), lambda yes: self.leave() if yes else None)

    def leave(self) -> None:
        """End the session and the program."""
        self.start("sign out", self.gateway.sign_out, lambda _none: self.exit(), failed=self._leave_anyway)

    def _leave_anyway(self, _error: Exception) -> bool:
        self.exit()
        return True

    async def action_quit(self) -> None:
        """Ctrl+Q: what is being written is kept first; where it cannot be, its screen asks."""
        from desk.terminal.screens.compose import ComposeScreen

        writing = [screen for screen in self.screen_stack if isinstance(screen, ComposeScreen)]
        if writing:
            writing[0].keep(self.leave)
        else:
            self.leave()

    def switch_sending(self) -> None:
        """Stop or allow all sending, after a question."""
        from desk.terminal.dialogs.confirm import ConfirmDialog

        stopped = bool(self.organisation and self.organisation.sending_stopped)
        question = Content("Allow sending again?" if stopped else "Stop all sending at once, for everybody?")
        job = self.gateway.start_sending if stopped else self.gateway.stop_sending
        yes = "Allow sending" if stopped else "Stop sending"
        self.push_screen(ConfirmDialog(question, yes, job), lambda _done: self.look_for_news())

    # Safety nets

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, also under a theme that does not know them."""
        return dict(themes.DEFAULTS)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The backstop before every other filter."""
        return [self._backstop, *super().get_line_filters()]

    def say_failed(self, sentence: str) -> None:
        """Show why something of the app's own was not done."""
        if isinstance(self.screen, Place):
            self.screen.say_failed(sentence)
        else:
            self.notify(sentence, severity="error", markup=False)

    def note_crash(self, error: BaseException) -> str:
        """A reference for an unforeseen error; where it happened goes to the crash log, no values."""
        return note_crash(error, self._crash_log)

    def _fatal_error(self) -> None:
        """End with a short sentence instead of a traceback, whose locals could hold anybody's words."""
        reference = self.note_crash(self._exception) if self._exception else "none"
        said = f"voicedesk stopped because of an error (reference {reference}). What was saved is kept; start it again."
        self.bell()
        self.panic(Text(said))
