"""What a file imports, by full names, and where the rooms lie."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
ROOMS = ("monitor", "redaction", "policies", "casebook", "desk")


def sources(*rooms: str) -> Iterator[tuple[PurePosixPath, ast.Module]]:
    """Every file of these rooms, parsed."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield (
                PurePosixPath(path.relative_to(ROOT).as_posix()),
                ast.parse(path.read_text(encoding="utf-8")),
            )


def imports(path: PurePosixPath, tree: ast.AST) -> dict[str, str]:
    """Full name of everything a file imports, wherever in it → what the file calls it.

    `from redaction import text` is "redaction.text", and so is `import redaction.text`. A module named in a call
    that imports by name counts as well.
    """
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name: alias.asname or alias.name for alias in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                above = ".".join(path.parts[:-1][: len(path.parts) - level]) if level else ""
                base = ".".join(part for part in (above, module) if part)
                found |= {f"{base}.{alias.name}": alias.asname or alias.name for alias in names}
            case ast.Call(func=func, args=[ast.Constant(value=str() as name), *_]):
                if ast.unparse(func).rpartition(".")[2] in {"import_module", "__import__"}:
                    found[name] = name
    return found


def under(name: str, modules: Iterable[str]) -> bool:
    """Whether a full name is one of the modules or lies in one."""
    return any(name == module or name.startswith(module + ".") for module in modules)
