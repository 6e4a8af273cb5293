"""Names of people: by title, by role, by relation, by "called", by signature, and by list.

Titles and a possessive 's stay outside. Eponyms, public figures, charities and the organisation's own names
survive, unless a title makes a person of them ("Mrs Parkinson").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from redaction.eponyms import eponyms
from redaction.keep import KeepList
from redaction.lists import entries, words
from redaction.names import Word, is_ambiguous, is_everyday, is_given, is_surname, looks_like_name, split
from redaction.phrases import Phrases
from redaction.rules import Recogniser, matches
from redaction.weighing import Hit

ENTITY = "PERSON"

_CALLERS = re.compile(
    r"(?:\b(?:named|called|names? (?:is|was|were|are)|name's|known as|goes by|i am"
    r"|i'm|im|my name is|surname(?: is)?|aka|sadly lost"
    r"|ask for|asked for|spoke (?:to|with)|speak to|seen by|treated by|looked after by"
    r"|care of|dealt with by|thanks to|thank you(?: so much)? to"
    r"|thank you|thanks|shout ?out to|credit to|praise for|hats off to|well done(?: to)?"
    r"|from|by|dear|hi|hello|hey|rip|cheers|love|regards"
    r"|for|and|with|especially|particularly|says?|saw|met|to|happy birthday|bless(?: you)?"
    r"|name:|patient:|re:)[ ,:\"'*-]{1,3})$",
    re.IGNORECASE,
)
_STRONG_CALLERS = re.compile(
    r"\b(?:named|names? (?:is|was)|name's|known as|goes by|i am|my name is|surname(?: is)?"
    r"|aka|ask for|spoke (?:to|with)|speak to|seen by"
    r"|treated by|looked after by|dear|name:|patient:|patient name:?)[ ,:\"'*-]{1,3}$"
    r"|\b(?:nurse|lady|man|boy|girl|woman|son|daughter|doctor|he'?s|she'?s"
    r"|is|baby|midwife|someone|somebody|guy|patient|receptionist|porter|carer|dog) called $",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:(?:^|\n)[ ]{0,4}(?:-{1,2}|~|x{1,4}|(?:kind |best |warm |many |with )?(?:regards"
    r"|wishes|thanks)|yours (?:sincerely|faithfully)"
    r"|yours|cheers|love(?: from)?|from|signed)|[.!?] ?(?:-{1,2}|(?:kind |best "
    r"|warm )?regards,?|yours sincerely,?|signed))[ ,\n]{0,3}"
    r"(?P<name>[^\W\d_][\w'\-]{1,20}(?: [^\W\d_][\w'\-]{0,20}){0,2})[ .!x]{0,4}(?:\n|\Z)",
    re.IGNORECASE,
)
_SPELLED_OUT = re.compile(r"(?<![\w-])(?:[A-Z]-){3,20}[A-Z](?![\w-])")
_INITIALS = re.compile(
    r"\b[Ii]nitials:? (?:(?:are|were|is) )?(?P<name>[A-Z]\.? ?[A-Z]\.?(?: ?[A-Z]\.?)?)(?!\w)"
)
_NICKNAME = re.compile(
    r"\b(?:known (?:to \w{1,12} )?as|call(?:s|ed)? (?:him|her|me|them)|as|nickname(?:d)?"
    r"|named?) \"(?P<name>[A-Z][\w'-]{1,20}(?: [A-Z][\w'-]{1,20})?)\""
)
_THANKED = re.compile(
    r"\b(?:thanks|thank you|thankyou|gratitude|shout ?out|credit|praise|hats off|love"
    r"|well done|best wishes|hello) to $",
    re.IGNORECASE,
)
_PLACE_AFTER = re.compile(
    r"^(?:'s)? (?:\w{1,12} )?(?:Hospital|Infirmary|University|College|School|Trust"
    r"|Foundation|Centre|Building|Wing|Theatre|Airport|FC|Church|Library"
    r"|Institute|Charity|Appeal|Hotel|Arms|Park|Road|Street|Avenue|Lane|Close|Ward|Unit|House|Clinic|Surgery)\b"
)
_EPONYM = re.compile(
    r"^(?:'s|s)? (?:disease|syndrome|clinic|nurses?|palsy|sign|test|score|scale"
    r"|drops|law|rule|ward|lymphoma|chorea|catheter|frame|manoeuvre|team|uk)\b",
    re.IGNORECASE,
)


def recogniser(keep: KeepList) -> Recogniser:
    """Finds names of people."""
    own = Phrases((*keep.phrases(), *entries("kept_names")))

    def survives(text: str) -> list[tuple[int, int]]:
        tokens = split(text)
        kept = _runs(tokens, _kept_places(text, tokens, own))
        return [*kept, *eponyms(text)]

    return Recogniser(ENTITY, partial(find, kept=own), survives)


def find(text: str, kept: Phrases | None = None) -> Iterator[Hit]:
    """Each name once, its words together."""
    tokens = split(text)
    safe = _kept_places(text, tokens, kept)
    taken = -1
    for index, word in enumerate(tokens):
        if word.start < taken or index in safe or _names_a_place(text, tokens, index):
            continue
        score, length = _judge(text, tokens, index, safe)
        if score:
            taken = tokens[index + length - 1].end
            yield Hit(word.start, taken, score)
    yield from _signatures(text, tokens, safe)
    yield from matches(_SPELLED_OUT, text, 0.7)
    yield from matches(_INITIALS, text, 0.6, "name")
    yield from matches(_NICKNAME, text, 0.6, "name")


def _kept_places(text: str, tokens: Sequence[Word], kept: Phrases | None) -> frozenset[int]:
    """Which words belong to a name that must survive; a title before one frees it again."""
    spans = [match.span() for match in kept.finditer(text)] if kept else []
    safe: set[int] = set()
    at = 0
    for start, end in spans:
        while at < len(tokens) and tokens[at].end <= start:
            at += 1
        if text[end : end + 1] == "-" and text[end + 1 : end + 2].isupper():
            continue  # "Robert Francis-Jones" is somebody else
        before_it = tokens[at - 1].plain if at > 0 else ""
        several = " " in text[start:end]
        titled = before_it != "doctor" and (
            before_it in words("titles")
            or before_it in words("roles")
            or (several and before_it in words("relations"))
        )
        inside = at
        while inside < len(tokens) and tokens[inside].start < end:
            if not (titled and not _EPONYM.match(text[end : end + 20])):
                safe.add(inside)
            inside += 1
    return frozenset(safe)


def _runs(tokens: Sequence[Word], safe: frozenset[int]) -> list[tuple[int, int]]:
    """Stretches of words that stand side by side among `safe`, a possessive 's included."""
    runs: list[tuple[int, int]] = []
    last = -2
    for index in sorted(safe):
        end = tokens[index].end + 2 * tokens[index].possessive
        if index == last + 1:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((tokens[index].start, end))
        last = index
    return runs


