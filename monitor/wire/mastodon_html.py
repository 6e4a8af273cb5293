"""From the HTML that Mastodon's servers send to the plain words that people read.

The HTML comes from any server of the fediverse and is hostile: nothing of it is kept but its text, its line breaks,
and the addresses of links whose text does not already show them.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {"p", "div", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "table"}
)
_LINES = frozenset({"br", "li", "tr"})
_SILENT = frozenset({"script", "style", "template"})
_VOID = frozenset(
    {"br", "img", "hr", "wbr", "input", "link", "meta", "source", "area", "base", "col", "embed"}
)
_QUOTE_LINE = "quote-inline"
"""The class of the line "RE: address" that servers put above a quote, for readers that show no quotes."""
_TAG = re.compile(r"<[^>]*>?")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v]*")


def plain(content: str) -> str:
    """The words of a status: paragraphs apart by an empty line, entities resolved once.

    A link whose text is no address, mention or hashtag is followed by its address in brackets.
    """
    reader = _Reader()
    try:
        reader.feed(content)
        reader.close()
    except (AssertionError, ValueError):  # the standard parser gives up on some broken declarations
        return html.unescape(_TAG.sub(" ", content)).strip()
    return _BLANK_LINES.sub("\n\n", _SPACES.sub("\n", reader.text())).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent: list[str] = []
        """The elements that we are inside of from the first one on whose words are not shown."""
        self._href = ""
        self._link_from: int | None = None

    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = dict(attrs)
        classes = str(had.get("class") or "").split()
        if self._silent or tag in _SILENT or _QUOTE_LINE in classes:
            if tag not in _VOID:
                self._silent.append(tag)
        elif tag in _BLOCKS:
            self._parts.append("\n\n")
        elif tag in _LINES:
            self._parts.append("\n")
        elif tag == "a":
            self._end_link()
            self._href, self._link_from = str(had.get("href") or ""), len(self._parts)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
        elif tag == "a":
            self._end_link()
        elif tag in _BLOCKS:
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data)

    def close(self) -> None:
        super().close()
        self._end_link()

    def _end_link(self) -> None:
        if self._link_from is None:
            return
        shown = "".join(self._parts[self._link_from :]).strip()
        self._link_from = None
        if self._href.startswith(("http://", "https://")) and not _shows_where(shown, self._href):
            self._parts.append(f" ({self._href})" if shown else self._href)


def _shows_where(shown: str, href: str) -> bool:
    """Whether a link's text is its address, a mention or a hashtag."""
    if shown.startswith(("@", "#")):
        return True
    return bool(shown) and _bare(shown) == _bare(href)


def _bare(address: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", address.strip()).rstrip("/").casefold()
