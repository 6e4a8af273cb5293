"""What can go wrong while reading a text. No message ever holds the text.

RedactionError
├── RedactionFailed       the engine could not read the text
└── UnsupportedLanguage   the text is clearly in a language that cannot be read yet
"""

from __future__ import annotations


class RedactionError(Exception):
    """The text could not be read for personal data; it must stay sealed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class RedactionFailed(RedactionError):
    """The redaction engine failed on this text; it must stay sealed."""


class UnsupportedLanguage(RedactionError):
    """The text is in a language that cannot be read yet; it must stay sealed."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        """The language it seems to be in, as a BCP 47 code."""
