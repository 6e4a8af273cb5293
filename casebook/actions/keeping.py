"""What the monitor keeps between runs for a channel: its session with the network, sealed beside the account."""

from __future__ import annotations

from dataclasses import dataclass, replace

from casebook.book import Casebook
from casebook.model import Account, session_row
from casebook.unit_of_work import UnitOfWork
from redaction.vault import VaultError


@dataclass(frozen=True, slots=True)
class SessionKeep:
    """One account's session. Where the account is not known yet, nothing is kept."""

    book: Casebook
    channel: str
    handle: str

    def load(self) -> str:
        """What was saved last; "" where nothing was, or it cannot be opened any more."""
        with self.book.store.read() as work:
            account = self._account(work)
        if account is None or account.session is None:
            return ""
        try:
            return self.book.vault.open(account.session, session_row(account.id)).decode()
        except (VaultError, UnicodeDecodeError):
            return ""

    def save(self, session: str) -> None:
        """Keep this instead."""
        with self.book.store.write() as work:
            account = self._account(work)
            if account is None:
                return
            sealed = self.book.vault.seal(session.encode(), session_row(account.id)) if session else None
            work.accounts.save(replace(account, session=sealed))
            work.commit()

    def _account(self, work: UnitOfWork) -> Account | None:
        return work.accounts.find(channel=self.channel, handle=self.handle)
