"""The bar that always says where I am, who I am, for which organisation, and whether the public hears it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from desk.terminal import foreign, words
from desk.terminal.gateway import Account, Mode


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bar says besides the place."""

    mode: Mode
    organisation: str = ""
    accounts: tuple[Account, ...] = ()
    stopped: bool = False
    not_heard: int = 0
    """How many watches are not listened to."""
    person: str = ""
    roles: str = ""


class TopBar(Vertical):
    """Two lines: place and person, then mode and organisation."""

    def __init__(self) -> None:
        super().__init__()
        self._place = Static(id="place")
        self._person = Static(id="person")
        self._mode = Static(id="mode")
        self._organisation = Static(id="organisation")

    def compose(self) -> ComposeResult:
        """Place and person above mode and organisation."""
        with Horizontal(id="where"):
            yield self._place
            yield self._person
        with Horizontal(id="what"):
            yield self._mode
            yield self._organisation

    def show(self, place: str, standing: Standing, account: tuple[str, str] | None = None) -> None:
        """Say where we are; `account` is the handle and channel of the case on screen, where there is one."""
        self._place.update(Content.assemble((" voicedesk ", "bold"), "› ", Content(place)))
        self._person.update(_person(standing))
        self._mode.update(_mode(standing, account))
        self._organisation.update(_organisation(standing))
        live = standing.mode is Mode.LIVE
        self.set_class(live, "-live")
        self.set_class(standing.stopped, "-stopped")


def _organisation(standing: Standing) -> Content:
    name = foreign.line(standing.organisation, 80)
    if not standing.not_heard:
        return name
    # The warning comes first: where there is no room, the name is cut.
    count = words.plural(standing.not_heard, "watch", "watches")
    return Content.assemble((f"▲ {count} NOT HEARD (L) ", "bold"), name)


def _person(standing: Standing) -> Content:
    if not standing.person:
        return Content("not signed in ")
    return Content.assemble(foreign.line(standing.person, 30, "bold"), Content(f" ({standing.roles}) "))


def _mode(standing: Standing, account: tuple[str, str] | None) -> Content:
    if standing.mode is Mode.REHEARSAL:
        said = Content(" REHEARSAL — nothing leaves this computer ")
    else:
        said = Content.assemble(" LIVE as ", _accounts(standing, account), " ")
    return Content.assemble(said, ("■ SENDING STOPPED ", "bold")) if standing.stopped else said


def _accounts(standing: Standing, account: tuple[str, str] | None) -> Content:
    held = [account] if account else [(one.handle, one.channel) for one in standing.accounts]
    if not held:
        return Content("nobody yet: no account is set up")
    said = [
        Content.assemble(foreign.line(handle, 30), Content(f" on {words.channel(name)}"))
        for handle, name in held
    ]
    return Content(", ").join(said)
