"""The last net: whatever a widget drew, no control character and no hyperlink reaches the terminal."""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\U000e0000-\U000e007f]"
)


class Backstop(LineFilter):
    """Deletes control, bidirectional, zero-width and tag characters and surrogates, and drops links.

    It does not stop markup from being read: that is what `foreign` is for.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, harmless. Unchanged ones are passed on as they are."""
        return [self._harmless(segment) for segment in segments]

    @staticmethod
    def _harmless(segment: Segment) -> Segment:
        text, style, control = segment
        if control:
            return segment
        linked = style is not None and style.link is not None
        if not linked and _UNSAFE.search(text) is None:
            return segment
        if style is not None and linked:
            style = style.update_link(None)
        return Segment(_UNSAFE.sub(_replacement, text), style)


def _replacement(found: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= found.group() <= "\udfff" else ""
