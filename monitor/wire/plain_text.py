"""Foreign HTML and Markdown as plain text that is safe to keep: in time that grows with their length alone.

The pages of others are hostile: every pattern here reads on without ever going back, so that a page written to be
slow (a million openings, none closed) takes no longer than any other.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

LONGEST_TEXT = 20_000
"""Code points kept of one text: a long article; what is longer is cut, and its address is kept."""
LONGEST_LINE = 1_000
"""Code points kept of a title or a name."""

_TOKEN = re.compile(r"<!--|-->|<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})(?![a-zA-Z0-9:])([^<>]*)>")
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *(
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
        ),
        *("pre", "section", "table", "tr", "ul"),
    }
)
_UNSPOKEN = frozenset({"script", "style", "template", "noscript"})
_ATTRIBUTE = re.compile(r"""(?<![\w-])(alt|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2066-\u2069\u202a-\u202e]")
_LONE = re.compile("[\ud800-\udfff]")
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\(([^()\s]{0,2000})\)")
_MARKS = re.compile(r"(?m)^[ \t]{0,8}(?:#{1,6}[ \t]+|>[ \t]?)|\*\*|__|`")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^\s*][^*\n]{0,500})\*(?![\w*])")


@dataclass(frozen=True, slots=True)
class Plain:
    """The words of a piece of HTML, the descriptions of its pictures, and where those are."""

    text: str = field(default="", repr=False)
    alt_text: str = field(default="", repr=False)
    pictures: tuple[str, ...] = field(default=(), repr=False)


def clean(text: object, most: int = LONGEST_TEXT) -> str:
    """`text` without control characters and lone surrogates, at most `most` code points; "" where it is no text."""
    if not isinstance(text, str):
        return ""
    plain = _UNSEEN.sub("", _LONE.sub("\ufffd", text[: most * 4].replace("\r\n", "\n").replace("\r", "\n")))
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def line(text: object, most: int = LONGEST_LINE) -> str:
    """`text`, which may hold tags, as one line."""
    return " ".join(from_html(text, most).text.split())


def from_html(source: object, most: int = LONGEST_TEXT) -> Plain:
    """The words of `source`, which may hold tags or none."""
    if not isinstance(source, str):
        return Plain()
    spoken: list[str] = []
    alts: list[str] = []
    pictures: list[str] = []
    for piece, name, inside in _pieces(source[: most * 10]):
        spoken.append(piece)
        if name in _BLOCKS:
            spoken.append("\n")
        elif name == "img":
            found = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(inside[:4000])}
            alts.append(clean(html.unescape(found.get("alt", "")), LONGEST_LINE).strip())
            pictures.append(html.unescape(found.get("src", "")))
    text = clean(html.unescape("".join(spoken)), most)
    return Plain(_spaced(text), "\n".join(filter(None, alts)), tuple(filter(is_address, pictures)))


def _pieces(source: str) -> list[tuple[str, str, str]]:
    """(words before a tag, name of the tag, its attributes) in turn; comments and scripts are left out."""
    last_comment_end = source.rfind("-->")
    lowered = source.lower() if source.isascii() else re.sub("[A-Z]", lambda m: m[0].lower(), source)
    last_end = {name: lowered.rfind(f"</{name}") for name in _UNSPOKEN}
    pieces: list[tuple[str, str, str]] = []
    at, waiting = 0, ""
    for token in _TOKEN.finditer(source):
        name = (token[2] or token[0]).lower()
        closing = token[1] == "/"
        if waiting:
            if name == waiting and (closing or name == "-->"):
                at, waiting = token.end(), ""
            continue
        if name == "-->":
            continue
        pieces.append((source[at : token.start()], name, token[3] or ""))
        at = token.end()
        if name == "<!--":
            waiting = "-->" if token.start() < last_comment_end else ""
        elif name in _UNSPOKEN and not closing and token.start() < last_end[name]:
            waiting = name
    return pieces if waiting else [*pieces, (source[at:], "", "")]


def _spaced(text: str) -> str:
    """Lines without loose spaces, and at most one empty line in a row."""
    lines = [" ".join(one.split()) for one in text.split("\n")]
    kept = [one for number, one in enumerate(lines) if one or (number and lines[number - 1])]
    return "\n".join(kept).strip()


def from_markdown(source: object, most: int = LONGEST_TEXT) -> str:
    """The words of `source`: headings, emphasis, quotations and links lose their marks; tags are left out."""
    if not isinstance(source, str):
        return ""
    plain = _LINK.sub(lambda found: found[1] or found[2], from_html(source, most).text)
    return _EMPHASIS.sub(r"\1", _MARKS.sub("", plain)).strip()


def is_address(value: object) -> bool:
    """Whether `value` is a web address that may be shown: http or https, without spaces, of a bearable length."""
    return (
        isinstance(value, str)
        and len(value) <= 2000
        and value.lower().startswith(("https://", "http://"))
        and value.isprintable()
        and " " not in value
    )
