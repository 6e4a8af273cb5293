"""What `doctor` looks at: each check says what it found, how bad that is, and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from casebook.actions.sending import unreached
from casebook.audit import verify
from casebook.book import Casebook
from casebook.coverage import State, state_of
from casebook.errors import BrokenChain, CasebookError
from casebook.model import OutboxState
from casebook.spending import NOTHING_SPENT, WARN_AT, rests_until, share_used
from desk import bootstrap
from desk.cli.explaining import unknown_variables
from desk.cli.plain import counted, stamp, visible
from desk.configuration import Configuration
from desk.recovery_sheet import key_id
from monitor import channels
from policies.facts import Role

OK, WARN, FAIL = "ok", "warn", "fail"
_ENOUGH_BYTES = 500 * 1024 * 1024
_ENOUGH_SHARE = 0.05
"""Below 5 % or 500 MB listeners should rest, so that sending and the audit stay alive."""
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""No right clock shows an earlier time."""
_NEEDED = (Role.ADMINISTRATOR, Role.GOVERNANCE, Role.RESPONDER)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    check: str
    state: str
    words: str
    advice: str = ""


def of_configuration(configuration: Configuration) -> Iterator[Check]:
    """The file, and variables that mean nothing."""
    where = configuration.file
    if where is None:
        yield Check("configuration", WARN, "There is no configuration file.", "Run “voicedesk init”.")
    else:
        yield Check("configuration", OK, f"Read from {where}.")
    if not configuration.settings.watch:
        yield Check(
            "watches", WARN, "Nothing is configured to listen for.", "Add a [[watch]] to the configuration."
        )
    accounts = {entry.entry.upper() for entry in configuration.settings.account}
    accounts |= {name.upper() for name in channels.names()}
    for name in unknown_variables(os.environ):
        if not any(name.startswith(f"VOICEDESK_{entry}_") for entry in accounts):
            yield Check(
                "environment", WARN, f"{name} means nothing here.", "Look at its spelling, or unset it."
            )


def of_networks(configuration: Configuration) -> Iterator[Check]:
    """Networks from other packages: they run beside every credential, so each is named with where it comes from."""
    wanted = {watch.channel for watch in configuration.settings.watch}
    for name, package in channels.plugin_names().items():
        try:
            channels.kind(name)
        except channels.BrokenPlugin as broken:
            words = f"{broken} It comes from the package {package}."
            yield Check(
                "networks", FAIL if name in wanted else WARN, words, "Ask its authors, or uninstall it."
            )
        else:
            words = f"The network {name} comes from the package {package}; it runs beside every credential."
            yield Check("networks", OK, words)
    for name, package in channels.shadowed().items():
        words = (
            f"The package {package} offers a network called {name}; there is one of ours, and that is used."
        )
        yield Check("networks", WARN, words, "Uninstall it if you did not mean to have it.")


def of_key(configuration: Configuration) -> Iterator[Check]:
    """The master key; raises what `bootstrap.find_master` raises."""
    found = bootstrap.find_master(configuration)
    yield Check("key", OK, f"The key {key_id(found.secret)} is in the {found.kind}: {found.where}.")


def of_record(book: Casebook) -> Iterator[Check]:
    """Guards, audit and clock of an open casebook."""
    missing = book.store.guards_missing()
    if missing:
        words = f"Guards of the database are missing or were changed: {', '.join(missing)}."
        yield Check(
            "guards", FAIL, words, "Somebody changed the database. Restore a backup, and find out who."
        )
    else:
        yield Check("guards", OK, "Every guard of the database stands.")
    try:
        found = verify(book.store.audit_entries())
    except BrokenChain as broken:
        yield Check(
            "audit", FAIL, str(broken), "Keep this file, tell your governance officer, restore a backup."
        )
    else:
        entries = counted(found.entries, "entry", "entries")
        yield Check("audit", OK, f"The audit verifies: {entries}, head {found.head[:16]}…")
    yield _clock(book)


