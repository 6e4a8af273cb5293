"""What is drawn, and whether it may be a bare string: a syntactic walk over modules that use Textual.

A sink is a call, an attribute or a method of Textual that puts what it is given on a screen. Which they are is read
from the signatures of Textual's own widgets; our subclasses inherit theirs. What a sink is given must be a string
literal, a call that makes `Content` or `Text` (ours are known by their annotation), a name that is only ever that,
or the call must say `markup=False`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.architecture.sinks import METHODS, Sink, seeds, sink_of

ATTRIBUTES = {
    "border_title", "border_subtitle", "tooltip", "label", "title", "sub_title", "placeholder", "content", "prompt",
    "renderable", "TITLE", "SUB_TITLE", "BORDER_TITLE", "BORDER_SUBTITLE",
}  # fmt: skip
MAKERS = {"Content", "Text"}
TYPES = {"Content", "Text", "Content | None", "Option"}
RENDERERS = {"render", "render_label", "__rich__", "__rich_console__"}
"""Methods whose result is drawn."""
OPENERS = {"open", "fdopen"}
"""What gives a file: writing to it draws nothing."""


@dataclass
class Known:
    """What the walk knows of all modules together."""

    makers: set[str]
    made: dict[str, Sink]
    """Class → what is drawn of the arguments it is made with."""
    inherited: dict[str, Sink] = field(default_factory=dict)
    """Class of ours → what is drawn of what it hands to `super().__init__`."""


def know(trees: Iterable[ast.Module]) -> Known:
    """Read makers of `Content` and widgets of ours out of modules."""
    modules = list(trees)
    known = Known(makers_in(modules), {name: sink_of(name, made) for name, made in seeds().items()})
    classes = [
        (node, aliases_in(tree))
        for tree in modules
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    for _ in range(len(classes)):
        for node, aliases in classes:
            _learn(known, node, aliases)
    return known


def _learn(known: Known, node: ast.ClassDef, aliases: dict[str, str]) -> None:
    bases = [_last_name(base, aliases) for base in node.bases]
    sinks = [known.made[base] for base in bases if base in known.made]
    if not sinks or node.name in seeds():
        return
    from_above = next((sink for sink in sinks if sink), sinks[0])
    known.inherited[node.name] = from_above
    makes_itself = any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body)
    # A constructor of ours is walked itself: what it hands on is looked at there.
    known.made[node.name] = Sink() if makes_itself else from_above


def makers_in(modules: Iterable[ast.Module]) -> set[str]:
    """Names of functions that are annotated to give `Content` wherever they are defined."""
    all_of: dict[str, list[bool]] = {}
    for tree in modules:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                gives = node.returns is not None and ast.unparse(node.returns) in TYPES
                all_of.setdefault(node.name, []).append(gives)
    return {name for name, gives in all_of.items() if all(gives)}


def aliases_in(tree: ast.AST) -> dict[str, str]:
    """Other names that a module gives to things: by import, or by saying that one is the other."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):
            name = _last_name(node.value, found)
            if name in METHODS or name in seeds():
                found |= {target.id: name for target in node.targets if isinstance(target, ast.Name)}
    return found


def _last_name(node: ast.expr, aliases: dict[str, str]) -> str:
    match node:
        case ast.Subscript(value=value):
            return _last_name(value, aliases)
        case ast.Name(id=name):
            return aliases.get(name, name)
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


