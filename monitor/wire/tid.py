"""Record keys of the AT protocol: a time and a little chance in 13 letters. Source: atproto.com, "Record Key", TID.

The key of an attempt to reply becomes the record's key, so that the same attempt, sent twice, is one record.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_TIMED = re.compile(r"([0-9a-f]{12})([0-9a-f]{20})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 4_102_444_800_000
"""The year 2100 in milliseconds: what claims to be later is no time."""


def made_at(key: str) -> datetime | None:
    """When the attempt of this key was begun, or None where the key does not say.

    A key that says it begins with 12 hexadecimal digits of milliseconds since 1970; 20 of chance follow.
    """
    found = _TIMED.fullmatch(key)
    moment = int(found[1], 16) if found else _LAST
    return _EPOCH + timedelta(milliseconds=moment) if moment < _LAST else None


def tid_of(key: str) -> str:
    """The record key of an attempt: always the same for the same key, and in the order of time where that is known."""
    chance = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:16], "big")
    at = made_at(key)
    moment = (at - _EPOCH) // timedelta(milliseconds=1) if at else (chance >> 64) % _LAST
    micros = moment * 1000 + (chance >> 10) % 1000
    return encode(micros << 10 | chance & 1023)


def encode(number: int) -> str:
    """A 63-bit number in 13 letters that sort as it does."""
    return "".join(_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))