def _clock(book: Casebook) -> Check:
    now, last = book.clock(), datetime.min.replace(tzinfo=UTC)
    newest = book.store.changed()
    for row in book.queries.audit(after_seq=max(0, newest - 1), limit=1):
        last = row.at
    if now < _BUILT or last > now + timedelta(minutes=2):
        words = f"The clock says {now:%Y-%m-%d %H:%M} UTC, which is earlier than things already recorded."
        return Check("clock", FAIL, words, "Set the computer's clock; deadlines and claims go by it.")
    return Check("clock", OK, f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def of_space(configuration: Configuration) -> Iterator[Check]:
    """Free space where the casebook lies, and who may read it."""
    settings = configuration.settings.casebook
    if settings.url:
        return
    usage = shutil.disk_usage(settings.path.parent)
    megabytes = usage.free // (1024 * 1024)
    little = usage.free < _ENOUGH_BYTES or usage.free < usage.total * _ENOUGH_SHARE
    advice = "Free some space: below 500 MB or 5 % listening should rest." if little else ""
    yield Check("space", WARN if little else OK, f"{megabytes:,} MB are free beside the casebook.", advice)
    if os.name == "posix" and settings.path.stat().st_mode & 0o077:
        yield Check(
            "file", WARN, f"Others may read {settings.path}.", "Give it mode 600. It is encrypted, but still."
        )


def of_people(book: Casebook) -> Iterator[Check]:
    """Whether the roles are filled that the desk cannot do without."""
    active = [person for person in book.queries.staff() if person.active]
    missing = [role.value for role in _NEEDED if not any(role.value in person.roles for person in active)]
    approvers = {p.id for p in active if {Role.APPROVER.value, Role.MANAGER.value} & set(p.roles)}
    if not approvers:
        missing.append("approver")
    if missing:
        yield Check(
            "people", WARN, f"Nobody is {', '.join(missing)}.", "Add them with “voicedesk staff add”."
        )
    else:
        yield Check(
            "people", OK, f"{counted(len(active), 'person', 'people')} can sign in; every role is filled."
        )


def of_work(book: Casebook) -> Iterator[Check]:
    """Listeners that stopped or are late, sending that is stopped, replies that wait for a person."""
    now = book.clock()
    for row in book.queries.coverage(now - timedelta(days=7)):
        name = f"{row.watch} on {row.channel}"
        standing = state_of(row, now)
        if standing.state is State.STOPPED:
            yield Check(
                "listeners",
                FAIL,
                f"{name} has stopped: {row.stopped_why}.",
                f"Renew its credentials or plan, then run “voicedesk listen --resume {visible(row.watch)}”.",
            )
        elif standing.ordinary:
            yield Check("listeners", OK, f"{name}: {standing.word}. {standing.sentence}")
        else:
            words = f"{name}: {standing.word}. {standing.sentence}"
            yield Check("listeners", WARN, words, "Is “voicedesk listen” running? See “voicedesk coverage”.")
    if book.queries.organisation().sending_stopped:
        yield Check("sending", WARN, "All sending is stopped.", "Allow it with “voicedesk start-sending”.")
    for channel, waiting in unreached(book).items():
        words = (
            f"{counted(waiting, 'approved reply', 'approved replies')} on {channel} cannot go out: the monitor "
            "does not reach it."
        )
        yield Check(
            "sending", WARN, words, f"Configure an [[account]] on {channel}, or “voicedesk withdraw”."
        )
    unsure = [r for r in book.queries.replies() if r.state is OutboxState.UNCERTAIN]
    if unsure:
        words = f"{counted(len(unsure), 'reply', 'replies')} may or may not have been posted."
        yield Check("sending", WARN, words, "Look at the network, then “voicedesk send CASE --resolve …”.")


def of_budgets(book: Casebook) -> Iterator[Check]:
    """Networks whose budget, as the monitor last had it, is nearly spent or spent; others are not named."""
    now = book.clock()
    used = book.queries.spent(now)
    for channel, facts in book.queries.networks().items():
        spent = used.get(channel, NOTHING_SPENT)
        share = share_used(facts.ceiling, spent)
        until = rests_until(facts.ceiling.for_reads(), spent, now, micros=facts.tariff.read)
        if until is not None:
            words = f"The budget for listening on {visible(facts.title)} is spent until {stamp(until)}."
            yield Check("budget", WARN, words, "See “voicedesk budget”; raise it under [[budget]].")
        elif share >= WARN_AT:
            words = f"{share:.0%} of the budget for {visible(facts.title)} is used."
            yield Check("budget", WARN, words, "See “voicedesk budget”.")


def of_reader(book: Casebook) -> Iterator[Check]:
    """Whether drafts and notes can be read for personal data."""
    try:
        reading = book.reader.read(
            "The ward was kind to everybody.", channel="staff", fields={"language": "en"}
        )
    except CasebookError as error:
        yield Check(
            "reader", FAIL, str(error), "Is the program installed whole? Try “voicedesk redact --jsonl”."
        )
        return
    if reading.findings is None:
        words = f"The reader could not read a plain sentence ({reading.why_unread or 'no reason given'})."
        yield Check("reader", FAIL, words, "Everything stays sealed meanwhile. Install the program again.")
    else:
        yield Check("reader", OK, "The reader reads.")
