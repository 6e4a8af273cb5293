"""`watch list · test`: what is listened for, what it becomes on each network, and what it would catch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casebook.errors import NotAllowed, NotFound, Refusal
from casebook.spending import money
from desk import bootstrap
from desk.cli import envelope
from desk.cli.frame import Desk, UsedWrongly, command, say
from desk.cli.plain import counted, indented, visible
from policies.facts import Act
from policies.spelling import nearest

if TYPE_CHECKING:
    from desk.cli.watch_reports import WatchReport
    from monitor.channel import Channel
    from monitor.watch_test import Asked, Example, Tried

NOTHING = "Nothing is configured to listen for. Add a [[watch]] to the configuration."
MOST_TRIED = 20_000
"""Posts of the casebook that a watch is tried on at most, the newest first: a few seconds' work."""
_HIDDEN = "Posts themselves are shown to those who may see cases."


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(help="What is listened for, and what it would catch.", no_args_is_help=True)
    command(group, "list", shows=True)(list_watches)
    command(group, "test", shows=True)(try_watch)
    app.add_typer(group, name="watch")


def list_watches(desk: Desk) -> None:
    """List every configured watch: what it becomes on its network, whether its credentials are set, what is wrong.

    Nothing is asked of a network. Exits 1 when something keeps a watch from listening.
    """
    from desk.cli.watch_reports import reports

    found = reports(desk.configuration, bootstrap.now)
    lines = [line for report in found for line in _report_lines(report)]
    lines += list(_plugin_lines())
    desk.show("watches", [report_data(report) for report in found], lines or [NOTHING])
    if any(report.wrong for report in found):
        raise typer.Exit(1)


def try_watch(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the watch.")],
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="Try it on what was heard in so many days.")
    ] = 7,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the network now, two pages at most; nothing is kept.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help='Try it on examples instead: lines of {"text": "…"}.'),
    ] = None,
) -> None:
    """Show what a watch would catch, as it is configured now.

    It is tried on the redacted words of what was heard on its network, by any watch; with --ask on what the network
    shows now, read in memory, with everything that identifies people hidden. Needs a sign-in of somebody who may let
    listeners start; examples of your own need none.
    """
    from desk.cli.watch_reports import report_on

    if ask and file is not None:
        raise UsedWrongly("Give --ask or --file, not both.")
    configuration = desk.configuration
    settings = [one for one in configuration.settings.watch if one.name == name]
    if not settings:
        names = [one.name for one in configuration.settings.watch]
        raise NotFound(f"There is no watch {name!r}{nearest(name, names)}")
    shows = file is not None or _may_see(desk)
    data, lines = [], []
    for one in settings:
        report = report_on(configuration, one, bootstrap.now)
        how, tried, asked = _try(desk, report, days, ask, file)
        lines += [
            *_report_lines(report),
            how,
            *_tried_lines(tried, shows),
            *_asked_lines(desk, report, asked),
        ]
        data.append(_tried_data(report, tried, asked, shows))
    desk.show("watch_test", data, lines)


def _may_see(desk: Desk) -> bool:
    """Whether the person signed in may see posts; everybody who asks must be allowed to let listeners start."""
    desk.demand(Act.LISTEN)
    try:
        desk.demand(Act.VIEW)
    except NotAllowed:
        say(_HIDDEN)
        return False
    return True


def _try(
    desk: Desk, report: WatchReport, days: int, ask: bool, file: Path | None
) -> tuple[str, Tried, Asked | None]:
    """How it was tried, in words, and what came of it."""
    if file is not None:
        return f"Tried on the examples in {file}:", _on_file(desk, report, file), None
    if ask:
        asked = _ask(desk, report)
        return f"Asked {report.title} now, {counted(asked.pages, 'page')}:", asked.tried, asked
    tried = _on_kept(desk, report, days)
    whole = tried.caught + tried.passed_over + tried.sealed
    newest = "the newest " if whole == MOST_TRIED else ""
    heard = f"{newest}{counted(whole, 'post')} heard on {report.title} in the last {counted(days, 'day')}"
    return f"Tried on {heard}:", tried, None


def _on_kept(desk: Desk, report: WatchReport, days: int) -> Tried:
    from monitor.watch_test import try_on_kept

    since = desk.book.clock() - timedelta(days=days)
    rows = desk.book.queries.heard(report.channel, since, MOST_TRIED)
    return try_on_kept(report.watch, ((row.safe, row.text, row.listed) for row in rows))


def _on_file(desk: Desk, report: WatchReport, file: Path) -> Tried:
    from monitor.watch_test import BadExamples, examples_in, try_on_examples

    reader = bootstrap.reader_for(desk.configuration)
    try:
        with file.open("rb") as opened:
            return try_on_examples(report.watch, examples_in(opened), reader)
    except BadExamples as bad:
        raise UsedWrongly(f"{file}: {bad}") from None
    except OSError as error:
        raise UsedWrongly(f"{file} cannot be read: {error.strerror}.") from None
    finally:
        close = getattr(reader, "close", None)
        if close is not None:
            close()


