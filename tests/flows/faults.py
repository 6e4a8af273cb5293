"""What the fault matrix does: one channel, one casebook, one fault, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from casebook.actions import hearing, resolving, setting_up
from casebook.actions.approving import approve
from casebook.actions.budgets import Budget
from casebook.actions.claiming import claim
from casebook.actions.drafting import save_draft
from casebook.actions.submitting import submit
from casebook.model import OutboxState
from casebook.spending import Ceiling
from monitor.careful import Careful, Retrying
from monitor.channel import Channel
from monitor.service import Monitor
from tests.contracts.worlds import WATCH, World
from tests.peers.middle import Middle
from tests.support.books import HANDLE, actor, real_book, scripted

READ_FAULTS = (
    "reset", "cut_before", "cut_after", "half_open", "cut_body", "truncated", "html", "empty", "huge",
    "drip_body", "drip_headers", "wrong_type",
    "401", "402", "403", "404", "409", "410", "429", "429_bare", "storm_5xx",
    "clock_ahead", "clock_behind", "repeated", "out_of_order", "deleted_between", "deleted_anchor", "burst",
)  # fmt: skip
WRITE_FAULTS = (
    "reset", "cut_before", "cut_after", "half_open", "cut_body", "truncated", "html", "empty", "drip_headers",
    "401", "402", "403", "404", "408", "409", "429", "429_bare", "500", "502", "503", "504",
)  # fmt: skip
_LATER, _MUCH_LATER = timedelta(minutes=5), timedelta(hours=25)


@dataclass
class Trial:
    """One world with a book of its own; `clock` is moved by `ahead`."""

    world: World
    stack: ExitStack
    folder: Path
    clock: Callable[[], datetime]
    ahead: timedelta = timedelta()
    polls: int = 0
    middle: Middle = field(init=False)

    def __post_init__(self) -> None:
        self.middle = self.stack.enter_context(Middle(self.world.address))
        self.world.through = self.middle.url
        self.world.clock = self.now
        self.book = real_book(self.folder, self.now)
        self.channel: Channel = self.world.channel()
        self.name = self.channel.capabilities.name
        account = setting_up.ensure_account(self.book, self.name, self.channel.capabilities.account or HANDLE)
        setting_up.ensure_watch(self.book, "matrix", self.name, account, self.world.query(), 60)
        budget = Budget(self.book, self.name, Ceiling())
        careful = Careful(self.channel, budget, self.now, Retrying(pause=0.0))
        self.monitor = Monitor(self.book, {self.name: careful}, scripted(self.book), owner="matrix")

    def now(self) -> datetime:
        return self.clock() + self.ahead

    def poll(self) -> None:
        """Minutes pass (at last a day), a person starts again what has stopped, and the monitor polls."""
        self.polls += 1
        self.ahead += _LATER if self.polls < 6 else _MUCH_LATER
        hearing.try_stopped(self.book)
        for listener_id in hearing.due(self.book, whatever_due=True):
            self.monitor.listening.poll(listener_id)

    def kept(self) -> list[str]:
        with self.book.store.read() as work:
            return [mention.external_key for mention in work.mentions.where()]

    def key(self, external_id: str) -> str:
        return self.book.vault.index(external_id, f"external|{self.name}")


@dataclass(frozen=True)
class Heard:
    missing: set[str]
    doubled: int
    spoiled: bool
    polls: int


def hear_through(trial: Trial, fault: str) -> Heard:
    """Walk with the fault falling after the first page was kept, then go on until all is heard or ten polls passed."""
    wanted = set(trial.world.live())
    gone: set[str] = set()
    fallen = False

    def on_step(step: str) -> None:
        nonlocal fallen
        if step == "committed" and not fallen:
            fallen = True
            gone.update(_fall(trial, fault, wanted))

    trial.monitor.intake.on_step = on_step
    polls = 0
    while polls < 10:
        trial.poll()
        polls += 1
        heard = set(trial.kept())
        if fallen and polls > 1 and {trial.key(name) for name in wanted - gone} <= heard:
            break
    wanted |= set(trial.world.live())
    kept = trial.kept()
    missing = {name for name in wanted - gone if trial.key(name) not in set(kept)}
    spoiled = trial.middle.spoiled > 0 or fault in _WITHOUT_MIDDLE
    return Heard(missing, len(kept) - len(set(kept)), fallen and spoiled, polls)


_WITHOUT_MIDDLE = {"clock_ahead", "clock_behind", "deleted_between", "deleted_anchor", "burst"}


def _fall(trial: Trial, fault: str, wanted: set[str]) -> set[str]:
    """Let the fault fall; returns ids that are gone for good since."""
    middle, world = trial.middle, trial.world
    if fault == "storm_5xx":
        for kind in ("500", "502", "503", "504", "520", "522"):
            middle.spoil(kind, times=2, matching="GET")
    elif fault == "429":
        middle.spoil("429", matching="GET", headers=world.throttled)
    elif fault == "clock_ahead":
        trial.ahead += timedelta(hours=3)
    elif fault == "clock_behind":
        trial.ahead -= timedelta(hours=3)
    elif fault in {"deleted_between", "deleted_anchor"}:
        heard = set(trial.kept())
        is_heard = fault == "deleted_anchor"
        picked = [name for name in wanted if (trial.key(name) in heard) is is_heard][-3:]
        for name in picked:
            world.delete(name)
        return set(picked)
    elif fault == "burst":
        wanted.update(world.arrive(12))
    else:
        middle.spoil(fault, matching="GET")
    return set()


@dataclass(frozen=True)
class Replied:
    spoiled: bool
    asked_first: int
    posted: int
    state: str
    decided: bool


def reply_through(trial: Trial, fault: str) -> Replied:
    """Approve one reply, let the fault fall on its write, and go on until it is posted; a person decides if asked."""
    trial.poll()
    book = trial.book
    with book.store.read() as work:
        mention = next(one for one in work.mentions.where() if one.way == "api")
    writer, approver = actor(book, "responder"), actor(book, "approver")
    claim(book, writer, mention.case_id)
    text = "Thank you for telling us. Please call PALS on 020 7946 0321 and we will look into it."
    draft = submit(book, writer, save_draft(book, writer, mention.case_id, text).id)
    approve(book, approver, draft.id, draft.bundle_hash)
    before = trial.world.writes_asked()
    detail: dict[str, Any] = {"headers": trial.world.throttled} if fault == "429" else {}
    trial.middle.spoil(fault, matching=trial.world.write_line, **detail)
    writes = trial.middle.count(trial.world.write_line)
    trial.monitor.send()
    first = trial.middle.count(trial.world.write_line) - writes
    decided = _settle(trial, draft.id)
    with book.store.read() as work:
        state = str(work.outbox.where()[-1].state)
    assert trial.world.writes_asked() >= before
    return Replied(trial.middle.spoiled > 0, first, len(trial.world.replies()), state, decided)


def _settle(trial: Trial, draft_id: str) -> bool:
    """Let hours pass until the reply is posted; somebody looks and decides, and approves anew what was refused."""
    book, decided = trial.book, False
    for _ in range(8):
        trial.ahead += timedelta(minutes=5)
        trial.monitor.send()
        with book.store.read() as work:
            row = work.outbox.where()[-1]
        if row.state is OutboxState.SENT:
            return decided
        if row.state is OutboxState.UNCERTAIN and row.why == "not_found":
            decided = True
            there = bool(trial.world.replies())
            decision = "posted" if there else "not_posted"
            url = "https://northvale.example/seen" if there else ""
            resolving.resolve_uncertain(book, actor(book, "governance"), row.id, decision, url)
        if row.state is OutboxState.REFUSED:
            decided = True
            _again(trial, row.case_id)
    return decided


def _again(trial: Trial, case_id: str) -> None:
    """The network refused it outright: the author writes it once more."""
    book = trial.book
    writer, approver = actor(book, "responder"), actor(book, "approver")
    claim(book, writer, case_id)
    text = "Thank you for telling us. Please call PALS on 020 7946 0321, and we will look into it."
    draft = submit(book, writer, save_draft(book, writer, case_id, text).id)
    trial.monitor.answer()  # the post is looked at again, so that nobody approves on an old answer
    approve(book, approver, draft.id, draft.bundle_hash)


__all__ = [
    "READ_FAULTS",
    "WATCH",
    "WRITE_FAULTS",
    "Heard",
    "Replied",
    "Trial",
    "hear_through",
    "reply_through",
]
