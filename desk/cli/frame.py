"""What every line command stands in: the options they all have, errors as sentences, exit codes, one open desk.

A command is a function whose first argument is the `Desk`; `command` registers it and adds `--config` and
`--no-input`, `--json` where it shows something, `--dry-run` where it changes something. Refusals and failures
become one sentence on stderr and exit code 1, wrong use exit code 2; nothing else of an error is ever printed.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from casebook.book import Actor, Casebook
from casebook.errors import CasebookError, NotSignedIn
from casebook.queries import CaseView
from desk import bootstrap
from desk.cli import envelope
from desk.cli.rehearsing import uncommitted
from desk.configuration import Configuration, ConfigurationError, load
from desk.credentials import CredentialsError
from desk.keys import KeysError
from desk.recovery_sheet import SheetError
from desk.sessions import SessionFileError, TerminalSession
from policies.errors import PoliciesError
from policies.facts import Act
from redaction.vault import VaultError

FAILURES = (
    CasebookError, PoliciesError, ConfigurationError, KeysError, CredentialsError, SessionFileError, SheetError,
    VaultError,
)  # fmt: skip
"""Errors whose text is a sentence for people and holds no post and no secret."""

CaseNumber = Annotated[int, typer.Argument(metavar="CASE", min=1, help="The number of the case.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file to use instead of the usual one."),
]
NoInput = Annotated[bool, typer.Option("--no-input", help="Never ask; fail where an answer is missing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, with every check; change nothing.")
]


class UsedWrongly(Exception):
    """The command was used wrongly."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked of a command by the options that all commands share."""

    config: Path | None = None
    no_input: bool = False
    as_json: bool = False
    dry_run: bool = False
    typed: Mapping[str, Any] = field(default_factory=dict)
    """Settings given with --set, by section; they beat every other source."""


class Desk:
    """One command's open desk. Each part is made when first asked for, and given back by `close`."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return load(self.wishes.config, typed=self.wishes.typed)

    @cached_property
    def book(self) -> Casebook:
        """The open casebook; under `--dry-run`, one that keeps nothing."""
        book = bootstrap.open_casebook(self.configuration)
        return replace(book, store=uncommitted(book.store)) if self.wishes.dry_run else book

    @cached_property
    def session(self) -> TerminalSession:
        """Where this terminal keeps its sign-in to the configured casebook."""
        return TerminalSession(self.configuration.settings.casebook.identity)

    @cached_property
    def actor(self) -> Actor:
        """The person signed in at this terminal.

        Raises:
            casebook.errors.NotSignedIn: nobody is.
        """
        from casebook.actions.signing_in import resume

        token = self.session.token()
        if not token:
            raise NotSignedIn("Nobody is signed in at this terminal. Sign in with “voicedesk login”.")
        return resume(self.book, token)

    def demand(self, act: Act) -> Actor:
        """The signed-in person, who must be allowed `act`; acts of the casebook demand it for themselves.

        Raises:
            casebook.errors.NotAllowed: no role of theirs permits it.
        """
        from casebook.authority import authorise

        with self.book.store.read() as work:
            authorise(self.book, work, self.actor, act)
        return self.actor

    def case_id(self, number: int) -> str:
        """The id of a case, for somebody who may see cases."""
        self.demand(Act.VIEW)
        return self.book.queries.case_id(number)

    def case(self, number: int) -> CaseView:
        """A case whole, for somebody who may see cases."""
        return self.book.queries.case(self.case_id(number), self.book.clock())

    def show(self, kind: str, data: object, lines: Iterable[str]) -> None:
        """Print data: the envelope with `--json`, else the lines."""
        if self.wishes.as_json:
            out(envelope.dumps(kind, data))
            return
        for line in lines:
            out(line)

    def done(self, sentence: str) -> None:
        """Say what was done, or under `--dry-run` what would have been."""
        say(f"Dry run, nothing was changed. It would say: {sentence}" if self.wishes.dry_run else sentence)

    def close(self) -> None:
        """Give back what was opened."""
        book: Casebook | None = self.__dict__.get("book")
        if book is not None:
            book.store.close()
            close = getattr(book.reader, "close", None)
            if close is not None:
                close()


def out(text: str) -> None:
    """Print data on stdout."""
    typer.echo(text)


def say(text: str) -> None:
    """Talk to the person, on stderr."""
    typer.echo(text, err=True)


def command(
    app: typer.Typer, name: str, *, shows: bool = False, changes: bool = False, hidden: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a command.

    Args:
        app: the group it belongs to.
        name: what people type.
        shows: it prints data, so it has `--json`.
        changes: it changes something, so it has `--dry-run`.
        hidden: it is for programs alone, and not listed.
    """
    extra = [("config", ConfigFile, None), ("no_input", NoInput, False)]
    extra += [("as_json", AsJson, False)] if shows else []
    extra += [("dry_run", DryRun, False)] if changes else []

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        app.command(name, hidden=hidden)(_framed(function, extra))
        return function

    return register


def _framed(function: Callable[..., Any], extra: Sequence[tuple[str, Any, Any]]) -> Callable[..., None]:
    """`function` without its first argument and with the shared options, in the signature that Typer reads."""

    def run(ctx: typer.Context, **given: Any) -> None:
        shared = {option: given.pop(option) for option, _, _ in extra}
        before: Wishes = ctx.obj
        shared["config"] = shared["config"] or before.config
        desk = Desk(replace(before, **shared))
        try:
            guarded(lambda: function(desk, **given))
        finally:
            desk.close()

    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(p.replace(annotation=hints[p.name], kind=keyword) for p in own),
        *(
            inspect.Parameter(name, keyword, default=default, annotation=hint)
            for name, hint, default in extra
        ),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__doc__ = function.__doc__
    run.__name__ = function.__name__
    return run


def guarded(act: Callable[[], Any]) -> None:
    """Do it; whatever is raised becomes a sentence and an exit code.

    Raises:
        typer.Exit: it was refused, failed or used wrongly.
    """
    try:
        act()
    except UsedWrongly as wrong:
        say(str(wrong))
        raise typer.Exit(2) from None
    except FAILURES as failure:
        say(str(failure))
        raise typer.Exit(1) from None


def is_terminal() -> bool:
    """Whether a person sits at both ends: something can be asked and shown."""
    return sys.stdin.isatty() and sys.stdout.isatty()
