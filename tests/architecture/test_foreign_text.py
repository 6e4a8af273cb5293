"""No bare string reaches a widget: in desk/terminal, what is drawn is `Content`, `Text`, or words of ours as a literal.

The walk is syntactic. What a sink is given must be a string literal, a call that makes `Content` or `Text` (ours are
known by their annotation), a name annotated or assigned so, or the call must say `markup=False`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TERMINAL = Path(__file__).parents[2] / "desk" / "terminal"
SINKS = {
    "Static", "Label", "Button", "Option", "Checkbox", "RadioButton", "Collapsible", "Placeholder", "Select",
    "Link", "Markdown", "Tab", "TabPane", "Pretty", "Tooltip", "Digits", "notify", "update", "add_row", "add_column",
    "add_option", "replace_option_prompt", "replace_option_prompt_at_index", "set_prompt", "DiscoveryHit", "RichLog",
    "panic", "Input", "TextArea",
}  # fmt: skip
"""Calls that draw what they are given."""
DRAWN_KEYWORDS = {"label", "placeholder", "tooltip", "title", "prompt", "content", "renderable", "message"}
DRAWN_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "label", "sub_title", "placeholder"}
MAKERS = {"Content", "Text"}
TYPES = {"Content", "Text", "Content | None"}
ARGUMENT = {"replace_option_prompt": 1, "replace_option_prompt_at_index": 1, "Input": 99, "TextArea": 99}
"""Which positional argument is drawn, where it is not the first (99: none of them)."""
EVERY = {"add_row"}


def modules() -> dict[str, ast.Module]:
    """Every module of the terminal, parsed."""
    return {
        str(path.relative_to(TERMINAL)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(TERMINAL.rglob("*.py"))
    }


def content_makers(trees: dict[str, ast.Module]) -> set[str]:
    """Names of our functions that are annotated to give `Content`."""
    return {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and ast.unparse(node.returns) in TYPES
    }


def offenders(tree: ast.Module, makers: set[str]) -> Iterator[tuple[int, str]]:
    """Line and source of everything drawn that may be a bare string."""
    kept = _kept_attributes(tree, makers)
    for scope in _scopes(tree):
        safe = _safe_names(scope, makers) | kept
        for node in _own_nodes(scope):
            for drawn in _drawn(node):
                if not _is_safe(drawn, makers, safe):
                    yield drawn.lineno, ast.unparse(drawn)


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own_nodes(child)


def _drawn(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        if any(
            isinstance(target, ast.Attribute) and target.attr in DRAWN_ATTRIBUTES for target in node.targets
        ):
            yield node.value
        return
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in SINKS or _says_no_markup(node):
        return
    at = ARGUMENT.get(name, 0)
    yield from node.args if name in EVERY else node.args[at : at + 1]
    yield from (keyword.value for keyword in node.keywords if keyword.arg in DRAWN_KEYWORDS)


def _says_no_markup(call: ast.Call) -> bool:
    return any(
        keyword.arg == "markup" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in call.keywords
    )


def _is_safe(drawn: ast.expr, makers: set[str], names: set[str]) -> bool:
    match drawn:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
            return f"self.{attribute}" in names
        case ast.IfExp(body=body, orelse=other):
            return _is_safe(body, makers, names) and _is_safe(other, makers, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_safe(left, makers, names) and _is_safe(right, makers, names)
        case ast.Call(func=ast.Name(id=name)):
            return name in makers | MAKERS
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner))) if owner in MAKERS:
            return True
        case ast.Call(func=ast.Attribute(value=ast.Call() as inner, attr="join")):
            return _is_safe(inner, makers, names)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in makers
        case _:
            return False


def _safe_names(scope: ast.AST, makers: set[str]) -> set[str]:
    names: set[str] = set()
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*scope.args.args, *scope.args.kwonlyargs]
        names = {
            one.arg
            for one in arguments
            if one.annotation is not None and ast.unparse(one.annotation) in TYPES
        }
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign) and _is_safe(node.value, makers, names):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _kept_attributes(tree: ast.Module, makers: set[str]) -> set[str]:
    """Attributes that a constructor only ever fills with what is safe."""
    safe: set[str] = set()
    unsafe: set[str] = set()
    for scope in _scopes(tree):
        names = _safe_names(scope, makers)
        for target, value in _assignments(scope):
            if isinstance(target, ast.Attribute):
                (safe if _is_safe(value, makers, names) else unsafe).add(ast.unparse(target))
    return safe - unsafe


def _assignments(scope: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    yield from zip(target.elts, node.value.elts, strict=False)
                else:
                    yield target, node.value


def test_no_bare_string_reaches_a_widget() -> None:
    trees = modules()
    makers = content_makers(trees)
    assert {"shown", "line", "exact", "badge"} <= makers
    found = [
        f"{name}:{line}: {source}" for name, tree in trees.items() for line, source in offenders(tree, makers)
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "def show(self, post: str) -> None:\n    self.update(post)",
        "def show(self, post):\n    yield Static(f'{post.text}')",
        "def show(self, row):\n    self.notify(row.summary)",
        "def show(self, row):\n    self.notify(row.summary, title=row.author, markup=True)",
        "def show(self, row):\n    table.add_row(Text('a'), row.summary)",
        "def show(self, name):\n    self.border_title = name",
        "def show(self, name):\n    widget.tooltip = 'by ' + name",
        "def show(self, post):\n    text = post.text\n    yield Label(text)",
        "def show(self, post):\n    return Option(escape(post.text), id='a')",
        "def show(self, post):\n    yield Static('%s' % post)",
        "def show(self, post):\n    yield Input(placeholder=post)",
        "def show(self, post):\n    yield Static(Content('a') if post.safe else post.text)",
        "def show(self, post):\n    self.list.replace_option_prompt('key', post.text)",
    ],
)
def test_a_planted_bare_string_is_found(planted: str) -> None:
    assert list(offenders(ast.parse(planted), {"shown"}))


@pytest.mark.parametrize(
    "fine",
    [
        "def show(self, post):\n    self.update(shown(post.text))",
        "def show(self, post):\n    self.update(foreign.shown(post.text))",
        "def show(self, post):\n    yield Static(Content.assemble('by ', shown(post.author)))",
        "def show(self, said: Content):\n    yield Static(said)",
        "def show(self, post):\n    said = shown(post.text)\n    yield Static(said)",
        "def show(self, post):\n    self.notify(post.text, markup=False)",
        "def show(self):\n    yield Static('Words of ours.')",
    ],
)
def test_what_goes_through_the_one_type_is_let_be(fine: str) -> None:
    assert list(offenders(ast.parse(fine), {"shown"})) == []


def test_text_from_markup_is_made_nowhere() -> None:
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"from_markup", "from_text"}, name


def test_only_the_gateway_names_the_casebook_and_nothing_draws_markdown() -> None:
    for name, tree in modules().items():
        imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        rooms = {module.split(".")[0] for module in imported}
        if name == "gateway.py":
            assert not rooms & {"textual", "rich", "monitor"}
        else:
            assert not rooms & {"casebook", "policies", "redaction", "monitor", "sqlalchemy"}, name
        assert "Markdown" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}, name


def test_no_act_is_an_action_that_text_could_call_by_name() -> None:
    allowed = {"action_quit"}
    for name, tree in modules().items():
        methods = {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert {one for one in methods if one.startswith(("action_", "_action_"))} <= allowed, name
