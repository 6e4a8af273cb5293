"""Passwords: Argon2id with the library's defaults (RFC 9106, low-memory profile); 15 characters or more."""

from __future__ import annotations

from casebook.errors import Refusal

SHORTEST = 15
"""ASVS 5.0 V6.2: length over composition rules."""


def hash_password(password: str) -> str:
    """The hash to store.

    Raises:
        Refusal: the password is too short or too simple.
    """
    from argon2 import PasswordHasher

    if len(password) < SHORTEST:
        raise Refusal(f"The password needs {SHORTEST} characters or more; a few words in a row will do.")
    if len(set(password)) < 5:
        raise Refusal("The password repeats too few different characters. Choose a few words in a row.")
    return PasswordHasher().hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether `password` is the one whose hash was stored; an empty hash matches nothing."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def waste_time(password: str) -> bool:
    """Take as long as a real check would, and say no."""
    from argon2 import PasswordHasher

    PasswordHasher().hash(password)
    return False
