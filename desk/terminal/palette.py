"""The command palette: the commands of this place and the colours, and nothing else (no screenshots)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from desk.terminal.screens.place import Place
from desk.terminal.themes import THEMES


class DeskCommands(Provider):
    """What can be asked for here, by name."""

    def _found(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        if isinstance(self.screen, Place):
            for command in self.screen.offered():
                if command.palette:
                    yield f"{command.label} ({command.key})", command.help, partial(self.screen.obey, command)
        for name, title in THEMES.items():
            yield (
                f"Colours: {title}",
                "Change the colours of this terminal.",
                partial(setattr, self.app, "theme", name),
            )

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, said, call in self._found():
            yield DiscoveryHit(Content(name), call, text=name, help=said)

    async def search(self, query: str) -> Hits:
        """What matches the words typed."""
        matcher = self.matcher(query)
        for name, said, call in self._found():
            score = max(matcher.match(name), matcher.match(said) * 0.8)
            if score > 0:
                yield Hit(score, Content(name), call, text=name, help=said)
