"""The plain types of redaction: what was found, how it is shown, what is sealed.

No third-party import and no engine: the casebook and the desk read these types, and must start without
Presidio. Offsets are code points of the text that came in, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

OPENING, CLOSING = "⟦", "⟧"


class Group(StrEnum):
    """How near an entity comes to naming a person."""

    DIRECT = "direct"
    QUASI = "quasi"
    HEALTH = "health"


ENTITIES: Mapping[str, tuple[Group, str]] = MappingProxyType(
    {
        "PERSON": (Group.DIRECT, "name"),
        "USERNAME": (Group.DIRECT, "handle"),
        "NHS_NUMBER": (Group.DIRECT, "NHS number"),
        "HOSPITAL_NUMBER": (Group.DIRECT, "reference"),
        "NATIONAL_INSURANCE": (Group.DIRECT, "NI number"),
        "DATE_OF_BIRTH": (Group.DIRECT, "date of birth"),
        "PHONE_NUMBER": (Group.DIRECT, "phone"),
        "EMAIL_ADDRESS": (Group.DIRECT, "email"),
        "POSTCODE": (Group.DIRECT, "postcode"),
        "VEHICLE_REGISTRATION": (Group.DIRECT, "registration"),
        "URL": (Group.DIRECT, "link"),
        "LOCATION": (Group.QUASI, "place"),
        "ORGANISATION_CARE": (Group.QUASI, "care place"),
        "AGE": (Group.QUASI, "age"),
        "DATE": (Group.QUASI, "date"),
        "CONDITION": (Group.HEALTH, "condition"),
        "MEDICATION": (Group.HEALTH, "medicine"),
        "PROCEDURE": (Group.HEALTH, "procedure"),
    }
)
"""Entity → (group, the word shown inside its placeholder)."""


class Profile(StrEnum):
    """Which groups of entity a view hides."""

    DESK = "desk"
    """Direct and quasi identifiers hidden; health terms open to the holder of the case."""
    SHARE = "share"
    """Everything found is hidden."""
    SEALED = "sealed"
    """Nothing is shown."""


HIDDEN_GROUPS: Mapping[Profile, frozenset[Group]] = MappingProxyType(
    {
        Profile.DESK: frozenset({Group.DIRECT, Group.QUASI}),
        Profile.SHARE: frozenset(Group),
        Profile.SEALED: frozenset(Group),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One stretch of text that identifies somebody: `[start, end)` in code points of the input."""

    start: int
    end: int
    entity: str
    score: float

    @property
    def group(self) -> Group:
        """The group that `ENTITIES` gives this entity."""
        return ENTITIES[self.entity][0]


class Numbering:
    """Which number each hidden value has within one case, so that ⟦name 1⟧ stays the same person.

    Values are folded (case, runs of white space) before they are compared. The map holds the hidden
    values themselves, so it is stored sealed and never logged: `repr` shows counts alone.
    """

    def __init__(self, taken: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self._taken: dict[str, dict[str, int]] = {
            word: dict(values) for word, values in (taken or {}).items()
        }

    def number(self, word: str, value: str) -> int:
        """The number of `value` among the placeholders called `word`; a new value gets the next one."""
        values = self._taken.setdefault(word, {})
        return values.setdefault(" ".join(value.casefold().split()), len(values) + 1)

    def to_plain(self) -> dict[str, dict[str, int]]:
        """The map as plain data, for sealing."""
        return {word: dict(values) for word, values in self._taken.items()}

    def copy(self) -> Numbering:
        """An independent copy."""
        return Numbering(self._taken)

    def __repr__(self) -> str:
        counts = ", ".join(f"{word}: {len(values)}" for word, values in sorted(self._taken.items()))
        return f"Numbering({counts})"


def placeholder(entity: str, number: int) -> str:
    """The text shown in place of a hidden value: ⟦name 1⟧."""
    return f"{OPENING}{ENTITIES[entity][1]} {number}{CLOSING}"


def hide(
    text: str,
    findings: Iterable[Finding],
    numbering: Numbering,
    profile: Profile = Profile.DESK,
) -> str:
    """`text` with every finding that `profile` hides replaced by its numbered placeholder.

    Findings may come in any order; where two overlap, the union is hidden under the earlier one's name.
    Placeholder brackets already in the text are softened to ordinary brackets first, so that a post
    cannot forge a placeholder (both are one code point, offsets stand).
    """
    if profile is Profile.SEALED:
        return ""
    safe = text.replace(OPENING, "[").replace(CLOSING, "]")
    parts: list[str] = []
    at = 0
    for span in _union(f for f in findings if f.group in HIDDEN_GROUPS[profile]):
        parts.append(safe[at : span.start])
        parts.append(
            placeholder(span.entity, numbering.number(ENTITIES[span.entity][1], text[span.start : span.end]))
        )
        at = span.end
    parts.append(safe[at:])
    return storable("".join(parts))


def storable(text: str) -> str:
    """`text` as every database can hold it: NUL and lone surrogates become U+FFFD, one for one."""
    return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)


def _union(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, overlapping ones merged under the first one's entity."""
    merged: list[Finding] = []
    for found in sorted(findings):
        if merged and found.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Finding(
                last.start, max(last.end, found.end), last.entity, max(last.score, found.score)
            )
        else:
            merged.append(found)
    return merged


@dataclass(frozen=True, slots=True)
class Redacted:
    """What the casebook may keep of somebody's words: placeholders in clear, the original sealed.

    `text` is the desk profile and `listed` the share profile (for lists, notifications and search);
    both are empty while `safe` is false, when only `sealed` is held and people see "not yet safe".
    `sealed` is a vault envelope bound to `row` (table, row id, column); `content_hash` a keyed hash of the exact text.
    Made by `redaction.sealing` alone; a test lists who constructs it.
    """

    row: str
    sealed: bytes = field(repr=False)
    content_hash: str
    safe: bool
    text: str = field(default="", repr=False)
    listed: str = field(default="", repr=False)
    findings: Sequence[Finding] = ()
    numbering: Numbering = field(default_factory=Numbering)