@dataclass
class Walk:
    """One module being looked at."""

    tree: ast.Module
    known: Known
    aliases: dict[str, str]

    @cached_property
    def makers(self) -> set[str]:
        """Names that give `Content` here: the module's own definition of a name counts before others'."""
        here = makers_in([self.tree])
        defined = {node.name for node, _ in scopes(self.tree) if isinstance(node, ast.FunctionDef)}
        return (self.known.makers - defined) | here

    def offenders(self) -> Iterator[tuple[int, str]]:
        """Line and source of everything drawn that may be a bare string."""
        kept = self._kept_attributes()
        for scope, owner in scopes(self.tree):
            safe = self.safe_names(scope) | kept
            files = files_in(scope)
            for node in own_nodes(scope):
                for drawn in self._drawn(node, scope, owner, files):
                    if not self.is_safe(drawn, safe):
                        yield drawn.lineno, ast.unparse(drawn)

    def _drawn(self, node: ast.AST, scope: ast.AST, owner: str, files: set[str]) -> Iterator[ast.expr]:
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                for target, value in assignments([node]):
                    name = getattr(target, "attr", getattr(target, "id", ""))
                    is_attribute = isinstance(target, ast.Attribute) or name.isupper()
                    if is_attribute and name in ATTRIBUTES:
                        yield value or target
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if getattr(scope, "name", "") in RENDERERS:
                    yield value
            case ast.Call():
                yield from self._called(node, owner, files)

    def _called(self, call: ast.Call, owner: str, files: set[str]) -> Iterator[ast.expr]:
        yield from self._arguments(call, self._sink(call.func, owner, files))
        name = _last_name(call.func, self.aliases)
        if name == "setattr" and len(call.args) == 3 and _may_be_drawn(call.args[1]):
            yield call.args[2]
        for at, handed in enumerate(call.args):
            # A sink handed over to be called later draws the arguments handed over after it.
            if isinstance(handed, ast.Attribute) or name == "partial":
                later = ast.Call(handed, call.args[at + 1 :], call.keywords)
                yield from self._arguments(later, self._sink(handed, owner, files))

    def _sink(self, called: ast.expr, owner: str, files: set[str]) -> Sink:
        match called:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                return self.known.inherited.get(owner, Sink())
            case ast.Attribute(value=base, attr="__init__"):
                sink = self.known.made.get(_last_name(base, self.aliases), Sink())
                rest = None if sink.rest is None else sink.rest + 1
                return Sink(frozenset(at + 1 for at in sink.at), rest, sink.keywords)
            case ast.Attribute(value=ast.Name(id=file), attr="write") if file in files:
                return Sink()
        name = _last_name(called, self.aliases)
        if isinstance(called, ast.Name) and name == "print":
            return Sink()
        return self.known.made.get(name) or METHODS.get(name) or Sink()

    @staticmethod
    def _arguments(call: ast.Call, sink: Sink) -> Iterator[ast.expr]:
        if not sink or _says_no_markup(call):
            return
        starred = False
        for at, argument in enumerate(call.args):
            starred = starred or isinstance(argument, ast.Starred)
            if starred or sink.draws(at):
                yield argument
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg in sink.keywords:
                yield keyword.value

    def is_safe(self, drawn: ast.expr | None, names: set[str]) -> bool:
        """Whether what is drawn is a literal or of the one type, as far as the source shows."""
        match drawn:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in names
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
                return f"self.{attribute}" in names
            case ast.IfExp(body=body, orelse=other):
                return self.is_safe(body, names) and self.is_safe(other, names)
            case ast.BoolOp(values=values):
                return all(self.is_safe(value, names) for value in values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.is_safe(left, names) and self.is_safe(right, names)
            case ast.Starred(value=value) | ast.NamedExpr(value=value):
                return self.is_safe(value, names)
            case ast.List(elts=items):
                return all(self.is_safe(item, names) for item in items)
            case ast.Tuple(elts=[prompt, *_]):
                return self.is_safe(prompt, names)  # a prompt with its value
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item):
                return self.is_safe(item, names)
            case ast.Call():
                return self._makes_content(drawn, names)
            case _:
                return False

    def _makes_content(self, call: ast.Call, names: set[str]) -> bool:
        match call.func:
            case ast.Name(id=name):
                # A widget in a widget was looked at where it is made.
                return name in self.makers | MAKERS or self.aliases.get(name, name) in self.known.made
            case ast.Attribute(value=ast.Name(id=owner)) if owner in MAKERS:
                return True
            case ast.Attribute(value=inner, attr="join" | "stylize" | "append"):
                return not isinstance(inner, ast.Constant) and self.is_safe(inner, names)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name in self.makers
            case ast.Attribute(attr=name):
                return name in self.known.makers or name in self.known.made
            case _:
                return False

    def safe_names(self, scope: ast.AST) -> set[str]:
        """Names that a scope binds to nothing but what is safe."""
        names = _annotated_arguments(scope)
        nodes = list(own_nodes(scope))
        while True:
            bound: dict[str, list[bool]] = {name: [True] for name in _annotated_arguments(scope)}
            for target, value in assignments(nodes):
                if isinstance(target, ast.Name):
                    safe = value is not None and self.is_safe(value, names)
                    bound.setdefault(target.id, []).append(safe)
            for name in _declared(nodes):
                bound.setdefault(name, [True])
            now = {name for name, each in bound.items() if all(each)}
            if now <= names:
                return now
            names = names | now

    def _kept_attributes(self) -> set[str]:
        """Attributes that a module only ever fills with what is safe."""
        bound: dict[str, list[bool]] = {}
        for scope, _ in scopes(self.tree):
            names = self.safe_names(scope)
            for target, value in assignments(own_nodes(scope)):
                if isinstance(target, ast.Attribute):
                    safe = value is not None and self.is_safe(value, names)
                    bound.setdefault(ast.unparse(target), []).append(safe)
        return {name for name, each in bound.items() if all(each)}


def offenders(tree: ast.Module, known: Known) -> Iterator[tuple[int, str]]:
    """Line and source of everything drawn in a module that may be a bare string."""
    yield from Walk(tree, known, aliases_in(tree)).offenders()


def scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """The module and every function, each with the class it stands in ("" for none)."""
    yield tree, ""
    yield from _functions(tree, "")


def _functions(node: ast.AST, owner: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.ClassDef) else owner
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child, owner
        yield from _functions(child, inside)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything in a scope that is not in a function inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from own_nodes(child)


def assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Every target with what it is bound to; None where the source does not show what that is."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _pairs(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield target, value
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target):
                yield from _pairs(target, None)
            case ast.withitem(optional_vars=ast.expr() as target):
                yield from _pairs(target, None)


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, value
        return
    if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, its)
        return
    for one in target.elts:
        yield from _pairs(one, None)


def files_in(scope: ast.AST) -> set[str]:
    """Names of files that a scope opens."""
    return {
        node.optional_vars.id
        for node in own_nodes(scope)
        if isinstance(node, ast.withitem)
        and isinstance(node.optional_vars, ast.Name)
        and isinstance(node.context_expr, ast.Call)
        and _last_name(node.context_expr.func, {}) in OPENERS
    }


def _annotated_arguments(scope: ast.AST) -> set[str]:
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
    return {one.arg for one in arguments if _of_the_type(one.annotation)}


def _declared(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        node.target.id
        for node in nodes
        if isinstance(node, ast.AnnAssign)
        and node.value is None
        and isinstance(node.target, ast.Name)
        and _of_the_type(node.annotation)
    }


def _of_the_type(annotation: Any) -> bool:
    return annotation is not None and ast.unparse(annotation) in TYPES


def _may_be_drawn(attribute: ast.expr) -> bool:
    return not isinstance(attribute, ast.Constant) or attribute.value in ATTRIBUTES


def _says_no_markup(call: ast.Call) -> bool:
    return any(
        keyword.arg == "markup" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in call.keywords
    )
