"""What is looked for, one entity a file.

Each module offers `ENTITY` (a name of `redaction.text.ENTITIES`) and `recogniser(keep)`, which builds a
Presidio recogniser. They are discovered by folder: a new file is a new recogniser. They never import each
other; what two of them need lives beside this package (`rules`, `lists`, `dates`, `names`).
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def modules() -> tuple[ModuleType, ...]:
    """Every recogniser module in this folder, by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)
