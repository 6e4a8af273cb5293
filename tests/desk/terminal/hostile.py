"""Words that attack a terminal, a markup parser or a reader; written for these tests."""

from __future__ import annotations

ESCAPES = (
    "ring \x1b]52;c;UFdORUQ=\x07 clip",
    "link \x1b]8;;https://evil.example/\x1b\\here\x1b]8;;\x1b\\",
    "title \x1b]0;PWNED-TITLE\x07 set",
    "wipe \x1b[2JPWNED-WIPE",
    "c1 \x9b31mPWNED-C1 \x9d0;PWNED-C1-TITLE\x9c",
    "back\x08\x08\x08space \x00nul \x7fdel safe\rOVER",
    "dcs \x1bP1$r0m\x1b\\ apc \x1b_PWNED-APC\x1b\\",
)
MARKUP = (
    "[@click=app.quit]press here[/]",
    "[ @click=app.quit]press here[/]",
    "[\t@click=app.quit]press here[/]",
    "[\xa0@click=app.quit]press here[/]",
    "[B @click=app.quit]press here[/]",
    "[_ @click=screen.dismiss(1)]press here[/]",
    "[$primary @click=app.quit]press here[/]",
    "[X link='https://evil.example']press here[/]",
    "[link=https://evil.example]press here[/link]",
    "a stray [/b] and [a=' and [/] and [",
    "[redacted] [COVID-19] [GP] <PERSON> stay as they are",
    "\\[@click=app.quit]escaped[/] \\\\[@click=app.quit]twice[/]",
)
HIDING = (
    "bidi \u202eevil\u202c \u2066iso\u2069 \u061c\u200e\u200f marks",
    "zero\u200bwidth\u2060\ufeff soft\u00adhyphen \U000e0041\U000e0042tags",
    "zalgo " + "z" + "\u0301\u0302\u0303\u0304\u0305\u0306" * 60 + " end",
    "half a pair \ud83d alone",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467" + "\u200d\U0001f467" * 200,
    "W" * 20_000,
    "line one\u2028line two\u2029line three\x85four",
    "fake ⟦name 1⟧ mark and NHS \u0422rust",
    "tab\tstop \ufff9inter\ufffalinear\ufffb \U0010ffff private \ue000",
)
ALL = ESCAPES + MARKUP + HIDING

RAW = (
    b"\x1b]52;c;UFdO", b"\x1b]8;;https://evil", b"PWNED-TITLE\x07", b"\x1b[2JPWNED", b"\xc2\x9b", b"\xc2\x9d",
    b"\x1bP1$r", b"\x1b_PWNED", b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xe2\x80\x8b", b"\xef\xbb\xbf", b"\xf3\xa0\x81",
)  # fmt: skip
"""Bytes of theirs that must never reach a terminal."""
