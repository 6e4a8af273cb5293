"""Words for matching: case, curly quotes, look-alike letters and hidden characters folded away.

Matching runs on `Folded.line`: the words of a text with exactly one space before each and one at the end,
contractions written out ("can't" → "can not"), sentence ends as words of their own (". ! ?"). Every word
remembers which code points of the original it came from, so that a finding points at what was written.
Links, e-mail addresses, telephone numbers and handles become `<link>`, `<email>`, `<phone>`, `<handle>`.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from dataclasses import dataclass, field

_LOOK_ALIKE = str.maketrans(
    dict(zip("аеорсухіјѕԁһӏԛԝвнмткαορνιτκυχ", "aeopcyxijsdhlqwbhmtkaopvitkux", strict=True))
    | dict.fromkeys("’‘ʼ´`‛′", "'")
    | dict.fromkeys("–—‑‐−", "-")
)
"""Cyrillic and Greek letters that pass for Latin ones, and typographic marks, one for one."""

_TOKEN = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<link>(?:https?|hxxps?)://[^\s<>]{1,2000}|www\.[^\s<>]{1,2000})"
    r"|(?P<handle>(?<!\w)(?:@\w{1,60}|/?u/[\w-]{3,30}))"
    r"|(?P<phone>(?<!\w)(?:\+44|0)[\d() -]{8,16}\d(?!\w))"
    r"|(?P<word>[^\W_]{1,100}(?:&[^\W_](?!\w)|'[^\W\d_]{1,3}(?!\w))?)"
    r"|(?P<end>[.!?…]+(?=[\s\"')\]]|$)|[\n;]+)"
    r"|(?P<and>&)"
    r"|(?P<sign>[^\w\s\x00-\x7f])"
)

_WHOLE = {
    "cannot": "can not", "cant": "can not", "can't": "can not", "won't": "will not", "wont": "will not",
    "shan't": "shall not", "dont": "do not", "didnt": "did not", "doesnt": "does not", "isnt": "is not",
    "wasnt": "was not", "werent": "were not", "youre": "you are", "youve": "you have", "weve": "we have",
    "theyre": "they are", "im": "i am", "ive": "i have", "thats": "that is", "it's": "it is",
    "that's": "that is", "what's": "what is", "there's": "there is", "here's": "here is", "he's": "he is",
    "she's": "she is", "who's": "who is", "let's": "let us", "u": "you", "ur": "your", "pls": "please",
}  # fmt: skip
_ENDINGS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will", "'m": "am"}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text made ready for matching. `spans[i]` is the original stretch of the i-th word of `line`."""

    line: str = field(repr=False)
    starts: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    ends: tuple[int, ...]
    """Where in `line` each sentence ends, in order; the last is the end of the line."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original behind `line[start:end]`."""
        first = max(bisect.bisect_right(self.starts, start) - 1, 0)
        last = max(bisect.bisect_left(self.starts, end) - 1, first)
        return self.spans[first][0], self.spans[last][1]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Where in `line` the sentence around `line[start:end]` begins and ends."""
        first = bisect.bisect_right(self.ends, start)
        last = min(bisect.bisect_left(self.ends, end), len(self.ends) - 1)
        return (self.ends[first - 1] if first else 0), self.ends[last]

    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Where in `line` each sentence begins and ends."""
        return tuple(zip((0, *self.ends), self.ends, strict=False))


def plain(text: str) -> tuple[str, list[int]]:
    """`text` in plain small letters without hidden characters, and where each character came from."""
    out: list[str] = []
    where: list[int] = []
    for at, char in enumerate(text):
        for piece in unicodedata.normalize("NFKD", char).casefold().translate(_LOOK_ALIKE):
            if unicodedata.category(piece) not in {"Mn", "Cf", "Cs", "Co", "Cn"}:
                out.append(piece)
                where.append(at)
    return "".join(out), where


def fold(text: str) -> Folded:
    """`text` as words for matching. Runs in time linear in its length."""
    letters, where = plain(text)
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(letters):
        span = (where[match.start()], where[match.end() - 1] + 1)
        for word in _words(match):
            words.append(word)
            spans.append(span)
    starts: list[int] = []
    at = 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    line = "".join(f" {word}" for word in words) + " "
    ends = [at + 2 for at, word in zip(starts, words, strict=True) if word in {".", "!", "?"}]
    return Folded(line, tuple(starts), tuple(spans), (*ends, len(line)))


def _words(match: re.Match[str]) -> list[str]:
    kind, text = str(match.lastgroup), match.group()
    if kind in {"email", "link", "handle", "phone"}:
        return [f"<{kind}>"]
    if kind == "end":
        return ["?" if "?" in text else "!" if "!" in text else "."]
    if kind == "and":
        return ["and"]
    if kind == "sign":
        return [text]
    if text in _WHOLE:
        return _WHOLE[text].split()
    for ending, meaning in _ENDINGS.items():
        if text.endswith(ending) and len(text) > len(ending):
            return [text.removesuffix(ending), meaning]
    head, mark, tail = text.partition("'")
    return [head, mark + tail] if mark and tail in {"s", "d"} else [text]
