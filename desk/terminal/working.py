"""Work in threads: a job touches no widget, and what comes of it arrives as a message that draws.

Screens, dialogs and the app share this. A refusal is shown as its own sentence; an error that nobody
foresaw gets a reference, and where it happened goes to the crash log, without any of the values involved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.worker import get_current_worker

from desk.terminal.gateway import CasebookError, NotSignedIn, VaultError
from desk.terminal.messages import Done, Failed

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from desk.terminal.app import DeskApp

    _Base = DOMNode
else:
    _Base = object

T = TypeVar("T")


class Working(_Base):
    """Something that starts work and draws what comes of it."""

    if TYPE_CHECKING:

        @property
        def desk(self) -> DeskApp:
            """The running app."""
            ...
    else:

        @property
        def desk(self):
            """The running app."""
            return self.app

    def start(
        self,
        name: str,
        job: Callable[[], T],
        then: Callable[[T], None],
        *,
        failed: Callable[[Exception], bool] | None = None,
        newest_only: bool = False,
    ) -> None:
        """Run `job` in a thread and `then` with its result back here.

        Args:
            name: what it is, for logs; it holds no text of anybody's.
            job: asks or acts; it must not touch a widget.
            then: draws.
            failed: is asked about an error first; what it does not take is shown as a sentence.
            newest_only: an older run of the same name is forgotten when a newer one starts.
        """
        self.run_worker(
            partial(_run, self, job, then, failed),
            name=name,
            group=name,
            description=name,
            exclusive=newest_only,
            thread=True,
            exit_on_error=False,
        )

    def on_done(self, message: Done) -> None:
        """Draw what came of a job."""
        message.draw()

    def on_failed(self, message: Failed) -> None:
        """Show why a job failed."""
        error = message.error
        if message.handle is not None and message.handle(error):
            return
        if isinstance(error, NotSignedIn):
            self.desk.session_ended(self.sentence_of(error))
        else:
            self.say_failed(self.sentence_of(error))

    def sentence_of(self, error: Exception) -> str:
        """The sentence that people read of an error."""
        if isinstance(error, CasebookError):
            return str(error)
        if isinstance(error, VaultError):
            return " ".join((type(error).__doc__ or "").split())
        reference = self.desk.note_crash(error)
        return f"Something went wrong and nothing was changed. Tell your support: reference {reference}."

    def say_failed(self, sentence: str) -> None:
        """Show a sentence about a failure; each place has its own line for it."""
        raise NotImplementedError


def _run(
    owner: Working,
    job: Callable[[], T],
    then: Callable[[T], None],
    failed: Callable[[Exception], bool] | None,
) -> None:
    try:
        result = job()
    except Exception as error:  # noqa: BLE001 - told to a person by `on_failed`, whatever it is
        message: Done | Failed = Failed(error, failed)
    else:
        message = Done(partial(then, result))
    if not get_current_worker().is_cancelled:
        owner.post_message(message)
