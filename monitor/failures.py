"""What each class of failure means for a listener: one table, and nothing decided anywhere else.

| class | what happened | the same call again | the listener | people see |
|---|---|---|---|---|
| Transient | no answer, a broken one, 5xx | reads, a few times | tries again | "not heard" after three intervals |
| Throttled | asked to wait | no | waits as long as it was told | "not heard" after three intervals |
| OverBudget | our own ceiling is reached | no | waits until the budget begins anew | "over budget" at once |
| CredentialsRefused | 401 and kin | no | stops until a person acts | "credentials" at once |
| NotEntitled | plan, credit or permission | no | stops until a person acts | "entitlement" at once |
| CursorRefused | the cursor is too old or unknown | once, begun again | goes on | "gap" where time was lost |
| BadAnswer | an answer without sense | no | tries again; the third time it begins again | "gap" when begun again |
| Gone | what was listened to is there no more | no | the source rests for a day | "source gone" at once |
| (an item that cannot be read) | its shape is not known | – | goes on; the item is kept, sealed | "set aside" |
| OutcomeUnknown, Refused | of writes alone | never | – | the reply's own state |
"""

from __future__ import annotations

from dataclasses import dataclass

from casebook.states import IncidentKind
from monitor.channel import ChannelError, CredentialsRefused, Gone, NotEntitled, OutcomeUnknown, OverBudget


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a failure means for the listener: whether it stops, and which incident it opens at once, in which words."""

    stops: bool = False
    incident: IncidentKind | None = None
    says: str = ""


_MEANINGS: tuple[tuple[type[ChannelError], Meaning], ...] = (
    (
        OverBudget,
        Meaning(
            incident=IncidentKind.OVER_BUDGET,
            says="The budget for this network is spent; nothing is heard until it begins anew.",
        ),
    ),
    (
        CredentialsRefused,
        Meaning(
            stops=True,
            incident=IncidentKind.CREDENTIALS,
            says="The network does not accept our credentials; nothing is heard until they are put right.",
        ),
    ),
    (
        NotEntitled,
        Meaning(
            stops=True,
            incident=IncidentKind.ENTITLEMENT,
            says="The plan, the credit or the permission does not cover listening; nothing is heard until it does.",
        ),
    ),
    (
        Gone,
        Meaning(
            incident=IncidentKind.SOURCE_GONE,
            says="What was listened to is there no more: check its address, or take it out of the watch.",
        ),
    ),
)
"""The first class that fits counts; a class that is not here only makes the listener try again later."""


def meaning_of(error: ChannelError) -> Meaning:
    """What this failure means for a listener."""
    return next((meaning for kind, meaning in _MEANINGS if isinstance(error, kind)), Meaning())


def word_for(error: Exception) -> str:
    """One word for an error, for the record: its class in small letters, never its text."""
    name = type(error).__name__ if isinstance(error, ChannelError) else OutcomeUnknown.__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
