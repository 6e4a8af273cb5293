"""What the desk watches: whether somebody did something, and how the organisation stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.terminal import words
from desk.terminal.gateway import Account, Gateway, Organisation
from desk.terminal.messages import Changed
from desk.terminal.screens.place import Place
from desk.terminal.widgets.top_bar import Standing
from desk.terminal.working import Working

_Standing = tuple[Organisation, tuple[Account, ...], int]
_READ_AGAIN = timedelta(seconds=20)
"""A watch that nobody listens to any more becomes late without anybody doing something."""


class Watching(Working):
    """The app's part that asks for news and tells every screen; it keeps what the top bar says."""

    gateway: Gateway
    organisation: Organisation | None = None
    _accounts: tuple[Account, ...] = ()
    _seen = -1
    _not_heard = 0
    _read_at: datetime | None = None

    def forget_news(self) -> None:
        """Take whatever is found next for new."""
        self._seen = -1

    def read_standing(self) -> None:
        """Read how the organisation stands, outside the usual round."""
        self.start("read the organisation", self._read_standing, self._keep_standing)

    def look_for_news(self) -> None:
        """Ask whether somebody did something since the last time."""
        if self.gateway.signed_in:
            self.start("watch the casebook", self._news, self._tell, newest_only=True)

    def _news(self) -> tuple[int, _Standing | None]:
        seq = self.gateway.changed()
        return seq, None if seq == self._seen and not self._is_old() else self._read_standing()

    def _is_old(self) -> bool:
        return self._read_at is None or abs(self.gateway.now() - self._read_at) >= _READ_AGAIN

    def _tell(self, news: tuple[int, _Standing | None]) -> None:
        seq, standing = news
        if standing is None:
            return
        something_was_done = seq != self._seen
        self._seen = seq
        self._keep_standing(standing)
        if not something_was_done:
            return
        for screen in self.app.screen_stack:
            screen.post_message(Changed(seq))

    def _read_standing(self) -> _Standing:
        not_heard = self.gateway.listening().not_heard if self.gateway.signed_in else 0
        self._read_at = self.gateway.now()
        return self.gateway.organisation(), tuple(self.gateway.accounts()), not_heard

    def _keep_standing(self, standing: _Standing) -> None:
        self.organisation, self._accounts, self._not_heard = standing
        if isinstance(self.app.screen, Place):
            self.app.screen.draw_bars()

    def standing(self) -> Standing:
        """What the top bar says besides the place."""
        actor = self.gateway.actor if self.gateway.signed_in else None
        roles = [words.ROLE_WORDS.get(role, role) for role in sorted(actor.roles)] if actor else []
        return Standing(
            mode=self.gateway.mode,
            organisation=self.organisation.name if self.organisation else "",
            accounts=self._accounts,
            stopped=bool(self.organisation and self.organisation.sending_stopped),
            not_heard=self._not_heard if actor else 0,
            person=actor.display_name if actor else "",
            roles=", ".join(roles),
        )
