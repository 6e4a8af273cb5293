"""Which calls and methods of Textual put what they are given on a screen: read from the signatures of its classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass

import textual.containers
import textual.widgets
from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit
from textual.screen import ModalScreen, Screen
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection

DRAWN = {
    "content", "label", "title", "prompt", "placeholder", "options", "selections", "titles", "tabs", "buttons",
    "markdown", "renderable", "text", "object", "tooltip", "match_display", "display", "help", "collapsed_symbol",
    "expanded_symbol", "icon", "description", "message", "prompts", "labels", "cells", "value", "update",
}  # fmt: skip
"""Names of parameters that end on a screen."""
NOT_DRAWN = {
    "id", "name", "classes", "variant", "children", "initial", "active", "path", "restrict", "type", "validate_on",
    "language", "theme", "tab_behavior", "line_style", "orientation", "cursor_type", "url", "key", "action",
    "time_format", "parser_factory", "data", "template", "suggester", "highlighter", "key_display", "tooltip_id",
    "css_path", "driver_class", "watch_css", "ansi_color", "open_links", "fixed_rows", "min_color", "max_color",
    "height", "width", "placeholder_color", "cell_padding", "valid_empty",
}  # fmt: skip
"""Names of parameters that take text or anything, and draw none of it."""
DRAWN_AS_TYPED = {("TextArea", "text"), ("Input", "value"), ("MaskedInput", "value"), ("Select", "value"),
                  ("Hit", "text"), ("DiscoveryHit", "text"), ("Checkbox", "value"), ("RadioButton", "value"),
                  ("Switch", "value"), ("Selection", "value")}  # fmt: skip
"""Class and parameter that hold what somebody edits or chose: never read as markup."""


@dataclass(frozen=True)
class Sink:
    """Which arguments of a call are drawn."""

    at: frozenset[int] = frozenset()
    rest: int | None = None
    """From which positional argument on every one is drawn."""
    keywords: frozenset[str] = frozenset()

    def draws(self, position: int) -> bool:
        """Whether the positional argument at `position` is drawn."""
        return position in self.at or (self.rest is not None and position >= self.rest)

    def __bool__(self) -> bool:
        return bool(self.at or self.keywords or self.rest is not None)


def _takes(*at: int, rest: int | None = None, keywords: Iterable[str] = ()) -> Sink:
    return Sink(frozenset(at), rest, frozenset(keywords))


METHODS = {
    "notify": _takes(0, keywords=("message", "title")),
    "update": _takes(0, keywords=("content", "renderable", "markdown", "value")),
    "add_row": _takes(rest=0, keywords=("label",)),
    "add_rows": _takes(0),
    "add_column": _takes(0, keywords=("label",)),
    "add_columns": _takes(rest=0),
    "update_cell": _takes(2, keywords=("value",)),
    "update_cell_at": _takes(1, keywords=("value",)),
    "add_option": _takes(0, keywords=("option",)),
    "add_options": _takes(0, keywords=("new_options", "items")),
    "set_options": _takes(0, keywords=("options",)),
    "replace_option_prompt": _takes(1, keywords=("prompt",)),
    "replace_option_prompt_at_index": _takes(1, keywords=("prompt",)),
    "set_prompt": _takes(0, keywords=("prompt",)),
    "set_label": _takes(0, keywords=("label",)),
    "add_leaf": _takes(0, keywords=("label",)),
    "add": _takes(0, keywords=("label",)),
    "add_tab": _takes(0, keywords=("tab",)),
    "panic": _takes(rest=0),
    "write": _takes(0, keywords=("content", "data")),
    "write_line": _takes(0, keywords=("line",)),
    "write_lines": _takes(0, keywords=("lines",)),
    "print": _takes(rest=0),
    "with_tooltip": _takes(0, keywords=("tooltip",)),
    "format_title": _takes(0, 1),
    "exit": _takes(2, keywords=("message",)),
}
"""Methods that draw what they are given."""


def seeds() -> dict[str, type]:
    """Textual's own classes that our code could make or inherit from, by name."""
    named = {name: getattr(textual.widgets, name) for name in textual.widgets.__all__}  # type: ignore[attr-defined]
    named |= {
        name: value
        for name, value in vars(textual.containers).items()
        if isinstance(value, type) and issubclass(value, Widget)
    }
    more = (Option, Selection, Hit, DiscoveryHit, Binding, Widget, ScrollView, Screen, ModalScreen, App)
    return named | {one.__name__: one for one in more}


def parameters(made: type) -> list[inspect.Parameter]:
    """What a class takes when it is made."""
    return list(inspect.signature(made.__init__).parameters.values())[1:]  # type: ignore[misc]


def sink_of(name: str, made: type) -> Sink:
    """Which arguments of a Textual class are drawn."""
    at: set[int] = set()
    keywords: set[str] = set()
    rest: int | None = None
    for position, one in enumerate(parameters(made)):
        if one.name not in DRAWN or (name, one.name) in DRAWN_AS_TYPED:
            continue
        if one.kind is inspect.Parameter.VAR_POSITIONAL:
            rest = position
        else:
            keywords.add(one.name)
            if one.kind is not inspect.Parameter.KEYWORD_ONLY:
                at.add(position)
    return Sink(frozenset(at), rest, frozenset(keywords))
