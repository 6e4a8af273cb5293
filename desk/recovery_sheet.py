"""The recovery sheet: the master key on paper, in groups that show a typing mistake and the line it is in.

Four lines of three groups of five characters. Each line carries 8 bytes of the key and a check of 11 bits in
Crockford's base 32 (no I, L, O or U; reading it back forgives them, small letters and any spacing).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from redaction.vault import derive, fingerprint

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
LINES, _BYTES = 4, 8
"""Lines of a sheet, and bytes of the key in each."""
_LINE = re.compile(
    r"^[ \t]*(?:[1-4][ \t]*[.:)][ \t]*)?([0-9a-z]{5})[ \t-]+([0-9a-z]{5})[ \t-]+([0-9a-z]{5})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


class SheetError(Exception):
    """This is not the code of a recovery sheet."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__)


def code_lines(master: bytes) -> list[str]:
    """The key as four lines of three groups."""
    return [_line(number, master[number * _BYTES : (number + 1) * _BYTES]) for number in range(LINES)]


def read_code(text: str) -> bytes:
    """The key in a typed or pasted code, or in a whole pasted sheet.

    Raises:
        SheetError: lines are missing, or one has a mistake (it says which).
    """
    found = ["".join(groups).upper().translate(_FORGIVEN) for groups in _LINE.findall(text)]
    if len(found) != LINES:
        raise SheetError(f"The code has {LINES} lines of three groups of five; {len(found)} were found.")
    return b"".join(_bytes(number, line) for number, line in enumerate(found))


def key_id(master: bytes) -> str:
    """The fingerprint that the sheet and the note beside the casebook have in common, as 16 hex digits."""
    return fingerprint(derive(master, "database"))


def sheet(master: bytes, *, organisation: str, casebook: str, made: datetime) -> str:
    """The text to print and lock away."""
    lines = "\n".join(f"    {number}:  {line}" for number, line in enumerate(code_lines(master), start=1))
    return f"""VOICEDESK RECOVERY SHEET

Organisation:  {organisation}
Casebook:      {casebook}
Made:          {made:%d %B %Y, %H:%M} UTC
Fingerprint:   {key_id(master)}

{lines}

What this is. These four lines are the key of the casebook above. Whoever has them and a copy
of the casebook can read everything in it. Whoever loses every copy of the key can never read
it again: nobody else has one, and there is no other way in.

What to do. Print this sheet, check that every line can be read, and lock it away where the
organisation keeps its most private papers, apart from the computer and from its backups. Then
delete the file. Do not photograph it, mail it or keep it in a shared folder.

When it is needed. On a new or repaired computer run

    voicedesk keys restore

and type the four lines. The letters I, L and O are never used; capital or small does not
matter. If a line is mistyped, voicedesk says which one.
"""


def _line(number: int, part: bytes) -> str:
    value = int.from_bytes(part, "big") << 11 | _check(number, part)
    letters = "".join(_LETTERS[value >> shift & 31] for shift in range(70, -1, -5))
    return "-".join((letters[:5], letters[5:10], letters[10:]))


def _bytes(number: int, letters: str) -> bytes:
    if any(letter not in _LETTERS for letter in letters):
        raise SheetError(f"Line {number + 1} holds a letter that the code never uses. Look at it again.")
    value = 0
    for letter in letters:
        value = value << 5 | _LETTERS.index(letter)
    part = (value >> 11).to_bytes(_BYTES, "big")
    if value & 0x7FF != _check(number, part):
        raise SheetError(f"Line {number + 1} has a mistake, or the lines are not in order. Look at it again.")
    return part


def _check(number: int, part: bytes) -> int:
    digest = hashlib.sha256(b"voicedesk/sheet\0" + bytes([number]) + part).digest()
    return int.from_bytes(digest[:2], "big") >> 5
