"""The plain types of redaction: what was found, how it is shown, what is sealed.

No third-party import and no engine: the casebook and the desk read these types, and must start without
Presidio. Offsets are code points of the text that came in, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from redaction.coarse import coarse
from redaction.normal import fold

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
    LIST = "list"
    """Everything found is hidden: lists, notifications, search, and what the filters print."""
    SHARE = "share"
    """Everything found is hidden, and an age's band, a date's month and a place's region are told."""
    SEALED = "sealed"
    """Nothing is shown."""


HIDDEN_GROUPS: Mapping[Profile, frozenset[Group]] = MappingProxyType(
    {
        Profile.DESK: frozenset({Group.DIRECT, Group.QUASI}),
        Profile.LIST: frozenset(Group),
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


def folded(value: str) -> str:
    """`value` as values are compared: case, runs of white space, look-alikes and what hides in it made plain."""
    return " ".join(fold(value).text.casefold().split())


class Numbering:
    """Which number each hidden value has within one case, so that ⟦name 1⟧ stays the same person.

    Values are folded before they are compared. The map holds the hidden values themselves, so it is stored sealed
    and never logged: `repr` shows counts alone.
    """

    def __init__(self, taken: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self._taken: dict[str, dict[str, int]] = {}
        for word, values in (taken or {}).items():
            own = self._taken.setdefault(word, {})
            for value, number in sorted(values.items(), key=lambda pair: pair[1]):
                # A map may hold values that were folded less: two that are the same now keep the first number.
                own.setdefault(folded(value), number)

    def number(self, word: str, value: str) -> int:
        """The number of `value` among the placeholders called `word`; a new value gets the next one."""
        values = self._taken.setdefault(word, {})
        return values.setdefault(folded(value), max(values.values(), default=0) + 1)

    def of(self, word: str, value: str) -> int:
        """The number that `value` has among the placeholders called `word`; 0 when it has none."""
        return self._taken.get(word, {}).get(folded(value), 0)

    def value_of(self, word: str, number: int) -> str:
        """The folded value that has this number; "" when there is none."""
        return next((value for value, own in self._taken.get(word, {}).items() if own == number), "")

    def values(self, word: str) -> tuple[str, ...]:
        """The folded values that have a number among the placeholders called `word`."""
        return tuple(self._taken.get(word, ()))

    def to_plain(self) -> dict[str, dict[str, int]]:
        """The map as plain data, for sealing."""
        return {word: dict(values) for word, values in self._taken.items()}

    def copy(self) -> Numbering:
        """An independent copy."""
        return Numbering(self._taken)

    def __repr__(self) -> str:
        counts = ", ".join(f"{word}: {len(values)}" for word, values in sorted(self._taken.items()))
        return f"Numbering({counts})"


@dataclass(frozen=True, slots=True)
class Corrections:
    """What people have put right in one case: it holds words of posts, so `repr` shows none of them."""

    missed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Words as somebody saw them in clear → the entity that they are; hidden wherever they stand."""
    shown: Mapping[str, Group] = field(default_factory=dict, repr=False)
    """Folded values that were hidden wrongly → the group that they were hidden in; shown wherever they stand."""
    forgotten: frozenset[str] = field(default=frozenset(), repr=False)
    """Folded values that are not looked for again: shown ones, and missed ones that were taken back."""


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
    for span in hidden_spans(findings, profile):
        parts.append(safe[at : span.start])
        parts.append(_shown_for(span.entity, text[span.start : span.end], numbering, profile))
        at = span.end
    parts.append(safe[at:])
    return storable("".join(parts))


def hidden_spans(findings: Iterable[Finding], profile: Profile) -> list[Finding]:
    """The stretches that `hide` replaces, one a placeholder, in order."""
    return _union(f for f in findings if f.group in HIDDEN_GROUPS[profile])


def _shown_for(entity: str, value: str, numbering: Numbering, profile: Profile) -> str:
    """What stands in place of a value; a shared text tells its band, month or region where it can be read."""
    told = coarse(entity, value) if profile is Profile.SHARE else ""
    return (
        f"{OPENING}{told}{CLOSING}"
        if told
        else placeholder(entity, numbering.number(ENTITIES[entity][1], value))
    )


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

    `text` is the desk profile and `listed` the list profile (for lists, notifications and search);
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
