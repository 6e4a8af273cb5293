"""The desk's colours: calm on dark and on light, and the terminal's own sixteen.

Besides Textual's variables each theme names the colours of severities (`severity-5-text`, `severity-5` …) and of
placeholders (`mark-text`, `mark`), so that a tag can be read in every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme


def _tags(*pairs: tuple[str, str], mark: tuple[str, str]) -> dict[str, str]:
    """Text and background of severities 5 to 2, then of placeholders, as variables."""
    named = {f"severity-{5 - at}": pair for at, pair in enumerate(pairs)} | {"mark": mark}
    return {f"{name}-text": text for name, (text, _) in named.items()} | {
        name: background for name, (_, background) in named.items()
    }


_ON_DARK = _tags(
    ("#11161d", "#f0716c"), ("#f7a8a4", "#552f33"), ("#f5cd8c", "#4a3d28"), ("#9dccf7", "#243d55"),
    mark=("#d9c2f7", "#42385a"),
)  # fmt: skip
_ON_LIGHT = _tags(
    ("#ffffff", "#b3261e"), ("#7d1a15", "#f3c9c6"), ("#6b3f00", "#f0dcbd"), ("#00427f", "#c6dcf1"),
    mark=("#4b2b72", "#e2d5f0"),
)  # fmt: skip
_ON_SIXTEEN = _tags(
    ("ansi_bright_white", "ansi_red"), ("ansi_bright_white", "ansi_magenta"), ("ansi_black", "ansi_yellow"),
    ("ansi_bright_white", "ansi_blue"), mark=("ansi_black", "ansi_cyan"),
)  # fmt: skip


DARK = Theme(
    name="voicedesk-dark",
    primary="#6cb2f0",
    secondary="#7fb7be",
    accent="#c9a8f0",
    warning="#f0b95a",
    error="#f0716c",
    success="#76c893",
    background="#11161d",
    surface="#18202a",
    panel="#232d39",
    foreground="#e2e8ef",
    dark=True,
    variables=_ON_DARK,
)
LIGHT = Theme(
    name="voicedesk-light",
    primary="#005eb8",
    secondary="#33707a",
    accent="#6b3fa0",
    warning="#9a5b00",
    error="#b3261e",
    success="#1d6b3a",
    background="#fbfcfd",
    surface="#f0f3f6",
    panel="#dfe5eb",
    foreground="#1b232c",
    dark=False,
    variables=_ON_LIGHT,
)


def _sixteen(builtin: str, name: str) -> Theme:
    theme = BUILTIN_THEMES[builtin]
    values = {key: value for key, value in vars(theme).items() if key not in {"name", "variables"}}
    return Theme(name=name, variables={**theme.variables, **_ON_SIXTEEN}, **values)


ALL = (DARK, LIGHT, _sixteen("ansi-dark", "voicedesk-16-dark"), _sixteen("ansi-light", "voicedesk-16-light"))
THEMES: Mapping[str, str] = {
    "voicedesk-dark": "dark",
    "voicedesk-light": "light",
    "voicedesk-16-dark": "the terminal's own sixteen, dark",
    "voicedesk-16-light": "the terminal's own sixteen, light",
}
"""Theme → how it is called in the palette."""
DEFAULTS: Mapping[str, str] = _ON_DARK
"""The variables of ours, for a theme that is not ours."""


def suitable(color_system: str | None) -> str:
    """The theme to begin with on a terminal with this many colours, as Rich names them."""
    return "voicedesk-16-dark" if color_system in {"standard", "windows"} else DARK.name
