"""The way in: a name and a password, or a role where the casebook was made for a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from desk.terminal import foreign, words
from desk.terminal.gateway import Actor, Staff
from desk.terminal.keys import SIGN_IN
from desk.terminal.screens.place import Place
from desk.terminal.widgets.choice import Choice


class SignInScreen(Place):
    """Nothing of the casebook's content is on this screen."""

    NAME = "Sign-in"
    KEYS = SIGN_IN

    def __init__(self, why: str = "") -> None:
        """Ask for a name; `why` says why somebody is asked again."""
        super().__init__()
        self._why = why

    def body(self) -> Iterable[Widget]:
        """A box in the middle."""
        with Vertical(id="sign-in"):
            if self.gateway.rehearsal:
                yield Static(
                    Content.styled("Who do you want to be in this rehearsal?", "bold"), classes="part"
                )
                yield Choice(id="people")
                yield Static(
                    Content.styled(
                        "Enter signs in. Nobody approves what they wrote: try two roles.", "$foreground-muted"
                    )
                )
            else:
                yield Static(Content.styled("Sign in", "bold"), classes="part")
                yield Input(placeholder="user name", id="username")
                yield Input(placeholder="password", password=True, id="password")
                yield Button("Sign in", id="go", variant="primary")

    def on_mount(self) -> None:
        """Ask who there is."""
        if self._why:
            self.status.refuse(self._why)
        if self.gateway.rehearsal:
            self.start("list who can be rehearsed", self.gateway.people, self._show_people)
        else:
            self.query_one("#username", Input).focus()

    def _show_people(self, people: list[Staff]) -> None:
        chooser = self.query_one("#people", Choice)
        chooser.clear_options()
        chooser.add_options(
            [Option(_person(person), id=person.username) for person in sorted(people, key=_order)]
        )
        chooser.focus()
        chooser.highlighted = 0 if people else None

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A role was chosen."""
        if event.option_id:
            self._enter(event.option_id, None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the name goes to the password; there it signs in."""
        if event.input.id == "username":
            self.query_one("#password", Input).focus()
        else:
            self._try_password()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The button signs in."""
        self._try_password()

    def _try_password(self) -> None:
        field = self.query_one("#password", Input)
        password = field.value
        field.value = ""
        self._enter(self.query_one("#username", Input).value, password)

    def _enter(self, username: str, password: str | None) -> None:
        self.status.say("Signing in…")
        gateway = self.gateway
        job = (
            partial(gateway.rehearse_as, username)
            if password is None
            else partial(gateway.sign_in, username, password)
        )
        self.start("sign in", job, self._welcome, newest_only=True)

    def _welcome(self, actor: Actor) -> None:
        self.status.clear()
        self.desk.welcome(actor)

    def do_leave(self) -> None:
        """Leave the desk."""
        self.desk.leave()


def _order(person: Staff) -> tuple[int, str]:
    """Those who answer the public first, those who look after the desk last."""
    known = list(words.ROLE_WORDS)
    return min(
        (known.index(role) for role in person.roles if role in known), default=len(known)
    ), person.username


def _person(person: Staff) -> Content:
    roles = ", ".join(words.ROLE_WORDS.get(role, "?") for role in person.roles)
    return Content.assemble(
        foreign.line(person.display_name, 28, "bold"),
        Content("  "),
        Content.styled(roles, "$foreground-muted"),
    )
