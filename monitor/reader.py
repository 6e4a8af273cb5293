"""The only code that sees raw text: in goes a text, out comes a `Reading`, and nothing is kept.

It never raises and never logs: an engine that fails, or a language that cannot be read, gives
`findings=None`, and the post stays sealed. The filters of the command line, the desk's child process and
intake all run this one path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from casebook.ports import Reading
from monitor.assess import Organisation, assess
from monitor.found import Found
from policies.facts import Assessment
from redaction.errors import UnsupportedLanguage
from redaction.text import Finding

ENGINE, LANGUAGE = "engine", "language"
"""Why a text could not be read: the words of `Reading.why_unread`."""


class Finder(Protocol):
    """What finds personal data: `redaction.redactor.Redactor`."""

    def find(self, text: str, language: str = "") -> tuple[Finding, ...]:
        """Everything that identifies somebody; raises `RedactionError` where the text cannot be read."""
        ...


class Reader:
    """Reads one text at a time, in memory. Implements `casebook.ports.Reader`."""

    def __init__(self, redactor: Finder, organisation: Organisation) -> None:
        self._redactor = redactor
        self._organisation = organisation

    def read(self, text: str, *, channel: str = "", fields: Mapping[str, str] | None = None) -> Reading:
        """Read one text; `fields["language"]` is the network's own guess at its language.

        Never raises: a text that cannot be read gives `findings=None`, with "engine" or "language" for why.
        """
        found = self.find(text, fields=fields)
        assessment = self._assess(text, channel, found.findings, found.language or _hint(fields))
        return Reading(findings=found.findings, assessment=assessment, why_unread=found.why_unread)

    def find(self, text: str, *, fields: Mapping[str, str] | None = None) -> Found:
        """What identifies somebody in one text, without judging what it means; never raises."""
        try:
            return Found(tuple(self._redactor.find(text, _hint(fields))))
        except UnsupportedLanguage as refused:
            return Found(None, LANGUAGE, refused.language)
        except Exception:  # noqa: BLE001 - whatever broke, the text stays sealed and nothing of it is told
            return Found(None, ENGINE)

    def _assess(
        self, text: str, channel: str, findings: tuple[Finding, ...] | None, language: str
    ) -> Assessment:
        try:
            return assess(text, channel, self._organisation, findings, language)
        except Exception:  # noqa: BLE001 - an assessment that fails must not lose the post
            return Assessment(unsure=True, language=language or "und")


def _hint(fields: Mapping[str, str] | None) -> str:
    value = (fields or {}).get("language", "")
    return value if isinstance(value, str) else ""


def build_reader(organisation: Mapping[str, Any]) -> Reader:
    """A Reader for an `[organisation]` table. Loads the engine: about two seconds, once a process.

    Raises:
        ValueError: a known key of the table holds something of the wrong kind.
    """
    from redaction.keep import KeepList
    from redaction.redactor import Redactor

    return Reader(Redactor(KeepList.from_mapping(organisation)), Organisation.from_mapping(organisation))