def _judge(text: str, tokens: Sequence[Word], index: int, safe: frozenset[int]) -> tuple[float, int]:
    """How surely a name begins at this word, and how many words it has; (0, 0) for none."""
    word = tokens[index]
    previous = tokens[index - 1] if index else None
    title = previous.plain if previous and re.fullmatch(r"\.? ?", word.gap) else ""
    if title in words("titles") and _titled(word):
        return 0.9, _length(tokens, index, safe, initials=True)
    if is_everyday(word) and not is_ambiguous(word):
        return 0.0, 0
    lead = text[max(0, word.start - 48) : word.start]
    if _named_by_words(word, title, lead, tokens, index):
        return 0.75, _length(tokens, index, safe)
    if _named_by_list(word, tokens, index, lead):
        return 0.6, _length(tokens, index, safe)
    return 0.0, 0


def _titled(word: Word) -> bool:
    """After Mr or Dr: any word with a capital, a listed name in small letters, and no everyday word."""
    if len(set(word.plain)) == 1:
        return False
    if is_ambiguous(word) and word.capital:
        return True
    if word.capital and word.plain in words("specialities") and word.plain in words("kept_names"):
        return True  # a disease's name borne by a person: "Mrs Parkinson"
    return not is_everyday(word) and (word.capital or is_given(word) or is_surname(word))


def _named_by_words(word: Word, title: str, lead: str, tokens: Sequence[Word], index: int) -> bool:
    """Named by a role, a relation, "called" or "my name is" before it."""
    listed = is_given(word)
    name = looks_like_name(word) or listed or (is_ambiguous(word) and word.capital)
    if not name:
        return False
    if title in words("roles") and (listed or not _common_shape(word)):
        return True
    if _STRONG_CALLERS.search(lead):
        return True
    full = _THANKED.search(lead) and index + 1 < len(tokens) and tokens[index + 1].gap == " "
    if full and looks_like_name(word) and looks_like_name(tokens[index + 1]):
        return True
    return _related(tokens, index) and (listed or word.capital)


def _related(tokens: Sequence[Word], index: int) -> bool:
    """A relation right before, owned by somebody: "my son Name", "her friend, Name"."""
    if not index or not re.fullmatch(r",? ?\(?", tokens[index].gap):
        return False
    relation = tokens[index - 1].plain
    owners = {
        "my",
        "our",
        "his",
        "her",
        "their",
        "your",
        "the",
        "a",
        "late",
        "old",
        "little",
        "lovely",
        "wonderful",
        "beautiful",
        "amazing",
    }
    owned = any(tokens[at].plain in owners for at in range(max(0, index - 4), index - 1))
    return relation in words("relations") and owned