def _ask(desk: Desk, report: WatchReport) -> Asked:
    from desk.channels import channel_beside
    from monitor.channel import ChannelError
    from monitor.failures import word_for
    from monitor.watch_test import ask

    channel = channel_beside(desk.configuration, report.channel, desk.book)
    _tell_cost(report, channel)
    try:
        return ask(report.watch, channel, desk.book.reader)
    except ChannelError as error:
        why = word_for(error).replace("_", " ")
    raise Refusal(f"{report.title} gave no answer that can be shown ({why}). Nothing was changed.")


def _tell_cost(report: WatchReport, channel: Channel) -> None:
    prices = channel.capabilities.prices
    if prices.read:
        price = money(prices.read, prices.currency)
        say(
            f"{report.title} charges about {price} for each post that it gives; two pages are asked for at most."
        )


# In words


def _report_lines(report: WatchReport) -> Iterator[str]:
    package = f" (from the package {visible(report.package)})" if report.package else ""
    yield (
        f"{visible(report.watch.name)} on {visible(report.title)}{package}, every {report.interval_s} s; "
        f"credentials: {report.credentials}."
    )
    for what, words in _listens(report):
        yield f"  {what}: {visible(', '.join(words))}"
    for query in report.queries:
        yield f"  Asks ({counted(len(query), 'character')}): {visible(query)}"
    if report.asks:
        yield f"  {visible(report.asks)}"
    yield from (f"  WRONG: {visible(words)}" for words in report.wrong)
    yield from (f"  Look at this: {visible(words)}" for words in report.notes)


def _listens(report: WatchReport) -> Iterator[tuple[str, tuple[str, ...]]]:
    from desk.cli.watch_reports import shown_place

    watch = report.watch
    for what, words in (
        ("Terms", watch.terms),
        ("Handles", watch.handles),
        ("Hashtags", tuple(f"#{tag}" for tag in watch.hashtags)),
        ("Exclusions", watch.exclusions),
        ("Places", tuple(map(shown_place, watch.places))),
    ):
        if words:
            yield what, words


def _plugin_lines() -> Iterator[str]:
    from monitor.channels import plugin_names

    for name, package in plugin_names().items():
        origin = visible(package or "unknown")
        yield f"The network {visible(name)} comes from the package {origin}; it runs beside every credential."


def _tried_lines(tried: Tried, shows: bool) -> Iterator[str]:
    sealed = f", {tried.sealed} sealed (not yet safe, so nobody can tell)" if tried.sealed else ""
    yield f"  {tried.caught} caught, {tried.passed_over} not{sealed}."
    for what, count, examples in (
        ("Caught", tried.caught, tried.caught_examples),
        ("Not caught", tried.passed_over, tried.passed_over_examples),
    ):
        if examples and shows:
            yield f"  {what}{f', {len(examples)} of {count}' if count > len(examples) else ''}:"
            yield from _example_lines(examples)


def _example_lines(examples: tuple[Example, ...]) -> Iterator[str]:
    for example in examples:
        yield f"    {visible(example.why)}:"
        yield indented(example.text, "        ")


def _asked_lines(desk: Desk, report: WatchReport, asked: Asked | None) -> Iterator[str]:
    if asked is None:
        if not report.wrong:
            yield "  What a network itself says is addressed to you is always kept, whatever its words are."
        return
    if asked.own:
        yield f"  {counted(asked.own, 'post')} of your own left out."
    if asked.unread:
        yield f"  {counted(asked.unread, 'item')} could not be read."
    yield from (f"  Failed: {visible(words)}" for words in asked.troubles)
    yield from (f"  Not everything was given: {visible(words)}" for words in asked.gaps)
    if asked.more:
        yield "  There is more: only the first pages were asked for."


# As data


def report_data(report: WatchReport) -> dict[str, Any]:
    """One watch, for JSON."""
    from desk.cli.watch_reports import shown_place

    watch = report.watch
    return envelope.item(
        "watches",
        report,
        watch=watch.name,
        terms=watch.terms,
        handles=watch.handles,
        hashtags=watch.hashtags,
        exclusions=watch.exclusions,
        places=tuple(map(shown_place, watch.places)),
        queries=[{"query": query, "characters": len(query)} for query in report.queries],
    )


def _tried_data(report: WatchReport, tried: Tried, asked: Asked | None, shows: bool) -> dict[str, Any]:
    def examples(of: tuple[Example, ...]) -> list[dict[str, str]]:
        return [{"why": one.why, "text": one.text} for one in of] if shows else []

    return envelope.item(
        "watch_test",
        tried,
        watch=report.watch.name,
        channel=report.channel,
        queries=[{"query": query, "characters": len(query)} for query in report.queries],
        caught_examples=examples(tried.caught_examples),
        passed_over_examples=examples(tried.passed_over_examples),
        pages=asked.pages if asked else 0,
        wrong=report.wrong,
        notes=report.notes,
        gaps=asked.gaps if asked else (),
        troubles=asked.troubles if asked else (),
        calls=asked.cost.calls if asked else 0,
        micros=asked.cost.micros if asked else 0,
    )
