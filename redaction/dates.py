"""How a day of the calendar is written: shared by dates and dates of birth."""

from __future__ import annotations

import re

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d{2}"
NUMERIC = rf"{_DAY}\s?[/.\-·]\s?(?:0?[1-9]|1[0-2])\s?[/.\-·]\s?(?:{_YEAR}|\d{{2}})"
ISO = rf"{_YEAR}[/.\-](?:0?[1-9]|1[0-2])[/.\-]{_DAY}"
AMERICAN = rf"(?:0?[1-9]|1[0-2])/{_DAY}/(?:{_YEAR}|\d{{2}})"
_ORDINAL = (
    r"(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth"
    r"|eighteenth|nineteenth|twentieth|thirtieth"
)
WORDED = (
    rf"(?:{_ORDINAL}) of {_MONTH}(?:[ ,]{{1,2}}{_YEAR})?|"
    rf"{_DAY}(?:st|nd|rd|th)?[ \-/.]{{0,2}}(?:of[ ])?{_MONTH}(?:[ ,\-/.']{{1,3}}(?:{_YEAR}|\d{{2}}(?![\d:])))?"
    rf"|{_MONTH}[ ]?{_DAY}(?:st|nd|rd|th)?(?![\d:%])(?:[ ,]{{1,3}}{_YEAR})?"
)
ANY_DAY = re.compile(
    rf"(?<![\w/.\-£·])(?:{ISO}|{NUMERIC}|{AMERICAN}|{WORDED})(?![\w/]|[.\-·]\d)", re.IGNORECASE
)
"""A day with its month, however written."""
SHORT_DAY = re.compile(rf"(?<![\w/.\-£]){_DAY}/(?:0?[1-9]|1[0-2])(?![\w/]|[.\-]\d)")
"""A day and month alone ("3/12"), which may also be a score or a fraction."""
SIX_OR_EIGHT = re.compile(
    r"(?<![\w/.\-])(?:0[1-9]|[12]\d|3[01])[ ]?(?:0[1-9]|1[0-2])[ ]?(?:(?:19|20)?\d{2})(?!\w)"
)
"""A day as a run of digits ("030584"), which only the words can make a date."""
MAY_VERB = re.compile(r"may\.?[ ]?\d{1,2}\Z")