def _named_by_list(word: Word, tokens: Sequence[Word], index: int, lead: str) -> bool:
    """A listed given name; an everyday one only beside another name or after words that greet or thank."""
    if is_given(word) and (word.capital or len(word.text) > 3):
        return word.capital or not _verb_like(tokens, index)
    following = tokens[index + 1] if index + 1 < len(tokens) and tokens[index + 1].gap == " " else None
    beside = (
        following is not None and following.capital and is_surname(following) and not is_everyday(following)
    )
    if is_ambiguous(word) and word.capital and word.plain not in {"may", "will"}:
        listed = bool(_CALLERS.search(lead)) and not word.opens
        return beside or listed or _enumerated(tokens, index)
    initial = len(word.text.replace(".", "")) <= 2 and word.text.isupper() and word.plain not in {"i", "a"}
    return beside and (initial or looks_like_name(word)) and (not word.opens or not is_everyday(word))


def _enumerated(tokens: Sequence[Word], index: int) -> bool:
    """Beside a listed name in a list: "Grace, Karen and Joy"."""
    around = [tokens[at] for at in (index - 2, index - 1, index + 1, index + 2) if 0 <= at < len(tokens)]
    gaps = {tokens[at].gap.strip() for at in (index, index + 1) if at < len(tokens)}
    joined = "," in gaps or "&" in gaps or any(near.plain == "and" for near in around)
    return joined and not tokens[index].opens and any(is_given(near) and near.capital for near in around)


def _verb_like(tokens: Sequence[Word], index: int) -> bool:
    """Whether a small-letter word follows "to" or an article and so is hardly a name."""
    return bool(index) and tokens[index - 1].plain in {"a", "an", "the", "no", "some", "very"}


def _common_shape(word: Word) -> bool:
    return word.text.isupper() and len(word.text) <= 4


def _length(tokens: Sequence[Word], index: int, safe: frozenset[int], initials: bool = False) -> int:
    """How many words the name has: capitalised ones follow, through initials and particles, up to four."""
    length = 1
    shouting = tokens[index].text.isupper() and len(tokens[index].text) > 2
    while length < 4 and index + length < len(tokens):
        word = tokens[index + length]
        if (
            tokens[index + length - 1].possessive
            or not re.fullmatch(r"\.? {1,2}", word.gap)
            or index + length in safe
        ):
            break
        if ". " in word.gap and len(tokens[index + length - 1].text) > 2:
            break
        initial = word.capital and len(word.text.replace(".", "")) == 1 and word.plain != "i"
        particle = word.plain in {
            "de",
            "van",
            "der",
            "bin",
            "ibn",
            "al",
            "el",
            "ap",
            "le",
            "da",
            "von",
            "di",
            "dos",
        }
        if particle and index + length + 1 < len(tokens) and tokens[index + length + 1].capital:
            length += 1
            continue
        listed = is_given(word) or is_surname(word)
        follows = (
            (looks_like_name(word) and (not shouting or listed))
            or initial
            or (listed and not is_everyday(word))
        )
        if not (follows or (is_ambiguous(word) and word.capital and not shouting)):
            break
        length += 1
    return length


def _names_a_place(text: str, tokens: Sequence[Word], index: int) -> bool:
    """Saints and names that a hospital, a school or a street bears."""
    word = tokens[index]
    if index and tokens[index - 1].plain in {"st", "saint"} and word.gap in {" ", ". "}:
        return True
    end = word.end
    for following in tokens[index + 1 : index + 3]:
        if _PLACE_AFTER.match(text[end : end + 28]) and (
            not index or tokens[index - 1].plain not in words("titles")
        ):
            return word.capital
        if not following.capital or following.gap != " ":
            break
        end = following.end
    return (
        bool(_PLACE_AFTER.match(text[end : end + 28]))
        and word.capital
        and (not index or tokens[index - 1].plain not in words("titles"))
    )


def _signatures(text: str, tokens: Sequence[Word], safe: frozenset[int]) -> Iterator[Hit]:
    """The name under a text: after a dash, "regards" or "love from", on its last line."""
    protected = {tokens[index].start for index in safe}
    for match in _SIGNED.finditer(text):
        start, end = match.span("name")
        signed = [word for word in split(match["name"])]
        named = [
            word
            for word in signed
            if looks_like_name(word) or is_given(word) or (is_ambiguous(word) and word.capital)
        ]
        if named and len(named) == len(signed) and start not in protected:
            yield Hit(start, end, 0.6)
