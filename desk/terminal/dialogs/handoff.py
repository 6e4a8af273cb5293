"""Hand-off: the exact approved text to copy, where the post is, and the address of what was posted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from desk import browser
from desk.terminal import foreign
from desk.terminal.dialogs.confirm import ConfirmDialog
from desk.terminal.dialogs.dialog import Dialog, with_values
from desk.terminal.gateway import CasebookError


class HandoffDialog(Dialog):
    """The text goes to the clipboard only when somebody asks for it."""

    TITLE_WORDS = "Post this reply by hand"
    GO = "It is posted"

    def __init__(self, text: str, address: str, act: Callable[[str], object]) -> None:
        super().__init__()
        self._text, self._address, self._act = text, address, act

    def form(self) -> Iterable[Widget]:
        """Text, address, and a line for the new address."""
        with VerticalScroll(can_focus=False):
            yield Static(foreign.exact(self._text), id="exact")
        yield Static(Content.assemble(("1  ", "bold"), "Copy the text exactly as it is: F2."), classes="hint")
        yield Static(
            Content.assemble(("2  ", "bold"), "Answer the post (F3 opens it) at ", address(self._address)),
            classes="part",
        )
        yield Static(
            Content.assemble(("3  ", "bold"), "Paste the address of your reply here:"), classes="part"
        )
        yield Input(placeholder="https://…", id="url", max_length=500)
        with Horizontal(classes="copy"):
            yield Button("Copy the text (F2)", id="copy")
            yield Button("Open the post (F3)", id="open")

    def on_mount(self) -> None:
        """Begin where the address goes."""
        self.query_one("#url", Input).focus()

    def on_key(self, event: Key) -> None:
        """F2 copies, F3 opens the post."""
        if event.key == "f2":
            event.stop()
            self._copy()
        elif event.key == "f3":
            event.stop()
            self._open()
        else:
            super().on_key(event)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Copy, open, or one of the two below."""
        if event.button.id == "copy":
            event.stop()
            self._copy()
        elif event.button.id == "open":
            event.stop()
            self._open()
        else:
            super().on_button_pressed(event)

    def _copy(self) -> None:
        self.app.copy_to_clipboard(self._text)
        self.query_one("#copy", Button).label = Content("Copied: paste it at the post")

    def _open(self) -> None:
        """Ask, naming the host, then open the post in the browser; where none can be opened, say so."""
        try:
            host = browser.host_of(self._address)
        except CasebookError as refused:
            self.say_failed(str(refused))
            return
        question = Content.assemble("Open the post at ", foreign.line(host, 120, "bold"), " in your browser?")
        act = partial(browser.open_address, self._address, beside_us=True)
        self.app.push_screen(ConfirmDialog(question, "Open", act))

    def job(self) -> Callable[[], object] | None:
        """Record the address."""
        return with_values(self._act, self.query_one("#url", Input).value.strip())


def address(url: str) -> Content:
    """An address as text, host and path apart, so that a look-alike host is seen; never a link."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return Content("an address that cannot be read")
    if not host:
        return Content("no address was kept")
    puny = host if host.isascii() else f"{host} ({host.encode('idna', 'replace').decode('ascii', 'replace')})"
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Content.assemble(foreign.line(puny, 120, "bold"), " – ", foreign.line(path or "/", 200))
