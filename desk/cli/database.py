"""`db upgrade · backup · restore · check`: looking after the casebook itself.

Whoever may run these holds the file and its key already, and is trusted by the machine, not by the desk; they need
no sign-in, because they must work when nobody can sign in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casebook.errors import BrokenChain, Refusal, StoreError
from desk import bootstrap, upkeep
from desk.cli.frame import Desk, command
from desk.cli.plain import counted
from redaction.vault import derive

if TYPE_CHECKING:
    from casebook.store.base import SqlStore


def register(app: typer.Typer) -> None:
    """Add this group."""
    group = typer.Typer(
        help="Look after the casebook: upgrade, backup, restore, check.", no_args_is_help=True
    )
    command(group, "upgrade", changes=True)(upgrade)
    command(group, "backup", changes=True)(backup)
    command(group, "restore", changes=True)(restore)
    command(group, "check", shows=True)(check)
    app.add_typer(group, name="db")


def upgrade(desk: Desk) -> None:
    """Bring the casebook to the newest schema; a backup is made first and kept beside it."""
    store, key = _store(desk)
    try:
        before, kept = upkeep.upgrade(store, key, bootstrap.now(), dry=desk.wishes.dry_run)
        if not desk.wishes.dry_run:
            bootstrap.grant_role(desk.configuration, store)
    finally:
        store.close()
    beside = f" What was before is kept at {kept}." if kept else ""
    desk.done(f"The casebook is upgraded from revision {before or 'nothing'}.{beside}")


def backup(desk: Desk, file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file.")]) -> None:
    """Copy the casebook to a new file while others go on working, and check the copy. Its key is the same."""
    store, key = _store(desk)
    try:
        whole = upkeep.file_store(store)
        if desk.wishes.dry_run:
            if file.exists():
                raise Refusal(f"{file} exists already. Nothing was changed.")
            whole.check_openable()
            desk.done(f"A checked copy is at {file}.")
            return
        found = upkeep.back_up(whole, file, key)
    finally:
        store.close()
    entries = counted(found.audit.entries, "audit entry", "audit entries")
    desk.done(f"The copy is at {file} and was checked: {entries}, head {found.audit.head}.")


def restore(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move the casebook that is there aside.")
    ] = False,
) -> None:
    """Put a backup in the casebook's place, after checking its key, its pages and its audit.

    Stop the monitor and every desk first: they would go on writing into the old one. All sending is stopped in what
    is restored, and replies that were on their way become uncertain: they may have been posted since.
    """
    store, key = _store(desk)
    store.close()
    upkeep.file_store(store)
    path = desk.configuration.settings.casebook.path
    done = upkeep.restore(file, path, key, replace=replace, now=bootstrap.now(), dry=desk.wishes.dry_run)
    beside = f" The old one is kept at {done.kept}." if done.kept else ""
    desk.done(f"The casebook at {path} is the backup now.{beside} {_since(done.unsure)}")


def check(desk: Desk) -> None:
    """Check the casebook whole: key, pages, schema, guards, audit. Exits 1 when something is wrong."""
    store, _ = _store(desk)
    try:
        found = upkeep.check(store)
    except (StoreError, BrokenChain) as wrong:
        desk.show("checks", [_row("fail", str(wrong))], [str(wrong)])
        raise typer.Exit(1) from None
    finally:
        store.close()
    advice = "" if found.up_to_date else "Run “voicedesk db upgrade”."
    entries = counted(found.audit.entries, "audit entry", "audit entries")
    words = f"The casebook is sound: revision {found.revision}, {entries}, head {found.audit.head}."
    desk.show(
        "checks", [_row("ok" if found.up_to_date else "warn", words, advice)], [f"{words} {advice}".strip()]
    )


def _since(unsure: int) -> str:
    """What may have left after the backup was made, and what to do before anything leaves again."""
    on_the_way = {
        0: "No reply was on its way when it was made",
        1: "1 reply was on its way when it was made and is uncertain now",
    }.get(unsure, f"{unsure} replies were on their way when it was made and are uncertain now")
    decide = " decide about each with “voicedesk send CASE --resolve …”," if unsure else ""
    return (
        f"All sending is stopped, because replies may have been posted since. {on_the_way}. Look at the network,"
        f"{decide} then allow sending with “voicedesk start-sending”."
    )


def _store(desk: Desk) -> tuple[SqlStore, bytes]:
    master = bootstrap.find_master(desk.configuration).secret
    return bootstrap.store_for(desk.configuration, master), derive(master, "database")


def _row(state: str, words: str, advice: str = "") -> dict[str, str]:
    return {"check": "casebook", "state": state, "words": words, "advice": advice}
