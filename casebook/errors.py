"""Everything the casebook refuses or fails with; each docstring is the sentence people read.

::

    CasebookError
    ├── Refusal                  the act is not allowed; nothing was changed
    │   ├── NotAllowed           the role does not permit it
    │   ├── NotSignedIn          no live session
    │   ├── SignInFailed         wrong name or password, or too many tries
    │   ├── OwnWork              nobody approves their own reply
    │   ├── Held                 somebody else holds the case
    │   ├── NotHeld              the act needs the case to be held first
    │   ├── WrongState           not possible in this state
    │   ├── GateBlocked          the reply gate stopped the draft (carries its findings)
    │   ├── NotYetSafe           the text could not be read for personal data
    │   ├── HiddenCharacters     invisible or control characters in a reply
    │   ├── SendingStopped       a person stopped all sending
    │   ├── NotFresh             how the post can be answered was last asked too long ago
    │   └── RehearsalOnly        only a rehearsal casebook has this
    ├── Stale                    somebody changed it meanwhile
    │   ├── AnotherOnItsWay      another reply of the same account is being sent
    │   └── TooManyReplies       the account or the conversation has had its share for now (carries why and until)
    ├── NotFound                 no such row
    ├── GuardRefused             a trigger or a constraint of the database refused it
    ├── LeaseLost                another monitor took the listener over
    ├── ReaderUnavailable        the reading process is gone
    ├── BrokenChain              the audit does not verify (carries where)
    └── StoreError               the database cannot be used
        ├── WrongKey, MissingKey, Damaged, NewerDatabase, NotUpToDate
        ├── NetworkDrive, StoreBusy, StoreFull, StoreGone
"""

from __future__ import annotations

from datetime import datetime

from policies.facts import GateFinding


class CasebookError(Exception):
    """Something went wrong in the casebook."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))


class Refusal(CasebookError):
    """This is not allowed. Nothing was changed."""


class NotAllowed(Refusal):
    """Your role does not allow this. Nothing was changed."""


class NotSignedIn(Refusal):
    """You are not signed in, or your session has ended. Sign in and try again."""


class SignInFailed(Refusal):
    """The name or the password is not right. Check both and try again."""

    def __init__(self, message: str = "", *, again_at: datetime | None = None) -> None:
        super().__init__(message)
        self.again_at = again_at


class OwnWork(Refusal):
    """Nobody approves a reply that they wrote. Ask another approver."""


class Held(Refusal):
    """Somebody else holds this case. Nothing was changed."""

    def __init__(self, holder: str, until: datetime) -> None:
        super().__init__(f"{holder} holds this case until {until:%H:%M} UTC. Nothing was changed.")
        self.holder = holder
        self.until = until


class NotHeld(Refusal):
    """Claim the case first: only the person who holds it can do this."""


class WrongState(Refusal):
    """This cannot be done in the state that it is in. Nothing was changed."""


class GateBlocked(Refusal):
    """The reply gate stopped this draft. It was kept; change the words and check again."""

    def __init__(self, findings: tuple[GateFinding, ...]) -> None:
        super().__init__()
        self.findings = findings


class NotYetSafe(Refusal):
    """This text could not be read for personal data, so it stays sealed. It was kept; try again shortly."""


class HiddenCharacters(Refusal):
    """The reply holds invisible or control characters. Delete them or type the line again."""


class SendingStopped(Refusal):
    """All sending is stopped. Nothing left the desk; a manager can start it again."""


class NotFresh(Refusal):
    """How this post can be answered was last asked too long ago. It is being asked again; approve in a moment."""


class RehearsalOnly(Refusal):
    """This exists only in a rehearsal."""


class Stale(CasebookError):
    """Somebody changed this while you were looking. Nothing was changed; look again and repeat the act."""


class AnotherOnItsWay(Stale):
    """Another reply of this account is on its way. This one waits for its turn; nothing was lost."""


class TooManyReplies(Stale):
    """As many replies as policy allows have left for now. This one waits; nothing was lost."""

    def __init__(self, why: str, until: datetime) -> None:
        super().__init__()
        self.why = why
        self.until = until


class NotFound(CasebookError):
    """There is nothing here by that name or number."""


class GuardRefused(CasebookError):
    """The database itself refused this. Nothing was changed."""


class LeaseLost(CasebookError):
    """Another monitor has taken this listener over. Nothing of this page was kept; it will be read again."""


class ReaderUnavailable(CasebookError):
    """The reading process is not answering. Nothing was lost; texts stay sealed until it is back."""


class BrokenChain(CasebookError):
    """The audit does not verify."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"The audit does not verify: entry {seq} {why}.")
        self.seq = seq
        self.why = why


class StoreError(CasebookError):
    """The casebook cannot be used. Nothing was changed."""


class WrongKey(StoreError):
    """This key does not belong to this casebook. Nothing was changed; use the key from its recovery sheet."""


class MissingKey(StoreError):
    """The key of this casebook was not found. Nothing was changed; restore it from the recovery sheet."""


class Damaged(StoreError):
    """The casebook file is damaged (its key is the right one). Restore a backup with "voicedesk db restore"."""


class NewerDatabase(StoreError):
    """This casebook was written by a newer voicedesk. Nothing was changed; update this program."""


class NotUpToDate(StoreError):
    """This casebook was written by an older voicedesk. Run "voicedesk db upgrade"; it makes a backup first."""


class NetworkDrive(StoreError):
    """The casebook may not lie on a network drive: several programs would damage it. Choose a local folder."""


class StoreBusy(StoreError):
    """The casebook is busy: another program has been writing for too long. Nothing was changed; try again."""


class StoreFull(StoreError):
    """The disk is full. What was committed before is kept; free some space and try again."""


class StoreGone(StoreError):
    """The casebook cannot be reached. What was committed before is kept; check the file or the server."""
