"""How people are named in text: words with their places, and what may be a name.

A capital letter is weak evidence and no capital is none at all: posts are written in small letters and in
capitals. So a word is a name by list, or by what stands before it; everyday words never are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from redaction.lists import words
from redaction.normal import bare

_TOKEN = re.compile(r"(?<![\w@])[^\W\d_]+(?:(?:['\-][^\W\d_]+)|\.(?=[A-Z]\.))*(?![\w@])")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text, a possessive 's left outside."""

    text: str
    start: int
    end: int
    gap: str
    """What stands between the word before and this one."""
    possessive: bool

    @property
    def plain(self) -> str:
        """In lower case, without accents."""
        return bare(self.text)

    @property
    def capital(self) -> bool:
        """Whether it opens with a capital letter."""
        return self.text[:1].isupper()

    @property
    def opens(self) -> bool:
        """Whether it opens a sentence or a line, where a capital says nothing."""
        return self.start == 0 or bool(re.search(r"[.!?:;\n\"(\[*]|- $|^$", self.gap))


def split(text: str) -> list[Word]:
    """The words of `text`, in order."""
    found: list[Word] = []
    end = 0
    for match in _TOKEN.finditer(text):
        written = match.group()
        owner = written[:-2] if written[-2:].lower() == "'s" and len(written) > 2 else written
        found.append(
            Word(
                owner, match.start(), match.start() + len(owner), text[end : match.start()], owner != written
            )
        )
        end = match.end()
    return found


def is_everyday(word: Word) -> bool:
    """An everyday word, a role or a speciality: no name, whatever stands before it."""
    plain = word.plain
    return plain in words("everyday_words") or plain in words("role_words") or plain in words("specialities")


def is_given(word: Word) -> bool:
    """A given name that is not an everyday word as well."""
    plain = word.plain
    if word.text.isupper() and len(word.text) <= 3:
        return False  # CHI, JAN, ANA: an abbreviation sooner than a name
    if "-" in plain and all(part in words("given_names") for part in plain.split("-")):
        return True
    return plain in words("given_names") and not is_ambiguous(word)


def is_ambiguous(word: Word) -> bool:
    """A given name that is an everyday word as well."""
    return word.plain in words("ambiguous_names")


def is_surname(word: Word) -> bool:
    """A common surname, or one with a name's own shape (O'…, Mc…, double-barrelled with one known)."""
    plain = word.plain
    return plain in words("surnames") or (
        bool(re.match(r"(?:o'[a-z]{3,}|mc[a-z]{3,}|mac[a-z]{4,})\Z", plain)) and word.capital
    )


def looks_like_name(word: Word) -> bool:
    """A capitalised word that is no everyday word and no abbreviation."""
    letters = word.text.replace(".", "")
    if len(set(letters.lower())) == 1:
        return False
    shouted = letters.isupper() and len(letters) > 3
    return word.capital and len(letters) > 1 and (not letters.isupper() or shouted) and not is_everyday(word)
